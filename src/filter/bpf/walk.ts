/**
 * The walk of a program over a frame's headers, as netlens decodes them: link header, then IP layer by IP
 * layer through the tunnels between. A program has no loops, so each depth has its own instructions.
 * Where netlens may know a header that the program does not, the walk ends as `uncertain`.
 */
import type { Assembler, Label } from './assembler.ts';
import type { Condition, Version } from './condition.ts';
import { emitCondition } from './emit-condition.ts';
import type { Judge } from './judge.ts';
import { conditionOf } from './layer-condition.ts';
import { type Asked, isOfInner, isOfOuter, type Question } from './questions.ts';

/** Where the headers of one depth start; X holds the offset there. */
export interface Entrances {
  readonly ethernet: Label;
  readonly ip4: Label;
  readonly ip6: Label;
  readonly arp: Label;
  readonly rarp: Label;
}

/** The ways a walk ends. */
export interface Exits {
  /** There is no IP or ARP layer. */
  readonly none: Label;
  /** All headers were seen. */
  readonly complete: Label;
  /** There may be more; the outermost layer was seen. */
  readonly uncertain: Label;
  /** There may be more, and no layer was seen. */
  readonly unseen: Label;
  /** Nothing was asked yet. */
  readonly unasked: Label;
}

export class Walk {
  readonly assembler: Assembler;
  readonly judge: Judge;
  readonly entrances: readonly Entrances[];
  readonly exits: Exits;

  /** `depth`: how many IP layers the program looks into. */
  constructor(assembler: Assembler, judge: Judge, depth: number) {
    this.assembler = assembler;
    this.judge = judge;
    this.entrances = Array.from({ length: depth }, () => ({
      ethernet: assembler.label(),
      ip4: assembler.label(),
      ip6: assembler.label(),
      arp: assembler.label(),
      rarp: assembler.label(),
    }));
    this.exits = {
      none: assembler.label(),
      complete: assembler.label(),
      uncertain: assembler.label(),
      unseen: assembler.label(),
      unasked: assembler.label(),
    };
  }

  /** Where to go when the header of this depth is none. */
  noLayer(depth: number): Label {
    return depth === 0 ? this.exits.none : this.exits.complete;
  }

  /** Where to go when what this depth holds cannot be told. */
  unknown(depth: number): Label {
    return depth === 0 ? this.exits.unseen : this.exits.uncertain;
  }

  /** The questions of one kind, with their numbers. */
  *asking<Of extends Asked['of']>(
    of: Of,
  ): Generator<[q: number, asked: Extract<Asked, { of: Of }>, question: Question]> {
    for (const [q, question] of this.judge.questions.entries()) {
      if (question.asked.of === of)
        yield [q, question.asked as Extract<Asked, { of: Of }>, question];
    }
  }

  /** Some word asks for tunnels of these types, or any. */
  wants(...types: readonly string[]): boolean {
    for (const [, { test }] of this.asking('tunnel')) if (types.includes(test.type)) return true;
    return false;
  }

  /**
   * A header that is only probably there may be followed: then what it holds is taken for true, which
   * must not reject a frame.
   */
  get mayGuess(): boolean {
    return this.judge.questions.every(
      (question) => question.bound === 'upper' && !isOfInner(question),
    );
  }

  /** Nothing is asked but of the frame and its outermost layer. */
  get isShallow(): boolean {
    return this.judge.questions.every(
      (question) => question.asked.of === 'frame' || isOfOuter(question),
    );
  }

  /** Ask the questions of layers of the layer at slot AT, or of a frame that has none. */
  askLayer(depth: number, version: Version): void {
    for (const [q, { which, test }, { bound }] of this.asking('layer')) {
      if (which === 'outer' && depth > 0) continue;
      this.ask(q, conditionOf(test, version, bound), which !== 'some');
    }
  }

  /** Some question of layers has another answer than no here. */
  asksOf(version: Version): boolean {
    for (const [, { test }, question] of this.asking('layer')) {
      const condition = conditionOf(test, version, question.bound);
      if (isOfInner(question) || condition.kind !== 'constant' || condition.value) return true;
    }
    return false;
  }

  /** The questions of layers come to the same tests for both. */
  asksAlike(one: Version, other: Version): boolean {
    return [...this.asking('layer')].every(([, { test }, { bound }]) => {
      const [a, b] = [one, other].map((version) => conditionOf(test, version, bound));
      return JSON.stringify(a) === JSON.stringify(b);
    });
  }

  /** Ask the questions of the frame. */
  askFrame(): void {
    for (const [q, { test }, { bound }] of this.asking('frame')) {
      this.ask(q, conditionOf(test, 'frame', bound), true);
    }
  }

  /** `isFinal`: where the condition does not hold here, it holds nowhere else. */
  private ask(q: number, condition: Condition, isFinal: boolean): void {
    const { assembler, judge } = this;
    const yes = assembler.label();
    const no = assembler.label();
    const done = assembler.label();
    emitCondition(assembler, condition, yes, no);
    assembler.place(yes);
    judge.yes(q);
    assembler.goto(done);
    assembler.place(no);
    if (isFinal) judge.no(q);
    assembler.place(done);
  }
}
