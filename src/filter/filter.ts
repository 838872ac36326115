/** A filter's text to the functions that ask it of frames and of conversations. */
import type { FrameBatch } from '../base/frames.ts';
import type { ConversationRecord } from '../classify/record.ts';
import type { Packet } from '../decode/packet.ts';
import type { Expression } from './ast.ts';
import { compileConversation, WITNESSES_MAX } from './conversation.ts';
import { FilterError } from './error.ts';
import { compileFrame, type FrameTest } from './frame.ts';
import { parseFilter } from './parse.ts';
import { showFilter } from './show.ts';

export interface Filter {
  /** As given. */
  readonly text: string;
  readonly expression: Expression;
  /**
   * Words occur that only a whole conversation answers: then the filter chooses conversations, `frame`
   * lets every frame through, and `conversation` must be asked of each.
   */
  readonly needsConversation: boolean;
  /**
   * As `needsConversation`, or words occur that one frame answers for a whole conversation (`sni`,
   * `dns`, `proxy`): outputs of conversations should choose conversations, outputs of frames need not.
   */
  readonly prefersConversation: boolean;
  /** Decides frame i of the batch, which `packet` holds decoded. Never throws. */
  frame(packet: Packet, frames: FrameBatch, i: number): boolean;
  /**
   * The words that a record alone does not decide, as text (`vlan 10`, `tcp[13] & 4 != 0`): a
   * conversation satisfies such a word when one of its frames does. [] = none.
   */
  readonly witnesses: readonly string[];
  /**
   * Of a frame, bit w set for each word w of `witnesses` that is true of it. Frames' bits are joined with
   * `|` into their conversation's, for `conversation`.
   */
  witness(packet: Packet, frames: FrameBatch, i: number): number;
  /**
   * Decides a conversation by its record and the joined bits of its frames. Without the bits, the words
   * of `witnesses` count in its favour.
   */
  conversation(record: ConversationRecord, witnessed?: number): boolean;
}

/** The filter that the text describes; an empty one is true of everything. Throws FilterError. */
export function compileFilter(text: string): Filter {
  const expression = parseFilter(text);
  const needsConversation = hasWord(expression, ['label', 'object', 'nat']);
  const { test, witnesses } = compileConversation(expression);
  if (needsConversation && witnesses.length > WITNESSES_MAX) {
    const problem = { code: 'filter-too-many-tests', most: WITNESSES_MAX } as const;
    throw new FilterError(text, 0, text.length, problem);
  }
  const frameTest: FrameTest = needsConversation ? () => true : compileFrame(expression);
  const counted = witnesses.length > WITNESSES_MAX ? [] : witnesses;
  const witnessTests = counted.map((witness) => compileFrame(witness.expression));
  return {
    text,
    expression,
    needsConversation,
    prefersConversation: needsConversation || hasWord(expression, ['name', 'proxy']),
    frame: frameTest,
    witnesses: witnesses.map((witness) => showFilter(witness.expression)),
    witness: (packet, frames, i) => {
      let bits = 0;
      for (let w = 0; w < witnessTests.length; w++) {
        if (witnessTests[w]!(packet, frames, i)) bits |= 1 << w;
      }
      return bits;
    },
    conversation: (record, witnessed) => test(record, witnessed),
  };
}

function hasWord(expression: Expression, kinds: readonly string[]): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.some((part) => hasWord(part, kinds));
    case 'not':
    case 'pin':
      return hasWord(expression.of, kinds);
    default:
      return kinds.includes(expression.kind);
  }
}
