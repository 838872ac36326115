/** Conditions as instructions: jump here when it holds, there when it does not. */

import { AD_PACKET_TYPE, ANCILLARY, AND, JEQ, JGE, PACKET_OUTGOING } from '../../base/bpf.ts';
import type { Assembler, Label } from './assembler.ts';
import type { Condition } from './condition.ts';
import { emitRelation } from './emit-arithmetic.ts';
import { AT, END, PAYLOAD } from './slots.ts';

const ALL_BITS = 0xffff_ffff;

/** A and X are lost. */
export function emitCondition(
  assembler: Assembler,
  condition: Condition,
  onTrue: Label,
  onFalse: Label,
): void {
  switch (condition.kind) {
    case 'constant':
      assembler.goto(condition.value ? onTrue : onFalse);
      return;
    case 'not':
      emitCondition(assembler, condition.of, onFalse, onTrue);
      return;
    case 'all':
    case 'any': {
      const isAll = condition.kind === 'all';
      condition.of.forEach((part, i) => {
        if (i === condition.of.length - 1) {
          emitCondition(assembler, part, onTrue, onFalse);
          return;
        }
        const next = assembler.label();
        emitCondition(assembler, part, isAll ? next : onTrue, isAll ? onFalse : next);
        assembler.place(next);
      });
      return;
    }
    case 'compare':
      emitOperand(assembler, condition);
      assembler.jumpIf(condition.test, condition.value, onTrue, onFalse);
      return;
    case 'room':
      assembler.loadSlotX(PAYLOAD);
      assembler.loadRoom(END);
      assembler.jumpIf(JGE, condition.len, onTrue, onFalse);
      return;
    case 'way': {
      const [out, other] = condition.isOut ? [onTrue, onFalse] : [onFalse, onTrue];
      assembler.loadAbsolute(4, ANCILLARY + AD_PACKET_TYPE);
      assembler.jumpIf(JEQ, PACKET_OUTGOING, out, other);
      return;
    }
    case 'relation':
      emitRelation(assembler, condition.of, onTrue, onFalse);
  }
}

function emitOperand(
  assembler: Assembler,
  { operand, mask }: Extract<Condition, { kind: 'compare' }>,
): void {
  if (operand.from === 'slot') assembler.loadSlot(operand.slot);
  else {
    assembler.loadSlotX(operand.from === 'layer' ? AT : PAYLOAD);
    assembler.load(operand.size, operand.at);
  }
  if (mask !== ALL_BITS) assembler.alu(AND, mask);
}
