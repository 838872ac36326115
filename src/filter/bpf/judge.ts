/** What the answers come to: the instructions that keep them, act on one that decides, and decide at the end. */

import { AND, JSET, OR } from '../../base/bpf.ts';
import type { Assembler, Label } from './assembler.ts';
import {
  type Answers,
  type Formula,
  isOfInner,
  isOfOuter,
  lenient,
  type Question,
  reduce,
  verdict,
} from './questions.ts';
import { ANSWERS } from './slots.ts';

/** Bits of the slot that keeps answers. */
export const QUESTIONS_MAX = 32;

export class Judge {
  readonly questions: readonly Question[];
  private readonly assembler: Assembler;
  private readonly formula: Formula;
  private readonly accept: Label;
  private readonly reject: Label;

  constructor(
    assembler: Assembler,
    questions: readonly Question[],
    formula: Formula,
    accept: Label,
    reject: Label,
  ) {
    this.assembler = assembler;
    this.questions = questions;
    this.formula = formula;
    this.accept = accept;
    this.reject = reject;
  }

  /** Before the first answer. */
  begin(): void {
    if (this.questions.every((_, q) => this.decision(q, true) !== undefined)) return;
    this.assembler.loadConstant(0);
    this.assembler.store(ANSWERS);
  }

  /** The answer is yes: go where that decides, else note it and go on. A is lost. */
  yes(q: number): void {
    const decision = this.decision(q, true);
    if (decision !== undefined) this.assembler.goto(decision ? this.accept : this.reject);
    else this.note(OR, 1 << q);
  }

  /** The answer is no, and stays so. */
  no(q: number): void {
    if (isOfInner(this.questions[q]!)) {
      this.note(AND, ~(1 << q));
      return;
    }
    const decision = this.decision(q, false);
    if (decision !== undefined) this.assembler.goto(decision ? this.accept : this.reject);
  }

  /** Every header was seen: what has not been answered yes is no. */
  complete(): void {
    this.decide(this.undecided(this.formula));
  }

  /**
   * The walk had to stop before the end: what could still turn out so is taken for what lets the frame
   * through. `asked`: which questions have their final answer.
   */
  uncertain(asked: 'nothing' | 'frame' | 'outer layer'): void {
    const isFinal = (question: Question): boolean => {
      if (question.asked.of === 'frame') return asked !== 'nothing';
      return isOfOuter(question) && asked === 'outer layer';
    };
    this.decide(this.undecided(lenient(this.formula, this.questions, isFinal)));
  }

  /** The formula over the answers that are kept; those that decide were not yes, or the walk had ended. */
  private undecided(formula: Formula): Formula {
    return reduce(formula, (q) => (this.decision(q, true) === undefined ? undefined : false));
  }

  /** Whether this answer alone lets the frame through (true) or rejects it (false). */
  private decision(q: number, answer: boolean): boolean | undefined {
    if (isOfInner(this.questions[q]!)) return undefined; // it may change with the next layer
    const answers: Answers = (other) => (other === q ? answer : undefined);
    if (verdict(this.formula, answers, false)) return true;
    return verdict(this.formula, answers, true) ? undefined : false;
  }

  private note(operation: number, bits: number): void {
    this.assembler.loadSlot(ANSWERS);
    this.assembler.alu(operation, bits);
    this.assembler.store(ANSWERS);
  }

  private decide(formula: Formula): void {
    this.emit(formula, this.accept, this.reject);
  }

  private emit(formula: Formula, onTrue: Label, onFalse: Label): void {
    const { assembler } = this;
    switch (formula.kind) {
      case 'constant':
        assembler.goto(formula.value ? onTrue : onFalse);
        return;
      case 'answer': {
        const [isSet, isClear] = formula.wanted ? [onTrue, onFalse] : [onFalse, onTrue];
        assembler.loadSlot(ANSWERS);
        assembler.jumpIf(JSET, 1 << formula.question, isSet, isClear);
        return;
      }
      default:
        formula.of.forEach((part, i) => {
          if (i === formula.of.length - 1) {
            this.emit(part, onTrue, onFalse);
            return;
          }
          const next = assembler.label();
          const isAnd = formula.kind === 'and';
          this.emit(part, isAnd ? next : onTrue, isAnd ? onFalse : next);
          assembler.place(next);
        });
    }
  }
}
