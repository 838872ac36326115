/** A line that is being typed: filter, search, command or file name, with what may come next. */
import { showCount } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, GROUND, type Grid, INVERSE, ROLE, UNDERLINE } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import { shorten, widthOf } from '../width.ts';
import { completeCommand, typedFile } from './commands.ts';
import type { UiData } from './data.ts';
import { type Span, span } from './lines.ts';
import { FILTER_ROW } from './panes.ts';
import type { InputState, UiState } from './state.ts';

/** Rows of completions under the line. */
const CHOICES_MAX = 8;

export interface Completions {
  readonly words: readonly string[];
  /** Where the word that they complete begins. */
  readonly at: number;
}

/** What may stand at the cursor. */
export function completionsOf(input: InputState, data: UiData): Completions {
  if (input.kind === 'command') {
    const typed = typedFile(input.text, input.cursor);
    if (typed === undefined) return completeCommand(input.text, input.cursor);
    const isKnown = data.paths?.of === typed;
    return { words: isKnown ? data.paths.words : [], at: input.cursor - typed.length };
  }
  if (input.kind === 'filter' && data.advice?.of === input.text) {
    return { words: data.advice.words, at: data.advice.at };
  }
  return { words: [], at: input.cursor };
}

/** Draw the line where it belongs: the filter in its bar, all others at the bottom. */
export function drawInput(grid: Grid, state: UiState, data: UiData, messages: Messages): void {
  const { input } = state;
  if (input === undefined) return;
  const isFilter = input.kind === 'filter';
  const row = isFilter ? FILTER_ROW : grid.rows - 1;
  const prompt = isFilter ? ` ${messages.filterHint} ` : PROMPTS[input.kind](messages);
  if (!isFilter) grid.clear(row, 0, 1, grid.columns, ROLE.text);
  const start = grid.put(row, 0, prompt, ROLE.key);
  drawText(grid, row, start, input, isFilter ? data.advice : undefined);
  if (isFilter) drawAdvice(grid, state, data, messages, start);
  else if (input.kind === 'command') {
    drawChoices(grid, row - 1, -1, start, input, completionsOf(input, data), messages);
  }
}

const PROMPTS: Readonly<
  Record<Exclude<InputState['kind'], 'filter'>, (messages: Messages) => string>
> = {
  search: (messages) => ` ${messages.searchPrompt} `,
  command: () => ' :',
  name: (messages) => ` ${messages.namePrompt} `,
};

/** The text with its cursor, scrolled so that the cursor is in sight; a fault underlined. */
function drawText(
  grid: Grid,
  row: number,
  start: number,
  input: InputState,
  advice: UiData['advice'],
): void {
  const room = grid.columns - start - 1;
  const characters = [...new Intl.Segmenter().segment(input.text)];
  const before = characters.filter(({ index }) => index < input.cursor);
  let used = before.reduce((sum, { segment }) => sum + widthOf(escapeText(segment)), 0);
  let first = 0;
  while (used >= room && first < before.length) {
    used -= widthOf(escapeText(before[first]!.segment));
    first++;
  }
  const fault = advice?.of === input.text ? advice.fault : null;
  let at = start;
  for (const { segment, index } of characters.slice(first)) {
    const isFault =
      fault !== null && index >= fault.position && index < fault.position + fault.length;
    const isCursor = index === input.cursor;
    const style = (isFault ? ROLE.error | UNDERLINE : ROLE.text) | (isCursor ? INVERSE : 0);
    at = grid.put(row, at, escapeText(segment), style);
  }
  if (input.cursor >= input.text.length) grid.put(row, at, ' ', INVERSE);
}

/** Under the filter: what is wrong with it, or what it chooses and what may come next. */
function drawAdvice(
  grid: Grid,
  state: UiState,
  data: UiData,
  messages: Messages,
  start: number,
): void {
  const { advice } = data;
  const input = state.input!;
  if (advice?.of !== input.text) return;
  const row = FILTER_ROW + 1;
  const spans: Span[] = [];
  const isUnfinished =
    advice.fault !== null && advice.fault.position + advice.fault.length >= input.text.length;
  if (advice.fault !== null && input.text.trim() !== '') {
    const style = isUnfinished ? ROLE.warning : ROLE.error;
    spans.push(span(escapeText(messages.say(advice.fault.problem)), style));
    if (advice.fault.hint !== null) {
      spans.push(
        span(`  ${messages.didYouMean(escapeText(messages.say(advice.fault.hint)))}`, ROLE.key),
      );
    }
  } else {
    const text = advice.ofConversations
      ? messages.filterOfWholeConversations
      : messages.filterApplies;
    spans.push(span(text, ROLE.good));
  }
  grid.clear(row, 0, 1, grid.columns, GROUND.overlay);
  let at = start;
  for (const { text, style } of spans) {
    const room = grid.columns - at - 1;
    if (room > 0) at = grid.put(row, at, shorten(text, room), style | GROUND.overlay);
  }
  drawChoices(grid, row + 1, 1, start, input, completionsOf(input, data), messages);
}

/** The completions as a list that grows down or up from a row. */
function drawChoices(
  grid: Grid,
  row: number,
  step: 1 | -1,
  start: number,
  input: InputState,
  { words, at }: Completions,
  messages: Messages,
): void {
  if (words.length === 0) return;
  const first = Math.max(0, Math.min(input.choice, words.length - 1) - CHOICES_MAX + 1);
  const shown = words.slice(first, first + CHOICES_MAX);
  const more = words.length - first - shown.length;
  const notes = shown.map((word) => noteOf(word, input, messages));
  const noted = Math.max(0, ...notes.map(widthOf));
  const wordWidth = Math.max(...shown.map((word) => widthOf(escapeText(word))));
  const width = Math.min(grid.columns, wordWidth + 2 + (noted > 0 ? noted + 2 : 0));
  const column = Math.max(
    0,
    Math.min(grid.columns - width, start + widthOf(input.text.slice(0, at)) - 1),
  );
  shown.forEach((word, i) => {
    const ground = first + i === input.choice ? GROUND.selected : GROUND.overlay;
    const y = row + step * i;
    grid.clear(y, column, 1, width, ground);
    grid.put(y, column + 1, escapeText(word), ROLE.text | BOLD | ground, width - 2);
    const note = column + wordWidth + 3;
    grid.put(y, note, notes[i]!, ROLE.dim | ground, column + width - note);
  });
  if (more > 0) {
    const y = row + step * shown.length;
    grid.clear(y, column, 1, width, GROUND.overlay);
    grid.put(y, column + 1, `+${showCount(more)}`, ROLE.dim | GROUND.overlay, width - 1);
  }
}

function noteOf(word: string, input: InputState, messages: Messages): string {
  if (input.kind !== 'command' || /\s/.test(input.text.trimStart())) return '';
  return messages.commands[word as keyof Messages['commands']] ?? '';
}
