/**
 * Every field of a decoded packet, by name, value and place: what the detail tree, the field filters
 * and the comparison with tshark are made of. Runs for the packets somebody looks at, not for each
 * frame of a capture.
 */
import { showIpv4, showIpv6, showMac } from '../base/address.ts';
import type { Offset } from '../base/units.ts';
import type { Dissector, Field, FieldSink } from './dissector.ts';
import type { Packet } from './packet.ts';
import { dissectorOf } from './protocols/index.ts';
import { textAt, unsignedAt, wide } from './walk.ts';

/** Takes whole packets: the headings of layers besides what a walk yields. */
export interface PacketSink extends FieldSink {
  /** Layer `row` of the packet starts; its fields follow. */
  layer(dissector: Dissector, packet: Packet, row: number): void;
}

/**
 * Yield the fields of all layers, outermost first. Within a layer the fields at fixed places come first,
 * as declared, then those its walk finds, in wire order. Each lies within its layer.
 */
export function eachField(packet: Packet, sink: PacketSink): void {
  for (let row = 0; row < packet.depth; row++) {
    const dissector = dissectorOf[packet.protocol[row]!];
    if (dissector === undefined) continue;
    sink.layer(dissector, packet, row);
    layerFields(packet, row, sink);
  }
}

/** Yield the fields of layer `row`. A field at a fixed place that the header does not reach is left out. */
export function layerFields(packet: Packet, row: number, sink: FieldSink): void {
  const dissector = dissectorOf[packet.protocol[row]!];
  if (dissector === undefined) return;
  const layerAt = packet.at[row]!;
  const headerLen = packet.payloadAt[row]! - layerAt;
  for (const field of dissector.fields) {
    if (field.at < 0 || field.at + field.len > headerLen) continue;
    const at = layerAt + field.at;
    sink.field(field, readFixed(field, packet.view, at), at, field.len);
  }
  dissector.walk?.(packet, row, sink);
}

/**
 * The value of a field at a fixed place: a number, its text above 2^53, or 0 where the bytes
 * themselves are the value (addresses, bytes). Big-endian, at most 8 bytes for numbers.
 */
export function readFixed(field: Field, view: DataView, at: Offset): number | string {
  switch (field.kind) {
    case 'uint':
    case 'hex':
    case 'boolean':
      return readNumber(view, at, field.len, field.mask, field.shift);
    case 'text':
      return textAt(view, at, field.len);
    default:
      return 0;
  }
}

function readNumber(
  view: DataView,
  at: Offset,
  len: number,
  mask: number,
  shift: number,
): number | string {
  if (len > 4) return wide(unsignedAt(view, at, len - 4), view.getUint32(at + len - 4));
  const number = unsignedAt(view, at, len);
  return mask === 0 ? number : (number & mask) >>> shift;
}

/**
 * The value as text, exactly as `tshark -T fields` prints it: decimal, `0x` and all digits of the
 * field's width, addresses, lower-case hex. Text is escaped as C would, so no control character
 * passes; what else a terminal must not see (bidi overrides) is the view's to escape.
 */
export function showValue(
  field: Field,
  value: number | string,
  view: DataView,
  at: Offset,
  len: number,
): string {
  switch (field.kind) {
    case 'ipv4':
      return showIpv4(view.getInt32(at));
    case 'ipv6':
      return len < 16 ? showIpv6Prefix(view, at, len) : showIpv6(view, at);
    case 'mac':
      return showMac(view, at);
    case 'bytes':
      return showBytes(view, at, len);
    case 'hex':
      return showHex(value, Math.max(len, field.len));
    case 'text':
      return escapeText(String(value));
    default:
      return String(value);
  }
}

/** The first `len` bytes of an address, the others 0 (the prefix of a route, RFC 4191 section 2.3). */
function showIpv6Prefix(view: DataView, at: Offset, len: number): string {
  const whole = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < len; i++) whole.setUint8(i, view.getUint8(at + i));
  return showIpv6(whole, 0);
}

function showHex(value: number | string, len: number): string {
  const digits = typeof value === 'number' ? value.toString(16) : BigInt(value).toString(16);
  return `0x${digits.padStart(2 * len, '0')}`;
}

function showBytes(view: DataView, at: Offset, len: number): string {
  let text = '';
  for (let i = at; i < at + len; i++) {
    const byte = view.getUint8(i);
    text += (byte < 16 ? '0' : '') + byte.toString(16);
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Control characters as C escapes, the others as they are. */
export function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\\\x00-\x1f\x7f-\x9f]/g, (character) => {
    const code = character.charCodeAt(0);
    return ESCAPES[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  });
}
