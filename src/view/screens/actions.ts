/** What each action of the key table does. */
import { messagesIn } from '../messages/language.ts';
import { THEME_NAMES } from '../theme-names.ts';
import type { UiData } from './data.ts';
import { type Step, saying, to } from './events.ts';
import { allPackets, back, deeper, goTo, toTranslation } from './go.ts';
import type { Action } from './keys.ts';
import { columnsMenu, copyMenu, mainMenu, sortMenu } from './menus.ts';
import { move, sideways, toggleBranch, totalRows, visibleRows } from './move.ts';
import { BESIDE_COLUMNS_MIN, focusOf, layoutOf, nextPane } from './panes.ts';
import { askToQuit, frozen, nextMatch, toldOnce } from './run-command.ts';
import type { Layout, UiState, View } from './state.ts';
import { startInput } from './typing.ts';

const SPLIT_STEP = 5;
const SPLIT_MIN = 20;
const SPLIT_MAX = 80;
const SPLIT = 60;

type Act = (state: UiState, data: UiData, count: number) => Step;

/** `count`: the number typed before the key; 0 = none. */
export function runAction(state: UiState, data: UiData, action: Action, count: number): Step {
  return ACTS[action](state, data, count);
}

const show =
  (view: View): Act =>
  (state, data) =>
    goTo(state, data, view);

const by =
  (rows: (state: UiState) => number): Act =>
  (state, data, count) =>
    to(move(state, data, { kind: 'by', rows: rows(state) * Math.max(1, count) }));

const sidewaysBy =
  (step: 1 | -1): Act =>
  (state, data) =>
    to(sideways(state, data, step));

const ACTS: Readonly<Record<Action, Act>> = {
  'view-conversations': show('conversations'),
  'view-packets': show('packets'),
  'view-journey': show('journey'),
  'view-detail': show('detail'),
  'view-topology': show('topology'),
  'view-statistics': show('statistics'),
  'view-explain': show('explain'),
  'view-stream': show('stream'),
  enter: (state, data) => {
    const isTree = focusOf(state) === 'side' && state.view !== 'conversations';
    return isTree ? to(toggleBranch(state, data)) : deeper(state, data);
  },
  'all-packets': (state, data) => allPackets(state, data),
  back: (state) => back(state) ?? to({ ...state, overlay: mainMenu(state) }),
  down: by(() => 1),
  up: by(() => -1),
  left: sidewaysBy(-1),
  right: sidewaysBy(1),
  'page-down': by(visibleRows),
  'page-up': by((state) => -visibleRows(state)),
  'half-down': by((state) => Math.max(1, visibleRows(state) >> 1)),
  'half-up': by((state) => -Math.max(1, visibleRows(state) >> 1)),
  first: (state, data, count) => to(move(state, data, { kind: 'to', row: Math.max(0, count - 1) })),
  last: (state, data, count) => {
    const row = count > 0 ? count - 1 : Math.max(totalRows(state, data) - 1, LAST);
    return to(move(state, data, { kind: 'to', row }));
  },
  filter: (state) => to(startInput(state, 'filter', state.filter)),
  search: (state) => to(startInput(state, 'search', '')),
  'next-match': (state, data) => nextMatch(state, data, false),
  'previous-match': (state, data) => nextMatch(state, data, true),
  translation: (state, data) => toTranslation(state, data),
  mark: (state) => to(state),
  'go-to-mark': (state) => to(state),
  names: (state) => to({ ...state, ends: after(['both', 'names', 'addresses'], state.ends) }),
  headers: (state) => to({ ...state, headers: after(['both', 'outer', 'inner'], state.headers) }),
  once: (state, data) => toldOnce(state, data),
  time: (state) => {
    const time = after(['clock', 'since', 'delta', 'date', 'epoch'] as const, state.time);
    return to(saying({ ...state, time }, messagesIn(state.language).times[time]));
  },
  sort: (state) => to({ ...state, overlay: sortMenu(state) }),
  reverse: (state) => to({ ...state, descending: !state.descending }),
  columns: (state) => to({ ...state, overlay: columnsMenu(state) }),
  theme: (state) => {
    const theme = after(THEME_NAMES, state.theme);
    return to(saying({ ...state, theme }, messagesIn(state.language).themes[theme]));
  },
  'next-pane': (state) => to({ ...state, focus: nextPane(state, 1) }),
  'previous-pane': (state) => to({ ...state, focus: nextPane(state, -1) }),
  zoom: (state) => to({ ...state, zoomed: !state.zoomed }),
  layout: (state) => {
    const layout = after(layoutsFor(state), layoutOf(state));
    const next = { ...state, layout, zoomed: false };
    return to(saying(next, messagesIn(state.language).layouts[layout]));
  },
  grow: (state) => to({ ...state, split: Math.min(SPLIT_MAX, state.split + SPLIT_STEP) }),
  shrink: (state) => to({ ...state, split: Math.max(SPLIT_MIN, state.split - SPLIT_STEP) }),
  'reset-split': (state) => to({ ...state, split: SPLIT }),
  copy: (state) => to({ ...state, overlay: copyMenu(state) }),
  screenshot: (state) => to(startInput(state, 'name', `netlens-${state.view}.svg`)),
  freeze: (state, data) => to(frozen(state, data)),
  follow: (state, data) => {
    const next = { ...state, following: !state.following };
    if (!next.following) return to(next);
    return to(move(next, data, { kind: 'to', row: Math.max(0, totalRows(state, data) - 1) }));
  },
  command: (state) => to(startInput(state, 'command', '')),
  help: (state) => to({ ...state, overlay: { kind: 'text', of: 'help', top: 0 } }),
  stop: (state, data) =>
    data.status?.phase === 'reading' ? to(state, { kind: 'stop' }) : askToQuit(state, data),
  suspend: (state) => to(state, { kind: 'suspend' }),
  redraw: (state) => to(state, { kind: 'redraw' }),
  quit: (state, data) => askToQuit(state, data),
  'quit-at-once': (state) => to(state, { kind: 'quit' }),
};

/** The bytes of a frame end long before this row. */
const LAST = 1 << 20;

/** Where the second pane can be: beside the list only where both have room. */
function layoutsFor({ columns }: UiState): readonly Layout[] {
  return columns < BESIDE_COLUMNS_MIN ? ['below', 'alone'] : ['below', 'beside', 'alone'];
}

/** The value after this one, around. */
function after<Value>(values: readonly Value[], now: Value): Value {
  return values[(values.indexOf(now) + 1) % values.length]!;
}
