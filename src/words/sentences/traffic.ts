/** What traffic shows of an address or of the network. */
import type { Sentence } from '../sentence.ts';

/** Whether packets came from the address or went to it. */
type Way = 'from' | 'to';

export interface TrafficSentences {
  'dns-answers': { name: string };
  'dns-answers-service': { service: string; others: number };
  'comment-names-pod': { file: string; pod: string };
  'asks-calico-gateway': { gateway: string };
  'answered-by-calico-gateway': { gateway: string };
  'sends-arp-on': { device: string };
  /** `device` is undefined where the capture does not name it. */
  'through-veth': { way: Way; device: string | undefined; hasCalicoMac: boolean };
  'end-of-all-on-veth': { device: string | undefined; hasCalicoMac: boolean };
  'through-bridge': { way: Way; device: string };
  'sends-fresh-on-bridge': { device: string };
  'on-tunnel-device': { device: string };
  'leaves-fresh': { device: string | undefined };
  'mac-holds-address': { mac: string };
  'speaks-wireguard': { port: number };
  'serves-kubelet-port': { port: number };
  'speaks-bgp': object;
  'speaks-to-weave': { port: number };
  'tunnel-packets-go': { tunnel: string; out: boolean; end: string };
  'tunnel-end-with': { tunnel: string; other: string };
  'end-of-all-tunnels': object;
  'inner-end': { way: Way; tunnel: string; end: string };
  'inner-end-host-id': { way: Way; tunnel: string; end: string; id: number };
  'inner-end-fresh-ttl': { way: Way; tunnel: string; end: string };
  'inner-end-block-base': { way: Way; tunnel: string; end: string };
  'rewrites-sources-to': { before: string };
  'kubelet-probes-from': object;
  'probed-by-kubelet': { kubelet: string };
  'announces-over-bgp': { cidr: string };
  'announced-to-peer': { speaker: string; cidr: string; peer: string; nextHop: string };
  'announced-alone': { nextHop: string; cidr: string };
  'sent-on-from': { address: string };
  'node-port-sent-on': { port: number; example: string };
  'connections-sent-on': { example: string; more: number };
  'behind-several-nodes': { why: Sentence };
  'sends-proxy-headers': object;
  'named-in-proxy-headers': { sender: string };
  'log-names-instance': { instance: string; node: string; interfaces: string };
  'log-carries-as-node': { interfaces: string; instance: string };
  'log-carries-as-pod': { interfaceId: string; instance: string; shown: string };

  'sign-device': { device: string };
  'sign-veths': { prefix: string };
  'sign-gateway-mac': { mac: string };
  'sign-router-mac': { mac: string };
  'sign-weave-routers': { port: number };
  'sign-wireguard-port': { port: number };
  'sign-arp-gateway': { gateway: string };
  'sign-ipip': object;
  'sign-vni': { vni: string };
  'sign-vni-on-port': { vni: string; port: number };
  'sign-vni-between-macs': { vni: string; prefix: string };
  'sign-vxlan-port': { port: number };
  'sign-sleeve': { port: number };
  'sign-flannel-udp': { port: number };
  'sign-geneve-option': { plugin: string };
  'sign-identities': { port: number };
}
