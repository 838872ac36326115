/** A large cluster as kubectl prints it, made by arithmetic. */

/** Files by name: pods spread over nodes, one Service and one slice for every hundred pods, a Calico block for every node. */
export function largeCluster(pods: number, nodes: number): Record<string, string> {
  const node = (i: number) => `node-${i % nodes}`;
  const nodeIp = (i: number) => `192.168.${(i % nodes) >> 8}.${(i % nodes) & 255}`;
  const podIp = (i: number) =>
    `10.${(i % nodes) >> 6}.${((i % nodes) & 63) << 2}.${1 + Math.floor(i / nodes)}`;
  const count = <T>(n: number, make: (i: number) => T) =>
    Array.from({ length: n }, (_, i) => make(i));
  const list = (items: unknown[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  return {
    'nodes.json': list(
      count(nodes, (i) => ({
        kind: 'Node',
        metadata: {
          name: node(i),
          annotations: { 'projectcalico.org/IPv4Address': `${nodeIp(i)}/16` },
        },
        status: { addresses: [{ type: 'InternalIP', address: nodeIp(i) }] },
      })),
    ),
    'pods.json': list(
      count(pods, (i) => ({
        kind: 'Pod',
        metadata: {
          name: `pod-${i}`,
          namespace: `ns-${i % 50}`,
          uid: `uid-${i}`,
          labels: { app: `app-${i % 100}`, tier: 'web' },
        },
        spec: {
          nodeName: node(i),
          containers: [{ name: 'main', image: 'example/app:1', ports: [{ containerPort: 8080 }] }],
        },
        status: {
          phase: 'Running',
          podIP: podIp(i),
          podIPs: [{ ip: podIp(i) }],
          hostIP: nodeIp(i),
          startTime: '2026-11-22T05:00:00Z',
        },
      })),
    ),
    'services.json': list(
      count(pods / 100, (i) => ({
        kind: 'Service',
        metadata: { name: `svc-${i}`, namespace: `ns-${i % 50}` },
        spec: {
          type: 'ClusterIP',
          clusterIP: `172.20.${i >> 8}.${i & 255}`,
          ports: [{ port: 80, targetPort: 8080 }],
        },
      })),
    ),
    'slices.json': list(
      count(pods / 100, (i) => ({
        kind: 'EndpointSlice',
        metadata: {
          name: `svc-${i}-x`,
          namespace: `ns-${i % 50}`,
          labels: { 'kubernetes.io/service-name': `svc-${i}` },
        },
        endpoints: count(100, (j) => ({
          addresses: [podIp(100 * i + j)],
          nodeName: node(100 * i + j),
        })),
        ports: [{ port: 8080, protocol: 'TCP' }],
      })),
    ),
    'blocks.json': list(
      count(nodes, (i) => ({
        kind: 'BlockAffinity',
        metadata: { name: `block-${i}` },
        spec: { cidr: `10.${i >> 6}.${(i & 63) << 2}.0/26`, node: node(i), state: 'confirmed' },
      })),
    ),
  };
}
