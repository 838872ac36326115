/** What traffic shows of an address or of the network, in Korean; the address is the subject left unsaid. */
import type { Catalog } from '../sentence.ts';
import type { TrafficSentences } from '../sentences/traffic.ts';
import { and, object, subject, to } from './phrases.ts';

function veth(device: string | undefined, hasCalicoMac: boolean): string {
  const name = device === undefined ? 'veth' : `veth ${device}`;
  return hasCalicoMac ? `Calico 게이트웨이 MAC을 쓰는 ${name}` : name;
}

/** What packets do, by whether they come from the address or go to it. */
function packets(way: 'from' | 'to'): string {
  return way === 'from' ? '이 주소에서 나온 패킷이' : '이 주소로 가는 패킷이';
}

function inner(way: 'from' | 'to', tunnel: string, end: string): string {
  return way === 'from'
    ? `${end}에서 온 ${tunnel} 터널 안쪽 패킷의 출발지입니다.`
    : `${to(end)} 가는 ${tunnel} 터널 안쪽 패킷의 목적지입니다.`;
}

export const traffic: Catalog<TrafficSentences> = {
  'dns-answers': ({ name }) => `DNS가 ${name}의 주소로 응답했습니다.`,
  'dns-answers-service': ({ service, others }) =>
    `DNS가 서비스 ${service}의 주소로 응답했습니다.${others === 0 ? '' : ` 함께 응답한 주소가 ${others}개 더 있습니다.`}`,
  'comment-names-pod': ({ file, pod }) => `${file}의 주석에 파드 ${pod}의 주소로 적혀 있습니다.`,
  'asks-calico-gateway': ({ gateway }) =>
    `Calico 파드처럼 게이트웨이 ${gateway}의 MAC 주소를 묻습니다.`,
  'answered-by-calico-gateway': ({ gateway }) =>
    `Calico 파드처럼 게이트웨이 ${gateway}의 응답을 받습니다.`,
  'sends-arp-on': ({ device }) => `${device}에서 ARP를 보냅니다.`,
  'through-veth': ({ way, device, hasCalicoMac }) =>
    `${packets(way)} ${object(veth(device, hasCalicoMac))} 지나갑니다.`,
  'end-of-all-on-veth': ({ device, hasCalicoMac }) =>
    `${veth(device, hasCalicoMac)}에서 보인 모든 플로의 한쪽 끝입니다.`,
  'through-bridge': ({ way, device }) => `${packets(way)} 브리지 ${object(device)} 지나갑니다.`,
  'sends-fresh-on-bridge': ({ device }) =>
    `브리지${device === '' ? '' : ` ${device}`}에서 줄어들지 않은 TTL로 패킷을 보냅니다.`,
  'on-tunnel-device': ({ device }) => `터널 장치 ${device}에서 보입니다.`,
  'leaves-fresh': ({ device }) =>
    `이 주소를 출발지로 한 패킷이 줄어들지 않은 TTL로 ${device ?? '이 호스트'}에서 나갑니다.`,
  'mac-holds-address': ({ mac }) => `CNI 브리지의 방식대로 MAC ${mac}에 이 주소가 들어 있습니다.`,
  'speaks-wireguard': ({ port }) => `노드처럼 포트 ${port}에서 WireGuard로 통신합니다.`,
  'serves-kubelet-port': ({ port }) => `kubelet의 포트인 ${to(String(port))} 접속을 받습니다.`,
  'speaks-bgp': () => 'BGP로 통신합니다.',
  'speaks-to-weave': ({ port }) => `포트 ${port}에서 Weave 라우터와 통신합니다.`,
  'tunnel-packets-go': ({ tunnel, out, end }) =>
    `${object(end)} 끝으로 한 ${tunnel} 패킷이 이 호스트${out ? '에서 나갑니다' : '로 들어옵니다'}.`,
  'tunnel-end-with': ({ tunnel, other }) => `${and(other)} 맺은 ${tunnel} 터널의 끝입니다.`,
  'end-of-all-tunnels': () => '이 호스트에서 보인 모든 터널의 한쪽 끝입니다.',
  'inner-end': ({ way, tunnel, end }) => inner(way, tunnel, end),
  'inner-end-host-id': ({ way, tunnel, end, id }) =>
    `${inner(way, tunnel, end)} 식별자 ${subject(String(id))} 호스트 자신을 가리킵니다.`,
  'inner-end-fresh-ttl': ({ way, tunnel, end }) =>
    `${inner(way, tunnel, end)} TTL이 라우터를 거치며 줄어들지 않았습니다.`,
  'inner-end-block-base': ({ way, tunnel, end }) =>
    `${inner(way, tunnel, end)} 터널 장치처럼 블록의 첫 주소입니다.`,
  'rewrites-sources-to': ({ before }) => `노드가 출발지를 이 주소로 바꿉니다(바꾸기 전 ${before}).`,
  'kubelet-probes-from': () => 'kubelet이 이 주소에서 프로브를 보냅니다.',
  'probed-by-kubelet': ({ kubelet }) => `${kubelet}의 kubelet이 이 주소로 프로브를 보냅니다.`,
  'announces-over-bgp': ({ cidr }) => `BGP로 ${object(cidr)} 광고합니다.`,
  'announced-to-peer': ({ speaker, cidr, peer, nextHop }) =>
    `${subject(speaker)} ${peer}에 ${object(cidr)} 다음 홉 ${to(nextHop)} 광고합니다.`,
  'announced-alone': ({ nextHop, cidr }) =>
    `다른 노드의 블록 ${cidr}에 속하지만 ${subject(nextHop)} 이 주소만 따로 광고합니다.`,
  'sent-on-from': ({ address }) => `${to(address)} 향한 연결이 이 주소로 전달됩니다.`,
  'node-port-sent-on': ({ port, example }) =>
    `이 주소의 노드 포트 ${to(String(port))} 향한 연결이 ${to(example)} 전달됩니다.`,
  'connections-sent-on': ({ example, more }) =>
    `이 주소로 향한 연결이 ${more === 0 ? to(example) : `${example} 등 ${more + 1}곳으로`} 전달됩니다.`,
  'behind-several-nodes': ({ why }, say) => `${say(why)} 다만 여러 노드 뒤에서 보입니다.`,
  'sends-proxy-headers': () => 'PROXY 헤더를 보냅니다.',
  'named-in-proxy-headers': ({ sender }) =>
    `${subject(sender)} 보낸 PROXY 헤더에 클라이언트가 접속한 주소로 적혀 있습니다.`,
  'log-names-instance': ({ instance, node, interfaces }) =>
    `플로 로그에 ${interfaces}의 인스턴스로 ${subject(instance)} 적혀 있으며, 이 인스턴스는 노드 ${node}입니다.`,
  'log-carries-as-node': ({ interfaces, instance }) =>
    `VPC CNI의 노드처럼 인스턴스 ${instance}의 ${interfaces}에 다른 주소도 붙어 있습니다.`,
  'log-carries-as-pod': ({ interfaceId, instance, shown }) =>
    `VPC CNI의 파드 주소처럼, 인스턴스 ${instance}의 ${interfaceId}에 자체 주소 ${and(shown)} 함께 붙어 있습니다.`,

  'sign-device': ({ device }) => `${device} 장치가 있습니다.`,
  'sign-veths': ({ prefix }) => `veth 이름이 ${to(prefix)} 시작합니다.`,
  'sign-gateway-mac': ({ mac }) => `게이트웨이의 MAC이 ${mac}입니다.`,
  'sign-router-mac': ({ mac }) => `라우터의 MAC이 ${mac}입니다.`,
  'sign-weave-routers': ({ port }) => `라우터들이 TCP ${to(String(port))} 통신합니다.`,
  'sign-wireguard-port': ({ port }) => `포트 ${port}에서 WireGuard로 통신합니다.`,
  'sign-arp-gateway': ({ gateway }) => `파드가 ARP로 ${object(gateway)} 찾습니다.`,
  'sign-ipip': () => '노드가 IPIP 패킷을 보냅니다.',
  'sign-vni': ({ vni }) => `VNI가 ${vni}입니다.`,
  'sign-vni-on-port': ({ vni, port }) => `UDP ${port}의 VNI가 ${vni}입니다.`,
  'sign-vni-between-macs': ({ vni, prefix }) =>
    `${to(prefix)} 시작하는 MAC 사이의 VNI가 ${vni}입니다.`,
  'sign-vxlan-port': ({ port }) => `UDP ${to(String(port))} VXLAN 패킷을 보냅니다.`,
  'sign-sleeve': ({ port }) => `UDP ${to(String(port))} sleeve 패킷을 보냅니다.`,
  'sign-flannel-udp': ({ port }) => `UDP ${port}에 IP 패킷을 그대로 실어 보냅니다.`,
  'sign-geneve-option': ({ plugin }) => `Geneve 헤더에 ${plugin}의 옵션이 있습니다.`,
  'sign-identities': ({ port }) => `보안 식별자처럼 UDP ${port}의 VNI가 보내는 쪽마다 다릅니다.`,
};
