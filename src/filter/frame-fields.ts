/** Comparisons of declared fields (`ip.ttl < 5`): true when one value of that name, of that layer, fits. */
import {
  ERSPAN,
  ETHERNET,
  FLANNEL_UDP,
  GENEVE,
  GRE,
  LLC,
  MPLS,
  NFLOG,
  NULL_LOOPBACK,
  PKTAP,
  PPP,
  PPPOE,
  SLL,
  SLL2,
  VLAN,
  VXLAN,
  VXLAN_GPE,
  WEAVE_SLEEVE,
} from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Field, FieldSink } from '../decode/dissector.ts';
import { readFixed } from '../decode/fields.ts';
import type { Packet } from '../decode/packet.ts';
import { dissectorOf } from '../decode/protocols/index.ts';
import type { FieldOperator, LayerWord } from './ast.ts';
import { type FieldPlace, fieldPlaces } from './field-words.ts';
import { type LayerTest, linkRow, nextLayer, rowsEnd } from './layers.ts';
import { Problem, parseDotted, parseNumber, parseSix } from './values.ts';

/** Headers that carry packets: their fields are the frame's, not a layer's. */
const CARRIERS: ReadonlySet<number> = new Set([
  ERSPAN,
  ETHERNET,
  FLANNEL_UDP,
  GENEVE,
  GRE,
  LLC,
  MPLS,
  NFLOG,
  NULL_LOOPBACK,
  PKTAP,
  PPP,
  PPPOE,
  SLL,
  SLL2,
  VLAN,
  VXLAN,
  VXLAN_GPE,
  WEAVE_SLEEVE,
]);

/** Does a value of the field fit? `value` as a FieldSink gets it. */
type Fits = (value: number | string, view: DataView, at: Offset, len: number) => boolean;

export interface FieldTest {
  readonly test: LayerTest;
  readonly perLayer: boolean;
}

export function fieldTest(word: Extract<LayerWord, { kind: 'field' }>, pinned: boolean): FieldTest {
  const places = fieldPlaces(word.name);
  const perLayer = places.some(({ protocol }) => !CARRIERS.has(protocol));
  const tests = places.map((place) => rowTest(place, fitsOf(place.field, word)));
  const test: LayerTest = (packet, layer) => {
    const from = perLayer ? layer : pinned ? linkRow(packet, layer) : 0;
    if (from < 0) return false;
    const end = perLayer ? nextLayer(packet, layer) : pinned ? layer : rowsEnd(packet);
    for (let row = from; row < end; row++) {
      for (let i = 0; i < tests.length; i++) if (tests[i]!(packet, row)) return true;
    }
    return false;
  };
  return { test, perLayer: perLayer || pinned };
}

/** Test the field in the header of one row. */
function rowTest({ protocol, field }: FieldPlace, fits: Fits): LayerTest {
  if (field.at >= 0) {
    return (packet, row) => {
      if (packet.protocol[row] !== protocol) return false;
      const at = packet.at[row]! + field.at;
      if (at + field.len > packet.payloadAt[row]!) return false;
      return fits(readFixed(field, packet.view, at), packet.view, at, field.len);
    };
  }
  const search = new Search(field, fits);
  return (packet, row) => packet.protocol[row] === protocol && search.finds(packet, row);
}

/** Walks a layer's fields for one whose value fits. One a word, used again for each frame. */
class Search implements FieldSink {
  private readonly wanted: Field;
  private readonly fits: Fits;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private found = false;

  constructor(wanted: Field, fits: Fits) {
    this.wanted = wanted;
    this.fits = fits;
  }

  finds(packet: Packet, row: number): boolean {
    this.view = packet.view;
    this.found = false;
    dissectorOf[packet.protocol[row]!]?.walk?.(packet, row, this);
    return this.found;
  }

  field(field: Field, value: number | string, at: Offset, len: number): void {
    if (field !== this.wanted || this.found) return;
    this.found = this.fits(value, this.view, at, len);
  }

  open(): void {}

  close(): void {}
}

function fitsOf(field: Field, word: Extract<LayerWord, { kind: 'field' }>): Fits {
  const { operator, values } = word;
  switch (operator) {
    case 'present':
      return () => true;
    case 'in': {
      const each = values.map((value) => equals(field, value));
      return (value, view, at, len) => {
        for (let i = 0; i < each.length; i++) if (each[i]!(value, view, at, len)) return true;
        return false;
      };
    }
    case 'contains':
      return contains(field, values[0]!);
    case '=':
      return equals(field, values[0]!);
    case '!=': {
      const same = equals(field, values[0]!);
      return (value, view, at, len) => !same(value, view, at, len);
    }
    default:
      return ordered(operator, integer(values[0]!));
  }
}

function ordered(operator: FieldOperator, wanted: number): Fits {
  switch (operator) {
    case '<':
      return (value) => Number(value) < wanted;
    case '<=':
      return (value) => Number(value) <= wanted;
    case '>':
      return (value) => Number(value) > wanted;
    default:
      return (value) => Number(value) >= wanted;
  }
}

function equals(field: Field, text: string): Fits {
  switch (field.kind) {
    case 'uint':
    case 'hex':
    case 'boolean': {
      const wanted = integer(text);
      return (value) => Number(value) === wanted;
    }
    case 'ipv4':
    case 'ipv6':
      return addressEquals(field, text);
    case 'mac':
    case 'bytes': {
      const wanted = bytesOf(field, text);
      return (_value, view, at, len) => len === wanted.length && bytesAt(view, at, wanted);
    }
    case 'text':
      return (value) => String(value) === text;
  }
}

function addressEquals(field: Field, text: string): Fits {
  const [address, bits] = text.split('/');
  const parse = field.kind === 'ipv6' ? parseSix : parseDotted;
  const net = parse(address!, bits === undefined ? undefined : Number(bits));
  if (net instanceof Problem) return () => false;
  const { words, mask } = net;
  return (_value, view, at, len) => {
    if (len < 4 * words.length) return false;
    for (let i = 0; i < words.length; i++) {
      if ((view.getInt32(at + 4 * i) & mask[i]!) !== words[i]!) return false;
    }
    return true;
  };
}

function contains(field: Field, text: string): Fits {
  if (field.kind === 'text') return (value) => String(value).includes(text);
  const wanted = bytesOf(field, text);
  return (_value, view, at, len) => {
    for (let from = at; from + wanted.length <= at + len; from++) {
      if (bytesAt(view, from, wanted)) return true;
    }
    return false;
  };
}

function bytesAt(view: DataView, at: Offset, wanted: readonly number[]): boolean {
  for (let i = 0; i < wanted.length; i++) if (view.getUint8(at + i) !== wanted[i]) return false;
  return true;
}

/** Hex digits as bytes; what is not hex as its characters. */
function bytesOf(field: Field, text: string): number[] {
  const digits = text.replace(/[:.-]/g, '');
  if (field.kind === 'mac' || /^([0-9a-f]{2})+$/i.test(digits)) {
    return digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
  }
  return [...new TextEncoder().encode(text)];
}

function integer(text: string): number {
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  const number = parseNumber(text);
  return number instanceof Problem ? Number.NaN : number;
}
