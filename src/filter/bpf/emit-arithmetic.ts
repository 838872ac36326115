/** Arithmetic as instructions: the value in A, with jumps away where it has none. */

import {
  AD_VLAN_TAG_PRESENT,
  ADD,
  ANCILLARY,
  AND,
  DIV,
  JEQ,
  JGE,
  JGT,
  LSH,
  MOD,
  MUL,
  NEG,
  OR,
  RSH,
  SUB,
  XOR,
} from '../../base/bpf.ts';
import type { Arithmetic, ArithmeticOperator, Expression, Header, Relational } from '../ast.ts';
import type { Assembler, Label } from './assembler.ts';
import { AT, PARTS, PAYLOAD } from './slots.ts';

type Binary = Extract<Arithmetic, { kind: 'binary' }>;
type Bytes = Extract<Arithmetic, { kind: 'bytes' }>;

const OPERATIONS: Readonly<Record<ArithmeticOperator, number>> = {
  '+': ADD,
  '-': SUB,
  '*': MUL,
  '/': DIV,
  '%': MOD,
  '&': AND,
  '|': OR,
  '^': XOR,
  '<<': LSH,
  '>>': RSH,
};

/** Offsets above this lie beyond any frame; the sum with a header's place cannot wrap. */
const OFFSET_MAX = 0xf_ffff;

/** By operator: the test of A against the right side, and whether its answer is to be turned. */
const TESTS: Readonly<Record<Relational, readonly [test: number, isTurned: boolean]>> = {
  '=': [JEQ, false],
  '!=': [JEQ, true],
  '>': [JGT, false],
  '<=': [JGT, true],
  '>=': [JGE, false],
  '<': [JGE, true],
};

/** Jump by the relation; to `onFalse` also when one of its values is not there. */
export function emitRelation(
  assembler: Assembler,
  { operator, left, right }: Extract<Expression, { kind: 'relation' }>,
  onTrue: Label,
  onFalse: Label,
): void {
  const [test, isTurned] = TESTS[operator];
  const [holds, fails] = isTurned ? [onFalse, onTrue] : [onTrue, onFalse];
  const emitter = new Emitter(assembler, onFalse);
  if (right.kind === 'number') {
    emitter.value(left, PARTS);
    assembler.jumpIf(test, right.value, holds, fails);
    return;
  }
  emitter.pair(left, right, PARTS, () => {});
  assembler.jumpIfX(test, holds, fails);
}

class Emitter {
  private readonly assembler: Assembler;
  /** Where to go when a value is not there. */
  private readonly absent: Label;

  constructor(assembler: Assembler, absent: Label) {
    this.assembler = assembler;
    this.absent = absent;
  }

  /** A = value. Slots from `free` on may be used; X is lost. */
  value(arithmetic: Arithmetic, free: number): void {
    const { assembler } = this;
    switch (arithmetic.kind) {
      case 'number':
        assembler.loadConstant(arithmetic.value);
        return;
      case 'length':
        this.length();
        return;
      case 'negate':
        this.value(arithmetic.of, free);
        assembler.alu(NEG, 0);
        return;
      case 'bytes':
        this.bytes(arithmetic, free);
        return;
      case 'binary':
        this.binary(arithmetic, free);
    }
  }

  /** A = left, X = right; `check` may look at the right value in A first. */
  pair(left: Arithmetic, right: Arithmetic, free: number, check: () => void): void {
    const { assembler } = this;
    this.value(left, free);
    assembler.store(free);
    this.value(right, free + 1);
    check();
    assembler.tax();
    assembler.loadSlot(free);
  }

  private binary({ operator, left, right }: Binary, free: number): void {
    const { assembler } = this;
    const isDivision = operator === '/' || operator === '%';
    if (right.kind === 'number' && !(isDivision && right.value === 0)) {
      this.value(left, free);
      assembler.alu(OPERATIONS[operator], right.value);
      return;
    }
    this.pair(left, right, free, () => {
      if (isDivision) assembler.when(JEQ, 0, this.absent);
    });
    assembler.aluX(OPERATIONS[operator]);
  }

  /** Bytes on the wire, with the VLAN tag that the kernel keeps beside the frame. */
  private length(): void {
    const { assembler } = this;
    assembler.loadAbsolute(4, ANCILLARY + AD_VLAN_TAG_PRESENT);
    assembler.alu(LSH, 2);
    assembler.tax();
    assembler.loadLength();
    assembler.aluX(ADD);
  }

  /** Absent when one of the bytes lies beyond the frame, whose end may be behind the layer's. */
  private bytes({ header, at, size }: Bytes, free: number): void {
    const { assembler } = this;
    if (at.kind === 'number') {
      if (at.value > OFFSET_MAX) {
        assembler.goto(this.absent);
        return;
      }
      this.startOf(header);
      assembler.loadLength();
      assembler.aluX(SUB);
      assembler.unless(JGE, at.value + size, this.absent);
      assembler.load(size, at.value);
      return;
    }
    this.value(at, free);
    assembler.when(JGT, OFFSET_MAX, this.absent);
    assembler.alu(ADD, size);
    assembler.store(free);
    this.startOf(header);
    assembler.loadLength();
    assembler.aluX(SUB);
    assembler.loadSlotX(free);
    assembler.unlessX(JGE, this.absent);
    this.startOf(header);
    assembler.loadSlot(free);
    assembler.aluX(ADD);
    assembler.alu(SUB, size);
    assembler.tax();
    assembler.load(size, 0);
  }

  /** X = where the header starts. */
  private startOf(header: Header): void {
    switch (header) {
      case 'ether':
        this.assembler.loadConstantX(0);
        return;
      case 'ip':
      case 'ip6':
      case 'arp':
      case 'rarp':
        this.assembler.loadSlotX(AT);
        return;
      default:
        this.assembler.loadSlotX(PAYLOAD);
    }
  }
}
