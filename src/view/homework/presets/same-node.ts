/** Why there is no tunnel between pods of one node. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { placesOf } from '../../diagram/sightings.ts';
import { inLab, onNode } from '../commands.ts';
import {
  best,
  figuresOf,
  isAnswered,
  isBetweenPods,
  isEncapsulated,
  showPlace,
  tunnels,
  who,
} from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';
import { sameNodePair } from './pod-to-pod.ts';

export const sameNode: Preset = {
  name: 'same-node',
  title: {
    en: 'Same node: why there is no tunnel',
    ko: '같은 노드: 터널이 없는 이유',
  },
  sheet: (material, say) => ({
    question: say(
      'Why do packets between two pods of one node not pass tunl0 (or vxlan.calico, flannel.1)?',
      '같은 노드에 있는 두 파드 사이의 패킷은 왜 tunl0(또는 vxlan.calico, flannel.1)을 지나지 않습니까?',
    ),
    evidence: [sameNodePair(material, say), forwarding(material, say), contrast(material, say)],
    explanation: [
      say(
        'The node has a route to each of its own pods: the pod’s address over the host’s end of its veth (Calico: 172.16.158.2 dev cali…; Flannel: the bridge cni0). The tunnel device is the route to the other nodes’ blocks only. The most specific route wins, so a packet for a pod next door never comes to the tunnel.',
        '노드에는 자기 파드마다 경로가 있습니다. 파드 주소는 veth의 호스트 쪽 끝으로 향합니다(Calico: 172.16.158.2 dev cali…, Flannel: 브리지 cni0). 터널 장치는 다른 노드의 블록으로 가는 경로에만 쓰입니다. 가장 구체적인 경로가 선택되므로, 같은 노드의 파드로 가는 패킷은 터널에 도달하지 않습니다.',
      ),
    ],
  }),
};

/** TTL at the client’s side and at the server’s. */
function forwarding(material: Material, say: Say): Evidence {
  const record = best(material, (r) => isLocal(r) && ttlsOf(r, say) !== undefined);
  const ttls = record && ttlsOf(record, say);
  return {
    heading: say('Who forwards it: the TTL tells', '누가 전달하는가: TTL로 확인'),
    finding: record &&
      ttls && {
        claim: forwarder(ttls, say),
        figures: [
          [say('first place', '첫 위치'), `${ttls.first}, TTL ${ttls.from}`],
          [say('last place', '마지막 위치'), `${ttls.last}, TTL ${ttls.to}`],
        ],
        rows: [],
      },
    otherwise: {
      text: say(
        'The conversation was not seen on the interfaces of both pods. Capture on all interfaces of the node:',
        '두 파드의 인터페이스 모두에서 보인 대화가 없습니다. 노드의 모든 인터페이스에서 캡처하세요.',
      ),
      commands: [onNode('w1'), ...inLab('calico-ipip', ['w1'])],
    },
  };
}

interface Ttls {
  readonly first: string;
  readonly last: string;
  readonly from: number;
  readonly to: number;
}

function ttlsOf(record: ConversationRecord, say: Say): Ttls | undefined {
  const places = placesOf(record.hops).filter(({ hop }) => hop.ttl !== null);
  const first = places[0];
  const last = places.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  return {
    first: showPlace(first, say),
    last: showPlace(last, say),
    from: first.hop.ttl!,
    to: last.hop.ttl!,
  };
}

function forwarder({ first, last, from, to }: Ttls, say: Say): string {
  if (from === to) {
    return say(
      `The TTL is ${from} at ${first} and at ${last}: no router took one off. The packet was switched, as a bridge does.`,
      `TTL은 ${josa(first, '과/와')} ${last}에서 모두 ${from}입니다. TTL을 줄인 라우터가 없으므로, 브리지처럼 스위칭된 것입니다.`,
    );
  }
  return say(
    `The TTL is ${from} at ${first} and ${to} at ${last}: ${from - to === 1 ? 'one router' : `${from - to} routers`} took one off between the two, and both places are on one node.`,
    `TTL은 ${first}에서 ${from}, ${last}에서 ${to}입니다. 두 위치 사이에서 라우터가 ${from - to}번 TTL을 줄였으며, 두 위치는 같은 노드에 있습니다.`,
  );
}

function isLocal(r: ConversationRecord): boolean {
  return r.label === 'same-node' && isBetweenPods(r) && isAnswered(r) && !isEncapsulated(r);
}

function contrast(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) => r.label === 'cross-node' && isBetweenPods(r) && isAnswered(r) && isEncapsulated(r),
  );
  return {
    heading: say('In contrast: between nodes', '비교: 노드 사이'),
    finding: record && {
      claim: say(
        `${who(record.client)} to ${who(record.server)} on another node does wear an outer header: ${tunnels(record)}.`,
        `다른 노드에 있는 ${josa(who(record.server), '으로/로')} 가는 ${who(record.client)}의 패킷에는 바깥 헤더(${tunnels(record)})가 있습니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 1 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No tunnelled conversation between nodes is in this capture to compare with (a plugin such as the AWS VPC CNI never has one). With an overlay, capture on the NIC while pods of two nodes talk:',
        '비교할 노드 간 터널 대화가 이 캡처에 없습니다(AWS VPC CNI처럼 터널을 쓰지 않는 플러그인도 있습니다). 오버레이를 쓴다면, 두 노드의 파드가 통신하는 동안 NIC에서 캡처하세요.',
      ),
      commands: [
        onNode('w1'),
        'kubectl exec POD -- ping -c 3 IP-OF-A-POD-OF-THE-OTHER-NODE',
        ...inLab('calico-ipip', ['w1', 'w0']),
      ],
    },
  };
}
