/** What diagrams say, in both languages. A key that one language lacks does not compile. */

import type { DeviceKind } from '../../classify/device-names.ts';
import type { Confidence, EndKind, Label } from '../../classify/record.ts';
import type { LanguageName } from '../../words/language-names.ts';
import { sayIn } from '../../words/say.ts';
import type { Say } from '../../words/sentence.ts';
import { countOf, showCount } from '../amounts.ts';

export type Language = LanguageName;

export interface DiagramWords {
  /** Puts what was found out into words. */
  readonly say: Say;
  readonly ends: Readonly<Record<EndKind, string>>;
  readonly devices: Readonly<Record<DeviceKind, string>>;
  readonly labels: Readonly<Record<Label, string>>;
  readonly confidence: Readonly<Record<Confidence, string>>;
  readonly node: string;
  readonly outside: string;
  /** Where a load balancer is. */
  readonly before: string;
  readonly nodeUnknown: string;
  readonly placeUnknown: string;
  readonly notCaptured: string;
  readonly network: string;
  readonly outer: string;
  readonly inner: string;
  readonly dials: string;
  readonly frame: string;
  readonly line: string;
  readonly also: string;
  readonly toldByConntrack: string;
  readonly newConnection: string;
  readonly headerNames: string;
  readonly noClientNamed: string;
  readonly whoServes: string;
  readonly notSeen: string;
  readonly legend: {
    readonly outer: string;
    readonly inner: string;
    readonly packet: string;
    readonly nat: string;
    readonly proxy: string;
    readonly dashed: string;
  };
  readonly rewrittenElsewhere: (what: string) => string;
  readonly folded: (count: number) => string;
  readonly packets: (there: number, back: number) => string;
  readonly packetsHere: (count: number) => string;
  readonly ttl: (from: number, to: number) => string;
  /** What the picture is made of; drops -1 = nobody says. */
  readonly footer: {
    readonly moreCaptures: (count: number) => string;
    readonly frames: (count: number) => string;
    readonly drops: (count: number) => string;
    readonly tag: (tag: string) => string;
    readonly endedEarly: string;
  };
  readonly topology: {
    readonly title: string;
    readonly nodes: string;
    readonly services: string;
    readonly outside: string;
    readonly unseenInTraffic: string;
    readonly more: (count: number, what: string) => string;
    readonly pods: string;
    readonly endpoints: (count: number) => string;
    readonly endpointsUnknown: string;
    readonly conversations: (count: number) => string;
    readonly within: (count: number) => string;
    readonly withoutNode: string;
    readonly legend: { readonly tunnel: string; readonly plain: string; readonly outside: string };
    readonly summary: (
      nodes: number,
      pods: number,
      services: number,
      conversations: number,
    ) => string;
    readonly nothing: string;
    readonly average: string;
    readonly addressesOutside: string;
    readonly connections: string;
    readonly unplaced: (count: number) => string;
  };
}

const en: DiagramWords = {
  say: sayIn('en'),
  ends: {
    pod: 'pod',
    node: 'node',
    service: 'service',
    external: 'outside',
    loadbalancer: 'load balancer',
    unknown: 'unknown',
  },
  devices: { pod: 'pod veth', tunnel: 'tunnel', bridge: 'bridge', nic: 'NIC', other: 'interface' },
  labels: {
    'same-node': 'same node',
    'cross-node': 'cross node',
    external: 'external',
    host: 'host',
    unknown: 'unknown',
  },
  confidence: { certain: 'certain', likely: 'likely', guess: 'a guess' },
  node: 'node',
  outside: 'outside the cluster',
  before: 'in front of the cluster',
  nodeUnknown: 'node not known',
  placeUnknown: 'where this was is not known',
  notCaptured: 'not captured',
  network: 'network',
  outer: 'outer',
  inner: 'inner',
  dials: 'dials',
  frame: 'frame',
  line: 'line',
  also: 'also',
  toldByConntrack: 'from conntrack',
  newConnection: 'opens a new connection',
  headerNames: 'its header names',
  noClientNamed: 'its header names no client',
  whoServes: 'who serves it was not seen',
  notSeen: 'Not seen',
  legend: {
    outer: 'outer header (tunnel)',
    inner: 'inner packet',
    packet: 'packet',
    nat: 'address rewritten (SNAT, DNAT)',
    proxy: 'PROXY header',
    dashed: 'dashed: not captured',
  },
  rewrittenElsewhere: (what) => `rewritten at a place that is not known: ${what}`,
  folded: (count) => `${count} more places`,
  packets: (there, back) => `${countOf(there, 'packet')} there, ${back} back`,
  packetsHere: (count) => countOf(count, 'packet'),
  ttl: (from, to) => `TTL ${from} → ${to}`,
  footer: {
    moreCaptures: (count) => `and ${countOf(count, 'capture')} more`,
    frames: (count) => countOf(count, 'frame'),
    drops: (count) => `drops: ${count < 0 ? 'not told' : count}`,
    tag: (tag) => `tag: ${tag}`,
    endedEarly: 'reading was ended before the end of the captures',
  },
  topology: {
    title: 'Cluster as seen',
    nodes: 'nodes',
    services: 'Services',
    outside: 'Outside the cluster',
    unseenInTraffic: 'dashed: listed, but no traffic captured',
    more: (count, what) => `and ${count} more ${what}`,
    pods: 'pods',
    endpoints: (count) => (count === 1 ? '1 endpoint' : `${count} endpoints`),
    endpointsUnknown: 'endpoints not listed',
    conversations: (count) => (count === 1 ? '1 conversation' : `${count} conversations`),
    within: (count) => `${countOf(count, 'conversation')} within`,
    withoutNode: 'pods whose node is not known',
    legend: {
      tunnel: 'through a tunnel',
      plain: 'without a tunnel',
      outside: 'to and from outside',
    },
    summary: (nodes, pods, services, conversations) =>
      `${nodes} nodes, ${pods} pods, ${services} services, ${conversations} conversations`,
    nothing: 'Nothing is known of a cluster: no topology given, and the traffic tells of none.',
    average: 'rates are averages over the capture',
    addressesOutside: 'addresses outside',
    connections: 'lines between boxes',
    unplaced: (count) => `${countOf(count, 'conversation')} not drawn: an end is unknown`,
  },
};

const ko: DiagramWords = {
  say: sayIn('ko'),
  ends: {
    pod: '파드',
    node: '노드',
    service: '서비스',
    external: '외부',
    loadbalancer: '로드 밸런서',
    unknown: '알 수 없음',
  },
  devices: { pod: '파드 veth', tunnel: '터널', bridge: '브리지', nic: 'NIC', other: '인터페이스' },
  labels: {
    'same-node': '같은 노드',
    'cross-node': '노드 간',
    external: '외부',
    host: '호스트',
    unknown: '알 수 없음',
  },
  confidence: { certain: '확실', likely: '유력', guess: '추정' },
  node: '노드',
  outside: '클러스터 외부',
  before: '클러스터 앞단',
  nodeUnknown: '노드를 알 수 없음',
  placeUnknown: '위치를 알 수 없음',
  notCaptured: '캡처되지 않음',
  network: '네트워크',
  outer: '바깥',
  inner: '안쪽',
  dials: '접속 대상',
  frame: '프레임',
  line: '행',
  also: '동일',
  toldByConntrack: 'conntrack 기록',
  newConnection: '새 연결을 맺음',
  headerNames: '헤더에 적힌 클라이언트',
  noClientNamed: '헤더에 클라이언트 없음',
  whoServes: '응답한 쪽이 보이지 않음',
  notSeen: '보이지 않은 것',
  legend: {
    outer: '바깥 헤더(터널)',
    inner: '안쪽 패킷',
    packet: '패킷',
    nat: '주소 변환(SNAT, DNAT)',
    proxy: 'PROXY 헤더',
    dashed: '점선: 캡처되지 않음',
  },
  rewrittenElsewhere: (what) => `변환된 위치를 알 수 없음: ${what}`,
  folded: (count) => `${count}곳 생략`,
  packets: (there, back) => `보낸 패킷 ${there}개, 받은 패킷 ${back}개`,
  packetsHere: (count) => `${count}개`,
  ttl: (from, to) => `TTL ${from} → ${to}`,
  footer: {
    moreCaptures: (count) => `그 밖의 캡처 ${count}개`,
    frames: (count) => `프레임 ${showCount(count)}개`,
    drops: (count) => `손실: ${count < 0 ? '기록 없음' : count}`,
    tag: (tag) => `태그: ${tag}`,
    endedEarly: '캡처를 끝까지 읽기 전에 중지했습니다',
  },
  topology: {
    title: '캡처로 본 클러스터',
    nodes: '노드',
    services: '서비스',
    outside: '클러스터 외부',
    unseenInTraffic: '점선: 목록에는 있으나 트래픽이 캡처되지 않음',
    more: (count, what) => `그 밖의 ${what} ${count}개`,
    pods: '파드',
    endpoints: (count) => `엔드포인트 ${count}개`,
    endpointsUnknown: '엔드포인트 목록 없음',
    conversations: (count) => `대화 ${count}건`,
    within: (count) => `노드 내부 대화 ${count}건`,
    withoutNode: '노드를 알 수 없는 파드',
    legend: { tunnel: '터널 경유', plain: '터널 없이', outside: '외부와의 통신' },
    summary: (nodes, pods, services, conversations) =>
      `노드 ${nodes}개, 파드 ${pods}개, 서비스 ${services}개, 대화 ${conversations}건`,
    nothing:
      '클러스터에 대해 알려진 것이 없습니다. 토폴로지가 없고 트래픽에서도 드러나지 않습니다.',
    average: '속도는 캡처 구간 전체의 평균입니다',
    addressesOutside: '외부 주소',
    connections: '연결선',
    unplaced: (count) => `그리지 않은 대화 ${count}건: 한쪽 끝을 알 수 없음`,
  },
};

export const DIAGRAM_WORDS: Readonly<Record<Language, DiagramWords>> = { en, ko };
