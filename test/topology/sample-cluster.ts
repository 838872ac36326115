/** A small cluster as kubectl prints it: the Calico course's four nodes, made for these tests. */

type Json = Record<string, unknown>;

export function node(name: string, ip: string, annotations: Json = {}, spec: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations },
    spec,
    status: {
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
    },
  };
}

export function pod(
  namespace: string,
  name: string,
  ip: string,
  nodeName: string,
  hostIP: string,
  more: Json = {},
): Json {
  const { spec, status, metadata } = more as { spec?: Json; status?: Json; metadata?: Json };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `uid-${name}`, ...metadata },
    spec: {
      nodeName,
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...spec,
    },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], hostIP, ...status },
  };
}

export function service(
  namespace: string,
  name: string,
  spec: Json,
  status: Json = {},
  annotations: Json = {},
): Json {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations },
    spec,
    status,
  };
}

export function slice(namespace: string, name: string, endpoints: Json[], ports: Json[]): Json {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-abc12`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints,
    ports,
  };
}

export function list(items: Json[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export const NODES = [
  node('k8s-m', '192.168.10.10', {
    'projectcalico.org/IPv4Address': '192.168.10.10/24',
    'projectcalico.org/IPv4IPIPTunnelAddr': '172.16.116.0',
  }),
  node('k8s-w1', '192.168.10.101', {
    'projectcalico.org/IPv4Address': '192.168.10.101/24',
    'projectcalico.org/IPv4IPIPTunnelAddr': '172.16.158.0',
  }),
  node('k8s-w0', '192.168.20.100', {
    'projectcalico.org/IPv4Address': '192.168.20.100/24',
    'projectcalico.org/IPv4IPIPTunnelAddr': '172.16.34.0',
  }),
];

export const PODS = [
  pod('default', 'pod1', '172.16.158.1', 'k8s-w1', '192.168.10.101'),
  pod('default', 'web-0', '172.16.34.1', 'k8s-w0', '192.168.20.100'),
  pod('kube-system', 'kube-proxy-a', '192.168.10.101', 'k8s-w1', '192.168.10.101', {
    spec: { hostNetwork: true },
  }),
  pod('kube-system', 'calico-node-a', '192.168.10.101', 'k8s-w1', '192.168.10.101', {
    spec: { hostNetwork: true },
  }),
  pod('kube-system', 'kube-apiserver-k8s-m', '192.168.10.10', 'k8s-m', '192.168.10.10', {
    spec: {
      hostNetwork: true,
      containers: [
        { name: 'a', command: ['kube-apiserver', '--service-cluster-ip-range=10.96.0.0/12'] },
      ],
    },
  }),
];

export const SERVICES = [
  service('default', 'web', {
    type: 'NodePort',
    clusterIP: '10.96.0.50',
    clusterIPs: ['10.96.0.50'],
    externalTrafficPolicy: 'Cluster',
    ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
  }),
  service('default', 'lonely', {
    type: 'ClusterIP',
    clusterIP: '10.96.0.51',
    ports: [{ port: 80 }],
  }),
  slice(
    'default',
    'web',
    [
      {
        addresses: ['172.16.34.1'],
        nodeName: 'k8s-w0',
        targetRef: { kind: 'Pod', name: 'web-0', namespace: 'default' },
      },
    ],
    [{ name: 'http', port: 8080, protocol: 'TCP' }],
  ),
];

export const CALICO = [
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: { name: 'default-ipv4-ippool' },
    spec: { cidr: '172.16.0.0/16', ipipMode: 'CrossSubnet', vxlanMode: 'Never', natOutgoing: true },
  },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'BlockAffinity',
    metadata: { name: 'w1' },
    spec: { cidr: '172.16.158.0/26', node: 'k8s-w1', state: 'confirmed', deleted: 'false' },
  },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'BlockAffinity',
    metadata: { name: 'w0' },
    spec: { cidr: '172.16.34.0/26', node: 'k8s-w0', state: 'confirmed', deleted: 'false' },
  },
];
