/** What of a conversation nobody saw, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { UnseenSentences } from '../sentences/unseen.ts';
import { object, owner } from './phrases.ts';

export const unseen: Catalog<UnseenSentences> = {
  'node-not-captured': ({ node }) => `${node}: 캡처하지 않았거나, 캡처에 이 대화가 없습니다.`,
  'no-reply': () => '응답이 보이지 않습니다. 응답이 없었거나 캡처하지 않은 경로로 지나갔습니다.',
  'only-replies': () => '응답만 보입니다. 요청은 캡처하지 않은 경로로 지나갔습니다.',
  'no-beginning': () => '연결의 시작이 보이지 않습니다. 캡처보다 먼저 맺어진 연결입니다.',
  'log-no-reply': () =>
    '로그에 응답이 없습니다. 응답이 없었거나, 응답이 지나간 인터페이스나 시간대의 로그가 빠져 있습니다.',
  'log-only-replies': () => '로그에 응답만 있습니다.',
  'log-interface-missing': (it) => `${owner(it.owner)}의 인터페이스가 로그에 없습니다.`,
  'log-hides-pod': ({ ip }) =>
    `${object(ip)} 누가 썼는지 알 수 없습니다. 로그에 pkt-srcaddr와 pkt-dstaddr가 없어, 파드의 트래픽도 인터페이스의 기본 주소로 나타납니다.`,
  'log-hides-snat': ({ ip }) =>
    `${ip} 뒤에 파드가 있었는지 알 수 없습니다. VPC 밖으로 나가는 파드의 주소는 인터페이스가 기록하기 전에 VPC CNI가 노드의 주소로 바꿉니다. 그 노드의 conntrack을 보면 알 수 있습니다(--conntrack).`,
  'log-without-time': () => '시각을 알 수 없습니다. 로그에 start와 end가 모두 없습니다.',
};
