/** What traffic shows of an address or of the network, in English. */
import type { Catalog } from '../sentence.ts';
import type { TrafficSentences } from '../sentences/traffic.ts';

function veth(device: string | undefined, hasCalicoMac: boolean): string {
  const name = device ?? 'a veth';
  return hasCalicoMac
    ? `${name}, a veth with Calico's gateway MAC`
    : `${name}, the host's end of a veth`;
}

function inner(way: 'from' | 'to', tunnel: string, end: string): string {
  const what = way === 'from' ? 'an inner source of' : 'an inner destination of';
  return `it is ${what} ${tunnel} ${way} ${end}`;
}

export const traffic: Catalog<TrafficSentences> = {
  'dns-answers': ({ name }) => `DNS answers it for ${name}`,
  'dns-answers-service': ({ service, others }) =>
    `DNS answers it for service ${service}${others === 0 ? '' : `, with ${others} more`}`,
  'comment-names-pod': ({ file, pod }) => `a comment in ${file} names pod ${pod}`,
  'asks-calico-gateway': ({ gateway }) => `it asks for ${gateway}, as Calico's pods do`,
  'answered-by-calico-gateway': ({ gateway }) =>
    `it is answered by ${gateway}, as Calico's pods do`,
  'sends-arp-on': ({ device }) => `it sends ARP on ${device}`,
  'through-veth': ({ way, device, hasCalicoMac }) =>
    `packets go ${way} it through ${veth(device, hasCalicoMac)}`,
  'end-of-all-on-veth': ({ device, hasCalicoMac }) =>
    `it is an end of every flow on ${veth(device, hasCalicoMac)}`,
  'through-bridge': ({ way, device }) => `packets go ${way} it through the bridge ${device}`,
  'sends-fresh-on-bridge': ({ device }) => `it sends on the bridge ${device} with a first TTL`,
  'on-tunnel-device': ({ device }) => `it is seen on the tunnel device ${device}`,
  'leaves-fresh': ({ device }) => `packets leave ${device ?? 'it'} with it and a first TTL`,
  'mac-holds-address': ({ mac }) => `its MAC ${mac} holds its address, as CNI bridges make them`,
  'speaks-wireguard': ({ port }) => `it speaks WireGuard on ${port}, as nodes do`,
  'serves-kubelet-port': ({ port }) => `it is spoken to on ${port}, the kubelet's port`,
  'speaks-bgp': () => 'it speaks BGP',
  'speaks-to-weave': ({ port }) => `it speaks to a Weave router on ${port}`,
  'tunnel-packets-go': ({ tunnel, out, end }) =>
    `${tunnel} packets go ${out ? 'out' : 'in'} there with ${end}`,
  'tunnel-end-with': ({ tunnel, other }) => `it is an end of the ${tunnel} tunnel with ${other}`,
  'end-of-all-tunnels': () => 'it is an end of every tunnel seen there',
  'inner-end': ({ way, tunnel, end }) => inner(way, tunnel, end),
  'inner-end-host-id': ({ way, tunnel, end, id }) =>
    `${inner(way, tunnel, end)}, and the identifier ${id} says the host itself`,
  'inner-end-fresh-ttl': ({ way, tunnel, end }) =>
    `${inner(way, tunnel, end)}, with a TTL that no router has lowered`,
  'inner-end-block-base': ({ way, tunnel, end }) =>
    `${inner(way, tunnel, end)}, and it is the first address of its block, as tunnel devices have`,
  'rewrites-sources-to': ({ before }) => `a node rewrites sources to it (${before} before)`,
  'kubelet-probes-from': () => 'a kubelet probes from it',
  'probed-by-kubelet': ({ kubelet }) => `the kubelet at ${kubelet} probes it`,
  'announces-over-bgp': ({ cidr }) => `it announces ${cidr} over BGP`,
  'announced-to-peer': ({ speaker, cidr, peer, nextHop }) =>
    `${speaker} announces ${cidr} to ${peer} with next hop ${nextHop}`,
  'announced-alone': ({ nextHop, cidr }) =>
    `${nextHop} announces it alone, out of the block ${cidr} of another node`,
  'sent-on-from': ({ address }) => `connections to ${address} are sent on to it`,
  'node-port-sent-on': ({ port, example }) =>
    `connections to its node port ${port} are sent on to ${example}`,
  'connections-sent-on': ({ example, more }) =>
    `connections to it are sent on to ${example}${more === 0 ? '' : ` and ${more} more`}`,
  'behind-several-nodes': ({ why }, say) => `${say(why)}, but it is seen behind several nodes`,
  'sends-proxy-headers': () => 'it sends PROXY headers',
  'named-in-proxy-headers': ({ sender }) =>
    `PROXY headers from ${sender} say that clients dialled it`,
  'log-names-instance': ({ instance, node, interfaces }) =>
    `flow logs name instance ${instance}, which is ${node}, at ${interfaces}`,
  'log-carries-as-node': ({ interfaces, instance }) =>
    `${interfaces} of instance ${instance} carries further addresses, as the VPC CNI's nodes do`,
  'log-carries-as-pod': ({ interfaceId, instance, shown }) =>
    `${interfaceId} of instance ${instance} carries it beside its own ${shown}, as the VPC CNI has it of pods`,

  'sign-device': ({ device }) => `there is ${device}`,
  'sign-veths': ({ prefix }) => `veths are named ${prefix}*`,
  'sign-gateway-mac': ({ mac }) => `gateways have the MAC ${mac}`,
  'sign-router-mac': ({ mac }) => `the router has the MAC ${mac}`,
  'sign-weave-routers': ({ port }) => `routers speak on TCP ${port}`,
  'sign-wireguard-port': ({ port }) => `WireGuard on ${port}`,
  'sign-arp-gateway': ({ gateway }) => `pods ask ARP for ${gateway}`,
  'sign-ipip': () => 'nodes send IPIP',
  'sign-vni': ({ vni }) => `VNI ${vni}`,
  'sign-vni-on-port': ({ vni, port }) => `VNI ${vni} on UDP ${port}`,
  'sign-vni-between-macs': ({ vni, prefix }) => `VNI ${vni} between MACs that begin with ${prefix}`,
  'sign-vxlan-port': ({ port }) => `VXLAN on UDP ${port}`,
  'sign-sleeve': ({ port }) => `sleeve on UDP ${port}`,
  'sign-flannel-udp': ({ port }) => `bare packets on UDP ${port}`,
  'sign-geneve-option': ({ plugin }) => `Geneve has ${plugin}'s option`,
  'sign-identities': ({ port }) => `the VNI on UDP ${port} differs by sender, as identities do`,
};
