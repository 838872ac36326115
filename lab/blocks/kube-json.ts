/** What `kubectl get … -A -o json` prints of a cluster: a List of objects, with the fields that matter here. */
import {
  type Cluster,
  type ClusterNode,
  type ClusterPod,
  type ClusterService,
  endpointsOf,
  findNode,
  uidOf,
} from './cluster.ts';

const CREATED = '2026-11-01T09:00:00Z';

type Json = Record<string, unknown>;

/** File name (without folder) to JSON value: pods, nodes, services, endpointslices. */
export function kubeFiles(cluster: Cluster): Record<string, Json> {
  return {
    'pods.json': list(cluster.pods.map((pod) => podObject(cluster, pod))),
    'nodes.json': list(cluster.nodes.map((node) => nodeObject(node))),
    'services.json': list(cluster.services.map((service) => serviceObject(service))),
    'endpointslices.json': list(
      cluster.services.flatMap((service) => endpointSlices(cluster, service)),
    ),
  };
}

/** The List kubectl wraps several objects in. */
export function list(items: readonly Json[]): Json {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

/** `metadata` of an object; a namespace of '' is left out, as for cluster-scoped kinds. */
export function metadata(kind: string, namespace: string, name: string, more: Json = {}): Json {
  return {
    creationTimestamp: CREATED,
    name,
    ...(namespace === '' ? {} : { namespace }),
    resourceVersion: '1000',
    uid: uidOf(kind, namespace, name),
    ...more,
  };
}

function podObject(cluster: Cluster, pod: ClusterPod): Json {
  const node = findNode(cluster, pod.node);
  const ips = [pod.ip, ...(pod.ip6 === undefined ? [] : [pod.ip6])].map((ip) => ({ ip }));
  const hostIps = [node.ip, ...(node.ip6 === undefined ? [] : [node.ip6])].map((ip) => ({ ip }));
  const ports = (pod.ports ?? []).map(({ name, port, protocol }) => ({
    containerPort: port,
    name,
    protocol,
  }));
  const phase = pod.phase ?? 'Running';
  const app = pod.labels.app ?? pod.labels['k8s-app'] ?? pod.name;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata('Pod', pod.namespace, pod.name, {
      ...(pod.annotations === undefined ? {} : { annotations: pod.annotations }),
      labels: pod.labels,
    }),
    spec: {
      containers: [
        {
          image: pod.image ?? `registry.example/${app}:1`,
          name: app,
          ...(ports.length === 0 ? {} : { ports }),
        },
      ],
      ...(pod.hostNetwork === true ? { hostNetwork: true } : {}),
      nodeName: pod.node,
      restartPolicy: 'Always',
      serviceAccountName: 'default',
    },
    status: {
      conditions: [{ status: phase === 'Running' ? 'True' : 'False', type: 'Ready' }],
      hostIP: node.ip,
      hostIPs: hostIps,
      phase,
      podIP: pod.ip,
      podIPs: ips,
      startTime: CREATED,
    },
  };
}

function nodeObject(node: ClusterNode): Json {
  const addresses = [{ address: node.ip, type: 'InternalIP' }];
  if (node.ip6 !== undefined) addresses.push({ address: node.ip6, type: 'InternalIP' });
  addresses.push({ address: node.name, type: 'Hostname' });
  const cidrs = node.podCidrs ?? [];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: metadata('Node', '', node.name, {
      annotations: node.annotations ?? {},
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        ...(node.controlPlane === true ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        ...node.labels,
      },
    }),
    spec: {
      ...(cidrs.length === 0 ? {} : { podCIDR: cidrs[0], podCIDRs: cidrs }),
      ...(node.providerId === undefined ? {} : { providerID: node.providerId }),
    },
    status: {
      addresses,
      conditions: [{ status: 'True', type: 'Ready' }],
      nodeInfo: { architecture: 'amd64', kubeletVersion: 'v1.29.6', operatingSystem: 'linux' },
    },
  };
}

function serviceObject(service: ClusterService): Json {
  const six = service.clusterIp6;
  const outside = service.type !== 'ClusterIP';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('Service', service.namespace, service.name, {
      ...(service.annotations === undefined ? {} : { annotations: service.annotations }),
      labels: service.selector,
    }),
    spec: {
      ...(outside ? { allocateLoadBalancerNodePorts: true } : {}),
      clusterIP: service.clusterIp,
      clusterIPs: [service.clusterIp, ...(six === undefined ? [] : [six])],
      ...(outside ? { externalTrafficPolicy: service.externalTrafficPolicy ?? 'Cluster' } : {}),
      ...(service.healthCheckNodePort === undefined
        ? {}
        : { healthCheckNodePort: service.healthCheckNodePort }),
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4', ...(six === undefined ? [] : ['IPv6'])],
      ipFamilyPolicy: six === undefined ? 'SingleStack' : 'PreferDualStack',
      ...(service.loadBalancerClass === undefined
        ? {}
        : { loadBalancerClass: service.loadBalancerClass }),
      ports: service.ports.map(({ name, nodePort, port, protocol, targetPort }) => ({
        name,
        ...(nodePort === undefined ? {} : { nodePort }),
        port,
        protocol,
        targetPort,
      })),
      ...(Object.keys(service.selector).length === 0 ? {} : { selector: service.selector }),
      sessionAffinity: 'None',
      type: service.type,
    },
    status: { loadBalancer: service.ingress === undefined ? {} : { ingress: service.ingress } },
  };
}

function endpointSlices(cluster: Cluster, service: ClusterService): Json[] {
  const slices = [endpointSlice(cluster, service, 'IPv4')];
  if (service.clusterIp6 !== undefined) slices.push(endpointSlice(cluster, service, 'IPv6'));
  return slices;
}

function endpointSlice(cluster: Cluster, service: ClusterService, family: 'IPv4' | 'IPv6'): Json {
  const { namespace } = service;
  const suffix = uidOf(`EndpointSlice${family}`, namespace, service.name).slice(0, 5);
  return {
    addressType: family,
    apiVersion: 'discovery.k8s.io/v1',
    endpoints: endpointsOf(cluster, service).map(({ ip, ip6, pod }) => ({
      addresses: [family === 'IPv4' ? ip : ip6],
      conditions: { ready: true, serving: true, terminating: false },
      ...(pod === undefined ? {} : { nodeName: pod.node, targetRef: podReference(pod) }),
    })),
    kind: 'EndpointSlice',
    metadata: metadata('EndpointSlice', namespace, `${service.name}-${suffix}`, {
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': service.name,
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          blockOwnerDeletion: true,
          controller: true,
          kind: 'Service',
          name: service.name,
          uid: uidOf('Service', namespace, service.name),
        },
      ],
    }),
    ports: service.ports.map(({ name, protocol, targetPort }) => ({
      name,
      port: targetPort,
      protocol,
    })),
  };
}

function podReference({ name, namespace }: ClusterPod): Json {
  return { kind: 'Pod', name, namespace, uid: uidOf('Pod', namespace, name) };
}
