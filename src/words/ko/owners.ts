/** Whose an address is, in Korean: sentences whose subject is the address, or the range it lies in. */
import type { Catalog } from '../sentence.ts';
import type { OwnerSentences, SpecialUse } from '../sentences/owners.ts';
import { object, subject, to, topic } from './phrases.ts';

const SPECIAL: Readonly<Record<SpecialUse, string>> = {
  imds: 'EC2 인스턴스 메타데이터 서비스의 주소입니다.',
  'vpc-dns': 'VPC의 DNS 리졸버 주소입니다.',
  ntp: 'VPC의 시간 동기화 서비스 주소입니다.',
  'ecs-credentials': 'ECS 자격 증명 엔드포인트입니다.',
  'pod-identity': '노드에 있는 EKS Pod Identity 에이전트의 주소입니다.',
  'node-local-dns': '노드에 있는 NodeLocal DNSCache의 주소입니다.',
  'node-local-dns-kubespray': '노드에 있는 NodeLocal DNSCache(Kubespray)의 주소입니다.',
  'link-local-gateway': 'Calico와 VPC CNI가 쓰는 링크 로컬 게이트웨이입니다.',
  'calico-veth': 'Calico veth의 노드 쪽 끝입니다.',
  'a-loopback': '루프백 주소입니다.',
  'the-loopback': '루프백 주소입니다.',
  'link-local': '링크 로컬 주소이므로 같은 링크의 누구나 쓸 수 있습니다.',
  'no-address-yet': '아직 주소를 받지 않은 상태입니다.',
  broadcast: '브로드캐스트 주소입니다.',
  multicast: '멀티캐스트 그룹 주소입니다.',
};

/** Roles of a node's addresses that are no terms of Kubernetes. */
const ROLES: Readonly<Record<string, string>> = {
  tunnel: '터널 장치 주소',
  bridge: '브리지 주소',
  eni: 'ENI 주소',
  health: '헬스 체크 주소',
  ingress: '인그레스 주소',
  address: '주소',
};

const KINDS: Readonly<Record<string, string>> = {
  pod: '파드',
  node: '노드',
  service: '서비스',
  loadbalancer: '로드 밸런서',
  external: '외부',
};

const UNLISTED = ' 다만 목록에 이 주소를 쓰는 파드는 없습니다.';

function share(node: string | undefined, cidr: string): string {
  return `${node === undefined ? '한 노드' : `노드 ${node}`}의 몫인 ${cidr}`;
}

export const owners: Catalog<OwnerSentences> = {
  quoted: ({ text }) => text,
  joined: ({ sentences }, say) => sentences.map(say).join(' '),
  'source-says': ({ source }) => `${source}에 그렇게 적혀 있습니다.`,

  'listed-as-pod': ({ source, pod }) => `${source}에 파드 ${pod}의 주소로 나와 있습니다.`,
  'listed-as-endpoint': ({ source, service, pod }) =>
    `${source}에 서비스 ${service}의 엔드포인트인 파드 ${pod}의 주소로 나와 있습니다.`,
  'listed-for-service': ({ source, service, role }) =>
    `${source}에 서비스 ${service}의 ${to(role)} 나와 있습니다.`,
  'listed-for-node': ({ source, node, role }) =>
    `${source}에 노드 ${node}의 ${to(ROLES[role] ?? role)} 나와 있습니다.`,
  'calico-gave-block': ({ node }) => `Calico가 이 블록을 노드 ${node}에 할당했습니다.`,
  'allocated-to-pod': ({ source, pod }) => `${source}에 파드 ${pod}의 할당 주소로 나와 있습니다.`,
  'allocated-to-tunnel-device': ({ source, node }) =>
    `${source}에 노드 ${node}의 터널 장치에 할당된 주소로 나와 있습니다.`,
  'cilium-pod-uses': ({ source, pod }) => `${source}에 파드 ${pod}의 주소로 나와 있습니다.`,
  'cilium-endpoint-of': ({ source, pod }) => `${topic(source)} 파드 ${pod}의 엔드포인트입니다.`,
  'primary-of-eni': ({ source, eni }) => `${source}에 ${eni}의 기본 주소로 나와 있습니다.`,
  'value-of': ({ field, object: of }) => `이 대역은 ${of}의 ${field} 값입니다.`,
  'pod-cidr-beside-blocks': ({ node }) =>
    `이 대역은 노드 ${node}의 podCIDR이지만, Calico는 블록을 따로 할당합니다.`,
  'route-to-pod': ({ node, device }) =>
    `노드 ${node}에 ${object(device)} 통해 이 주소로 가는 경로가 있습니다.`,
  'blackhole-route': ({ node }) =>
    `노드 ${node}에 자기 블록에 두는 것과 같은 blackhole 경로가 있습니다.`,
  'route-to-block': ({ node, cidr, gateway, device }) =>
    `노드 ${topic(node)} ${object(cidr)} ${device}에서 ${to(gateway)} 라우팅합니다.`,
  neighbour: ({ node, device }) => `노드 ${node}의 ${device}에서 이웃(neighbour)으로 보입니다.`,
  'tunnel-neighbour': ({ node, mac, device }) =>
    `노드 ${node}의 ${device}에 MAC이 ${mac}인 터널 장치로 등록되어 있습니다.`,
  'aws-instance-main': ({ source, instance }) =>
    `${source}: VPC CNI를 실행하는 인스턴스 ${instance}의 기본 주소입니다.`,
  'aws-eni-main': ({ source, eni, instance }) =>
    `${source}: 인스턴스 ${instance}의 ${eni}의 기본 주소입니다.`,
  'aws-eni-of-instance': ({ source, eni, instance }) =>
    `${source}: ${topic(eni)} 인스턴스 ${instance}의 인터페이스입니다.`,
  'aws-eni-purpose': ({ source, eni, role, name }) =>
    `${source}: 인터페이스 ${topic(eni)} ${role} ${name}의 것입니다.`,
  'aws-balancer-has': ({ source, name }) => `${source}: 로드 밸런서 ${name}의 주소입니다.`,
  'aws-cni-gave': ({ source, pod }) => `${source}: VPC CNI가 파드 ${pod}에 할당했습니다.`,
  'agent-listed': ({ source, agent }) => `${source}에 에이전트 파드 ${subject(agent)} 있습니다.`,

  'no-ip-address': () => 'IP 주소가 아닙니다.',
  special: ({ use }) => SPECIAL[use],
  'in-pod-range': ({ range, cidr, why, unlisted }, say) =>
    `${range === 'pods' ? '파드 대역' : 'ENI 프리픽스'} ${cidr}에 속합니다. ${say(why)}${unlisted ? UNLISTED : ''}`,
  'in-service-range': ({ cidr, why }, say) => `서비스 대역 ${cidr}에 속합니다. ${say(why)}`,
  'in-node-subnet': ({ cidr }) => `노드 서브넷 ${cidr}에 속합니다.`,
  'in-vpc-range': ({ cidr }) =>
    `파드와 노드, 그 밖의 호스트가 함께 쓰는 VPC 대역 ${cidr}에 속합니다.`,
  'in-vpc-range-unlisted': ({ cidr }) =>
    `VPC 대역 ${cidr}에 속하지만, 목록에 있는 파드나 노드의 주소가 아닙니다.`,
  'first-of-share': ({ cidr, node, why }, say) =>
    `${share(node, cidr)}의 첫 주소로, 터널 장치가 쓰는 주소입니다. ${say(why)}`,
  'second-of-share': ({ cidr, node, why }, say) =>
    `${share(node, cidr)}의 둘째 주소로, 브리지가 쓰는 주소입니다. ${say(why)}`,
  'in-share': ({ cidr, node, why, unlisted }, say) =>
    `${share(node, cidr)}에 속합니다. ${say(why)}${unlisted ? UNLISTED : ''}`,
  'outside-cluster': () => '목록에 있는 노드나 파드의 주소가 아니고, 클러스터의 대역에도 없습니다.',
  'private-of-nobody': () => '사설 주소이며, 누구의 것인지 알려 주는 정보가 없습니다.',
  'public-address': () => '공인 주소입니다.',
  'global-address': () => '전역 주소이며, 파드나 노드인 경우는 드뭅니다.',

  shared: ({ why, services }, say) =>
    `${say(why)} ${services.map((service) => `서비스 ${service}`).join(', ')}도 이 주소를 함께 씁니다.`,
  'nodes-own': ({ why }, say) =>
    `${say(why)} 그러나 목록에 이 주소를 쓰는 파드가 없으므로, 브리지나 터널 장치처럼 노드가 직접 쓰는 주소입니다.`,
  'unlisted-and-silent': ({ why }, say) =>
    `목록에 이 주소를 쓰는 파드가 없고, 돌아온 패킷도 없습니다. 다만 트래픽에서는 파드로 보입니다: ${say(why)}`,
  'only-from': ({ why, time }, say) => `${say(why)} 다만 이 대화보다 늦은 ${time}부터입니다.`,
  'only-until': ({ why, time }, say) => `${say(why)} 다만 이 대화보다 이른 ${time}까지입니다.`,

  conflict: ({ subject, kept, ignored }, say) =>
    `${say(subject)}: ${say(kept)}, 채택하지 않은 정보 ${say(ignored)}`,
  'conflict-over': ({ kind, name }) => (kind === 'address' ? name : `${KINDS[kind]} ${name}`),
  'conflict-claim': ({ what, value, source }) =>
    `${what === 'value' ? '' : '노드 '}${value}(${source})`,
  'claim-of-source': ({ kind, name, node, source }) => {
    const what = `${KINDS[kind] ?? kind}${name === undefined ? '' : ` ${name}`}`;
    const where = node === undefined ? '' : `노드 ${node}, `;
    return `${what}(${where}${source.kind}: ${source.detail})`;
  },
};
