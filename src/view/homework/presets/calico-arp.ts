/** A pod's gateway 169.254.1.1, which no interface has. */
import { inLab, onNode } from '../commands.ts';
import type { Preset } from '../sheet.ts';

const GATEWAY = '169.254.1.1';
const ROWS_MAX = 6;

export const calicoArp: Preset = {
  name: 'calico-arp',
  title: { en: 'Calico: the gateway 169.254.1.1', ko: 'Calico: 게이트웨이 169.254.1.1' },
  sheet: (_material, say) => ({
    question: say(
      'Every pod’s default gateway is 169.254.1.1. Nobody has this address: who answers?',
      '모든 파드의 기본 게이트웨이는 169.254.1.1입니다. 이 주소를 가진 인터페이스는 없는데, 누가 응답합니까?',
    ),
    evidence: [
      {
        heading: say('Somebody asks for 169.254.1.1', '169.254.1.1을 묻는 ARP 요청'),
        finding: {
          claim: say(
            'These ARP requests ask for 169.254.1.1. The address behind “tell” is who asks.',
            '다음 ARP 요청은 169.254.1.1을 묻고 있습니다. “tell” 뒤의 주소가 묻는 쪽입니다.',
          ),
          figures: [],
          rows: [
            {
              kind: 'frames',
              filter: `arp and arp[6:2] == 1 and dst host ${GATEWAY}`,
              limit: ROWS_MAX,
            },
          ],
          standsOnRows: true,
        },
        otherwise: {
          text: say(
            'No ARP request for 169.254.1.1 is in this capture. Pods keep the answer for a while, and the AWS VPC CNI writes it into the pod as a permanent entry, so that none is ever asked. With Calico, drop the entry and speak:',
            '169.254.1.1을 묻는 ARP 요청이 이 캡처에 없습니다. 파드는 응답을 한동안 기억하며, AWS VPC CNI는 항목을 영구적으로 기록하므로 묻지 않습니다. Calico에서는 항목을 지운 뒤 통신하세요.',
          ),
          commands: [
            onNode('w1', 'arp'),
            'kubectl exec POD -- ip neigh flush all',
            'kubectl exec POD -- ping -c 1 IP-OF-A-POD',
            ...inLab('calico-ipip', ['w1']),
          ],
        },
      },
      {
        heading: say('The answer', '응답'),
        finding: {
          claim: say(
            'These ARP replies say which MAC address 169.254.1.1 has. Look at the address behind “is-at”.',
            '다음 ARP 응답은 169.254.1.1의 MAC 주소를 알려 줍니다. “is-at” 뒤의 주소를 확인하세요.',
          ),
          figures: [],
          rows: [
            {
              kind: 'frames',
              filter: `arp and arp[6:2] == 2 and src host ${GATEWAY}`,
              limit: ROWS_MAX,
            },
          ],
          standsOnRows: true,
        },
        otherwise: {
          text: say(
            'No ARP reply for 169.254.1.1 is in this capture. Capture on the host’s end of the pod’s veth (cali…) or on any:',
            '169.254.1.1에 대한 ARP 응답이 이 캡처에 없습니다. 파드 veth의 호스트 쪽 끝(cali…) 또는 any에서 캡처하세요.',
          ),
          commands: [
            onNode('w1', 'arp'),
            'kubectl exec POD -- ip neigh flush all',
            ...inLab('calico-ipip', ['w1']),
          ],
        },
      },
    ],
    explanation: [
      say(
        'Calico gives each pod a /32 and the route “default via 169.254.1.1 dev eth0”. The host’s end of the veth has proxy ARP switched on and MAC ee:ee:ee:ee:ee:ee: the kernel answers for any address it can route to, also for this one. So the pod needs no subnet, no bridge and no gateway address of its own, and all its traffic is routed by the node.',
        'Calico는 각 파드에 /32 주소와 “default via 169.254.1.1 dev eth0” 경로를 설정합니다. veth의 호스트 쪽 끝은 proxy ARP가 켜져 있고 MAC은 ee:ee:ee:ee:ee:ee입니다. 커널은 라우팅할 수 있는 모든 주소에 대해 응답하므로 이 주소에도 응답합니다. 따라서 파드에는 서브넷도, 브리지도, 별도의 게이트웨이 주소도 필요하지 않으며, 모든 트래픽은 노드가 라우팅합니다.',
      ),
    ],
  }),
};
