/** From a pod to the outside: with the node's address (SNAT), or with the pod's own. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { hasPorts, showTuple } from '../../wording.ts';
import { inLab, onNode } from '../commands.ts';
import { best, figuresOf, isOnNic, isPublic, isRewritten, where, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

export const snat: Preset = {
  name: 'snat',
  title: {
    en: 'From a pod to the outside: before and after SNAT',
    ko: '파드에서 외부로: SNAT 전과 후',
  },
  sheet: (material, say) => ({
    question: say(
      'Which source address does a pod’s packet have on the pod’s interface and on the node’s NIC when it goes to the internet, with and without SNAT on the node?',
      '파드가 외부로 보내는 패킷의 출발지 주소는 파드 인터페이스와 노드의 NIC에서 각각 무엇이며, 노드의 SNAT 여부에 따라 어떻게 달라집니까?',
    ),
    evidence: [rewritten(material, say), kept(material, say)],
    explanation: [
      say(
        'A pod’s address means nothing outside its network, so the node replaces it by its own (MASQUERADE or SNAT) and keeps the translation in its connection table to undo it for the replies. Calico does so for pools with natOutgoing, the AWS VPC CNI for destinations outside the VPC unless AWS_VPC_K8S_CNI_EXTERNALSNAT is true.',
        '파드 주소는 자기 네트워크 밖에서 통하지 않으므로, 노드는 이를 자기 주소로 바꾸고(MASQUERADE 또는 SNAT) 응답을 되돌리기 위해 연결 추적 테이블에 기록합니다. Calico는 natOutgoing이 설정된 풀에 대해, AWS VPC CNI는 AWS_VPC_K8S_CNI_EXTERNALSNAT가 true가 아닌 한 VPC 밖의 목적지에 대해 이렇게 합니다.',
      ),
      say(
        'With external SNAT (a NAT gateway, or a private route back to the pods) the pod’s address leaves the node as it is; whether something further away rewrites it cannot be seen on the node.',
        '외부 SNAT(NAT 게이트웨이나 파드로 되돌아오는 사설 경로)를 쓰면 파드 주소가 그대로 노드를 나갑니다. 그 뒤에서 주소가 바뀌는지는 노드에서 볼 수 없습니다.',
      ),
    ],
  }),
};

/** To a public address: what lies in the VPC or on the link is not rewritten for that reason. */
function isEgress(r: ConversationRecord): boolean {
  return (
    r.client.kind === 'pod' &&
    r.server.kind === 'external' &&
    isPublic(r.server.ip) &&
    r.confidence !== 'guess'
  );
}

function rewritten(material: Material, say: Say): Evidence {
  const record = best(material, (r) => isEgress(r) && isRewritten(r, 'snat'));
  const change = record?.translations.find(({ type }) => type === 'snat');
  return {
    heading: say('With SNAT on the node', '노드에서 SNAT를 하는 경우'),
    finding: record &&
      change && {
        claim: say(
          `${who(record.client)} dials ${who(record.server)}. On ${change.node ?? 'a node'} the source ${change.before.src} becomes ${change.after.src}: ${showTuple(change.before, hasPorts(record))} is ${showTuple(change.after, hasPorts(record))} behind it.`,
          `${josa(who(record.client), '이/가')} ${who(record.server)}에 접속합니다. ${change.node ?? '노드'}에서 출발지 ${josa(change.before.src, '이/가')} ${josa(change.after.src, '으로/로')} 바뀝니다. ${josa(showTuple(change.before, hasPorts(record)), '은/는')} 그 뒤에서 ${showTuple(change.after, hasPorts(record))}입니다.`,
        ),
        figures: figuresOf(record, say),
        rows: [{ kind: 'conversation', record, perPlace: 2 }],
        journey: record,
      },
    otherwise: {
      text: say(
        'No pod’s connection to the outside with a rewritten source is in this capture. Both sides of the node must be captured: the pod’s interface and the NIC.',
        '출발지가 바뀐, 파드에서 외부로 나가는 연결이 이 캡처에 없습니다. 파드 인터페이스와 NIC, 노드의 양쪽을 모두 캡처해야 합니다.',
      ),
      commands: [
        onNode('w1'),
        'kubectl exec POD -- curl -s http://example.com',
        ...inLab('calico-ipip', ['w1']),
      ],
    },
  };
}

function kept(material: Material, say: Say): Evidence {
  const record = best(
    material,
    (r) =>
      isEgress(r) &&
      isOnNic(r) &&
      !isRewritten(r, 'snat') &&
      r.hops.every(({ tuple }) => tuple.src === r.client.ip),
  );
  return {
    heading: say('Without SNAT on the node', '노드에서 SNAT를 하지 않는 경우'),
    finding: record && {
      claim: say(
        `${who(record.client)} dials ${who(record.server)}, and its own address is the source wherever it was seen: ${where(record, say)}. This node rewrites nothing.`,
        `${josa(who(record.client), '이/가')} ${who(record.server)}에 접속하며, 보인 곳(${where(record, say)}) 어디에서나 출발지는 파드 자신의 주소입니다. 이 노드에서는 바뀌지 않았습니다.`,
      ),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        'No pod’s connection to the outside that keeps the pod’s address on the NIC is in this capture. With the AWS VPC CNI:',
        'NIC에서 파드 주소를 유지한 채 외부로 나가는 연결이 이 캡처에 없습니다. AWS VPC CNI에서는 다음과 같이 합니다.',
      ),
      commands: [
        'kubectl set env daemonset aws-node -n kube-system AWS_VPC_K8S_CNI_EXTERNALSNAT=true',
        onNode('n1'),
        'kubectl exec POD -- curl -s http://example.com',
        ...inLab('aws-vpc-cni-external-snat', ['n1']),
      ],
    },
  };
}
