/** Headings of a sheet in both languages. */
import type { Language } from '../diagram/words.ts';

type Badge = Readonly<Record<'capture' | 'lists', string>>;

export interface SheetWords {
  readonly question: string;
  /** Of evidence in captures, and in kubectl's lists. */
  readonly missing: Badge;
  readonly shown: Badge;
  readonly explanation: string;
  readonly frames: string;
  readonly figures: string;
  readonly journey: string;
  readonly bounded: (examined: number, total: number) => string;
}

export const SHEET_WORDS: Readonly<Record<Language, SheetWords>> = {
  en: {
    question: 'Question',
    missing: { capture: 'Not in this capture: do this', lists: 'Not in the lists: do this' },
    shown: { capture: 'In this capture', lists: 'In the lists given' },
    explanation: 'How it works',
    frames: 'Frames, as tcpdump prints them',
    figures: 'Figures',
    journey: 'Journey',
    bounded: (examined, total) =>
      `Only the first ${examined} of ${total} conversations were examined.`,
  },
  ko: {
    question: '질문',
    missing: {
      capture: '이 캡처에 없음: 다음과 같이 하세요',
      lists: '목록에 없음: 다음과 같이 하세요',
    },
    shown: { capture: '이 캡처에서 확인됨', lists: '주어진 목록에서 확인됨' },
    explanation: '동작 원리',
    frames: 'tcpdump 형식의 프레임',
    figures: '수치',
    journey: '경로',
    bounded: (examined, total) => `전체 대화 ${total}건 중 처음 ${examined}건만 검토했습니다.`,
  },
};
