/** Instructions with labels for jump targets, put together in order and linked once all are known. */

import {
  ABS,
  ALU,
  type BpfInstruction,
  IMM,
  IND,
  JA,
  JMP,
  K,
  LD,
  LDX,
  LEN,
  MEM,
  MISC,
  RET,
  SIZE_B,
  SIZE_H,
  SIZE_W,
  ST,
  STX,
  SUB,
  TAX,
  TXA,
  X,
} from '../../base/bpf.ts';
import { dropRedundantLoads } from './loads.ts';

/** A place to jump to: its number among the labels of one assembler. */
export type Label = number;

/** An instruction whose jumps are still labels; -1 where it does not jump. */
export interface Step {
  readonly code: number;
  readonly k: number;
  /** Target when the test holds; of a `ja` the one target. */
  readonly onTrue: Label;
  readonly onFalse: Label;
}

/** How far a conditional jump reaches: 8 bits. */
const REACH = 255;
const SIZES = { 1: SIZE_B, 2: SIZE_H, 4: SIZE_W } as const;

export class Assembler {
  private readonly steps: Step[] = [];
  /** By label, the step it stands before; -1 = not placed yet. */
  private readonly places: number[] = [];

  label(): Label {
    return this.places.push(-1) - 1;
  }

  /** The label stands before what is added next. Jumps to it must have been added before: they only go forward. */
  place(label: Label): void {
    this.places[label] = this.steps.length;
  }

  /** A = the bytes at X + at. */
  load(size: 1 | 2 | 4, at: number): void {
    this.add(LD | IND | SIZES[size], at);
  }

  /** A = the bytes at `at`, or what the kernel knows beside them (ANCILLARY). */
  loadAbsolute(size: 1 | 2 | 4, at: number): void {
    this.add(LD | ABS | SIZES[size], at);
  }

  loadConstant(k: number): void {
    this.add(LD | IMM, k);
  }

  /** A = length of the frame. */
  loadLength(): void {
    this.add(LD | LEN | SIZE_W, 0);
  }

  loadSlot(slot: number): void {
    this.add(LD | MEM, slot);
  }

  /** X = slot. */
  loadSlotX(slot: number): void {
    this.add(LDX | MEM, slot);
  }

  loadConstantX(k: number): void {
    this.add(LDX | IMM, k);
  }

  /** slot = A. */
  store(slot: number): void {
    this.add(ST, slot);
  }

  /** slot = X. */
  storeX(slot: number): void {
    this.add(STX, slot);
  }

  /** A = A operation k. */
  alu(operation: number, k: number): void {
    this.add(ALU | operation | K, k);
  }

  /** A = A operation X. */
  aluX(operation: number): void {
    this.add(ALU | operation | X, 0);
  }

  /** X = A. */
  tax(): void {
    this.add(MISC | TAX, 0);
  }

  /** A = X. */
  txa(): void {
    this.add(MISC | TXA, 0);
  }

  /** Bytes from X to the end that the slot holds, into A. X is at or before that end. */
  loadRoom(endSlot: number): void {
    this.loadSlot(endSlot);
    this.aluX(SUB);
  }

  jumpIf(test: number, k: number, onTrue: Label, onFalse: Label): void {
    this.add(JMP | test | K, k, onTrue, onFalse);
  }

  /** Compare A with X. */
  jumpIfX(test: number, onTrue: Label, onFalse: Label): void {
    this.add(JMP | test | X, 0, onTrue, onFalse);
  }

  /** Jump when the test of A holds, else go on. */
  when(test: number, k: number, target: Label): void {
    const next = this.label();
    this.jumpIf(test, k, target, next);
    this.place(next);
  }

  /** Jump when the test of A does not hold, else go on. */
  unless(test: number, k: number, target: Label): void {
    const next = this.label();
    this.jumpIf(test, k, next, target);
    this.place(next);
  }

  /** Jump when the test of A against X holds, else go on. */
  whenX(test: number, target: Label): void {
    const next = this.label();
    this.jumpIfX(test, target, next);
    this.place(next);
  }

  /** Jump when the test of A against X does not hold, else go on. */
  unlessX(test: number, target: Label): void {
    const next = this.label();
    this.jumpIfX(test, next, target);
    this.place(next);
  }

  goto(label: Label): void {
    this.add(JMP | JA, 0, label);
  }

  /** Let the first k bytes of the frame through; 0 = reject it. */
  ret(k: number): void {
    this.add(RET | K, k);
  }

  /** The program: what cannot be reached or is known already left out, jumps resolved. */
  link(): BpfInstruction[] {
    const { steps, targets } = thread(this.steps, this.places);
    const kept = dropRedundantLoads(steps, targets);
    return layOut(kept, targets);
  }

  private add(code: number, k: number, onTrue: Label = -1, onFalse: Label = -1): void {
    this.steps.push({ code, k: k >>> 0, onTrue, onFalse });
  }
}

const isJump = ({ code }: Step): boolean => (code & 7) === JMP;
const isGoto = ({ code }: Step): boolean => code === (JMP | JA);

/** Jumps led past gotos; by label the step it leads to. */
function thread(
  steps: readonly Step[],
  places: readonly number[],
): { steps: readonly Step[]; targets: readonly number[] } {
  const targets = places.map((place) => {
    let at = place;
    while (at >= 0 && at < steps.length && isGoto(steps[at]!)) at = places[steps[at]!.onTrue]!;
    return at;
  });
  return { steps, targets };
}

/**
 * From the last step to the first, so that a jump's target has its place already. A conditional jump
 * that does not reach goes to a `ja` nearby, one put there for it or for an earlier one.
 */
function layOut(kept: readonly (Step | undefined)[], targets: readonly number[]): BpfInstruction[] {
  const backwards: BpfInstruction[] = [];
  /** By step, how many instructions there are from it to the end of the program. */
  const fromEnd = new Int32Array(kept.length + 1);
  const relays = new Map<number, number>();
  const skipTo = (place: number): number => backwards.length - place;

  const reach = (label: Label): (() => number) => {
    const place = fromEnd[targets[label]!]!;
    const relay = relays.get(place);
    if (skipTo(place) < REACH) return () => skipTo(place);
    if (relay !== undefined && skipTo(relay) < REACH) return () => skipTo(relay);
    backwards.push({ code: JMP | JA, jt: 0, jf: 0, k: skipTo(place) });
    const here = backwards.length;
    relays.set(place, here);
    return () => skipTo(here);
  };

  for (let i = kept.length - 1; i >= 0; i--) {
    const step = kept[i];
    if (step !== undefined && isGoto(step)) {
      const skip = skipTo(fromEnd[targets[step.onTrue]!]!);
      if (skip > 0) backwards.push({ code: step.code, jt: 0, jf: 0, k: skip });
    } else if (step !== undefined && isJump(step)) {
      const onTrue = reach(step.onTrue);
      const onFalse = reach(step.onFalse);
      const [jt, jf] = [onTrue(), onFalse()];
      if (jt !== jf) backwards.push({ code: step.code, jt, jf, k: step.k });
      else if (jt > 0) backwards.push({ code: JMP | JA, jt: 0, jf: 0, k: jt });
    } else if (step !== undefined) {
      backwards.push({ code: step.code, jt: 0, jf: 0, k: step.k });
    }
    fromEnd[i] = backwards.length;
  }
  return backwards.reverse();
}
