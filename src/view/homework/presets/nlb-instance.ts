/** A Network Load Balancer with instance targets: policy Cluster loses the client's address, Local keeps it. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { DUMP_CLUSTER, inLab, onNode } from '../commands.ts';
import { best, figuresOf, isRewritten, who } from '../find.ts';
import type { Evidence, Material, Preset, Say } from '../sheet.ts';

export const nlbInstance: Preset = {
  name: 'nlb-instance',
  title: {
    en: 'NLB with instance targets: externalTrafficPolicy Cluster and Local',
    ko: '인스턴스 대상 NLB: externalTrafficPolicy Cluster와 Local',
  },
  sheet: (material, say) => ({
    question: say(
      'A client comes through an NLB with instance targets. Which source address does the pod see with externalTrafficPolicy Cluster, which with Local, and where is the client’s address lost?',
      '클라이언트가 인스턴스 대상 NLB를 통해 들어옵니다. externalTrafficPolicy가 Cluster일 때와 Local일 때 파드가 보는 출발지 주소는 각각 무엇이며, 클라이언트 주소는 어디에서 사라집니까?',
    ),
    evidence: [policy(material, 'instance+Cluster', say), policy(material, 'instance+Local', say)],
    explanation: [
      say(
        'With instance targets the NLB sends to a node port. With policy Cluster any node takes the connection and may pass it on to a pod of another node; for the reply to come back the same way it replaces the client’s address by its own (SNAT). With Local only nodes that have a pod answer the health check, the pod is on the node that received the packet, and the source can stay.',
        '인스턴스 대상에서 NLB는 NodePort로 보냅니다. 정책이 Cluster이면 어느 노드든 연결을 받아 다른 노드의 파드로 넘길 수 있으며, 응답이 같은 길로 돌아오도록 클라이언트 주소를 자기 주소로 바꿉니다(SNAT). Local이면 파드가 있는 노드만 상태 확인에 응답하고 패킷을 받은 노드에 파드가 있으므로 출발지를 유지할 수 있습니다.',
      ),
    ],
  }),
};

type Mode = 'instance+Cluster' | 'instance+Local';

function policy(material: Material, mode: Mode, say: Say): Evidence {
  const isCluster = mode === 'instance+Cluster';
  const record = best(
    material,
    (r) =>
      r.service?.mode === mode &&
      r.server.kind === 'pod' &&
      r.client.kind === 'external' &&
      isRewritten(r, 'dnat') &&
      isRewritten(r, 'snat') === isCluster,
  );
  return {
    heading: say(
      `externalTrafficPolicy ${isCluster ? 'Cluster' : 'Local'}`,
      `externalTrafficPolicy ${isCluster ? 'Cluster' : 'Local'}`,
    ),
    finding: record && {
      claim: isCluster ? lost(record, say) : kept(record, say),
      figures: figuresOf(record, say),
      rows: [{ kind: 'conversation', record, perPlace: 2 }],
      journey: record,
    },
    otherwise: {
      text: say(
        `No connection through a node port of a LoadBalancer Service with policy ${isCluster ? 'Cluster' : 'Local'}, seen before and after the rewrite, is in this capture; that it is one is told by the cluster’s list of Services (--kube-json).`,
        `정책이 ${isCluster ? 'Cluster' : 'Local'}인 LoadBalancer 서비스의 NodePort를 지나며 변환 전후가 모두 보이는 연결이 이 캡처에 없습니다. 그런 서비스인지는 클러스터의 서비스 목록(--kube-json)으로 알 수 있습니다.`,
      ),
      commands: [
        DUMP_CLUSTER,
        `kubectl patch service SERVICE -p '{"spec":{"externalTrafficPolicy":"${isCluster ? 'Cluster' : 'Local'}"}}'`,
        onNode('n1'),
        'curl -s http://NLB-NAME/   # from outside',
        ...inLab('nlb', ['n1', 'n2']),
      ],
    },
  };
}

function lost(record: ConversationRecord, say: Say): string {
  const change = record.translations.find(({ type }) => type === 'snat')!;
  const name = `${record.service!.namespace}/${record.service!.name}`;
  const { dst, dport } = record.translations.find(({ type }) => type === 'dnat')!.before;
  return say(
    `${who(record.client)} comes in at ${dst}:${dport}, a port of ${name}. On ${change.node ?? 'the node'} the source ${change.before.src} became ${change.after.src}: that is what ${who(record.server)} sees. The client’s address ends there.`,
    `${josa(who(record.client), '이/가')} ${name}의 포트인 ${josa(`${dst}:${dport}`, '으로/로')} 들어왔습니다. ${change.node ?? '노드'}에서 출발지 ${josa(change.before.src, '이/가')} ${josa(change.after.src, '으로/로')} 바뀌었으며, ${josa(who(record.server), '이/가')} 보는 주소가 이것입니다. 클라이언트 주소는 여기에서 사라집니다.`,
  );
}

function kept(record: ConversationRecord, say: Say): string {
  const name = `${record.service!.namespace}/${record.service!.name}`;
  const { dst, dport } = record.translations.find(({ type }) => type === 'dnat')!.before;
  return say(
    `${who(record.client)} comes in at ${dst}:${dport}, a port of ${name}. Only the destination was rewritten; ${who(record.server)} sees the client’s own address ${record.client.ip}.`,
    `${josa(who(record.client), '이/가')} ${name}의 포트인 ${josa(`${dst}:${dport}`, '으로/로')} 들어왔습니다. 목적지만 바뀌었으며, ${josa(who(record.server), '은/는')} 클라이언트 자신의 주소 ${josa(record.client.ip, '을/를')} 봅니다.`,
  );
}
