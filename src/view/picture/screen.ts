/** The cells of a view as the terminal UI shows them, asked of a model that has read everything. */
import type { Grid } from '../grid.ts';
import type { Model } from '../model.ts';
import { answer, type UiData } from '../screens/data.ts';
import { drawScreen } from '../screens/draw.ts';
import { needsOf } from '../screens/needs.ts';
import { contentOf, panesOf } from '../screens/panes.ts';
import { atPlace, initialState, type UiState } from '../screens/state.ts';
import { isTextView, linesOf } from '../screens/text-views.ts';
import { branchesOf } from '../screens/tree.ts';
import { type PictureRequest, ROWS_AUTO_MAX, ROWS_MIN } from './request.ts';

/** Questions asked anew until every answer is whole: more than any model takes. */
const ROUNDS_MAX = 100_000;
/** Bytes in a line of the hex dump. */
const DUMP_BYTES = 16;

export interface ScreenShot {
  readonly grid: Grid;
  /** The conversation or packet that it is of, where it is of one. */
  readonly of: { readonly conversation: number } | { readonly packet: number } | undefined;
  /** What the rows of the view are. */
  readonly rowsAre: 'conversations' | 'packets' | 'lines';
  /** Rows [from, to) of the view are shown, 0-based, of so many. */
  readonly from: number;
  readonly to: number;
  readonly total: number;
  /** Grid row of a row of the view; -1 = not shown. By the number that the row carries. */
  readonly rowOf: (number: number) => number;
}

/** Views that no filter narrows. */
const WHOLE_VIEWS: ReadonlySet<string> = new Set(['topology', 'statistics']);

/** A view that cannot be shown: the user's to correct. */
export class PictureError extends Error {
  readonly code = 'NETLENS_PICTURE';
}

/** Ask the model for all that the view needs, and draw it. Rejects with PictureError. */
export async function takeScreen(model: Model, request: PictureRequest): Promise<ScreenShot> {
  if (WHOLE_VIEWS.has(request.view) && request.filter !== '') {
    throw new PictureError(
      `${request.view} is of all that was read; to show a part, write it into a file: netlens read … -w`,
    );
  }
  let state = await stateFor(model, request);
  let data = await dataFor(model, state);
  if (request.rows === undefined) {
    state = { ...state, rows: rowsFor(state, data) };
    data = await dataFor(model, state);
  }
  const { conversation, packet } = state;
  const of =
    packet !== undefined
      ? { packet: packet + 1 }
      : conversation !== undefined
        ? { conversation }
        : undefined;
  return { grid: drawScreen(state, data), of, ...shownRows(state, data) };
}

async function stateFor(model: Model, request: PictureRequest): Promise<UiState> {
  const { columns, descending, filter, language, names, rows, sort, theme, view } = request;
  const packet = view === 'detail' ? await packetFor(model, request) : undefined;
  const isOfOne = view === 'journey' || view === 'explain' || view === 'stream';
  const conversation = isOfOne ? await conversationFor(model, request) : undefined;
  // nothing is selected in a picture: no key acts on it
  const place = { top: request.from - 1, selected: -1 };
  const state = initialState({
    columns,
    rows: rows ?? ROWS_AUTO_MAX,
    language,
    theme,
    view,
    filter,
    sort,
    descending,
    conversation,
    packet,
    layout: 'alone',
    ends: names ? 'both' : 'addresses',
    tree: place,
    open: packet === undefined ? [] : await allBranches(model, packet),
  });
  return atPlace(state, view, place);
}

/** The keys of every branch of the packet's field tree: a picture shows all of it. */
async function allBranches(model: Model, packet: number): Promise<string[]> {
  const frame = await model.frame(packet);
  if (frame === undefined) return [];
  let open: string[] = [];
  for (;;) {
    const inside = branchesOf(frame, open)
      .filter(({ hasMore }) => hasMore)
      .map(({ key }) => key);
    if (inside.length === open.length) return open;
    open = inside;
  }
}

/** The conversation asked for, or the first of the filter's. */
async function conversationFor(model: Model, request: PictureRequest): Promise<number> {
  const { conversation, descending, filter, sort, view } = request;
  if (conversation !== undefined) {
    if ((await model.record(conversation)) !== undefined) return conversation;
    const { conversations } = await model.status();
    throw new PictureError(
      `no conversation ${conversation}; there are ${conversations}, numbered from 1`,
    );
  }
  const query = { filter, sort, descending, from: 0, count: 1 };
  const page = await whole(() => model.conversations(query), progressOfPage);
  const first = page.rows[0];
  if (first === undefined) throw new PictureError(`${view}: ${nothing(filter, 'conversation')}`);
  return first.id;
}

async function packetFor(model: Model, { filter, packet, view }: PictureRequest): Promise<number> {
  if (packet !== undefined) {
    if ((await model.frame(packet - 1)) !== undefined) return packet - 1;
    const { frames } = await model.status();
    throw new PictureError(`no packet ${packet}; there are ${frames}, numbered from 1`);
  }
  const ask = () => model.packets({ filter, from: 0, count: 1 });
  const page = await whole(ask, progressOfPage);
  const first = page.rows[0];
  if (first === undefined) throw new PictureError(`${view}: ${nothing(filter, 'packet')}`);
  return first.index;
}

function nothing(filter: string, what: string): string {
  return filter === '' ? `there is no ${what}` : `no ${what} fits the filter ${filter}`;
}

/** Ask until the answer is of all there is. Rejects with PictureError when that does not come. */
async function whole<T>(ask: () => Promise<T>, progress: (answer: T) => number): Promise<T> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await ask();
    if (progress(found) >= 1) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new PictureError(
    'the captures were not gone through to their end; a filter makes them fewer',
  );
}

/** Everything that the screen asks for, with what that makes it ask for in turn. */
async function dataFor(model: Model, state: UiState): Promise<UiData> {
  let data: UiData = { status: await model.status() };
  for (let depth = 0; depth < 3; depth++) {
    for (const need of needsOf(state, data)) {
      data = { ...data, ...(await whole(() => answer(model, need), progressOf)) };
    }
  }
  return data;
}

function progressOfPage({ progress }: { readonly progress: number }): number {
  return progress;
}

function progressOf({ conversations, packets, statistics, topology }: Partial<UiData>): number {
  const parts = [conversations, packets, statistics, topology];
  return Math.min(1, ...parts.map((part) => part?.progress ?? 1));
}

/** As many rows as there is to show, and no more than fit on a page. */
function rowsFor(state: UiState, data: UiData): number {
  const bars = state.rows - contentOf(panesOf(state)[0]!).rows;
  const wanted = bars + heightOf(state, data);
  return Math.max(ROWS_MIN, Math.min(ROWS_AUTO_MAX, wanted));
}

function heightOf(state: UiState, data: UiData): number {
  const { view } = state;
  if (view === 'detail') return detailHeight(state, data);
  const heading = isTextView(view) ? 0 : 1;
  return heading + Math.max(1, totalOf(state, data) - state.places[view].top);
}

function detailHeight(state: UiState, data: UiData): number {
  const frame = data.frame?.frame;
  if (frame === undefined) return 1;
  const dump = Math.ceil(frame.bytes.length / DUMP_BYTES);
  return Math.max(branchesOf(frame, state.open).length - state.tree.top, dump);
}

function shownRows(state: UiState, data: UiData): Omit<ScreenShot, 'grid' | 'of'> {
  const { view } = state;
  const { row, rows } = contentOf(panesOf(state)[0]!);
  const { top } = view === 'detail' ? state.tree : state.places[view];
  const isText = view === 'detail' || isTextView(view);
  const heading = isText ? 0 : 1;
  const total = totalOf(state, data);
  const to = Math.max(top, Math.min(total, top + rows - heading));
  const gridRow = (viewRow: number): number =>
    viewRow >= top && viewRow < to ? row + heading + viewRow - top : -1;
  if (isText) return { rowsAre: 'lines', from: top, to, total, rowOf: (n) => gridRow(n - 1) };
  const shown = new Map<number, number>();
  for (let viewRow = top; viewRow < to; viewRow++) {
    const { conversations, packets } = data;
    const number =
      view === 'packets'
        ? packets?.rows[viewRow - packets.from]?.index
        : conversations?.rows[viewRow - conversations.from]?.id;
    if (number !== undefined) shown.set(view === 'packets' ? number + 1 : number, viewRow);
  }
  return {
    rowsAre: view as 'packets' | 'conversations',
    from: top,
    to,
    total,
    rowOf: (number) => gridRow(shown.get(number) ?? -1),
  };
}

/** Rows of the whole view. */
function totalOf(state: UiState, data: UiData): number {
  const { view } = state;
  if (isTextView(view)) return linesOf(state, data).length;
  if (view === 'packets') return data.packets?.total ?? 0;
  if (view === 'conversations') return data.conversations?.total ?? 0;
  const frame = data.frame?.frame;
  return frame === undefined ? 0 : branchesOf(frame, state.open).length;
}
