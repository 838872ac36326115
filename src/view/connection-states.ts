/** How it stands with a TCP connection, as screens and `explain` say it in each language. */
import type { ConnectionState } from '../classify/record.ts';
import type { LanguageName } from '../words/language-names.ts';

type StateWords = Readonly<Record<ConnectionState, string>>;

const en: StateWords = {
  'syn-sent': 'syn-sent',
  'syn-received': 'syn-received',
  established: 'established',
  closing: 'closing',
  closed: 'closed',
  reset: 'reset',
  unknown: 'unknown',
};

const ko: StateWords = {
  'syn-sent': 'SYN 보냄',
  'syn-received': 'SYN 받음',
  established: '연결됨',
  closing: '종료 중',
  closed: '종료됨',
  reset: 'RST로 끊김',
  unknown: '상태를 알 수 없음',
};

export const CONNECTION_STATES: Readonly<Record<LanguageName, StateWords>> = { en, ko };
