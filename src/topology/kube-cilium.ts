/** Cilium's objects to facts (cilium.io/v2 and v2alpha1). */
import type { NodeAddressRole } from './facts.ts';
import { at, entriesAt, listAt, numberAt, textAt, textsAt } from './json-value.ts';
import type { KubeObject } from './kube-objects.ts';

const ROLES: Record<string, NodeAddressRole> = {
  InternalIP: 'InternalIP',
  ExternalIP: 'ExternalIP',
  CiliumInternalIP: 'bridge', // cilium_host, the node's own address inside its pod range
};

export function readCiliumNode(object: KubeObject): void {
  const { value, facts, source, name } = object;
  const addresses: { address: string; role: NodeAddressRole }[] = [];
  const add = (text: string | undefined, role: NodeAddressRole, field: string) => {
    const address = object.ip(text, field);
    if (address !== undefined) addresses.push({ address, role });
  };
  for (const entry of listAt(value, 'spec', 'addresses')) {
    add(textAt(entry, 'ip'), ROLES[textAt(entry, 'type') ?? ''] ?? 'address', 'spec.addresses');
  }
  for (const family of ['ipv4', 'ipv6']) {
    add(textAt(value, 'spec', 'health', family), 'health', 'spec.health');
    add(textAt(value, 'spec', 'ingress', family), 'ingress', 'spec.ingress');
  }
  const cidrs = textsAt(value, 'spec', 'ipam', 'podCIDRs');
  for (const pool of listAt(value, 'spec', 'ipam', 'pools', 'allocated'))
    cidrs.push(...textsAt(pool, 'cidrs'));
  facts.nodes.push({
    name,
    addresses,
    podCidrs: cidrs
      .map((text) => object.prefix(text, 'spec.ipam.podCIDRs'))
      .filter((c) => c !== undefined),
    providerId: textAt(value, 'spec', 'instance-id'),
    source,
    score: 1,
  });
  readUsed(object);
  readEnis(object);
}

/** IPAM in ENI, Azure and multi-pool mode lists who uses each address: `namespace/pod`, or the node's own `router`, `health`. */
function readUsed(object: KubeObject): void {
  for (const [text, use] of entriesAt(object.value, 'status', 'ipam', 'used')) {
    const owner = textAt(use, 'owner');
    const address = object.ip(text, 'status.ipam.used');
    const [namespace, pod, more] = owner?.split('/') ?? [];
    if (address === undefined || namespace === undefined || pod === undefined || more !== undefined)
      continue;
    const { detail: source } = object.source;
    const why = { code: 'cilium-pod-uses', source, pod: `${namespace}/${pod}` } as const;
    object.facts.addresses.push({
      address,
      kind: 'pod',
      role: 'pod',
      namespace,
      name: pod,
      node: object.name,
      source: object.source,
      score: 0.98,
      why,
    });
  }
}

/** ENI mode: the node's network interfaces; the first address of each is the node's, the rest are for pods. */
function readEnis(object: KubeObject): void {
  for (const [id, eni] of entriesAt(object.value, 'status', 'eni', 'enis')) {
    const address = object.ip(textAt(eni, 'ip'), `status.eni.enis.${id}.ip`);
    if (address !== undefined) {
      const { detail: source } = object.source;
      const why = { code: 'primary-of-eni', source, eni: id } as const;
      object.facts.addresses.push({
        address,
        kind: 'node',
        role: 'eni',
        node: object.name,
        source: object.source,
        score: 1,
        why,
      });
    }
    for (const text of textsAt(eni, 'prefixes')) {
      const cidr = object.prefix(text, `status.eni.enis.${id}.prefixes`);
      if (cidr === undefined) continue;
      object.facts.ranges.push({
        cidr,
        kind: 'eni-prefix',
        name: id,
        node: object.name,
        source: object.source,
        score: 1,
      });
    }
    const vpc = object.prefix(
      textAt(eni, 'vpc', 'primary-cidr'),
      `status.eni.enis.${id}.vpc.primary-cidr`,
    );
    if (vpc !== undefined)
      object.facts.ranges.push({ cidr: vpc, kind: 'vpc', source: object.source, score: 1 });
  }
}

function readIdentity(object: KubeObject, id: number | undefined, labels: readonly string[]): void {
  if (id === undefined || labels.length === 0) return;
  object.facts.identities.push({ id, labels, source: object.source, score: 1 });
}

/** One address of an endpoint: its pod bears the endpoint's name, unless it is the node's own (`reserved:health`). */
function readAddressing(object: KubeObject, networking: unknown, pod: string): void {
  for (const pair of listAt(networking, 'addressing')) {
    for (const family of ['ipv4', 'ipv6']) {
      const address = object.ip(textAt(pair, family), 'networking.addressing');
      if (address === undefined) continue;
      object.facts.addresses.push({
        address,
        kind: 'pod',
        role: 'pod',
        namespace: object.namespace,
        name: pod,
        node: textAt(networking, 'node'),
        source: object.source,
        score: 0.99,
        why: {
          code: 'cilium-endpoint-of',
          source: object.source.detail,
          pod: `${object.namespace}/${pod}`,
        },
      });
    }
  }
}

export function readCiliumEndpoint(object: KubeObject): void {
  readAddressing(object, at(object.value, 'status', 'networking'), object.name);
  const identity = at(object.value, 'status', 'identity');
  readIdentity(object, numberAt(identity, 'id'), textsAt(identity, 'labels'));
}

/** Several endpoints of one namespace in one object. */
export function readCiliumEndpointSlice(object: KubeObject): void {
  const namespace = textAt(object.value, 'namespace') ?? object.namespace;
  for (const endpoint of listAt(object.value, 'endpoints')) {
    const name = textAt(endpoint, 'name');
    if (name !== undefined)
      readAddressing({ ...object, namespace }, at(endpoint, 'networking'), name);
  }
}

export function readCiliumIdentity(object: KubeObject): void {
  const labels = entriesAt(object.value, 'security-labels').map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  readIdentity(object, Number(object.name) || undefined, labels);
}
