/** Other captures on the same screen: looks, history and marks of all files stay, the rest begins anew. */
import { messagesIn } from '../messages/language.ts';
import type { UiData } from './data.ts';
import { type Effect, type Step, saying, to } from './events.ts';
import { marksAcrossFiles, toPlace } from './marks.ts';
import { initialState, type UiState } from './state.ts';

/** Captures that are remembered. */
export const RECENTS_MAX = 20;

type Loading = Extract<Effect, { kind: 'load' }>;

/** The screen of captures that were just opened. */
export function loaded(before: UiState, { files, mark }: Loading): UiState {
  const { columns, rows, language, theme, ends, headers, time, once, layout, split } = before;
  const { sort, descending, hiddenColumns, history, recents, said } = before;
  const others = recents.filter((one) => one.join('\n') !== files.join('\n'));
  const looks = { columns, rows, language, theme, ends, headers, time, once, layout, split };
  const state = initialState({
    ...looks,
    sort,
    descending,
    hiddenColumns,
    history,
    said,
    recents: [files, ...others].slice(0, RECENTS_MAX),
    marks: marksAcrossFiles(before),
    arriving: mark,
  });
  return saying(state, messagesIn(state.language).loaded(files.join(' ')));
}

/** At the mark that the captures were opened for, once all of them is read. */
export function arrived(state: UiState, data: UiData): Step {
  const { arriving } = state;
  if (arriving === undefined || data.status?.phase !== 'complete') return to(state);
  return toPlace({ ...state, arriving: undefined }, data, arriving);
}
