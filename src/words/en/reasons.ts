/** Why a conversation has its label, and what else is said of it, in English. */
import type { Catalog } from '../sentence.ts';
import type { OwnerPhrase } from '../sentences/phrases.ts';
import type { ReasonSentences } from '../sentences/reasons.ts';
import { on, owner, packets, place } from './phrases.ts';

/** Plugins by the names that people give them. */
const PLUGINS: Readonly<Record<string, string>> = {
  antrea: 'Antrea',
  'aws-vpc-cni': 'the AWS VPC CNI',
  'azure-cni': 'Azure CNI',
  calico: 'Calico',
  canal: 'Canal (Calico with Flannel)',
  cilium: 'Cilium',
  contiv: 'Contiv',
  flannel: 'Flannel',
  gke: 'GKE',
  'kube-router': 'kube-router',
  ovn: 'OVN',
  weave: 'Weave Net',
};

function whose(one: OwnerPhrase): string {
  if (one.kind === 'unknown') return 'of unknown owner';
  return one.kind === 'external' ? 'outside the cluster' : owner(one);
}

function tunnelEnd({ ip, node }: { ip: string; node: string | undefined }): string {
  return node === undefined || node === ip ? ip : `${node} (${ip})`;
}

/** A node's address as source of what the node did not send. */
function notOwn(ip: string, by: OwnerPhrase, ttl: number): string {
  return `${ip} is ${owner(by)}, but with TTL ${ttl} it did not send this itself`;
}

export const reasons: Catalog<ReasonSentences> = {
  'outer-end': ({ ip, isLoadBalancer, fromOutside }) =>
    `${ip} is ${isLoadBalancer ? 'a load balancer' : 'no part of the cluster'}, so this is traffic ${fromOutside ? 'from' : 'to'} outside`,
  'node-end': ({ client, server }) => `${owner(client)} to ${owner(server)}: a node is an end`,
  'node-or-masqueraded': ({ client, server, service }) =>
    `${owner(client)} to ${owner(server)}: the node itself, or a client of ${service} behind its masquerade; capture on any of that node as well`,
  'pods-on-nodes': ({ client, server, same }) =>
    `${owner(client)} and ${owner(server)} are ${same ? 'on one node' : 'on different nodes'}`,
  'pods-across-tunnel': ({ tunnel, src, dst }) =>
    `it travels in ${tunnel} from ${src} to ${dst}, so its pods are on different nodes`,
  'pods-across-device': ({ device }) =>
    `it was seen on ${device}, which leads to other nodes, so its pods are on different nodes`,
  'pods-at-one-host': ({ first, last }) =>
    `one host saw it on the interfaces of both pods, frames ${first} and ${last}`,
  'masqueraded-client': ({ ip, owner: by, ttl, service, isFar }) => {
    const who = `a client${service === undefined ? '' : ` of ${service}`}`;
    const what = isFar
      ? "most likely from outside; capture that node's NIC to see which"
      : 'one router away: a pod of its own, another node or a neighbour outside; capture on any of that node as well';
    return `${notOwn(ip, by, ttl)}: it masqueraded ${who}, ${what}`;
  },
  'masqueraded-pod': ({ ip, owner: by, ttl, server, where }) => {
    const who = `${notOwn(ip, by, ttl)}: it masqueraded a pod of its own, as what pods send to other nodes is`;
    if (where === 'node') return who;
    if (where === 'unknown') return `${who}; nothing tells the node of ${server.ip}`;
    return `${who}; ${owner(server)} is on ${where === 'same' ? 'that node as well' : 'another node'}`;
  },
  'endpoints-are-nodes': ({ service }) =>
    `every endpoint of ${service} is a node; the packet after DNAT was not seen`,
  'endpoints-on-nodes': ({ client, service, local }) =>
    `${owner(client)} dialled ${service}, whose endpoints are all on ${local ? 'its node' : 'other nodes'}; the packet after DNAT was not seen`,
  'endpoints-do-not-decide': ({ service }) =>
    `the packet after DNAT of ${service} was not seen and its endpoints do not decide: capture on any, or on the node's NIC and tunnel as well`,
  'global-on-link': ({ ip }) =>
    `${ip} is a global address, but packets of it have passed no router: it may as well be a node; pass --topology or --kube-json`,
  'behind-node-port': ({ port, owner: by, isListed }) =>
    `port ${port} of ${owner(by)} ${isListed ? 'is one of the' : 'is in the range of'} node ports, and who answers behind it was not seen: capture on any of that node as well`,
  'no-pod-has': ({ ip, why }, say) => `no pod has ${ip}: ${say(why)}`,
  'nothing-tells-owner': ({ ips }) =>
    `nothing tells whose ${ips.join(' and ')} ${ips.length > 1 ? 'are' : 'is'}: pass --topology or --kube-json, or capture on any as well`,
  'nothing-tells-node': ({ pods }) =>
    `nothing tells the node of ${pods.map(owner).join(' and ')}: pass --topology or --kube-json, or capture on the nodes' NICs as well`,
  'fits-no-rule': ({ client, server }) => `${owner(client)} to ${owner(server)} fits no rule`,
  'routers-block-base': ({ ip }) =>
    `${ip} is the first address of a block, which a node takes for its tunnel device`,
  'routers-both-sides': ({ frame }) =>
    `at frame ${frame} a router has passed on the packets of either end: the node of each`,
  'routers-between': ({ frame, near, far, farIsService, passed }) => {
    const whose = farIsService ? `what is behind ${far}, a Service by its address,` : far;
    const routers =
      passed === 1 ? 'one router: the node of both' : `${passed} routers: its node and this one`;
    return `at frame ${frame}, on the interface of ${near}, packets of ${whose} have passed ${routers}`;
  },

  'address-owner': ({ ip, owner: one, why, conflict }, say) =>
    `${ip} is ${whose(one)}: ${say(why)}${conflict === undefined ? '' : `; ${say(conflict)}`}`,
  'proxy-names-client': ({ version, named, seen }) =>
    `a PROXY v${version} header names ${named} as the client; on the wire it is ${seen}`,
  encrypted: ({ by, betweenNodes }) =>
    `encrypted ${betweenNodes ? 'between nodes' : 'on the way'} by ${by}: the conversations inside are seen only where they are plain, as on ${by === 'WireGuard' ? 'the WireGuard device' : "the pods' interfaces"}`,
  'same-tuple': (it) =>
    `${place(it.place)} saw the same addresses and ports at the same time, but no packet in common with the other places`,
  'one-way-halves': (it) =>
    `${place(it.place)} shows ${it.tuple} one way only; the other way goes between the same machines and to the same client under another tuple, as on a bridge whose frames pass netfilter`,
  'conntrack-pairs': ({ tuple }) =>
    `conntrack translates between ${tuple} and the connection's other tuple`,
  'same-packet': (it) =>
    `frame ${it.frame} at ${place(it.place)} (${it.tuple}) is frame ${it.laterFrame} at ${place(it.laterPlace)} (${it.laterTuple}) ${it.us} us later; ${packets(it.shared)} alike`,
  'join-tied': (it) =>
    `${it.packets} packets look like those of several other flows alike: not joined with any of them`,
  'network-of-plugin': ({ plugin, mode, why }, say) =>
    `the network is that of ${PLUGINS[plugin] ?? plugin}${mode === undefined ? '' : `, ${mode}`}${why === undefined ? '' : `: ${say(why)}`}`,
  'conntrack-line': ({ table, line, before, after }) =>
    `${table}, line ${line}: ${before} became ${after}`,
  dnat: ({ from, to, node }) => `the destination ${from} became ${to}${on(node)}: DNAT`,
  'dnat-of-service': ({ from, to, node, via, service }) =>
    `the destination ${from} became ${to}${on(node)}: the ${via} of ${service} was replaced by one of its endpoints`,
  snat: ({ from, to, node, why }, say) => `the source ${from} became ${to}${on(node)}: ${say(why)}`,
  'snat-for-policy': ({ via, service, policy }) =>
    `${via} of ${service} has externalTrafficPolicy ${policy}, so the reply must come back through this node`,
  'snat-for-hairpin': () =>
    'the pod reached itself through its own Service (hairpin), so the reply must pass the node',
  'snat-out-of-pool': ({ ip, pool }) => `${ip} is in no IP pool and ${pool} has natOutgoing`,
  'snat-out-of-vpc': ({ ip, cidr }) =>
    `${ip} is outside the VPC range ${cidr}, so the VPC CNI gives it the node's primary address`,
  'snat-of-pod': () =>
    'pod addresses mean nothing to the destination, so the node lends its own (masquerade)',
  'snat-for-reply': () => 'masquerade, so that the reply comes back through the node',
  'no-tunnel-one-node': ({ node }) =>
    `no tunnel: both pods are on ${node}, which routes between their interfaces itself`,
  tunnel: ({ type, id, from, to, overhead }) =>
    `${type}${id === null ? '' : ` ${id}`} between ${tunnelEnd(from)} and ${tunnelEnd(to)}${overhead === undefined ? '' : `, which adds ${overhead} bytes to every packet`}`,
  'no-tunnel-one-subnet': ({ pool, from, to }) =>
    `no tunnel: ${pool ?? 'the pool'} encapsulates between subnets only (CrossSubnet), and ${from} and ${to} share one`,
  'no-tunnel-in-vpc': () => 'no tunnel: pod addresses belong to the VPC, whose routers know them',
  'no-tunnel-seen': () =>
    "no tunnel was seen: the pods' addresses are routed between nodes as they are",
};
