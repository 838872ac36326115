/** What went wrong with a conversation, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { IcmpFault, TroubleSentences } from '../sentences/troubles.ts';
import { place, subject, topic } from './phrases.ts';

/** Codes of ICMP type 3 (RFC 792, RFC 1122, RFC 1812). */
const UNREACHABLE = [
  '네트워크에 도달할 수 없음',
  '호스트에 도달할 수 없음',
  '프로토콜에 도달할 수 없음',
  '포트에 도달할 수 없음',
  '단편화가 필요함',
  '소스 라우팅 실패',
  '알 수 없는 네트워크',
  '알 수 없는 호스트',
  '출발지 호스트가 고립됨',
  '네트워크가 금지됨',
  '호스트가 금지됨',
  '이 서비스로는 네트워크에 도달할 수 없음',
  '이 서비스로는 호스트에 도달할 수 없음',
  '통신이 금지됨',
  '호스트 우선순위 위반',
  '우선순위 하한 미달',
];
/** Codes of ICMPv6 type 1 (RFC 4443 section 3.1). */
const UNREACHABLE_V6 = [
  '경로 없음',
  '통신이 금지됨',
  '출발지 주소의 범위를 벗어남',
  '주소에 도달할 수 없음',
  '포트에 도달할 수 없음',
  '출발지 주소가 정책에 어긋남',
  '경로가 거부됨',
];

function faultWords({ isV6, type, code }: IcmpFault): string {
  if (!isV6 && type === 3) return UNREACHABLE[code] ?? `도달할 수 없음(코드 ${code})`;
  if (isV6 && type === 1) return UNREACHABLE_V6[code] ?? `도달할 수 없음(코드 ${code})`;
  if (type === (isV6 ? 3 : 11)) return code === 0 ? 'TTL 초과' : '재조립 시간 초과';
  if (!isV6 && type === 5) return '리다이렉트';
  return `ICMP${isV6 ? 'v6' : ''} 타입 ${type} 코드 ${code}`;
}

export const troubles: Catalog<TroubleSentences> = {
  'one-way-place': (it) => {
    const [seen, other] = it.requests ? ['요청', '응답은'] : ['응답', '요청은'];
    return `${place(it.place)}에서는 ${seen} 패킷 ${it.packets}개만 보였습니다. ${other} 다른 길로 지나갑니다.`;
  },
  'icmp-says': ({ from, frame, fault, times }) =>
    `${subject(from)} 프레임 ${frame}에서 ICMP 오류를 보냈습니다: ${faultWords(fault)}${times > 1 ? `, ${times}번` : ''}.`,
  'icmp-too-big': ({ from, frame, mtu, tunnel, overhead }) => {
    const why =
      tunnel === undefined || overhead === undefined
        ? ''
        : ` ${tunnel} 터널이 경로 MTU에서 ${overhead}바이트를 차지합니다.`;
    return `${subject(from)} 프레임 ${frame}에서 패킷이 너무 크다고 알렸습니다. 다음 홉은 ${mtu}바이트까지 받습니다.${why}`;
  },
  'syn-unanswered': ({ packets, to: dialled }) =>
    `${dialled}에 SYN을 ${packets}번 보냈지만 응답이 없습니다.`,
  'proxy-header-refused': ({ server, version }) =>
    `${subject(server)} PROXY v${version} 헤더에 400으로 응답했습니다. 헤더를 요청으로 여긴 것이므로, 서버에 PROXY 프로토콜을 설정하세요.`,
  'proxy-header-absent': ({ server }) =>
    `${topic(server)} 다른 대화에서는 PROXY 헤더를 받지만 이 대화에는 없습니다.`,
  refused: ({ by }) => `연결이 거부되었습니다. ${subject(by)} SYN에 RST로 응답했습니다.`,
  reset: ({ by }) => `${subject(by)} RST로 연결을 끊었습니다.`,
  'service-without-endpoints': ({ service }) => `${service}에 준비된 엔드포인트가 없습니다.`,
};
