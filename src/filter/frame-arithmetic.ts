/** Relations over the bytes of packets, as 32-bit integers that wrap, compared without sign. */
import { ARP, ETHERNET, IPV4, IPV6 } from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';
import type { Arithmetic, ArithmeticOperator, Header, LayerWord, Relational } from './ast.ts';
import { headerOf, isRarp, type LayerTest, linkRow } from './layers.ts';
import { TRANSPORTS } from './words.ts';

/** Set by an operand that has no value: the relation it is in is false. One a filter, reset before each relation. */
interface Fault {
  raised: boolean;
}

/** The value as int32; 0 when it has none, and then the fault is raised. */
type Value = (packet: Packet, row: number) => number;

const SIGN = -0x8000_0000;

export interface RelationTest {
  readonly test: LayerTest;
  /** Whether it reads an IP or ARP header, or what one carries. */
  readonly perLayer: boolean;
}

export function relationTest(
  { operator, left, right }: Extract<LayerWord, { kind: 'relation' }>,
  pinned: boolean,
): RelationTest {
  const fault: Fault = { raised: false };
  const perLayer = readsLayer(left, pinned) || readsLayer(right, pinned);
  const valueOfLeft = compileValue(left, fault, pinned);
  const compare = comparison(operator);
  if (right.kind === 'number') {
    const constant = right.value | 0;
    const test: LayerTest = (packet, row) => {
      fault.raised = false;
      const value = valueOfLeft(packet, row);
      return !fault.raised && compare(value, constant);
    };
    return { test, perLayer };
  }
  const valueOfRight = compileValue(right, fault, pinned);
  const test: LayerTest = (packet, row) => {
    fault.raised = false;
    const a = valueOfLeft(packet, row);
    const b = valueOfRight(packet, row);
    return !fault.raised && compare(a, b);
  };
  return { test, perLayer };
}

function readsLayer(arithmetic: Arithmetic, pinned: boolean): boolean {
  switch (arithmetic.kind) {
    case 'bytes':
      return pinned || arithmetic.header !== 'ether' || readsLayer(arithmetic.at, pinned);
    case 'negate':
      return readsLayer(arithmetic.of, pinned);
    case 'binary':
      return readsLayer(arithmetic.left, pinned) || readsLayer(arithmetic.right, pinned);
    default:
      return false;
  }
}

/** Whether any part of the relation comes from a frame, and not from the filter's text alone. */
export function readsFrame({ left, right }: Extract<LayerWord, { kind: 'relation' }>): boolean {
  return !isConstant(left) || !isConstant(right);
}

function isConstant(arithmetic: Arithmetic): boolean {
  switch (arithmetic.kind) {
    case 'number':
      return true;
    case 'negate':
      return isConstant(arithmetic.of);
    case 'binary':
      return isConstant(arithmetic.left) && isConstant(arithmetic.right);
    default:
      return false;
  }
}

function comparison(operator: Relational): (a: number, b: number) => boolean {
  switch (operator) {
    case '=':
      return (a, b) => a === b;
    case '!=':
      return (a, b) => a !== b;
    case '<':
      return (a, b) => (a ^ SIGN) < (b ^ SIGN);
    case '<=':
      return (a, b) => (a ^ SIGN) <= (b ^ SIGN);
    case '>':
      return (a, b) => (a ^ SIGN) > (b ^ SIGN);
    case '>=':
      return (a, b) => (a ^ SIGN) >= (b ^ SIGN);
  }
}

function compileValue(arithmetic: Arithmetic, fault: Fault, pinned: boolean): Value {
  switch (arithmetic.kind) {
    case 'number': {
      const constant = arithmetic.value | 0;
      return () => constant;
    }
    case 'length':
      return (packet) => packet.wireLen;
    case 'negate': {
      const of = compileValue(arithmetic.of, fault, pinned);
      return (packet, row) => -of(packet, row) | 0;
    }
    case 'bytes':
      return compileBytes(arithmetic, fault, pinned);
    case 'binary': {
      const left = compileValue(arithmetic.left, fault, pinned);
      const right = compileValue(arithmetic.right, fault, pinned);
      return operation(arithmetic.operator, left, right, fault);
    }
  }
}

function operation(operator: ArithmeticOperator, left: Value, right: Value, fault: Fault): Value {
  switch (operator) {
    case '+':
      return (packet, row) => (left(packet, row) + right(packet, row)) | 0;
    case '-':
      return (packet, row) => (left(packet, row) - right(packet, row)) | 0;
    case '*':
      return (packet, row) => Math.imul(left(packet, row), right(packet, row));
    case '&':
      return (packet, row) => left(packet, row) & right(packet, row);
    case '|':
      return (packet, row) => left(packet, row) | right(packet, row);
    case '^':
      return (packet, row) => left(packet, row) ^ right(packet, row);
    case '<<':
      return (packet, row) => {
        const count = right(packet, row);
        return count >>> 0 > 31 ? 0 : left(packet, row) << count;
      };
    case '>>':
      return (packet, row) => {
        const count = right(packet, row);
        return count >>> 0 > 31 ? 0 : (left(packet, row) >>> count) | 0;
      };
    default:
      return division(operator === '/', left, right, fault);
  }
}

function division(isQuotient: boolean, left: Value, right: Value, fault: Fault): Value {
  return (packet, row) => {
    const divisor = right(packet, row) >>> 0;
    const dividend = left(packet, row) >>> 0;
    if (divisor === 0) {
      fault.raised = true;
      return 0;
    }
    return (isQuotient ? dividend / divisor : dividend % divisor) | 0;
  };
}

/** Bytes of a header, or of what follows it in the captured frame. */
function compileBytes(
  { header, at, size }: Extract<Arithmetic, { kind: 'bytes' }>,
  fault: Fault,
  pinned: boolean,
): Value {
  const index = compileValue(at, fault, pinned);
  const start = headerStart(header, pinned);
  return (packet, row) => {
    const offset = index(packet, row);
    const from = start(packet, row);
    const captured = packet.captureEnd - from;
    if (from < 0 || offset < 0 || offset > captured - size) {
      fault.raised = true;
      return 0;
    }
    const view = packet.view;
    if (size === 1) return view.getUint8(from + offset);
    return size === 2 ? view.getUint16(from + offset) : view.getInt32(from + offset);
  };
}

/** Where the header starts, negative when the layer has none. */
function headerStart(header: Header, pinned: boolean): (packet: Packet, row: number) => Offset {
  switch (header) {
    case 'ether':
      return pinned ? pinnedEtherStart : (packet) => packet.frameAt;
    case 'ip':
      return (packet, row) => startOf(packet, row, IPV4);
    case 'ip6':
      return (packet, row) => startOf(packet, row, IPV6);
    case 'arp':
    case 'rarp': {
      const reverse = header === 'rarp';
      return (packet, row) => {
        const at = startOf(packet, row, ARP);
        return at >= 0 && isRarp(packet, row) === reverse ? at : -1;
      };
    }
    default: {
      const { number, network } = TRANSPORTS[header]!;
      const only = network === 'any' ? -1 : network === 'ip' ? IPV4 : IPV6;
      return (packet, row) => {
        if (row < 0 || (only >= 0 && packet.protocol[row] !== only)) return -1;
        return headerOf(packet, row, number);
      };
    }
  }
}

function startOf(packet: Packet, row: number, protocol: number): Offset {
  return row >= 0 && packet.protocol[row] === protocol ? packet.at[row]! : -1;
}

/** The Ethernet header before the layer asked; before the first layer, whatever the frame starts with. */
function pinnedEtherStart(packet: Packet, row: number): Offset {
  const from = linkRow(packet, row);
  if (from === 0) return packet.frameAt;
  for (let link = from; link < row; link++) {
    if (packet.protocol[link] === ETHERNET) return packet.at[link]!;
  }
  return -1;
}
