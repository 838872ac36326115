/** Somebody who presses anything: keys of the table, characters, the mouse, other sizes of the terminal. */
import type { Event } from '../../../src/view/screens/events.ts';
import { ACTIONS, BINDINGS } from '../../../src/view/screens/keys.ts';
import type { Random } from '../../support/random.ts';

/** Keys that end or leave the screen are no part of a soak. */
const LEAVING = new Set(['q', 'Z', 'C-z', 'C-c']);
const KEYS = [
  ...new Set(ACTIONS.flatMap((action) => BINDINGS[action].keys.flatMap((keys) => keys.split(' ')))),
].filter((key) => !LEAVING.has(key));
const TYPED = [...'aehlnoprst cdgkm0123456789.:/()=!&한글\u0301'];

export function randomEvent(random: Random): Event {
  const dice = random.below(100);
  if (dice < 3) {
    const columns = random.chance(8) ? 1 + random.below(40) : 40 + random.below(200);
    return { kind: 'resize', columns, rows: 1 + random.below(60) };
  }
  if (dice < 8) {
    const action = random.pick(['press', 'wheel-up', 'wheel-down'] as const);
    return { kind: 'mouse', action, row: random.below(60), column: random.below(240) };
  }
  if (dice < 10) return { kind: 'paste', text: random.pick(['port 80', '\x1b[31m', '한글', '']) };
  if (dice < 40) {
    const text = random.pick(TYPED);
    return { kind: 'key', key: text === ' ' ? 'space' : text, text };
  }
  const key = random.pick(KEYS);
  return { kind: 'key', key, text: key.length === 1 ? key : '' };
}
