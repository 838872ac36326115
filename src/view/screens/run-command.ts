/** What the lines that were typed do: commands, filters, searches, file names. */

import type { Ledger } from '../../classify/record.ts';
import { LANGUAGES } from '../../words/language-names.ts';
import { messagesIn } from '../messages/language.ts';
import type { ConversationSort, PacketFilter } from '../model.ts';
import { THEME_NAMES } from '../theme-names.ts';
import { COMMANDS, type CommandName, commandNear, ELSEWHERE, parseCommand } from './commands.ts';
import { SORTABLE } from './conversations.ts';
import { COPY_MAX, COPY_PARTS, copyText } from './copying.ts';
import type { UiData } from './data.ts';
import { type Step, saying, to } from './events.ts';
import { goTo } from './go.ts';
import { toMark } from './marks.ts';
import {
  columnsMenu,
  copyMenu,
  mainMenu,
  marksMenu,
  recentsMenu,
  sortMenu,
  toggledColumn,
} from './menus.ts';
import { move } from './move.ts';
import { conversationOf, conversationQuery, packetOf, packetQuery } from './needs.ts';
import { overlayLines, overlayRows } from './overlays.ts';
import { atPlace, type InputState, type UiState, VIEWS } from './state.ts';
import { isTextView, linesOf } from './text-views.ts';

/** `insists`: without asking. */
type Run = (state: UiState, data: UiData, argument: string, insists: boolean) => Step;

/** A command line to what it does. */
export function runCommand(state: UiState, data: UiData, text: string): Step {
  const messages = messagesIn(state.language);
  const trimmed = text.trim();
  if (trimmed === '') return to(state);
  if (/^\d+$/.test(trimmed)) return RUN.go(state, data, trimmed, false);
  if (trimmed.startsWith('column ')) return to(toggledColumn(state, trimmed.slice(7)));
  if (trimmed.startsWith('mark ')) return toMark(state, data, trimmed.slice(5));
  if (trimmed.startsWith('recent '))
    return loading(state, data, state.recents[Number(trimmed.slice(7))]);
  const command = parseCommand(trimmed);
  if (command === undefined) {
    const word = trimmed.split(/\s+/)[0]!;
    const known = ELSEWHERE.find((one) => one === word);
    if (known !== undefined) return to(saying(state, messages.elsewhere[known]));
    return to(saying(state, messages.unknownCommand(word, commandNear(word)), true));
  }
  const word = COMMANDS[command.name];
  const choices: readonly string[] = word.choices;
  if (word.takes === 'one' && command.argument !== '' && !choices.includes(command.argument)) {
    const text = `:${command.name} ${choices.join(' | ')}`;
    return to(saying(state, text, true));
  }
  return RUN[command.name](state, data, command.argument, command.insists);
}

const showView = Object.fromEntries(
  VIEWS.map((view): [string, Run] => [view, (state, data) => goTo(state, data, view)]),
) as Record<(typeof VIEWS)[number], Run>;

/** A command that sets one of its choices. */
function setting<Key extends 'theme' | 'language' | 'ends' | 'headers' | 'time'>(
  key: Key,
  choices: readonly UiState[Key][],
): Run {
  return (state, _, argument) => {
    const value = choices.find((choice) => choice === argument);
    const next = choices[(choices.indexOf(state[key]) + 1) % choices.length]!;
    return to({ ...state, [key]: value ?? next });
  };
}

const RUN: Readonly<Record<CommandName, Run>> = {
  ...showView,
  quit: (state, data, _, insists) =>
    insists ? to(state, { kind: 'quit' }) : askToQuit(state, data),
  help: (state) => to({ ...state, overlay: { kind: 'text', of: 'help', top: 0 } }),
  capinfo: (state) => to({ ...state, overlay: { kind: 'text', of: 'capture', top: 0 } }),
  logs: (state, data) => {
    const last = overlayLines(state, data, 'log').length; // the latest are at the end
    return to({
      ...state,
      overlay: { kind: 'text', of: 'log', top: Math.max(0, last - overlayRows(state)) },
    });
  },
  filter: (state, _, argument) => to(filtered(state, argument)),
  'clear-filter': (state) => to(filtered(state, '')),
  sort: (state, data, argument) =>
    argument === ''
      ? to({ ...state, overlay: sortMenu(state) })
      : sorted(state, data, SORTABLE[argument as keyof typeof SORTABLE]),
  reverse: (state) => to({ ...state, descending: !state.descending }),
  columns: (state) => to({ ...state, overlay: columnsMenu(state) }),
  theme: setting('theme', THEME_NAMES),
  lang: setting('language', LANGUAGES),
  names: setting('ends', ['both', 'names', 'addresses']),
  headers: setting('headers', ['both', 'outer', 'inner']),
  time: setting('time', ['clock', 'since', 'delta', 'date', 'epoch']),
  sightings: (state, data, argument) => {
    const isSo = argument !== '' && (argument === 'once') === state.once;
    return isSo ? to(state) : toldOnce(state, data);
  },
  go: (state, data, argument) => {
    const row = Number(argument);
    if (!Number.isSafeInteger(row) || row < 1) return needsArgument(state, 'go');
    return to(move(state, data, { kind: 'to', row: row - 1 }));
  },
  marks: (state) => {
    const overlay = marksMenu(state);
    const { noMarks } = messagesIn(state.language);
    return to(overlay === undefined ? saying(state, noMarks) : { ...state, overlay });
  },
  load: (state, data, file, insists) =>
    file === '' ? needsArgument(state, 'load') : loading(state, data, [file], insists),
  recents: (state) => {
    const overlay = recentsMenu(state);
    const { noRecents } = messagesIn(state.language);
    return to(overlay === undefined ? saying(state, noRecents) : { ...state, overlay });
  },
  menu: (state) => to({ ...state, overlay: mainMenu(state) }),
  copy: (state, data, argument) => {
    const part = COPY_PARTS.find((one) => one === argument);
    if (part === undefined) return to({ ...state, overlay: copyMenu(state) });
    const messages = messagesIn(state.language);
    const text = copyText(state, data, part);
    if (text === undefined) return to(saying(state, messages.nothingToCopy, true));
    const bytes = Buffer.byteLength(text);
    if (bytes > COPY_MAX) return to(saying(state, messages.tooLongToCopy(bytes, COPY_MAX), true));
    return to(saying(state, messages.copied(text)), { kind: 'copy', text });
  },
  save: (state, _, file, replaces) =>
    file === ''
      ? needsArgument(state, 'save')
      : to(state, { kind: 'save', file, query: savedQuery(state), replaces }),
  screenshot: (state, _, argument, replaces) => {
    const file = argument === '' ? `netlens-${state.view}.svg` : argument;
    return to(state, { kind: 'screenshot', file, replaces });
  },
  freeze: (state, data) => to(frozen(state, data)),
  follow: (state) => to({ ...state, following: !state.following }),
  stop: (state) => to(state, { kind: 'stop' }),
};

function needsArgument(state: UiState, command: string): Step {
  return to(saying(state, messagesIn(state.language).needsArgument(command), true));
}

/** Other captures; of a live one that is not wholly in a file, ask first. */
function loading(
  state: UiState,
  data: UiData,
  files: readonly string[] | undefined,
  insists = false,
): Step {
  if (files === undefined) return to(state);
  const effect = { kind: 'load', files } as const;
  if (insists || !isUnsaved(state, data)) return to(state, effect);
  const text = messagesIn(state.language).quitWhileLive;
  return to({ ...state, overlay: { kind: 'question', text, yes: effect } });
}

/** What `:save` writes: what the filter chooses; in Packets, only what that list holds. */
function savedQuery(state: UiState): PacketFilter {
  const { filter, view } = state;
  if (view !== 'packets') return { filter };
  const { from, count, ...listed } = packetQuery(state);
  return listed;
}

/** Each packet once, or once for every place where it was seen; the selected one stays in sight. */
export function toldOnce(state: UiState, data: UiData): Step {
  const messages = messagesIn(state.language);
  const once = !state.once;
  const next = saying({ ...state, once }, once ? messages.onceOn : messages.onceOff);
  const packet = state.view === 'packets' ? packetOf(state, data) : undefined;
  return packet === undefined
    ? to(next)
    : to(next, { kind: 'locate', list: 'packets', id: packet });
}

/** A filter, a search or a file name that was typed to its end. */
export function submit(state: UiState, data: UiData, input: InputState): Step {
  const text = input.text.trim();
  switch (input.kind) {
    case 'filter':
      return to(filtered(state, text));
    case 'search': {
      const search = text === '' ? state.search : text;
      return nextMatch({ ...state, search }, data, false);
    }
    case 'name':
      return text === ''
        ? to(state)
        : to(state, { kind: 'screenshot', file: text, replaces: false });
    case 'command':
      return runCommand(state, data, text);
  }
}

/** Another filter: the lists begin at their first row. */
function filtered(state: UiState, filter: string): UiState {
  if (filter === state.filter) return state;
  const top = { top: 0, selected: 0 };
  const next = { ...state, filter, frozen: undefined };
  return atPlace(atPlace(next, 'conversations', top), 'packets', top);
}

/** Sorted by a column, its natural way first; again, the other way. The selected row stays selected. */
function sorted(state: UiState, data: UiData, sort: ConversationSort): Step {
  const isNumber = ['bytes', 'packets', 'duration', 'rtt', 'retransmissions'].includes(sort);
  const descending = sort === state.sort ? !state.descending : isNumber;
  const next = saying(
    { ...state, sort, descending },
    messagesIn(state.language).sorted(`${sort} ${descending ? '\u25be' : '\u25b4'}`),
  );
  const id = state.view === 'conversations' ? conversationOf(state, data) : undefined;
  const isAtTop = state.places.conversations.selected === 0;
  if (id === undefined || isAtTop) return to(next);
  return to(next, { kind: 'locate', list: 'conversations', id });
}

/** The next row that holds what was searched for. */
export function nextMatch(state: UiState, data: UiData, backwards: boolean): Step {
  const { view, search: text } = state;
  if (text === '') return to(state);
  const list = view === 'packets' ? 'packets' : 'conversations';
  if (isTextView(view)) return to(searchedText(state, data, backwards));
  if (view === 'detail') return to(state);
  const { selected } = state.places[list];
  const from = selected + (backwards ? -1 : 1);
  const query = list === 'packets' ? packetQuery(state) : conversationQuery(state);
  return to(state, { kind: 'search', query: { in: query, list, text, from, backwards } });
}

function searchedText(state: UiState, data: UiData, backwards: boolean): UiState {
  const lines = linesOf(state, data);
  const { selected } = state.places[state.view];
  const wanted = state.search.toLowerCase();
  const holds = (row: number): boolean =>
    lines[row]!.spans.map(({ text }) => text)
      .join('')
      .toLowerCase()
      .includes(wanted);
  for (let i = 1; i <= lines.length; i++) {
    const row = (selected + (backwards ? -i : i) + i * lines.length) % lines.length;
    if (holds(row)) return move(state, data, { kind: 'to', row });
  }
  return saying(state, messagesIn(state.language).noMatch(state.search));
}

/** Lists stand still at what they hold now, or run again. */
export function frozen(state: UiState, data: UiData): UiState {
  const messages = messagesIn(state.language);
  if (state.frozen !== undefined) {
    return saying({ ...state, frozen: undefined }, messages.frozenOff);
  }
  const totals = {
    conversations: data.conversations?.total ?? data.status?.conversations ?? 0,
    packets: data.packets?.total ?? data.status?.frames ?? 0,
  };
  return saying({ ...state, frozen: totals, following: false }, messages.frozenOn);
}

/** A live capture is not wholly in a file. */
function isUnsaved({ savedPackets }: UiState, { status }: UiData): boolean {
  if (status?.live !== true) return false;
  if (status.writtenTo !== undefined && isWhole(status.ledger)) return false;
  return status.phase === 'reading' || savedPackets !== status.frames;
}

/** What was written as it came is all there. */
function isWhole({ live, damage }: Ledger): boolean {
  return live?.unwritten === 0 && damage.length === 0;
}

/** Quit; of a live capture that is not wholly in a file, ask first. */
export function askToQuit(state: UiState, data: UiData): Step {
  const messages = messagesIn(state.language);
  if (!isUnsaved(state, data)) return to(state, { kind: 'quit' });
  const overlay = {
    kind: 'question',
    text: messages.quitWhileLive,
    yes: { kind: 'quit' },
  } as const;
  return to({ ...state, overlay });
}
