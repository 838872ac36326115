/** Pod to pod within a node and between nodes: which headers the packets wear. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { inLab, onNode } from '../commands.ts';
import {
  best,
  figuresOf,
  isAnswered,
  isBetweenPods,
  isEncapsulated,
  isOnNic,
  tunnels,
  where,
  who,
} from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

export const podToPod: Preset = {
  name: 'pod-to-pod',
  title: {
    en: 'Pod to pod: the headers within a node and between nodes',
    ko: '파드 간 통신: 같은 노드와 다른 노드에서의 헤더',
  },
  sheet: (material, say) => ({
    question: say(
      'Which source and destination addresses do packets between pods carry within one node and between two nodes, and is there an outer header?',
      '파드 사이의 패킷은 같은 노드 안에서, 그리고 노드 사이에서 어떤 출발지·목적지 주소를 가지며, 바깥 헤더가 있습니까?',
    ),
    evidence: [sameNodePair(material, say), crossNodePair(material, say)],
    explanation: [
      say(
        'Within a node the kernel routes (or a bridge switches) a packet from one pod interface to the other. No other node is involved, so nothing has to be wrapped.',
        '같은 노드 안에서는 커널이 한 파드 인터페이스에서 다른 파드 인터페이스로 패킷을 라우팅하거나 브리지가 스위칭합니다. 다른 노드를 거치지 않으므로 캡슐화할 필요가 없습니다.',
      ),
      say(
        'Between nodes an overlay (IPIP, VXLAN, Geneve) puts the packet into another one whose addresses are the nodes’, because the network between them knows no pod addresses. Where it does know them (AWS VPC CNI, BGP towards the router, host routes), the pod addresses stand on the wire as they are.',
        '노드 사이에서 오버레이(IPIP, VXLAN, Geneve)는 패킷을 노드 주소가 적힌 다른 패킷 안에 넣습니다. 노드 사이의 네트워크가 파드 주소를 모르기 때문입니다. 네트워크가 파드 주소를 아는 경우(AWS VPC CNI, 라우터까지의 BGP, 호스트 라우팅)에는 파드 주소가 그대로 전송됩니다.',
      ),
    ],
  }),
};

/** Two pods of one node; nowhere with an outer header. */
export function sameNodePair(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) => r.label === 'same-node' && isBetweenPods(r) && isAnswered(r) && !isEncapsulated(r),
  );
  return {
    heading: say('Two pods of one node', '같은 노드의 두 파드'),
    finding: record && {
      claim: say(
        `${who(record.client)} and ${who(record.server)} talk within one node. Their packets were seen at ${where(record, say)}; none of them has an outer header.`,
        `${who(record.client)}, ${who(record.server)} 두 파드는 한 노드 안에서 통신합니다. 패킷은 ${where(record, say)}에서 보였으며, 바깥 헤더가 있는 패킷은 없습니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No conversation between two pods of one node is in this capture. Ping one from the other while capturing on that node:',
        '같은 노드에 있는 두 파드의 대화가 이 캡처에 없습니다. 해당 노드에서 캡처하면서 한 파드에서 다른 파드로 ping을 실행하세요.',
      ),
      commands: [
        'kubectl get pods -o wide   # two pods with the same NODE',
        onNode('w1'),
        'kubectl exec POD -- ping -c 3 IP-OF-THE-OTHER',
        ...inLab('calico-ipip', ['w1']),
      ],
    },
  };
}

/** Two pods of two nodes, where the packets leave a node. */
function crossNodePair(material: Material, say: Say): Evidence {
  const fits = (r: ConversationRecord): boolean =>
    r.label === 'cross-node' && isBetweenPods(r) && isAnswered(r);
  const record =
    best(material, (r) => fits(r) && isEncapsulated(r) && hasPodsInside(r)) ??
    best(material, (r) => fits(r) && isOnNic(r));
  return {
    heading: say('Pods of two nodes', '서로 다른 노드의 두 파드'),
    finding: record && {
      claim: isEncapsulated(record) ? wrapped(record, say) : bare(record, say),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No conversation between pods of two nodes is in this capture, or not where it leaves the node (the NIC). Capture on all interfaces of both nodes:',
        '서로 다른 노드에 있는 파드의 대화가 이 캡처에 없거나, 노드를 나가는 지점(NIC)에서 캡처되지 않았습니다. 두 노드의 모든 인터페이스에서 캡처하세요.',
      ),
      commands: [
        onNode('w1'),
        onNode('w2'),
        'kubectl exec POD -- ping -c 3 IP-OF-A-POD-OF-THE-OTHER-NODE',
        ...inLab('calico-ipip', ['w1', 'w0']),
      ],
    },
  };
}

/** Inside every tunnel the addresses are the pods' own: none was rewritten before. */
function hasPodsInside({ client, server, hops }: ConversationRecord): boolean {
  return hops.every(
    ({ encapsulation, tuple }) =>
      encapsulation === null || (tuple.src === client.ip && tuple.dst === server.ip),
  );
}

function wrapped(record: ConversationRecord, say: Say): string {
  return say(
    `${who(record.client)} and ${who(record.server)} are on different nodes. Between them their packets are inside another header: ${tunnels(record)}. Inside, the pods’ addresses stand unchanged on that stretch.`,
    `${who(record.client)}, ${who(record.server)} 두 파드는 서로 다른 노드에 있습니다. 노드 사이에서 패킷은 다른 헤더(${tunnels(record)}) 안에 들어 있으며, 그 구간에서 안쪽 주소는 바뀌지 않습니다.`,
  );
}

function bare(record: ConversationRecord, say: Say): string {
  return say(
    `${who(record.client)} and ${who(record.server)} are on different nodes. No outer header was seen at ${where(record, say)}: the packets go over the NIC as they are.`,
    `${who(record.client)}, ${who(record.server)} 두 파드는 서로 다른 노드에 있습니다. ${where(record, say)}에서 바깥 헤더가 보이지 않았습니다. 패킷은 NIC를 그대로 지나갑니다.`,
  );
}
