/** The views that are text: their lines, made once for the same data, size and language. */
import { ROLE } from '../grid.ts';
import { messagesIn } from '../messages/language.ts';
import type { UiData } from './data.ts';
import { explainLines } from './explain.ts';
import { journeyLines } from './journey.ts';
import { type Line, line, span } from './lines.ts';
import type { UiState, View } from './state.ts';
import { statisticsLines } from './statistics.ts';
import { streamLines } from './stream.ts';
import { topologyLines } from './topology.ts';

export type TextView = Exclude<View, 'conversations' | 'packets' | 'detail'>;

export function isTextView(view: View): view is TextView {
  return view !== 'conversations' && view !== 'packets' && view !== 'detail';
}

interface Made {
  readonly from: object;
  readonly key: string;
  readonly lines: readonly Line[];
}

/** The latest lines of each view: a key press must not lay out a megabyte of stream again. */
const made = new Map<TextView, Made>();

/** All lines of the view, those that are not on screen too. */
export function linesOf(state: UiState, data: UiData): readonly Line[] {
  const view = state.view as TextView;
  const from = sourceOf(view, state, data);
  if (from === undefined) return [waitingLine(state, data)];
  const key = `${state.columns} ${state.language} ${state.hex} ${data.status?.captureDrops}`;
  const known = made.get(view);
  if (known !== undefined && known.from === from && known.key === key) return known.lines;
  const lines = makeLines(view, state, data);
  made.set(view, { from, key, lines });
  return lines;
}

function sourceOf(view: TextView, state: UiState, data: UiData): object | undefined {
  switch (view) {
    case 'journey':
    case 'explain':
      return recordOf(state, data);
    case 'topology':
      return data.topology;
    case 'statistics':
      return data.statistics;
    case 'stream':
      return data.stream?.conversation === state.conversation ? data.stream : undefined;
  }
}

function recordOf(state: UiState, data: UiData) {
  return data.record?.id === state.conversation ? data.record?.record : undefined;
}

function makeLines(view: TextView, state: UiState, data: UiData): readonly Line[] {
  const messages = messagesIn(state.language);
  const { columns } = state;
  switch (view) {
    case 'journey':
      return journeyLines(recordOf(state, data)!, columns, messages, false);
    case 'explain':
      return explainLines(recordOf(state, data)!, columns, messages);
    case 'topology':
      return topologyLines(data.topology!, columns, messages);
    case 'statistics':
      return statisticsLines(data.statistics!, data.status, columns, messages);
    case 'stream':
      return streamLines(data.stream!, columns, messages, state.hex);
  }
}

function waitingLine(state: UiState, data: UiData): Line {
  const messages = messagesIn(state.language);
  const isOfOne = state.view !== 'topology' && state.view !== 'statistics';
  if (isOfOne && state.conversation === undefined) {
    return line(span(messages.noneSelected, ROLE.dim));
  }
  const isGone = data.record?.id === state.conversation && data.record?.record === undefined;
  return line(span(isOfOne && isGone ? messages.noneSelected : messages.loading, ROLE.dim));
}
