/** What is wrong with a filter, in Korean. */
import type { Catalog } from '../sentence.ts';
import type { FilterPart, FilterRefusal, FilterSentences } from '../sentences/filter.ts';
import { object, subject, to, topic } from './phrases.ts';

const PARTS: Readonly<Record<FilterPart, (word: string) => string>> = {
  word: () => '필터 언어의 단어',
  comparison: () => '비교 연산자(=, !=, <, <=, >, >=)',
  connective: () => "'and'나 'or'",
  'operator-or-parenthesis': () => "연산자나 ')'",
  operand: () => '숫자나 헤더의 바이트(tcp[13])',
  size: () => '크기 1, 2, 4 중 하나',
  bracket: () => "']'",
  parenthesis: () => "')'",
  list: () => '목록({1, 2})',
  'comma-or-brace': () => "','나 '}'",
  port: () => '포트나 서비스 이름',
  'port-range': () => '포트 범위(80-90)',
  'ether-type': () => 'EtherType이나 그 이름',
  'ip-protocol': () => 'IP 프로토콜 번호나 이름',
  mac: () => 'MAC 주소(02:00:00:00:00:01)',
  'prefix-length': () => '프리픽스 길이',
  netmask: () => '넷마스크(255.255.0.0)',
  network: () => '네트워크(10.0.0.0/8)',
  address: () => '주소',
  'number-after': (word) => `'${word}' 다음의 숫자`,
  'value-for': (word) => `'${word}'의 값`,
  'name-after': (word) => `'${word}' 다음의 이름`,
};

const REFUSALS: Readonly<Record<FilterRefusal, string>> = {
  'needs-lookups': '호스트 이름과 MAC 주소를 알아야 하는데 netlens는 이름을 조회하지 않습니다.',
  'old-form': '예전 형식입니다.',
  link: 'netlens는 이런 종류의 링크를 읽지 않습니다.',
  wlan: 'netlens는 802.11 프레임을 읽지 않습니다.',
  atm: 'netlens는 ATM을 읽지 않습니다.',
  ss7: 'netlens는 SS7(MTP2, MTP3)을 읽지 않습니다.',
  pflog: 'netlens는 pflog 캡처를 읽지 않습니다.',
  osi: 'netlens는 OSI 프로토콜을 해석하지 않습니다.',
  protocol: 'netlens는 이 프로토콜을 해석하지 않습니다.',
};

const UNKNOWN: Readonly<Record<string, string>> = { word: '단어', field: '필드' };
const NUMBERED = { 'ip-protocol': 'IP 프로토콜', 'ether-type': 'EtherType' };

const quoted = (text: string): string => `'${text}'`;

export const filter: Catalog<FilterSentences> = {
  'filter-too-long': ({ most }) => `필터가 ${most}자보다 깁니다.`,
  'filter-too-deep': ({ most }) => `필터가 ${most}단계보다 깊이 중첩되어 있습니다.`,
  'filter-too-many-tests': ({ most }) =>
    `대화를 고르는 단어와 함께 쓸 수 있는 프레임 조건은 ${most}개까지입니다.`,
  'filter-ends': ({ part, word }) =>
    `필터가 끝났습니다. ${subject(PARTS[part](word ?? ''))} 와야 합니다.`,
  'filter-expects': ({ part, word, found }) =>
    `${found === undefined ? '따옴표로 묶은 글' : quoted(found)} 자리에 ${subject(PARTS[part](word ?? ''))} 와야 합니다.`,
  'filter-unknown': ({ what, text }) => `알 수 없는 ${UNKNOWN[what] ?? what}: ${quoted(text)}`,
  'filter-empty-group': () => '괄호 안이 비어 있습니다.',
  'filter-open-group': () => "이 '('가 닫히지 않았습니다.",
  'filter-stray-closing': () => "이 ')'에 맞는 '('가 없습니다.",
  'filter-bare-number': () => '숫자만으로는 뜻을 알 수 없습니다.',
  'filter-joins-numbers': ({ text }) => `${topic(quoted(text))} 숫자 사이의 연산자입니다.`,
  'filter-not-comparable': ({ field, kind, operator }) =>
    `${topic(`${quoted(field)}(${kind})`)} ${to(quoted(operator))} 비교할 수 없습니다.`,
  'filter-contains-nothing': () => '빈 값은 어디에나 들어 있습니다.',
  'filter-list-too-long': ({ most }) => `목록의 값은 ${most}개까지입니다.`,
  'filter-no-number': ({ text, field }) =>
    `${topic(quoted(field))} 숫자인데 ${topic(quoted(text))} 숫자가 아닙니다.`,
  'filter-no-value': ({ text, kind, field }) =>
    `${topic(quoted(text))} ${quoted(field)}의 값(${kind})이 아닙니다.`,
  'filter-division-by-zero': () => '0으로 나눌 수 없습니다.',
  'filter-shift-too-far': () => '31비트보다 많이 시프트할 수 없습니다.',
  'filter-refused': ({ text, why }) => `${topic(quoted(text))} 지원하지 않습니다: ${REFUSALS[why]}`,
  'filter-refused-llc': ({ type }) =>
    `${topic(quoted(`llc ${type}`))} 지원하지 않습니다. LLC 헤더가 있는지만 검사합니다.`,
  'filter-untestable-bytes': ({ text }) => `${quoted(text)}의 바이트는 검사할 수 없습니다.`,
  'filter-tag-too-large': ({ tag, text, most }) => `${tag} ${subject(text)} ${most}보다 큽니다.`,
  'filter-does-not-go-with': (it) =>
    `${topic(quoted(it.text))} ${quoted(it.with)}에 쓸 수 없습니다.`,
  'filter-says-nothing': ({ text }) =>
    `${quoted(text)}만으로는 뜻을 알 수 없습니다. 주소, 'proto', '[' 중 하나가 와야 합니다.`,
  'filter-no-broadcast': () => 'IPv6에는 브로드캐스트가 없습니다.',
  'filter-no-cast': ({ text, to: cast }) => `${quoted(text)}에는 ${cast} 주소가 없습니다.`,
  'filter-service-of-other': ({ text, is, not }) =>
    `${topic(quoted(text))} ${subject(not)} 아니라 ${is}의 서비스입니다.`,
  'filter-is-mac': ({ text }) => `${topic(quoted(text))} MAC 주소입니다.`,
  'filter-not-with-address': ({ text }) => `${topic(quoted(text))} 주소와 함께 쓸 수 없습니다.`,
  'filter-wrong-family': ({ text, family, word }) =>
    `${topic(quoted(text))} ${family} 주소이며, ${quoted(word)}에는 쓸 수 없습니다.`,
  'filter-no-lookup': ({ text }) =>
    `${topic(quoted(text))} 주소가 아니며, netlens는 이름을 조회하지 않습니다.`,
  'filter-empty-name': ({ word }) => `${quoted(word)} 다음의 이름이 비어 있습니다.`,
  'filter-no-name-of': ({ text, word, mayHaveNamespace }) =>
    `${topic(quoted(text))} ${word}의 이름이 될 수 없습니다. ${mayHaveNamespace ? 'NAMESPACE/NAME이나 NAME으로' : '슬래시 없이'} 쓰세요.`,
  'filter-bad-octal': ({ text }) =>
    `${topic(quoted(text))} 0으로 시작해 8진수이지만, 8진수에는 8과 9가 없습니다.`,
  'filter-number-too-large': ({ text }) => `${topic(quoted(text))} 32비트보다 큽니다.`,
  'filter-port-too-large': ({ text, most }) => `포트 ${subject(text)} ${most}보다 큽니다.`,
  'filter-unknown-service': ({ text }) =>
    `${topic(quoted(text))} netlens가 아는 서비스가 아닙니다.`,
  'filter-no-port-range': ({ text }) => `${topic(quoted(text))} 포트 범위가 아닙니다.`,
  'filter-number-beyond': ({ text, what, most }) =>
    `${topic(text)} ${NUMBERED[what]} 번호가 아닙니다. 가장 큰 값은 ${most}입니다.`,
  'filter-not-named': ({ text, what }) =>
    `${topic(quoted(text))} ${subject(NUMBERED[what])} 아닙니다.`,
  'filter-no-decimal': ({ part, text }) =>
    `${quoted(text)}의 ${topic(quoted(part))} 10진수가 아닙니다.`,
  'filter-byte-too-large': ({ part, text }) =>
    `${topic(quoted(text))} 주소가 아닙니다. ${subject(part)} 255보다 큽니다.`,
  'filter-no-ipv6': ({ text }) => `${topic(quoted(text))} IPv6 주소가 아닙니다.`,
  'filter-bits-beyond-mask': ({ text }) => `${quoted(text)}에 마스크를 벗어난 비트가 있습니다.`,
  'filter-prefix-too-long': ({ bits, width }) =>
    `/${subject(String(bits))} 주소의 길이인 ${width}비트보다 깁니다.`,

  'hint-meant': ({ text }) => `${object(quoted(text))} 쓰려고 했나요?`,
  'hint-write': ({ text }) => `${to(quoted(text))} 쓰세요`,
  'hint-write-to-find': ({ text, all }) =>
    `${all ? '해당 프레임 전체를' : '해당 프레임을'} 찾으려면 ${to(quoted(text))} 쓰세요`,
  'hint-write-iface': () => "프레임이 캡처된 인터페이스는 'iface NAME'으로 쓰세요",
  'hint-write-protos': () => "'ip proto', 'ip6 proto', 'ether proto' 중 하나로 쓰세요",
  'hint-write-names': () => "이름은 'pod NAME', 'svc NAME', 'node NAME', 'dns NAME'으로 쓰세요",
  'hint-one-of': ({ choices }) => `${choices.join(', ')} 중 하나입니다`,
  'hint-network': ({ network }) => `네트워크는 ${network}입니다`,
};
