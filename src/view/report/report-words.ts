/** What the report says, in both languages. */
import type { Language } from '../diagram/words.ts';

export interface ReportWords {
  readonly title: string;
  readonly toTable: string;
  readonly conversations: string;
  readonly search: string;
  readonly theme: string;
  readonly shown: string;
  readonly topology: string;
  readonly journeys: string;
  readonly ledger: string;
  readonly why: string;
  readonly troubles: string;
  readonly notSeen: string;
  readonly columns: Readonly<Record<Column, string>>;
  readonly rowsBounded: (shown: number, total: number) => string;
  readonly journeysBounded: (shown: number, total: number) => string;
  readonly notDrawn: string;
}

export const COLUMNS = [
  'id',
  'label',
  'protocol',
  'client',
  'server',
  'tunnel',
  'nat',
  'service',
  'application',
  'packets',
  'bytes',
  'rtt',
  'start',
  'trouble',
] as const;
export type Column = (typeof COLUMNS)[number];

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = {
  en: {
    title: 'netlens report',
    toTable: 'To the table of conversations',
    conversations: 'Conversations',
    search: 'Search in all columns',
    theme: 'Dark or light',
    shown: 'Rows shown',
    topology: 'Topology',
    journeys: 'Journeys and reasons',
    ledger: 'What was read and what was lost',
    why: 'Why',
    troubles: 'Troubles',
    notSeen: 'Not seen',
    columns: {
      id: '#',
      label: 'Label',
      protocol: 'Protocol',
      client: 'Client',
      server: 'Server',
      tunnel: 'Tunnel',
      nat: 'NAT',
      service: 'Service',
      application: 'Application',
      packets: 'Packets',
      bytes: 'Bytes',
      rtt: 'RTT us',
      start: 'Start',
      trouble: 'Troubles',
    },
    rowsBounded: (shown, total) =>
      `This page holds ${shown} of ${total} conversations, the first ones; narrow them with a filter to see others.`,
    journeysBounded: (shown, total) =>
      `Journeys are drawn for ${shown} of the ${total} conversations here: those seen at most places.`,
    notDrawn: 'Not drawn: too many conversations for one page.',
  },
  ko: {
    title: 'netlens 보고서',
    toTable: '대화 표로 이동',
    conversations: '대화',
    search: '모든 열에서 검색',
    theme: '어둡게/밝게',
    shown: '표시된 행',
    topology: '토폴로지',
    journeys: '경로와 근거',
    ledger: '읽은 것과 잃은 것',
    why: '근거',
    troubles: '문제',
    notSeen: '보이지 않은 것',
    columns: {
      id: '#',
      label: '분류',
      protocol: '프로토콜',
      client: '클라이언트',
      server: '서버',
      tunnel: '터널',
      nat: 'NAT',
      service: '서비스',
      application: '애플리케이션',
      packets: '패킷',
      bytes: '바이트',
      rtt: 'RTT us',
      start: '시작',
      trouble: '문제',
    },
    rowsBounded: (shown, total) =>
      `이 페이지에는 대화 ${total}건 중 처음 ${shown}건이 있습니다. 다른 대화를 보려면 필터로 좁히세요.`,
    journeysBounded: (shown, total) =>
      `여기 있는 대화 ${total}건 중 가장 여러 곳에서 보인 ${shown}건의 경로를 그렸습니다.`,
    notDrawn: '그리지 않음: 한 페이지에 담기에는 대화가 너무 많습니다.',
  },
};
