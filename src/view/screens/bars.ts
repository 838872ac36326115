/** Title with the views, filter bar, status line: what frames every view. */
import { showCount, showSize } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, GROUND, type Grid, ROLE, type Style } from '../grid.ts';
import type { Messages } from '../messages/en.ts';
import type { Status } from '../model.ts';
import { shorten, widthOf } from '../width.ts';
import type { UiData } from './data.ts';
import { BINDINGS } from './keys.ts';
import { type Span, span } from './lines.ts';
import { FILTER_ROW } from './panes.ts';
import { type UiState, VIEWS, type View } from './state.ts';

const BAR = GROUND.bar;

/** The views with their keys, the one on screen lit. */
export function drawTitle(grid: Grid, state: UiState, messages: Messages): void {
  grid.clear(0, 0, 1, grid.columns, BAR);
  for (const tab of tabsOf(state, messages)) {
    const isHere = tab.view === state.view;
    const ground = isHere ? GROUND.selected : BAR;
    grid.clear(0, tab.from, 1, tab.to - tab.from, ground);
    const at = grid.put(0, tab.from + 1, tab.key, ROLE.key | ground);
    const style = isHere ? ROLE.name | BOLD : ROLE.text;
    if (tab.name !== '') grid.put(0, at + 1, tab.name, style | ground);
  }
  const name = 'netlens';
  const at = grid.columns - name.length - 1;
  const end = tabsOf(state, messages).at(-1)!.to;
  if (at > end + 1) grid.put(0, at, name, ROLE.dim | BAR);
}

interface Tab {
  readonly view: View;
  readonly key: string;
  readonly name: string;
  /** Columns [from, to) of the title. */
  readonly from: number;
  readonly to: number;
}

/** Where each view stands in the title: whole names where they fit, else that of the view on screen alone. */
export function tabsOf({ columns, view }: UiState, messages: Messages): readonly Tab[] {
  const whole = layTabs(() => true);
  if (whole.at(-1)!.to <= columns) return whole;
  return layTabs((one) => one === view);

  function layTabs(isNamed: (view: View) => boolean): Tab[] {
    let at = 0;
    return VIEWS.map((one) => {
      const name = isNamed(one) ? messages.views[one] : '';
      const from = at;
      at += name === '' ? 3 : 4 + widthOf(name);
      return { view: one, key: BINDINGS[`view-${one}`].keys[0], name, from, to: at };
    });
  }
}

/** The filter and what it leaves, or what is typed into it. */
export function drawFilterBar(grid: Grid, state: UiState, data: UiData, messages: Messages): void {
  const isTyping = state.input?.kind === 'filter';
  const prompt = ` ${messages.filterHint} `;
  let at = grid.put(FILTER_ROW, 0, prompt, isTyping ? ROLE.key : ROLE.dim);
  const totals = isTyping ? '' : showTotals(state, data, messages);
  const right = grid.columns - widthOf(totals) - 1;
  if (right > at) grid.put(FILTER_ROW, right, totals, ROLE.dim);
  const room = Math.max(0, (totals === '' ? grid.columns : right - 1) - at);
  if (isTyping) return;
  if (state.filter === '') {
    const key = BINDINGS.filter.keys[0];
    at = grid.put(FILTER_ROW, at, key, ROLE.key, room);
    grid.put(FILTER_ROW, at + 1, shorten(messages.noFilter, room - 2), ROLE.dim, room - 2);
    return;
  }
  const fault = data.advice?.of === state.filter && data.advice.fault !== null;
  const style = fault ? ROLE.error : ROLE.good;
  const isIgnored = isOfAll(state);
  const where = isIgnored
    ? messages.filterNotHere
    : data.advice?.ofConversations
      ? messages.filterOfWholeConversations
      : messages.filterApplies;
  const most = isIgnored ? Math.max(room >> 1, room - widthOf(where) - 2) : room;
  at = grid.put(FILTER_ROW, at, shorten(escapeText(state.filter), most), style | BOLD);
  const rest = right - 1 - at - 2;
  if (isIgnored) grid.put(FILTER_ROW, at + 2, shorten(where, rest), ROLE.warning);
  else if (!fault && rest >= widthOf(where)) grid.put(FILTER_ROW, at + 2, where, ROLE.dim);
}

/** Views of all that was read, whatever the filter chooses. */
function isOfAll({ view }: UiState): boolean {
  return view === 'topology' || view === 'statistics';
}

/** How much of the list there is, and how much of all that is. */
function showTotals(state: UiState, data: UiData, messages: Messages): string {
  const { status } = data;
  if (status === undefined) return '';
  if (state.view === 'packets') {
    const page = data.packets;
    const total =
      page === undefined ? 0 : Math.min(page.total, state.frozen?.packets ?? page.total);
    const of = state.packetsOf === undefined ? '' : ` ${messages.ofConversation(state.packetsOf)}`;
    const once = state.once ? ` ${messages.eachOnce}` : '';
    return `${messages.packetsOf(showCount(total), showCount(status.frames))}${of}${once}${showPart(page?.progress)}`;
  }
  if (state.view === 'conversations') {
    const page = data.conversations;
    const total =
      page === undefined ? 0 : Math.min(page.total, state.frozen?.conversations ?? page.total);
    return `${messages.conversationsOf(showCount(total), showCount(status.conversations))}${showPart(page?.progress)}`;
  }
  return isOfAll(state) || state.conversation === undefined ? '' : `#${state.conversation}`;
}

function showPart(progress: number | undefined): string {
  const isKnown = progress !== undefined && progress > 0;
  return isKnown && progress < 1 ? ` ${Math.floor(100 * progress)} %` : '';
}

/** How the run goes, or a message. */
export function drawStatus(grid: Grid, state: UiState, data: UiData, messages: Messages): void {
  const row = grid.rows - 1;
  grid.clear(row, 0, 1, grid.columns, BAR);
  const { message } = state;
  if (message !== undefined) {
    const style = message.isError ? ROLE.error : ROLE.text;
    grid.put(row, 1, shorten(escapeText(message.text), grid.columns - 2), style | BAR);
    return;
  }
  const { status } = data;
  const help = ` ${BINDINGS.help.keys[0]} ${messages.helpHint} `;
  const end = grid.columns - widthOf(help);
  grid.put(row, end, ` ${BINDINGS.help.keys[0]}`, ROLE.key | BAR);
  grid.put(row, end + 3, messages.helpHint, ROLE.dim | BAR);
  if (status === undefined) return;
  let at = 1;
  const failed = failureOf(status, messages);
  if (failed !== '') at = grid.put(row, at, shorten(failed, end - at), ROLE.error | BAR) + 2;
  for (const { text, style } of statusParts(state, status, messages)) {
    const width = widthOf(text);
    if (at + width > end) break;
    at = grid.put(row, at, text, style | BAR) + 2;
  }
}

/** What ended the run; where there is too little room, its beginning. */
function failureOf(status: Status, messages: Messages): string {
  return status.failure === null ? '' : escapeText(messages.say(status.failure));
}

/** The most important first: what does not fit is left out. */
function statusParts(state: UiState, status: Status, messages: Messages): Span[] {
  const parts: Span[] = [];
  const add = (text: string, style: Style = ROLE.text): void => {
    if (text !== '') parts.push(span(text, style));
  };
  if (status.damage.length > 0) add(messages.endedEarly(status.damage.length), ROLE.error);
  if (state.frozen !== undefined) add(messages.frozen, ROLE.warning | BOLD);
  if (state.following) add(messages.following, ROLE.good | BOLD);
  add(showPhase(status, messages), status.phase === 'complete' ? ROLE.good : ROLE.key);
  add(messages.framesCount(status.frames));
  add(showSize(status.bytes), ROLE.dim);
  if (status.phase === 'reading') {
    add(`${showCount(Math.round(status.frameRate))}/s ${showSize(status.byteRate)}/s`, ROLE.number);
  }
  const drops = status.captureDrops;
  add(messages.dropsCount(drops), drops > 0 ? ROLE.error : drops === 0 ? ROLE.good : ROLE.dim);
  if (status.bounds.length > 0) add(messages.boundsHit(status.bounds.length), ROLE.warning);
  if (status.ledger.truncated > 0) add(messages.truncated(status.ledger.truncated), ROLE.warning);
  const clocks = status.ledger.clocks.filter(({ correctionUs }) => correctionUs !== 0).length;
  if (clocks > 0) add(messages.clocks(clocks), ROLE.dim);
  if (status.captureFilter !== '') {
    add(messages.captureFilter(escapeText(status.captureFilter)), ROLE.warning);
  }
  const inputs = status.inputs.map((one) => one.slice(one.lastIndexOf('/') + 1)).join(' ');
  add(escapeText(inputs), ROLE.dim);
  return parts;
}

function showPhase(status: Status, messages: Messages): string {
  if (status.live && status.phase === 'reading') return messages.live;
  if (status.phase === 'complete') return messages.complete;
  const { bytesRead, bytesTotal } = status.progress;
  const name = status.phase === 'reading' ? messages.reading : messages.analysing;
  if (status.phase !== 'reading' || bytesTotal <= 0) return name;
  return `${name} ${Math.min(100, Math.floor((100 * bytesRead) / bytesTotal))} %`;
}
