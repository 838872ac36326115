/** NodeLocal DNSCache: pods ask 169.254.20.10 on their own node, untracked; the cache asks kube-dns over TCP. */
import {
  addCalicoPod,
  calicoPodAnnotations,
  caliName,
  loadCalicoRules,
  type PoolOptions,
} from './blocks/calico.ts';
import { addressIn, type ClusterNode, type ClusterService, findPod } from './blocks/cluster.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { exec, ip, type Network } from './blocks/network.ts';
import { readmeOf } from './blocks/readme.ts';
import { type Session, talk } from './blocks/session.ts';
import type { Command } from './blocks/traffic.ts';
import {
  addPlainRoutes,
  NODE_PLACES,
  type TrioPlan,
  type TrioWiring,
  trioCaptures,
  trioCluster,
  trioOutsiders,
  trioRecords,
  trioServers,
  wireTrio,
} from './blocks/trio.ts';

const CACHE = '169.254.20.10';
const MTU = 1500;
const PLAN: TrioPlan = {
  names: ['edge-01', 'edge-02', 'edge-03'],
  ips: ['10.8.1.21', '10.8.1.22', '10.8.2.21'],
  podCidr: '192.168.0.0/16',
  blocks: ['192.168.77.0/24', '192.168.93.0/24', '192.168.201.0/24'],
  firstPod: 12,
  services: '172.30.0.0/24',
  nodePort: 30900,
  client: '203.0.113.140',
  server: '198.51.100.140',
  daemons: ['kube-proxy', 'calico-node', 'node-local-dns'],
  nodeAnnotations: ({ ip: address }) => ({ 'projectcalico.org/IPv4Address': `${address}/24` }),
  nodeAddresses: () => [],
  podAnnotations: (name, address) => calicoPodAnnotations('default', name, [address]),
  localAddresses: [CACHE],
};
const POOL: PoolOptions = {
  name: 'default-ipv4-ippool',
  cidr: PLAN.podCidr,
  ipipMode: 'Never',
  vxlanMode: 'Never',
  blockSize: 24,
  natOutgoing: true,
};
/** The Service by which the cache reaches the pods of kube-dns, whose own address it may answer itself. */
const UPSTREAM: ClusterService = {
  namespace: 'kube-system',
  name: 'kube-dns-upstream',
  type: 'ClusterIP',
  clusterIp: addressIn(PLAN.services, 11),
  ports: [
    { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
  ],
  selector: { 'k8s-app': 'kube-dns' },
};
const CLUSTER = trioCluster(PLAN, [UPSTREAM]);

/** The cache's device and its rules as node-cache writes them: nothing to or from it is tracked. */
function addCache(network: Network, node: ClusterNode): void {
  ip(
    network,
    node.place,
    'link add nodelocaldns type ifb', // a dummy device in a cluster; this kernel has none
    `addr add ${CACHE}/32 dev nodelocaldns`,
    'link set nodelocaldns up',
  );
  const untracked = ['udp', 'tcp'].flatMap((protocol) => [
    `-A PREROUTING -d ${CACHE}/32 -p ${protocol} --dport 53 -j CT --notrack`,
    `-A OUTPUT -s ${CACHE}/32 -p ${protocol} --sport 53 -j CT --notrack`,
    `-A OUTPUT -d ${CACHE}/32 -p ${protocol} --dport 53 -j CT --notrack`,
  ]);
  const rules = ['*raw', ...untracked, 'COMMIT', ''].join('\n');
  exec(network, node.place, ['iptables-restore', '-n'], rules);
}

const WIRING: TrioWiring = {
  veth: caliName,
  prepare: (network, node) => {
    addCache(network, node);
    loadCalicoRules(network, node, POOL, undefined);
  },
  addPod: (network, node, pod) => addCalicoPod(network, node, pod, MTU),
};

async function traffic(session: Session): Promise<void> {
  const say = async (id: string, from: string, command: Command, ...words: string[]) => {
    await talk(session, { id, from, command, words });
  };
  const ask = (at: string, name: string, more = {}): Command => ({
    do: 'dns',
    to: [at, 53],
    name,
    ...more,
  });
  const shop = 'shop.default.svc.cluster.local';
  const [upstream, kubeDns] = [UPSTREAM.clusterIp, addressIn(PLAN.services, 10)];
  await say('cache-1', 'cart', ask(CACHE, shop), 'dns', 'node-local');
  await say('upstream-a', 'a', ask(upstream, shop, { tcp: true }), 'dns', 'cluster-ip');
  await say('cache-2', 'cart', ask(CACHE, 'rates.example.org'), 'dns', 'node-local');
  await say('cache-tcp', 'shop-0', ask(CACHE, shop, { tcp: true }), 'dns', 'node-local');
  await say('cache-there', 'shop-1', ask(CACHE, shop), 'dns', 'node-local');
  await say('upstream-b', 'b', ask(upstream, shop, { tcp: true }), 'dns', 'cluster-ip');
  await say('upstream-c', 'c', ask(upstream, shop, { tcp: true }), 'dns', 'cluster-ip');
  await say('past-the-cache', 'cart', ask(kubeDns, shop), 'dns', 'cluster-ip');
  const http = (to: string, port: number): Command => ({ do: 'http', to: [to, port] });
  const at = (name: string): string => findPod(CLUSTER, name).ip;
  await say('same-node', 'cart', http(at('shop-0'), 8080), 'pod-to-pod');
  await say('cross-node', 'cart', http(at('shop-1'), 8080), 'pod-to-pod');
  await say('far', 'report', http(at('shop-1'), 8080), 'pod-to-pod');
  await say('egress', 'cart', http(PLAN.server, 80), 'egress');
}

const SUMMARY =
  'NodeLocal DNSCache at 169.254.20.10, untracked, upstream over TCP; Calico without a tunnel';

export const nodelocalDns: Lab = {
  name: 'nodelocal-dns',
  summary: SUMMARY,
  tools: ['iptables-restore', 'ipset'],
  cluster: CLUSTER,
  outsiders: trioOutsiders(PLAN),
  captures: trioCaptures(CLUSTER, WIRING, ['nodelocaldns']),
  servers: [
    ...trioServers(PLAN, CLUSTER),
    ...NODE_PLACES.flatMap((place) =>
      ['udp', 'tcp'].map((protocol) => ({
        place,
        command: {
          do: 'serve',
          kind: 'dns',
          protocol,
          port: 53,
          bind: CACHE,
          records: trioRecords(PLAN),
        },
      })),
    ),
  ],
  wire: async (network) => {
    await wireTrio(network, PLAN, CLUSTER, WIRING);
    addPlainRoutes(network, CLUSTER);
  },
  converge: () => undefined,
  traffic,
  kube: () => kubeFiles(CLUSTER),
  harvest: () => ({
    encapsulation: () => [],
    readme: readmeOf({
      lab: 'nodelocal-dns',
      title: SUMMARY,
      text: `Nodes edge-01 10.8.1.21 and edge-02 .22 on one switch, edge-03 10.8.2.21 behind a router; pods from 192.168.0.0/16
on cali* veths. On every node the cache answers at 169.254.20.10, on a device of its own and outside of connection
tracking; it asks kube-dns-upstream, a ClusterIP, over TCP. The cache is played by the lab's DNS server and its question
upstream by a call of the node, so that both have a truth. The device nodelocaldns is an ifb, where a node has a dummy.`,
    }),
  }),
};
