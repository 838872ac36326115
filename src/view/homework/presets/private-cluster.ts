/** A private cluster: all traffic between addresses that the internet does not route. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { inLab, onNode } from '../commands.ts';
import { best, count, figuresOf, isPublic, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

const PUBLIC_SHOWN = 6;
const API_PORTS = new Set([443, 6443]);

export const privateCluster: Preset = {
  name: 'private-cluster',
  title: {
    en: 'Private cluster: nothing leaves the VPC',
    ko: '프라이빗 클러스터: VPC 밖으로 나가지 않는 트래픽',
  },
  sheet: (material, say) => ({
    question: say(
      'Does any captured traffic use public addresses? How do nodes and pods reach the API server?',
      '캡처된 트래픽 중 공인 주소를 쓰는 것이 있습니까? 노드와 파드는 API 서버에 어떻게 접속합니까?',
    ),
    evidence: [noPublic(material, say), apiServer(material, say)],
    explanation: [
      say(
        'With a private endpoint the API server’s name resolves to private addresses of interfaces inside the VPC, images come through interface endpoints or a registry inside, and no route to an internet gateway is needed. A capture can only show that nothing else was seen during that time at those places, not that nothing else is possible: for that, look at the route tables and security groups.',
        '프라이빗 엔드포인트를 쓰면 API 서버의 이름은 VPC 안 인터페이스의 사설 주소로 해석되고, 이미지는 인터페이스 엔드포인트나 내부 레지스트리에서 가져오며, 인터넷 게이트웨이로 가는 경로가 필요하지 않습니다. 캡처는 그 시간 동안 그 위치에서 다른 트래픽이 보이지 않았다는 것만 보여 줄 수 있을 뿐, 다른 트래픽이 불가능함을 보여 주지는 못합니다. 이는 라우팅 테이블과 보안 그룹에서 확인하세요.',
      ),
    ],
  }),
};

/** Addresses of the real ends and of every IP header on the way, outer ones too. */
function addressesOf({ client, server, hops }: ConversationRecord): string[] {
  const headers = hops.flatMap(({ tuple, encapsulation }) => [
    tuple.src,
    tuple.dst,
    ...(encapsulation === null ? [] : [encapsulation.outer.src, encapsulation.outer.dst]),
  ]);
  return [client.ip, server.ip, ...headers];
}

function noPublic(material: Material, say: Say): Evidence {
  const addresses = new Set(material.records.flatMap(addressesOf).filter(isPublic));
  const shown = [...addresses].slice(0, PUBLIC_SHOWN).join(', ');
  const more = addresses.size > PUBLIC_SHOWN ? ', …' : '';
  const with_ = count(material, (r) => addressesOf(r).some(isPublic));
  const seen = material.records.length;
  const isAll = seen === material.total && seen > 0;
  return {
    heading: say('No public address in this capture', '이 캡처에 공인 주소가 없음'),
    finding:
      addresses.size === 0 && isAll
        ? {
            claim: say(
              `None of the ${seen} conversations in this capture has a public address in any of its IP headers.`,
              `이 캡처의 대화 ${seen}건 가운데 IP 헤더에 공인 주소가 있는 것은 없습니다.`,
            ),
            figures: [[say('conversations', '대화'), String(seen)]],
            rows: [],
          }
        : undefined,
    otherwise: {
      text:
        addresses.size > 0
          ? say(
              `Not so in this capture: ${with_} of ${seen} conversations have public addresses: ${shown}${more}. Find out what they are, and capture again once they are gone:`,
              `이 캡처에서는 그렇지 않습니다. 대화 ${seen}건 중 ${with_}건에 공인 주소가 있습니다: ${shown}${more}. 무엇인지 확인하고, 해당 트래픽을 없앤 뒤 다시 캡처하세요.`,
            )
          : say(
              'The capture holds no conversation, or more of them than were examined, so nothing can be said of all of them. Capture on all interfaces of a node for some minutes:',
              '캡처에 대화가 없거나 검토한 것보다 많아서 전체에 대해 말할 수 없습니다. 노드의 모든 인터페이스에서 몇 분 동안 캡처하세요.',
            ),
      commands: [onNode('n1'), "netlens read n1.pcap 'label external'"],
    },
  };
}

function apiServer(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      r.service?.namespace === 'default' &&
      r.service.name === 'kubernetes' &&
      API_PORTS.has(r.service.port) &&
      !addressesOf(r).some(isPublic),
  );
  return {
    heading: say('The API server by a private address', '사설 주소로 접속하는 API 서버'),
    finding: record && {
      claim: say(
        `${who(record.client)} dials default/kubernetes at ${record.service!.ip}:${record.service!.port} and reaches ${who(record.server)}: every address on the way is private.`,
        `${josa(who(record.client), '이/가')} ${record.service!.ip}:${record.service!.port}의 default/kubernetes에 접속하여 ${who(record.server)}에 도달합니다. 경로의 모든 주소가 사설 주소입니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No connection to the Service default/kubernetes with private addresses alone is in this capture (its name is known from --kube-json).',
        '사설 주소만으로 default/kubernetes 서비스에 접속하는 연결이 이 캡처에 없습니다(이름은 --kube-json으로 알 수 있습니다).',
      ),
      commands: [
        'aws eks describe-cluster --name CLUSTER --query cluster.resourcesVpcConfig',
        onNode('n1', 'tcp port 443'),
        'kubectl exec POD -- curl -sk https://kubernetes.default/healthz',
        ...inLab('aws-vpc-cni', ['n1']),
      ],
    },
  };
}
