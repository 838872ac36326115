/** What holds of every filter, whatever it says. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import type { Expression } from '../../src/filter/ast.ts';
import { completeFilter, looksLikeFilterWord } from '../../src/filter/complete.ts';
import { FilterError } from '../../src/filter/error.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { compileFrame } from '../../src/filter/frame.ts';
import { parseFilter } from '../../src/filter/parse.ts';
import { showFilter } from '../../src/filter/show.ts';
import { STARTERS } from '../../src/filter/words.ts';
import { reload } from '../support/frames.ts';
import { samples } from '../support/samples.ts';
import { anyExpression } from './random-filters.ts';

const CONVERSATION_WORDS = ['label', 'object', 'nat'];

function isOfFrames(expression: Expression): boolean {
  if (expression.kind === 'and' || expression.kind === 'or') return expression.of.every(isOfFrames);
  if (expression.kind === 'not' || expression.kind === 'pin') return isOfFrames(expression.of);
  return !CONVERSATION_WORDS.includes(expression.kind);
}

const ofFrames = anyExpression.filter(isOfFrames);
const packet = new Packet();
const frames = new FrameBatch(new Uint8Array(0));

/** Of each sample, also cut short: does the filter let it through? The buffer ends where the capture does. */
function answers(expression: Expression): string {
  const test = compileFrame(expression);
  let bits = '';
  for (const { bytes, linktype } of samples) {
    for (const caplen of [bytes.length, bytes.length >> 1]) {
      reload(frames, bytes, { linktype, caplen });
      decode(frames, 0, packet);
      bits += test(packet, frames, 0) ? '1' : '0';
    }
  }
  return bits;
}

const not = (of: Expression): Expression => ({ kind: 'not', of });
const and = (...of: Expression[]): Expression => ({ kind: 'and', of });
const or = (...of: Expression[]): Expression => ({ kind: 'or', of });
const inverted = (bits: string): string => bits.replace(/./g, (bit) => (bit === '1' ? '0' : '1'));

/** Text that comes near the language. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...STARTERS,
        'and',
        'or',
        'not',
        '(',
        ')',
        '[',
        ']',
        ':',
        '=',
        '&',
        '!',
        '10.0.0.1',
        '::1',
        '80',
        '"',
        'tcp[13]',
        'ip.ttl',
        '{',
        '/8',
        '-',
        'web',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((words) => words.join(' '));

describe('filter: properties', function () {
  this.timeout(120_000);

  it('a tree shown as text parses to the same tree', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        assert.deepEqual(parseFilter(showFilter(expression)), expression);
      }),
      { numRuns: 3000 },
    );
  });

  it('any text is a filter or a FilterError, which can be shown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nearly,
          fc.string({ maxLength: 60 }),
          fc.string({ unit: 'binary', maxLength: 60 }),
        ),
        (text) => {
          try {
            const { expression } = compileFilter(text);
            assert.deepEqual(parseFilter(showFilter(expression)), expression);
          } catch (error) {
            assert.ok(error instanceof FilterError, `${text}: ${String(error)}`);
            const { position, length } = error;
            assert.ok(position >= 0 && length >= 0 && position + length <= text.length);
            assert.equal(error.show().split('\n').length, 3);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('completion and argument tests take any text', () => {
    fc.assert(
      fc.property(nearly, fc.nat(80), (text, cursor) => {
        const { words, at } = completeFilter(text, Math.min(cursor, text.length));
        assert.ok(at >= 0 && at <= cursor);
        const partial = text.slice(at, cursor);
        assert.ok(words.every((word) => word.startsWith(partial)));
        looksLikeFilterWord(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('not X lets through exactly what X does not; not not X is X', () => {
    fc.assert(
      fc.property(ofFrames, (expression) => {
        const bits = answers(expression);
        assert.equal(answers(not(expression)), inverted(bits));
        assert.equal(answers(not(not(expression))), bits);
      }),
      { numRuns: 400 },
    );
  });

  it('not (X or Y) is not X and not Y', () => {
    fc.assert(
      fc.property(ofFrames, ofFrames, (x, y) => {
        assert.equal(answers(not(or(x, y))), answers(and(not(x), not(y))));
      }),
      { numRuns: 300 },
    );
  });

  it('of one layer, not (X and Y) is not X or not Y', () => {
    const pin = (of: Expression): Expression => ({ kind: 'pin', layer: 'inner', of });
    fc.assert(
      fc.property(ofFrames, ofFrames, (x, y) => {
        assert.equal(answers(pin(not(and(x, y)))), answers(pin(or(not(x), not(y)))));
      }),
      { numRuns: 300 },
    );
  });

  it('X and Y never lets through more than X; X or Y never less', () => {
    fc.assert(
      fc.property(ofFrames, ofFrames, (x, y) => {
        const [both, either, one] = [answers(and(x, y)), answers(or(x, y)), answers(x)];
        for (let i = 0; i < one.length; i++) {
          assert.ok(both[i]! <= one[i]! && one[i]! <= either[i]!);
        }
      }),
      { numRuns: 300 },
    );
  });
});
