/**
 * Every key of the screen, in one table: what the keyboard does, what the help overlay says and what
 * docs/keys.md lists are made from it.
 */

/** Groups in the order of help and docs. */
export const KEY_GROUPS = ['views', 'move', 'find', 'show', 'panes', 'take', 'session'] as const;
export type KeyGroup = (typeof KEY_GROUPS)[number];

interface Binding {
  readonly group: KeyGroup;
  /** Each a key or several in turn with a space between: `g g`. The first is the one to teach. */
  readonly keys: readonly string[];
}

/** By action. Letters of other tools' fingers: termshark, vim, Wireshark, k9s. */
export const BINDINGS = {
  'view-conversations': { group: 'views', keys: ['C'] },
  'view-packets': { group: 'views', keys: ['P'] },
  'view-journey': { group: 'views', keys: ['J'] },
  'view-detail': { group: 'views', keys: ['d'] },
  'view-topology': { group: 'views', keys: ['t'] },
  'view-statistics': { group: 'views', keys: ['s'] },
  'view-explain': { group: 'views', keys: ['e'] },
  'view-stream': { group: 'views', keys: ['f'] },
  enter: { group: 'views', keys: ['enter'] },
  'all-packets': { group: 'views', keys: ['A'] },
  back: { group: 'views', keys: ['esc', 'backspace'] },
  down: { group: 'move', keys: ['j', 'down'] },
  up: { group: 'move', keys: ['k', 'up'] },
  left: { group: 'move', keys: ['h', 'left'] },
  right: { group: 'move', keys: ['l', 'right'] },
  'page-down': { group: 'move', keys: ['pagedown', 'space'] },
  'page-up': { group: 'move', keys: ['pageup', 'C-b'] },
  'half-down': { group: 'move', keys: ['C-d'] },
  'half-up': { group: 'move', keys: ['C-u'] },
  first: { group: 'move', keys: ['g g', 'home'] },
  last: { group: 'move', keys: ['G', 'end'] },
  filter: { group: 'find', keys: ['/'] },
  search: { group: 'find', keys: ['C-f'] },
  'next-match': { group: 'find', keys: ['n'] },
  'previous-match': { group: 'find', keys: ['N'] },
  translation: { group: 'find', keys: ['T'] },
  mark: { group: 'find', keys: ['m'] },
  'go-to-mark': { group: 'find', keys: ["'"] },
  names: { group: 'show', keys: ['i'] },
  headers: { group: 'show', keys: ['O'] },
  once: { group: 'show', keys: ['D'] },
  time: { group: 'show', keys: ['z'] },
  sort: { group: 'show', keys: ['o'] },
  reverse: { group: 'show', keys: ['r'] },
  columns: { group: 'show', keys: ['v'] },
  theme: { group: 'show', keys: ['y'] },
  'next-pane': { group: 'panes', keys: ['tab', 'C-w C-w'] },
  'previous-pane': { group: 'panes', keys: ['S-tab'] },
  zoom: { group: 'panes', keys: ['\\'] },
  layout: { group: 'panes', keys: ['|'] },
  grow: { group: 'panes', keys: ['+', '>'] },
  shrink: { group: 'panes', keys: ['-', '<'] },
  'reset-split': { group: 'panes', keys: ['C-w ='] },
  copy: { group: 'take', keys: ['c'] },
  screenshot: { group: 'take', keys: ['S'] },
  freeze: { group: 'session', keys: ['F'] },
  follow: { group: 'session', keys: ['a'] },
  command: { group: 'session', keys: [':'] },
  help: { group: 'session', keys: ['?', 'f1'] },
  stop: { group: 'session', keys: ['C-c'] },
  suspend: { group: 'session', keys: ['C-z'] },
  redraw: { group: 'session', keys: ['C-l'] },
  quit: { group: 'session', keys: ['q'] },
  'quit-at-once': { group: 'session', keys: ['Z Z'] },
} as const satisfies Record<string, Binding>;

export type Action = keyof typeof BINDINGS;
export const ACTIONS = Object.keys(BINDINGS) as readonly Action[];

const bySequence = new Map<string, Action>();
const prefixes = new Set<string>();
for (const action of ACTIONS) {
  for (const sequence of BINDINGS[action].keys) {
    bySequence.set(sequence, action);
    const keys = sequence.split(' ');
    for (let i = 1; i < keys.length; i++) prefixes.add(keys.slice(0, i).join(' '));
  }
}

/** What keys pressed in turn mean: an action, `more` when others must follow, undefined for nothing. */
export function actionOf(keys: readonly string[]): Action | 'more' | undefined {
  const sequence = keys.join(' ');
  return bySequence.get(sequence) ?? (prefixes.has(sequence) ? 'more' : undefined);
}

/** A key as a person reads it: `C-w C-w` as `Ctrl-W Ctrl-W`, `g g` as `gg`. */
export function showKeys(sequence: string): string {
  const keys = sequence.split(' ').map(showKey);
  return keys.every((key) => key.length === 1) ? keys.join('') : keys.join(' ');
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  esc: 'Esc',
  backspace: 'Backspace',
  space: 'Space',
  tab: 'Tab',
  'S-tab': 'Shift-Tab',
  up: '\u2191',
  down: '\u2193',
  left: '\u2190',
  right: '\u2192',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  f1: 'F1',
};

function showKey(key: string): string {
  const control = /^C-(.)$/.exec(key);
  if (control !== null) return `Ctrl-${control[1]!.toUpperCase()}`;
  return KEY_NAMES[key] ?? key;
}
