/** Which loads of a program bring what the register holds already, and which steps nothing leads to. */

import {
  ABS,
  ALU,
  IND,
  JA,
  JMP,
  LD,
  LDX,
  LEN,
  MEM,
  MISC,
  RET,
  ST,
  STX,
  TXA,
} from '../../base/bpf.ts';
import type { Step } from './assembler.ts';

/** What the registers are known to hold, as text that is the same for the same value; undefined = anything. */
interface Known {
  readonly a: string | undefined;
  readonly x: string | undefined;
}

/**
 * The steps in their order, undefined where one is not needed. `targets`: by label, the step it leads
 * to. All jumps go forward, so one pass has seen every way to a step before the step.
 */
export function dropRedundantLoads(
  steps: readonly Step[],
  targets: readonly number[],
): (Step | undefined)[] {
  const before: (Known | undefined)[] = new Array(steps.length + 1).fill(undefined);
  before[0] = { a: undefined, x: undefined };
  const arrive = (at: number, known: Known): void => {
    const other = before[at];
    before[at] =
      other === undefined ? known : { a: same(other.a, known.a), x: same(other.x, known.x) };
  };
  return steps.map((step, i) => {
    const known = before[i];
    if (known === undefined) return undefined; // nothing leads here
    if ((step.code & 7) === JMP) {
      arrive(targets[step.onTrue]!, known);
      if (step.code !== (JMP | JA)) arrive(targets[step.onFalse]!, known);
      return step;
    }
    if ((step.code & 7) === RET) return step;
    const after = follow(step, known);
    arrive(i + 1, after);
    const isLoad = (step.code & 7) === LD || (step.code & 7) === LDX;
    const brings = (step.code & 7) === LDX ? after.x : after.a;
    const holds = (step.code & 7) === LDX ? known.x : known.a;
    return isLoad && brings !== undefined && brings === holds ? undefined : step;
  });
}

function same(one: string | undefined, other: string | undefined): string | undefined {
  return one === other ? one : undefined;
}

function follow({ code, k }: Step, { a, x }: Known): Known {
  switch (code & 7) {
    case LD:
      return { a: loaded(code, k, x), x };
    case LDX:
      return { a, x: (code & 0xe0) === MEM ? `m${k}` : `${k}` };
    case ST:
      return stored(k, a, x, true);
    case STX:
      return stored(k, a, x, false);
    case ALU: {
      const operand = (code & 8) === 0 ? `${k}` : x;
      const isKnown = a !== undefined && operand !== undefined;
      return { a: isKnown ? `(${a} ${code & 0xf0} ${operand})` : undefined, x };
    }
    case MISC:
      return (code & 0xf8) === TXA ? { a: x, x } : { a, x: a };
    default:
      return { a, x };
  }
}

function loaded(code: number, k: number, x: string | undefined): string | undefined {
  switch (code & 0xe0) {
    case IND:
      return x === undefined ? undefined : `${code & 0x18}[${x}+${k}]`;
    case ABS:
      return `${code & 0x18}[${k}]`;
    case MEM:
      return `m${k}`;
    case LEN:
      return 'len';
    default:
      return `${k}`;
  }
}

/** What was known by the slot's old value is known no more; the register stored is the slot now. */
function stored(slot: number, a: string | undefined, x: string | undefined, isA: boolean): Known {
  const name = `m${slot}`;
  const mentions = new RegExp(`\\b${name}\\b`);
  const keep = (text: string | undefined): string | undefined =>
    text === undefined || mentions.test(text) ? undefined : text;
  return isA ? { a: name, x: keep(x) } : { a: keep(a), x: name };
}
