/** Which prefixes nodes tell each other by BGP. */
import type { ConversationRecord } from '../../../classify/record.ts';
import { josa } from '../../../words/ko/particles.ts';
import { inLab, onNode } from '../commands.ts';
import { best, figuresOf, who } from '../find.ts';
import type { Material, Preset, Say } from '../sheet.ts';

const SESSIONS_SHOWN = 8;

export const calicoBgp: Preset = {
  name: 'calico-bgp',
  title: { en: 'Calico: prefixes learned by BGP', ko: 'Calico: BGP로 배운 대역' },
  sheet: (material, say) => {
    const record = best(material, hasPrefixes);
    return {
      question: say(
        'How does a node know which node the pods of a prefix are on?',
        '노드는 어떤 대역의 파드가 어느 노드에 있는지 어떻게 압니까?',
      ),
      evidence: [
        {
          heading: say('A BGP UPDATE', 'BGP UPDATE'),
          finding: record && {
            claim: claim(record, say),
            figures: [...figuresOf(record, say), ...sessions(material, say)],
            rows: [
              {
                kind: 'frames',
                filter: `tcp port 179 and host ${record.client.ip} and host ${record.server.ip}`,
                limit: 6,
                saying: 'Update',
              },
            ],
            journey: record,
          },
          otherwise: {
            text: say(
              'No BGP UPDATE is in this capture. Sessions stay open for days and send prefixes only when they are new: restart one while capturing. Calico in VXLAN mode, Flannel and the AWS VPC CNI use no BGP.',
              'BGP UPDATE가 이 캡처에 없습니다. 세션은 며칠씩 유지되며 새 대역이 있을 때만 알립니다. 캡처하면서 세션을 다시 시작하세요. VXLAN 모드의 Calico, Flannel, AWS VPC CNI는 BGP를 쓰지 않습니다.',
            ),
            commands: [
              onNode('w1', 'tcp port 179'),
              'kubectl delete pod -n kube-system CALICO-NODE-POD-OF-w1',
              'sudo calicoctl node status',
              ...inLab('calico-ipip', ['w1']),
            ],
          },
        },
      ],
      explanation: [
        say(
          'BIRD on each node announces the node’s own blocks (/26 by default) with the node’s address as next hop. What a node learns it writes into its routing table: over tunl0 when IPIP is on, straight over the NIC otherwise. The outer destination of a packet between pods is this next hop.',
          '각 노드의 BIRD는 자기 블록(기본 /26)을 자기 주소를 next hop으로 하여 알립니다. 노드는 배운 대역을 라우팅 테이블에 기록합니다. IPIP를 쓰면 tunl0을 통해, 아니면 NIC로 바로 향합니다. 파드 간 패킷의 바깥 목적지 주소가 바로 이 next hop입니다.',
        ),
      ],
    };
  },
};

function hasPrefixes({ application }: ConversationRecord): boolean {
  return application?.protocol === 'bgp' && (application.prefixes?.length ?? 0) > 0;
}

function claim({ application, client, server }: ConversationRecord, say: Say): string {
  const prefixes = application!.prefixes!.join(', ');
  return say(
    `${who(client)} and ${who(server)} speak BGP. The frames tell which side announced which prefix with which next hop; among what was announced: ${prefixes}.`,
    `${who(client)}, ${who(server)} 사이에 BGP 세션이 있습니다. 어느 쪽이 어떤 대역을 어떤 next hop으로 알렸는지는 프레임에서 확인하세요. 알린 대역에는 ${josa(prefixes, '이/가')} 있습니다.`,
  );
}

/** Every session of the capture with what was announced in it, by either side. */
function sessions({ records }: Material, say: Say): [string, string][] {
  // the record need not hold all of them: it is made of the stream's first messages
  return records
    .filter(hasPrefixes)
    .slice(0, SESSIONS_SHOWN)
    .map(({ client, server, application }) => [
      `${client.name ?? client.ip} - ${server.name ?? server.ip}`,
      say(
        `at least ${application!.prefixes!.join(', ')}`,
        `${application!.prefixes!.join(', ')} 등`,
      ),
    ]);
}
