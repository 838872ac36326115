/**
 * A filter as a function of one decoded frame.
 *
 * The rule: an expression is true of a frame when it is true of one of its IP or ARP layers, all of it of
 * the same one; `not X` is true when X is true of no layer; `outer X` and `inner X` ask one layer alone;
 * words of the frame (link and tunnel headers, length, place) answer the same whatever the layer.
 */
import type { FrameBatch } from '../base/frames.ts';
import type { Packet } from '../decode/packet.ts';
import type { Expression } from './ast.ts';
import { relationTest } from './frame-arithmetic.ts';
import { fieldTest } from './frame-fields.ts';
import { nameTest } from './frame-names.ts';
import {
  encapsulationTest,
  etherTypeTest,
  ifindexTest,
  linkCastTest,
  llcTest,
  macTest,
  type Place,
  placeTest,
  proxyTest,
  tagTest,
  wayTest,
} from './frame-words.ts';
import { addressTest, castTest, networkTest, portTest, protocolTest } from './layer-words.ts';
import { innerRow, type LayerTest, outerRow, someLayer } from './layers.ts';

export type FrameTest = (packet: Packet, frames: FrameBatch, i: number) => boolean;

interface Compiled {
  readonly test: LayerTest;
  /** The answer depends on the layer asked. */
  readonly perLayer: boolean;
}

/** What the tests of one filter share. */
interface Context {
  readonly place: Place;
  /** A test of the place was made, so it must be kept up. */
  usesPlace: boolean;
}

/**
 * The filter as a function of frame i of the batch, which `packet` holds decoded. It never throws and
 * reads no byte that was not captured. The expression holds no conversation words.
 */
export function compileFrame(expression: Expression): FrameTest {
  const context: Context = { place: { frames: undefined, iface: -1 }, usesPlace: false };
  const { test, perLayer } = compile(expression, false, context);
  const { place } = context;
  if (context.usesPlace) {
    return (packet, frames, i) => {
      place.frames = frames;
      place.iface = frames.iface[i]!;
      return perLayer ? someLayer(packet, test) : test(packet, -1);
    };
  }
  return perLayer ? (packet) => someLayer(packet, test) : (packet) => test(packet, -1);
}

function compile(expression: Expression, pinned: boolean, context: Context): Compiled {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(expression, pinned, context);
    case 'not':
      return negated(compile(expression.of, pinned, context), pinned);
    case 'pin': {
      const { test } = compile(expression.of, true, context);
      const rowOf = expression.layer === 'outer' ? outerRow : innerRow;
      return { test: (packet) => test(packet, rowOf(packet)), perLayer: false };
    }
    case 'relation':
      return relationTest(expression, pinned);
    case 'field':
      return fieldTest(expression, pinned);
    case 'place':
      context.usesPlace = true;
      return { test: placeTest(expression, context.place), perLayer: false };
    default:
      return word(expression, pinned);
  }
}

type Word = Exclude<
  Expression,
  { kind: 'and' | 'or' | 'not' | 'pin' | 'relation' | 'field' | 'place' }
>;

function word(expression: Word, pinned: boolean): Compiled {
  switch (expression.kind) {
    case 'address':
      return { test: addressTest(expression), perLayer: true };
    case 'port':
      return { test: portTest(expression), perLayer: true };
    case 'network':
      return { test: networkTest(expression.network), perLayer: true };
    case 'protocol':
      return { test: protocolTest(expression), perLayer: true };
    case 'cast':
      return { test: castTest(expression), perLayer: true };
    case 'mac':
      return { test: macTest(expression, pinned), perLayer: pinned };
    case 'ethertype':
      return { test: etherTypeTest(expression, pinned), perLayer: pinned };
    case 'link-cast':
      return { test: linkCastTest(expression, pinned), perLayer: pinned };
    case 'llc':
      return { test: llcTest(pinned), perLayer: pinned };
    case 'tag':
      return { test: tagTest(expression, pinned), perLayer: pinned };
    case 'way':
      return { test: wayTest(expression), perLayer: false };
    case 'ifindex':
      return { test: ifindexTest(expression), perLayer: false };
    case 'encapsulation':
      return { test: encapsulationTest(expression), perLayer: false };
    case 'proxy':
      return { test: proxyTest(pinned), perLayer: pinned };
    case 'name':
      return { test: nameTest(expression, pinned), perLayer: pinned };
    case 'label':
    case 'object':
    case 'nat':
      throw new Error(`'${expression.kind}' is not a word of frames`); // the caller has split them off
  }
}

function joined(
  { kind, of }: Extract<Expression, { kind: 'and' | 'or' }>,
  pinned: boolean,
  context: Context,
): Compiled {
  const parts = of.map((part) => compile(part, pinned, context));
  const tests = parts.map((part) => part.test);
  const perLayer = parts.some((part) => part.perLayer);
  return { test: kind === 'and' ? every(tests) : some(tests), perLayer };
}

function negated({ test, perLayer }: Compiled, pinned: boolean): Compiled {
  if (!perLayer || pinned) return { test: (packet, row) => !test(packet, row), perLayer };
  return { test: (packet) => !someLayer(packet, test), perLayer: false };
}

function every(tests: readonly LayerTest[]): LayerTest {
  const [a, b, c] = tests;
  switch (tests.length) {
    case 0:
      return () => true;
    case 2:
      return (packet, row) => a!(packet, row) && b!(packet, row);
    case 3:
      return (packet, row) => a!(packet, row) && b!(packet, row) && c!(packet, row);
    default:
      return (packet, row) => {
        for (let i = 0; i < tests.length; i++) if (!tests[i]!(packet, row)) return false;
        return true;
      };
  }
}

function some(tests: readonly LayerTest[]): LayerTest {
  const [a, b, c] = tests;
  switch (tests.length) {
    case 2:
      return (packet, row) => a!(packet, row) || b!(packet, row);
    case 3:
      return (packet, row) => a!(packet, row) || b!(packet, row) || c!(packet, row);
    default:
      return (packet, row) => {
        for (let i = 0; i < tests.length; i++) if (tests[i]!(packet, row)) return true;
        return false;
      };
  }
}
