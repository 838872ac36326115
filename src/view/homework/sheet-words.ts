/** Headings of a sheet in both languages. */
import type { Language } from '../diagram/words.ts';

export interface SheetWords {
  readonly question: string;
  readonly missing: string;
  readonly shown: string;
  readonly explanation: string;
  readonly frames: string;
  readonly figures: string;
  readonly journey: string;
  readonly bounded: (examined: number, total: number) => string;
}

export const SHEET_WORDS: Readonly<Record<Language, SheetWords>> = {
  en: {
    question: 'Question',
    missing: 'Not in this capture: do this',
    shown: 'In this capture',
    explanation: 'How it works',
    frames: 'Frames, as tcpdump prints them',
    figures: 'Figures',
    journey: 'Journey',
    bounded: (examined, total) =>
      `Only the first ${examined} of ${total} conversations were examined.`,
  },
  ko: {
    question: '질문',
    missing: '이 캡처에 없음: 다음과 같이 하세요',
    shown: '이 캡처에서 확인됨',
    explanation: '동작 원리',
    frames: 'tcpdump 형식의 프레임',
    figures: '수치',
    journey: '경로',
    bounded: (examined, total) => `전체 대화 ${total}건 중 처음 ${examined}건만 검토했습니다.`,
  },
};
