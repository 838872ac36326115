/** Cilium with kube-proxy: VXLAN and Geneve, whose identifier is the sender's identity, and native routing. */
import {
  addCiliumPod,
  type CiliumMode,
  ciliumFiles,
  connectCilium,
  identityOf,
  lxcName,
  prepareCilium,
  routerOf,
} from './blocks/cilium.ts';
import type { Cluster } from './blocks/cluster.ts';
import { crossing } from './blocks/course.ts';
import { kubeFiles } from './blocks/kube-json.ts';
import type { Lab } from './blocks/lab.ts';
import { readmeOf } from './blocks/readme.ts';
import {
  type TrioPlan,
  type TrioWiring,
  trioCaptures,
  trioCluster,
  trioOutsiders,
  trioServers,
  wireTrio,
} from './blocks/trio.ts';
import { trioTraffic } from './blocks/trio-traffic.ts';
import type { TruthConversation, TruthEncapsulation } from './blocks/truth.ts';

const REMOTE_NODE = 6;

const PLAN: TrioPlan = {
  names: ['kind-control-plane', 'kind-worker', 'kind-worker2'],
  ips: ['172.18.0.2', '172.18.0.3', '172.19.0.2'],
  podCidr: '10.0.0.0/16',
  blocks: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'],
  firstPod: 31,
  services: '10.96.0.0/24',
  nodePort: 32100,
  client: '203.0.113.9',
  server: '198.51.100.44',
  daemons: ['kube-proxy', 'cilium'],
  nodeAnnotations: ({ block }) => ({ 'network.cilium.io/ipv4-cilium-host': routerOf(block) }),
  nodeAddresses: (block) => [routerOf(block)],
};
const CLUSTER = trioCluster(PLAN);

/** What a conversation's packets to the server wore: the identity of who sent them into the tunnel. */
function encapsulationOf(
  cluster: Cluster,
  mode: CiliumMode,
  outer: { src: string; dst: string } | undefined,
  { client, translations }: TruthConversation,
): TruthEncapsulation[] {
  if (mode === 'native' || outer === undefined) return [];
  const isMasqueraded = translations.some(({ type }) => type === 'snat');
  const pod = cluster.pods.find((one) => one.place !== undefined && one.ip === client.ip);
  const vni = pod === undefined || isMasqueraded ? REMOTE_NODE : identityOf(cluster, pod);
  return [{ type: mode, vni, outer }];
}

function ciliumLab(mode: CiliumMode, summary: string, text: string): Lab {
  const wiring: TrioWiring = {
    veth: lxcName,
    prepare: (network, node) => prepareCilium(network, node, PLAN, mode),
    addPod: addCiliumPod,
  };
  return {
    name: `cilium-${mode}`,
    summary,
    tools: ['iptables-restore'],
    cluster: CLUSTER,
    outsiders: trioOutsiders(PLAN),
    captures: trioCaptures(CLUSTER, wiring, mode === 'native' ? [] : [`cilium_${mode}`]),
    servers: trioServers(PLAN, CLUSTER),
    wire: async (network) => {
      await wireTrio(network, PLAN, CLUSTER, wiring);
      await connectCilium(network, CLUSTER, mode);
    },
    converge: () => undefined,
    traffic: (session) => trioTraffic(session, PLAN),
    kube: () => ({ ...kubeFiles(CLUSTER), ...ciliumFiles(CLUSTER) }),
    harvest: () => ({
      encapsulation: (session, one) => encapsulationOf(CLUSTER, mode, crossing(session, one), one),
      readme: readmeOf({ lab: `cilium-${mode}`, title: summary, text }),
    }),
  };
}

const NODES = `Nodes kind-control-plane 172.18.0.2 and kind-worker .3 on one switch, kind-worker2 172.19.0.2 behind a router; pods
from 10.0.N.0/24 behind lxc* veths, cilium_host at 10.0.N.217 as their gateway. Services are kube-proxy's. Only what
leaves the pods' range is masqueraded.`;

export const ciliumVxlan = ciliumLab(
  'vxlan',
  "Cilium VXLAN: UDP 8472, the VNI is the sender's identity",
  `${NODES}

cilium_vxlan is the kernel's VXLAN device in collect-metadata mode, as Cilium makes it. Where Cilium's eBPF programs
choose node and identity, routes with \`encap ip\` do it here, one table a pod; outer UDP checksum 0, TTL 64, inner TTL
not lowered on the way in. The inner MAC addresses are those of the tunnel devices, where Cilium leaves the pods'. A
node's own packets have the identity 6 (remote-node).`,
);

export const ciliumGeneve = ciliumLab(
  'geneve',
  "Cilium Geneve: UDP 6081, the VNI is the sender's identity",
  `${NODES}

The kernel this was made on has no geneve module: cilium_geneve is a TAP device and \`overlay-carrier.py\` writes the
outer headers (VNI by inner source, UDP checksum 0, TTL 64, inner TTL not lowered on the way in).`,
);

export const ciliumNative = ciliumLab(
  'native',
  'Cilium native routing: lxc* veths, pod addresses on every wire',
  `${NODES}

Without a tunnel: \`autoDirectNodeRoutes\` on the switch, the router knows the rest.`,
);
