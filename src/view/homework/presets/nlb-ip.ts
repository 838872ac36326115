/** A Network Load Balancer with ip targets: straight to the pod, with the balancer's own address. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { DUMP_CLUSTER, inLab, onNode } from '../commands.ts';
import { best, figuresOf, where, who } from '../find.ts';
import type { Preset } from '../sheet.ts';

export const nlbIp: Preset = {
  name: 'nlb-ip',
  title: { en: 'NLB with ip targets: straight to the pod', ko: 'IP 대상 NLB: 파드로 바로' },
  sheet: (material, say) => {
    const record =
      best(material, (r) => isToPod(r) && r.application !== null) ?? best(material, isToPod);
    return {
      question: say(
        'An NLB has ip targets. Which addresses do its packets have on the node, is there a node port or NAT on the way, and which source does the pod see?',
        'IP 대상 NLB가 보내는 패킷은 노드에서 어떤 주소를 가지며, 도중에 NodePort나 NAT가 있습니까? 파드는 어떤 출발지 주소를 봅니까?',
      ),
      evidence: [
        {
          heading: say('From the load balancer to the pod', '로드 밸런서에서 파드로'),
          finding: record && {
            claim: say(
              `${record.hops[0]!.tuple.src} is a load balancer and dials ${who(record.server)} itself, not a node port. Seen at ${where(record, say)}; neither address was rewritten there. The source that the pod sees is the load balancer’s.`,
              `로드 밸런서 ${josa(record.hops[0]!.tuple.src, '이/가')} NodePort가 아니라 ${who(record.server)}에 직접 접속합니다. ${where(record, say)}에서 보였으며, 주소는 바뀌지 않았습니다. 파드가 보는 출발지는 로드 밸런서의 주소입니다.`,
            ),
            figures: figuresOf(record, say),
            rows: [{ kind: 'conversation', record, perPlace: 2 }],
            journey: record,
          },
          otherwise: {
            text: say(
              'No connection of a load balancer to a pod’s own address is in this capture (which addresses are a load balancer’s is told by PROXY headers or by --kube-json).',
              '로드 밸런서가 파드 주소로 직접 맺은 연결이 이 캡처에 없습니다. 어느 주소가 로드 밸런서인지는 PROXY 헤더나 --kube-json으로 알 수 있습니다.',
            ),
            commands: [
              DUMP_CLUSTER,
              'kubectl annotate service SERVICE service.beta.kubernetes.io/aws-load-balancer-nlb-target-type=ip',
              onNode('n1'),
              'curl -s http://NLB-NAME/   # from outside',
              ...inLab('nlb', ['n1', 'n3']),
            ],
          },
        },
      ],
      explanation: [
        say(
          'With ip targets the pods’ addresses are registered in the target group, which works where the VPC routes to pods (AWS VPC CNI). The NLB ends the client’s connection or passes it on; unless client IP preservation is on, the pod sees one of the NLB’s own private addresses. To learn the client all the same: PROXY protocol v2.',
          'IP 대상에서는 파드 주소가 대상 그룹에 등록되며, VPC가 파드까지 라우팅할 때(AWS VPC CNI) 동작합니다. 클라이언트 IP 보존이 켜져 있지 않으면 파드는 NLB 자신의 사설 주소를 봅니다. 그래도 클라이언트를 알려면 PROXY protocol v2를 사용합니다.',
        ),
      ],
    };
  },
};

/** Known as a load balancer: as the client of a connection without a header, or as who sends the header. */
function isToPod(r: ConversationRecord): boolean {
  const first = r.hops[0]?.tuple;
  if (first === undefined || r.server.kind !== 'pod' || r.confidence === 'guess') return false;
  const isBalancer =
    r.client.kind === 'loadbalancer' ||
    (r.proxyProtocol?.source != null && first.src !== r.client.ip);
  return isBalancer && first.dst === r.server.ip && r.translations.length === 0;
}
