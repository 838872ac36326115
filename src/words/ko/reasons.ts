/** Why a conversation has its label, and what else is said of it, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { OwnerPhrase } from '../sentences/phrases.ts';
import type { ReasonSentences } from '../sentences/reasons.ts';
import { and, listed, object, owner, place, subject, to, topic } from './phrases.ts';

/** Plugins by the names that people give them. */
const PLUGINS: Readonly<Record<string, string>> = {
  antrea: 'Antrea',
  'aws-vpc-cni': 'AWS VPC CNI',
  'azure-cni': 'Azure CNI',
  calico: 'Calico',
  canal: 'Canal(Calico와 Flannel)',
  cilium: 'Cilium',
  contiv: 'Contiv',
  flannel: 'Flannel',
  gke: 'GKE',
  'kube-router': 'kube-router',
  ovn: 'OVN',
  weave: 'Weave Net',
};

function whose(one: OwnerPhrase): string {
  if (one.kind === 'unknown') return '누구의 것인지 알 수 없는 주소입니다.';
  return one.kind === 'external' ? '클러스터 밖의 주소입니다.' : `${owner(one)}의 주소입니다.`;
}

function tunnelEnd({ ip, node }: { ip: string; node: string | undefined }): string {
  return node === undefined || node === ip ? ip : `${node}(${ip})`;
}

/** `노드 w1에서 `, '' where no node is told. */
function at(node: string | undefined): string {
  return node === undefined ? '' : `노드 ${node}에서 `;
}

/** A node's address as source of what the node did not send. */
function notOwn(ip: string, by: OwnerPhrase, ttl: number): string {
  return `${topic(ip)} ${owner(by)}의 주소이지만, TTL이 ${ttl}이므로 노드가 직접 보낸 패킷이 아닙니다.`;
}

export const reasons: Catalog<ReasonSentences> = {
  'outer-end': ({ ip, isLoadBalancer, fromOutside }) =>
    `${topic(ip)} ${isLoadBalancer ? '로드 밸런서이므로' : '클러스터에 속하지 않으므로'}, ${fromOutside ? '외부에서 들어오는' : '외부로 나가는'} 트래픽입니다.`,
  'node-end': ({ client, server }) =>
    `${owner(client)}에서 ${to(owner(server))} 가는 통신이며, 한쪽 끝이 노드입니다.`,
  'node-or-masqueraded': ({ client, server, service }) =>
    `${owner(client)}에서 ${to(owner(server))} 가는 통신입니다. 노드가 직접 보냈거나, 노드의 주소로 변환(마스커레이드)된 ${service}의 클라이언트가 보냈습니다. 그 노드에서 any로도 캡처하세요.`,
  'pods-on-nodes': ({ client, server, same }) =>
    `${and(owner(client))} ${topic(owner(server))} ${same ? '같은 노드' : '서로 다른 노드'}에 있습니다.`,
  'pods-across-tunnel': ({ tunnel, src, dst }) =>
    `${src}에서 ${to(dst)} 가는 ${tunnel} 터널을 지나므로, 두 파드는 서로 다른 노드에 있습니다.`,
  'pods-across-device': ({ device }) =>
    `다른 노드로 이어지는 ${device}에서 보였으므로, 두 파드는 서로 다른 노드에 있습니다.`,
  'pods-at-one-host': ({ first, last }) =>
    `한 호스트에서 두 파드의 인터페이스를 모두 지났습니다(프레임 ${first}, ${last}).`,
  'masqueraded-client': ({ ip, owner: by, ttl, service, isFar }) => {
    const who = `${service === undefined ? '' : `${service}의 `}클라이언트를 노드의 주소로 변환(마스커레이드)한 것이며`;
    const what = isFar
      ? '클라이언트는 외부에 있을 가능성이 큽니다. 누구인지 보려면 그 노드의 NIC를 캡처하세요.'
      : '클라이언트는 라우터 하나 너머에 있습니다. 그 노드의 파드이거나, 다른 노드 또는 외부의 이웃 호스트입니다. 그 노드에서 any로도 캡처하세요.';
    return `${notOwn(ip, by, ttl)} ${who}, ${what}`;
  },
  'masqueraded-pod': ({ ip, owner: by, ttl, server, where }) => {
    const who = `${notOwn(ip, by, ttl)} 파드가 다른 노드로 보내는 패킷처럼, 자기 파드의 주소를 노드의 주소로 변환(마스커레이드)한 것입니다.`;
    if (where === 'node') return who;
    if (where === 'unknown')
      return `${who} ${subject(server.ip)} 어느 노드에 있는지는 알 수 없습니다.`;
    return `${who} ${topic(owner(server))} ${where === 'same' ? '그 노드' : '다른 노드'}에 있습니다.`;
  },
  'endpoints-are-nodes': ({ service }) =>
    `${service}의 엔드포인트는 모두 노드입니다. DNAT 이후의 패킷은 보이지 않았습니다.`,
  'endpoints-on-nodes': ({ client, service, local }) =>
    `${subject(owner(client))} ${service}에 접속했고, 그 엔드포인트는 모두 ${local ? '같은 노드' : '다른 노드'}에 있습니다. DNAT 이후의 패킷은 보이지 않았습니다.`,
  'endpoints-do-not-decide': ({ service }) =>
    `${service}의 DNAT 이후 패킷이 보이지 않았고, 엔드포인트만으로는 판단할 수 없습니다. any로 캡처하거나, 노드의 NIC와 터널도 함께 캡처하세요.`,
  'global-on-link': ({ ip }) =>
    `${topic(ip)} 글로벌 주소이지만 그 패킷이 라우터를 거치지 않았으므로 노드일 수도 있습니다. --topology나 --kube-json을 지정하세요.`,
  'behind-node-port': ({ port, owner: by, isListed }) =>
    `${owner(by)}의 포트 ${topic(String(port))} ${isListed ? '노드 포트이며' : '노드 포트 범위에 있으며'}, 그 뒤에서 누가 응답하는지는 보이지 않았습니다. 그 노드에서 any로도 캡처하세요.`,
  'no-pod-has': ({ ip, why }, say) => `${object(ip)} 쓰는 파드가 없습니다. ${say(why)}`,
  'nothing-tells-owner': ({ ips }) =>
    `${subject(listed(ips))} 누구의 주소인지 알 수 없습니다. --topology나 --kube-json을 지정하거나, any로도 캡처하세요.`,
  'nothing-tells-node': ({ pods }) =>
    `${subject(listed(pods.map(owner)))} 어느 노드에 있는지 알 수 없습니다. --topology나 --kube-json을 지정하거나, 노드의 NIC도 캡처하세요.`,
  'fits-no-rule': ({ client, server }) =>
    `${owner(client)}에서 ${to(owner(server))} 가는 통신에 맞는 규칙이 없습니다.`,
  'routers-block-base': ({ ip }) =>
    `${topic(ip)} 블록의 첫 주소이며, 노드가 터널 장치에 쓰는 주소입니다.`,
  'routers-both-sides': ({ frame }) =>
    `프레임 ${frame}에서 보면 양 끝의 패킷이 모두 라우터를 거쳤습니다. 라우터는 각 끝의 노드입니다.`,
  'routers-between': ({ frame, near, far, farIsService, passed }) => {
    const whose = farIsService ? `주소로 보아 서비스인 ${far} 뒤에서 온` : `${far}의`;
    const routers =
      passed === 1
        ? '라우터를 하나 거쳤습니다. 라우터는 두 파드의 노드입니다.'
        : `라우터를 ${passed}개 거쳤습니다. 라우터는 상대 노드와 이 노드입니다.`;
    return `${near}의 인터페이스에서 본 프레임 ${frame}에서, ${whose} 패킷이 ${routers}`;
  },

  'address-owner': ({ ip, owner: one, why, conflict }, say) =>
    `${topic(ip)} ${whose(one)} ${say(why)}${conflict === undefined ? '' : ` 이와 다른 정보도 있습니다: ${say(conflict)}.`}`,
  'proxy-names-client': ({ version, named, seen }) =>
    `PROXY v${version} 헤더에 적힌 클라이언트는 ${named}이고, 패킷의 출발지는 ${seen}입니다.`,
  encrypted: ({ by, betweenNodes }) =>
    `${betweenNodes ? '노드 사이에서' : '가는 길에'} ${to(by)} 암호화되었습니다. 안쪽의 대화는 ${by === 'WireGuard' ? 'WireGuard 장치' : '파드의 인터페이스'}처럼 평문이 지나는 곳에서만 보입니다.`,
  'same-tuple': (it) =>
    `${place(it.place)}에서 같은 주소와 포트가 같은 시간에 보였지만, 다른 지점과 공통된 패킷은 없습니다.`,
  'one-way-halves': (it) =>
    `${place(it.place)}에서는 ${subject(it.tuple)} 한 방향으로만 보입니다. 반대 방향은 같은 장비 사이에서 같은 클라이언트로 다른 튜플을 써서 지나갑니다. 프레임이 netfilter를 거치는 브리지에서 이렇게 보입니다.`,
  'conntrack-pairs': ({ tuple }) =>
    `conntrack이 ${and(tuple)} 이 연결의 다른 튜플을 서로 변환합니다.`,
  'same-packet': (it) =>
    `${place(it.place)}의 ${subject(`프레임 ${it.frame}(${it.tuple})`)} ${it.us} us 뒤 ${place(it.laterPlace)}의 ${to(`프레임 ${it.laterFrame}(${it.laterTuple})`)} 다시 보입니다. 일치한 패킷은 ${it.shared}개입니다.`,
  'join-tied': (it) =>
    `패킷 ${it.packets}개가 다른 여러 플로의 패킷과도 똑같아 보여, 어느 것과도 잇지 않았습니다.`,
  'network-of-plugin': ({ plugin, mode, why }, say) =>
    `네트워크 플러그인은 ${PLUGINS[plugin] ?? plugin}${mode === undefined ? '' : `(${mode})`}입니다.${why === undefined ? '' : ` ${say(why)}`}`,
  'conntrack-line': ({ table, line, before, after }) =>
    `${table} ${line}행: ${object(before)} ${to(after)} 변환했습니다.`,
  dnat: ({ from, to: after, node }) =>
    `${at(node)}목적지 ${subject(from)} ${to(after)} 바뀌었습니다(DNAT).`,
  'dnat-of-service': ({ from, to: after, node, via, service }) =>
    `${at(node)}목적지 ${subject(from)} ${to(after)} 바뀌었습니다(DNAT). ${service}의 ${object(via)} 엔드포인트 하나로 바꾼 것입니다.`,
  snat: ({ from, to: after, node, why }, say) =>
    `${at(node)}출발지 ${subject(from)} ${to(after)} 바뀌었습니다(SNAT). ${say(why)}`,
  'snat-for-policy': ({ via, service, policy }) =>
    `${service}의 ${via}에 externalTrafficPolicy가 ${to(policy)} 설정되어 있어, 응답이 이 노드를 거쳐 돌아와야 합니다.`,
  'snat-for-hairpin': () =>
    '파드가 자신의 서비스를 통해 자신에게 접속했으므로(헤어핀), 응답이 노드를 거쳐야 합니다.',
  'snat-out-of-pool': ({ ip, pool }) =>
    `${topic(ip)} 어느 IP 풀에도 속하지 않고, ${pool}에 natOutgoing이 설정되어 있습니다.`,
  'snat-out-of-vpc': ({ ip, cidr }) =>
    `${topic(ip)} VPC 대역 ${cidr} 밖에 있으므로, VPC CNI가 노드의 기본 주소로 바꿉니다.`,
  'snat-of-pod': () =>
    '목적지에서는 파드 주소를 알 수 없으므로, 노드가 자신의 주소로 바꿉니다(마스커레이드).',
  'snat-for-reply': () => '응답이 노드를 거쳐 돌아오도록 마스커레이드합니다.',
  'no-tunnel-one-node': ({ node }) =>
    `터널 없음: 두 파드가 모두 노드 ${node}에 있어, 노드가 두 인터페이스 사이를 직접 라우팅합니다.`,
  tunnel: ({ type, id, from, to: end, overhead }) =>
    `${and(tunnelEnd(from))} ${tunnelEnd(end)} 사이에서 ${type}${id === null ? '' : ` ${id}`} 터널로 캡슐화됩니다.${overhead === undefined ? '' : ` 패킷마다 ${overhead}바이트가 늘어납니다.`}`,
  'no-tunnel-one-subnet': ({ pool, from, to: end }) =>
    `터널 없음: ${topic(pool ?? '이 풀')} 서브넷이 다를 때만 캡슐화하는데(CrossSubnet), ${and(from)} ${topic(end)} 같은 서브넷에 있습니다.`,
  'no-tunnel-in-vpc': () => '터널 없음: 파드 주소가 VPC에 속하므로 VPC 라우터가 그대로 전달합니다.',
  'no-tunnel-seen': () =>
    '터널이 보이지 않았습니다. 파드 주소가 노드 사이에서 그대로 라우팅됩니다.',
};
