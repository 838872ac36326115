/** The words of the command line (`:`), and what may come after them. */
import { nearest } from '../../filter/error.ts';
import { LANGUAGES } from '../../words/language-names.ts';
import { THEME_NAMES } from '../theme-names.ts';
import { SORTABLE } from './conversations.ts';
import { VIEWS } from './state.ts';

interface CommandWord {
  /** It has a form that does not ask: `save!`. */
  readonly insists?: true;
  /** Its argument is a file's name. */
  readonly isFile?: true;
  /** `one`: one of the choices, or nothing for the next; `text`: anything. */
  readonly takes: 'nothing' | 'one' | 'text';
  readonly choices: readonly string[];
}

const NOTHING: CommandWord = { takes: 'nothing', choices: [] };
const TEXT: CommandWord = { takes: 'text', choices: [] };
const one = (choices: readonly string[]): CommandWord => ({ takes: 'one', choices });

const VIEW_COMMANDS = Object.fromEntries(VIEWS.map((view) => [view, NOTHING])) as Record<
  (typeof VIEWS)[number],
  CommandWord
>;

export const COMMANDS = {
  quit: { ...NOTHING, insists: true },
  help: NOTHING,
  filter: TEXT,
  'clear-filter': NOTHING,
  sort: one(Object.keys(SORTABLE)),
  reverse: NOTHING,
  columns: NOTHING,
  theme: one(THEME_NAMES),
  lang: one(LANGUAGES),
  names: one(['both', 'names', 'addresses']),
  headers: one(['both', 'outer', 'inner']),
  time: one(['clock', 'since', 'delta', 'date', 'epoch']),
  sightings: one(['all', 'once']),
  go: TEXT,
  ...VIEW_COMMANDS,
  marks: NOTHING,
  menu: NOTHING,
  copy: one(['cell', 'row', 'json', 'filter']),
  load: { ...TEXT, insists: true, isFile: true },
  recents: NOTHING,
  save: { ...TEXT, insists: true, isFile: true },
  screenshot: { ...TEXT, insists: true, isFile: true },
  capinfo: NOTHING,
  logs: NOTHING,
  freeze: NOTHING,
  follow: NOTHING,
  stop: NOTHING,
} as const satisfies Record<string, CommandWord>;

export type CommandName = keyof typeof COMMANDS;

/** Other tools' words for the same. */
const ALIASES: Readonly<Record<string, CommandName>> = {
  q: 'quit',
  w: 'save',
  write: 'save',
  h: 'help',
  convs: 'conversations',
  e: 'load',
  open: 'load',
  streams: 'stream',
  set: 'menu',
  nat: 'journey',
};

/** Words of other tools for what is done otherwise here, and is told. */
export const ELSEWHERE = ['clear-packets', 'config', 'profile', 'map', 'unmap', 'lab'] as const;
export type ElsewhereWord = (typeof ELSEWHERE)[number];

/** The command that a word which is none was probably meant to be. */
export function commandNear(word: string): string | undefined {
  return nearest(word, [...Object.keys(COMMANDS), ...Object.keys(ALIASES)]);
}

export interface ParsedCommand {
  readonly name: CommandName;
  readonly argument: string;
  /** It was given with `!`: nothing is asked. */
  readonly insists: boolean;
}

/** The command and its argument; undefined when there is no such command. */
export function parseCommand(text: string): ParsedCommand | undefined {
  const [, word, sign, argument] = /^(\S*?)(!?)(?:\s+(.*))?$/s.exec(text.trim()) ?? [];
  const name = commandNamed(word ?? '');
  const insists = sign === '!';
  if (name === undefined || (insists && !('insists' in COMMANDS[name]))) return undefined;
  return { name, argument: argument ?? '', insists };
}

function commandNamed(word: string): CommandName | undefined {
  if (Object.hasOwn(COMMANDS, word)) return word as CommandName;
  return Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined;
}

/** The file name that is being typed before the cursor; undefined = none is. */
export function typedFile(text: string, cursor: number): string | undefined {
  const [, before, typed] = /^(\s*\S+\s+)(.*)$/s.exec(text.slice(0, cursor)) ?? [];
  const parsed = before === undefined ? undefined : parseCommand(before);
  return parsed !== undefined && 'isFile' in COMMANDS[parsed.name] ? typed : undefined;
}

/** What may stand at the cursor of a command line. */
export function completeCommand(
  text: string,
  cursor: number,
): { readonly words: readonly string[]; readonly at: number } {
  const before = text.slice(0, cursor);
  const space = before.lastIndexOf(' ');
  const typed = before.slice(space + 1);
  const words = space < 0 ? Object.keys(COMMANDS) : argumentsOf(before.slice(0, space).trim());
  return { words: words.filter((word) => word.startsWith(typed)), at: space + 1 };
}

function argumentsOf(word: string): readonly string[] {
  const parsed = parseCommand(word);
  return parsed === undefined || parsed.argument !== '' ? [] : COMMANDS[parsed.name].choices;
}
