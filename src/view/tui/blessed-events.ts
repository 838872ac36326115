/** What blessed tells of keys and mouse, in the words of the screen. */
import type { Event } from '../screens/events.ts';

interface BlessedKey {
  readonly name?: string;
  readonly full?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

interface BlessedMouse {
  readonly action?: string;
  readonly x?: number;
  readonly y?: number;
}

const NAMES: Readonly<Record<string, string>> = {
  return: 'enter',
  escape: 'esc',
  linefeed: 'enter',
};

/** undefined = nothing to act on. */
export function keyEventOf(text: string | undefined, key: unknown): Event | undefined {
  const { name, ctrl, meta, shift, full } = (key ?? {}) as BlessedKey;
  if (full === 'enter') return undefined; // blessed tells of the return key twice
  const isPrintable = text !== undefined && !/\p{Cc}/u.test(text) && !ctrl && !meta;
  if (isPrintable && text === ' ') return { kind: 'key', key: 'space', text };
  if (isPrintable && text !== '') return { kind: 'key', key: text, text };
  if (name === undefined) return undefined;
  const base = NAMES[name] ?? name;
  const prefix = `${ctrl ? 'C-' : ''}${meta && base !== 'esc' ? 'M-' : ''}${shift ? 'S-' : ''}`;
  return { kind: 'key', key: prefix + base, text: '' };
}

const ACTIONS = {
  mousedown: 'press',
  wheelup: 'wheel-up',
  wheeldown: 'wheel-down',
} as const;

/** undefined = a movement, or a button let go. */
export function mouseEventOf(data: unknown): Event | undefined {
  const { action, x, y } = (data ?? {}) as BlessedMouse;
  const known = ACTIONS[action as keyof typeof ACTIONS];
  if (known === undefined || x === undefined || y === undefined) return undefined;
  return { kind: 'mouse', action: known, row: y, column: x };
}
