/**
 * A filter taken apart into questions that a walk over a frame's headers can answer one by one, and the
 * formula that joins their answers.
 *
 * Every word of a layer is true of a frame when it is true of some layer, all of one `and` of the same
 * one. So `host A and not port 22` is: some layer has A, and no layer has port 22. What is asked of the
 * frame as a whole is taken out of the layers' questions, since it answers the same at each of them.
 */
import type { Expression, FrameWord, Layer } from '../ast.ts';
import { relationTest } from '../frame-arithmetic.ts';

type Word<Kind extends FrameWord['kind']> = Extract<FrameWord, { kind: Kind }>;
type Relation = Extract<Expression, { kind: 'relation' }>;

/** What one question asks, and so where in the walk it is asked. */
export type Asked =
  /** Of some IP or ARP layer, or of this one alone. */
  | { readonly of: 'layer'; readonly which: 'some' | Layer; readonly test: Expression }
  /** Once, of the frame. */
  | { readonly of: 'frame'; readonly test: Word<'way'> | Relation }
  /** Of every Ethernet header. */
  | { readonly of: 'ethernet'; readonly test: Word<'mac'> | Word<'link-cast'> }
  /** Of the type field of every Ethernet header and VLAN tag. */
  | { readonly of: 'ethertype'; readonly test: Word<'ethertype'> }
  /** Of every VLAN tag, VXLAN or Geneve header, MPLS label stack, ... */
  | { readonly of: 'tag'; readonly test: Word<'tag'> | Word<'llc'> }
  /** Of every step from an IP layer into another. */
  | { readonly of: 'tunnel'; readonly test: Word<'encapsulation'> };

export interface Question {
  readonly asked: Asked;
  /**
   * Which answer to give where the program cannot know: `upper` says yes and so never misses a frame of
   * which it is true, `lower` says no. A question under a `not` must be lower, or frames would be lost.
   */
  readonly bound: 'upper' | 'lower';
}

/** Negations stand at the questions alone. */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Formula[] }
  | { readonly kind: 'answer'; readonly question: number; readonly wanted: boolean };

export interface Questions {
  readonly questions: readonly Question[];
  readonly formula: Formula;
  /** Words occur that no program can answer: the formula takes them for true. */
  readonly isLoose: boolean;
}

const YES: Formula = { kind: 'constant', value: true };
const NO: Formula = { kind: 'constant', value: false };

/** Alternatives that one `and` of `or`s may come to; beyond, it is not taken apart but let through. */
const ALTERNATIVES_MAX = 64;

/** Questions and formula of an expression without words of conversations. */
export function questionsOf(expression: Expression): Questions {
  const splitter = new Splitter();
  const formula = splitter.formula(expression, true);
  return { questions: splitter.questions, formula, isLoose: splitter.isLoose };
}

/** One alternative: all of `local`, of one layer, and all of `frame`. */
interface Alternative {
  readonly local: readonly Expression[];
  readonly frame: readonly Formula[];
}

class Splitter {
  readonly questions: Question[] = [];
  isLoose = false;
  private readonly known = new Map<string, number>();

  /** The formula of `expression`, or of its negation where not `wanted`. */
  formula(expression: Expression, wanted: boolean): Formula {
    const alternatives = this.alternatives(expression, wanted);
    if (alternatives === undefined) return this.loose();
    const parts = alternatives.map(({ local, frame }) => {
      if (local.length === 0) return join(wanted, frame);
      const test = local.length === 1 ? local[0]! : ({ kind: 'and', of: local } as const);
      return join(wanted, [...frame, this.answer({ of: 'layer', which: 'some', test }, wanted)]);
    });
    return join(!wanted, parts);
  }

  /**
   * The expression as alternatives, one of which must hold; formulas in them are negated where not
   * `wanted`. undefined = too many.
   */
  private alternatives(expression: Expression, wanted: boolean): Alternative[] | undefined {
    switch (expression.kind) {
      case 'or': {
        const each = expression.of.map((part) => this.alternatives(part, wanted));
        return each.includes(undefined) ? undefined : merged(each.flatMap((of) => of!));
      }
      case 'and': {
        let product: Alternative[] = [{ local: [], frame: [] }];
        for (const part of expression.of) {
          const factor = this.alternatives(part, wanted);
          if (factor === undefined || product.length * factor.length > ALTERNATIVES_MAX) {
            return undefined;
          }
          product = product.flatMap((one) =>
            factor.map((other) => ({
              local: [...one.local, ...other.local],
              frame: [...one.frame, ...other.frame],
            })),
          );
        }
        return product;
      }
      default: {
        if (isOfLayer(expression)) return [{ local: [expression], frame: [] }];
        return [{ local: [], frame: [this.ofFrame(expression, wanted)] }];
      }
    }
  }

  private ofFrame(expression: Expression, wanted: boolean): Formula {
    switch (expression.kind) {
      case 'not':
        return this.formula(expression.of, !wanted);
      case 'pin':
        return this.answer({ of: 'layer', which: expression.layer, test: expression.of }, wanted);
      case 'way':
      case 'relation':
        return this.answer({ of: 'frame', test: expression }, wanted);
      case 'mac':
      case 'link-cast':
        return this.answer({ of: 'ethernet', test: expression }, wanted);
      case 'ethertype':
        return this.answer({ of: 'ethertype', test: expression }, wanted);
      case 'tag':
      case 'llc':
        return this.answer({ of: 'tag', test: expression }, wanted);
      case 'encapsulation':
        return this.encapsulation(expression, wanted);
      default:
        return this.loose();
    }
  }

  private encapsulation(word: Word<'encapsulation'>, wanted: boolean): Formula {
    if (word.type !== 'none') return this.answer({ of: 'tunnel', test: word }, wanted);
    return this.answer({ of: 'tunnel', test: { ...word, type: 'any' } }, !wanted);
  }

  private answer(asked: Asked, wanted: boolean): Formula {
    const bound = wanted ? 'upper' : 'lower';
    const key = JSON.stringify([asked, bound]);
    const question = this.known.get(key) ?? this.questions.push({ asked, bound }) - 1;
    this.known.set(key, question);
    return { kind: 'answer', question, wanted };
  }

  /** A word that the program cannot answer holds, whichever way it is wanted. */
  private loose(): Formula {
    this.isLoose = true;
    return YES;
  }
}

/** The layers' alternatives as one question: fewer to ask, and no product of them in an `and`. */
function merged(alternatives: readonly Alternative[]): Alternative[] {
  const local = alternatives.filter((one) => one.frame.length === 0 && one.local.length > 0);
  if (local.length < 2) return [...alternatives];
  const tests = local.map((one): Expression => {
    return one.local.length === 1 ? one.local[0]! : { kind: 'and', of: one.local };
  });
  const rest = alternatives.filter((one) => !local.includes(one));
  return [{ local: [{ kind: 'or', of: tests }], frame: [] }, ...rest];
}

/** Words whose answer differs from layer to layer, as the frame filter has it (frame.ts). */
function isOfLayer(expression: Expression): boolean {
  switch (expression.kind) {
    case 'address':
    case 'port':
    case 'network':
    case 'protocol':
    case 'cast':
    case 'field':
      return true;
    case 'relation':
      return relationTest(expression, false).perLayer;
    default:
      return false;
  }
}

/** All of them, or one of them where not `isAnd`. */
function join(isAnd: boolean, of: readonly Formula[]): Formula {
  if (of.some((part) => part.kind === 'constant' && part.value !== isAnd)) return isAnd ? NO : YES;
  const rest = of.filter((part) => part.kind !== 'constant');
  if (rest.length === 0) return isAnd ? YES : NO;
  return rest.length === 1 ? rest[0]! : { kind: isAnd ? 'and' : 'or', of: rest };
}

/** What is known of a question's answer: undefined = nothing. */
export type Answers = (question: number) => boolean | undefined;

/** The formula with the known answers put in; a constant when they decide it. */
export function reduce(formula: Formula, answers: Answers): Formula {
  switch (formula.kind) {
    case 'constant':
      return formula;
    case 'answer': {
      const answer = answers(formula.question);
      if (answer === undefined) return formula;
      return answer === formula.wanted ? YES : NO;
    }
    default:
      return join(
        formula.kind === 'and',
        formula.of.map((part) => reduce(part, answers)),
      );
  }
}

/** Whether an answer that is not known is taken for the one that lets the frame through. */
export function verdict(formula: Formula, answers: Answers, unknown: boolean): boolean {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'answer': {
      const answer = answers(formula.question);
      return answer === undefined ? unknown : answer === formula.wanted;
    }
    case 'and':
      return formula.of.every((part) => verdict(part, answers, unknown));
    case 'or':
      return formula.of.some((part) => verdict(part, answers, unknown));
  }
}

/**
 * The formula with each answer that may still change put as the one that lets the frame through. A yes
 * to a question of some layer stays one, so a question asked for no holds until it was answered yes.
 */
export function lenient(
  formula: Formula,
  questions: readonly Question[],
  isFinal: (question: Question) => boolean,
): Formula {
  switch (formula.kind) {
    case 'constant':
      return formula;
    case 'answer': {
      const question = questions[formula.question]!;
      if (isFinal(question)) return formula;
      return formula.wanted || isOfInner(question) ? YES : formula;
    }
    default:
      return join(
        formula.kind === 'and',
        formula.of.map((part) => lenient(part, questions, isFinal)),
      );
  }
}

/** Its answer is that of the last layer met. */
export function isOfInner({ asked }: Question): boolean {
  return asked.of === 'layer' && asked.which === 'inner';
}

/** Its answer is that of the first layer. */
export function isOfOuter({ asked }: Question): boolean {
  return asked.of === 'layer' && asked.which === 'outer';
}
