/** Service, EndpointSlice and Endpoints objects to facts. */
import type { EndpointFact, LoadBalancerHints, ServicePort, ServiceType } from './facts.ts';
import { at, listAt, numberAt, textAt, textsAt } from './json-value.ts';
import type { KubeObject } from './kube-objects.ts';

const TYPES: readonly ServiceType[] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

export function readService(object: KubeObject): void {
  const { value, facts, source } = object;
  const type = TYPES.find((t) => t === textAt(value, 'spec', 'type')) ?? 'ClusterIP';
  const cluster = [textAt(value, 'spec', 'clusterIP'), ...textsAt(value, 'spec', 'clusterIPs')];
  const ips = (texts: readonly (string | undefined)[], field: string) => [
    ...new Set(texts.map((text) => object.ip(text, field)).filter((ip) => ip !== undefined)),
  ];
  const ingress = listAt(value, 'status', 'loadBalancer', 'ingress').map((entry) => ({
    ip: object.ip(textAt(entry, 'ip'), 'status.loadBalancer.ingress'),
    hostname: textAt(entry, 'hostname'),
  }));
  facts.services.push({
    namespace: object.namespace,
    name: object.name,
    type,
    clusterIps: ips(
      cluster.filter((text) => text !== 'None'),
      'spec.clusterIP',
    ),
    headless: cluster.includes('None'),
    externalIps: ips(textsAt(value, 'spec', 'externalIPs'), 'spec.externalIPs'),
    ingress,
    ports: listAt(value, 'spec', 'ports').flatMap((port) => readPort(object, port)),
    externalTrafficPolicy: policy(textAt(value, 'spec', 'externalTrafficPolicy')),
    internalTrafficPolicy: policy(textAt(value, 'spec', 'internalTrafficPolicy')),
    healthCheckNodePort: numberAt(value, 'spec', 'healthCheckNodePort') || undefined, // 0 = none
    externalName: textAt(value, 'spec', 'externalName'),
    loadBalancer: type === 'LoadBalancer' ? loadBalancerHints(object) : undefined,
    source,
    score: 1,
  });
  readNames(object, ingress);
}

function policy(text: string | undefined): 'Cluster' | 'Local' | undefined {
  return text === 'Cluster' || text === 'Local' ? text : undefined;
}

function readPort(object: KubeObject, port: unknown): ServicePort[] {
  const number = numberAt(port, 'port');
  if (number === undefined) {
    object.problem('spec.ports', 'a port without a number');
    return [];
  }
  return [
    {
      name: textAt(port, 'name'),
      protocol: (textAt(port, 'protocol') ?? 'TCP').toLowerCase(),
      port: number,
      targetPort: numberAt(port, 'targetPort') ?? textAt(port, 'targetPort'),
      nodePort: numberAt(port, 'nodePort') || undefined, // 0 = none
    },
  ];
}

/** Annotations of the AWS Load Balancer Controller and of the in-tree cloud provider (LBC docs/guide/service/annotations.md). */
function loadBalancerHints(object: KubeObject): LoadBalancerHints | undefined {
  const note = (key: string) =>
    textAt(
      object.value,
      'metadata',
      'annotations',
      `service.beta.kubernetes.io/aws-load-balancer-${key}`,
    );
  const type = note('type');
  const target = note('nlb-target-type');
  const attributes = note('target-group-attributes') ?? '';
  const scheme = note('scheme') ?? (note('internal') === 'true' ? 'internal' : undefined);
  const attribute = (key: string) =>
    attributes
      .split(',')
      .find((pair) => pair.trim().startsWith(`${key}=`))
      ?.split('=')[1]
      ?.trim();
  const preserve = attribute('preserve_client_ip.enabled');
  const hints: LoadBalancerHints = {
    // `nlb-ip` is the older spelling of type external with IP targets; `nlb` is the in-tree provider, instances only.
    targetType:
      target === 'ip' || type === 'nlb-ip'
        ? 'ip'
        : target === 'instance' || type === 'nlb'
          ? 'instance'
          : undefined,
    proxyProtocol:
      note('proxy-protocol') === '*' || attribute('proxy_protocol_v2.enabled') === 'true',
    preserveClientIp: preserve === undefined ? undefined : preserve === 'true',
    scheme,
  };
  const told =
    type ?? target ?? note('proxy-protocol') ?? note('target-group-attributes') ?? scheme;
  return told === undefined ? undefined : hints;
}

/** Names that a Service gives to its load balancer's addresses. */
function readNames(
  object: KubeObject,
  ingress: readonly { ip: string | undefined; hostname: string | undefined }[],
): void {
  const wanted = textAt(
    object.value,
    'metadata',
    'annotations',
    'external-dns.alpha.kubernetes.io/hostname',
  );
  for (const { ip, hostname } of ingress) {
    if (ip === undefined) continue;
    if (hostname !== undefined) {
      object.facts.names.push({
        address: ip,
        name: hostname,
        kind: 'dns',
        source: object.source,
        score: 1,
      });
    }
    for (const name of wanted?.split(',') ?? []) {
      object.facts.names.push({
        address: ip,
        name: name.trim(),
        kind: 'external-dns',
        source: object.source,
        score: 0.9,
      });
    }
  }
}

function podOf(reference: unknown, namespace: string): EndpointFact['pod'] {
  if (textAt(reference, 'kind') !== 'Pod') return undefined;
  const name = textAt(reference, 'name');
  return name === undefined
    ? undefined
    : { namespace: textAt(reference, 'namespace') ?? namespace, name };
}

function portsOf(value: unknown): EndpointFact['ports'] {
  return listAt(value, 'ports').flatMap((port) => {
    const number = numberAt(port, 'port');
    if (number === undefined) return []; // "all ports"
    return [
      {
        name: textAt(port, 'name'),
        port: number,
        protocol: (textAt(port, 'protocol') ?? 'TCP').toLowerCase(),
      },
    ];
  });
}

export function readEndpointSlice(object: KubeObject): void {
  const { value, facts, source, namespace } = object;
  facts.complete.add('endpoints');
  const service = textAt(value, 'metadata', 'labels', 'kubernetes.io/service-name');
  if (service === undefined || textAt(value, 'addressType') === 'FQDN') return;
  const ports = portsOf(value);
  for (const endpoint of listAt(value, 'endpoints')) {
    for (const text of textsAt(endpoint, 'addresses')) {
      const address = object.ip(text, 'endpoints.addresses');
      if (address === undefined) continue;
      facts.endpoints.push({
        namespace,
        service,
        address,
        node: textAt(endpoint, 'nodeName'),
        pod: podOf(at(endpoint, 'targetRef'), namespace),
        ready: at(endpoint, 'conditions', 'ready') !== false, // absent means ready
        ports,
        source,
        score: 1,
      });
    }
  }
}

/** The older API: one object for each Service, of the same name. */
export function readEndpoints(object: KubeObject): void {
  const { value, facts, source, namespace, name } = object;
  facts.complete.add('endpoints');
  for (const subset of listAt(value, 'subsets')) {
    const ports = portsOf(subset);
    for (const [key, ready] of [
      ['addresses', true],
      ['notReadyAddresses', false],
    ] as const) {
      for (const entry of listAt(subset, key)) {
        const address = object.ip(textAt(entry, 'ip'), `subsets.${key}`);
        if (address === undefined) continue;
        facts.endpoints.push({
          namespace,
          service: name,
          address,
          node: textAt(entry, 'nodeName'),
          pod: podOf(at(entry, 'targetRef'), namespace),
          ready,
          ports,
          source,
          score: 1,
        });
      }
    }
  }
}
