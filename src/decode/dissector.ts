/** What a protocol file exports: how to find its layer, and what its fields are called. */
import type { Offset, Protocol } from '../base/units.ts';
import type { Packet } from './packet.ts';

/**
 * How a field's value is shown.
 * `uint` decimal; `hex` 0x and all digits; `boolean` 0 or 1; `ipv4`, `ipv6`, `mac` addresses;
 * `bytes` lower-case hex without separators; `text` decoded text.
 */
export type FieldKind = 'uint' | 'hex' | 'boolean' | 'ipv4' | 'ipv6' | 'mac' | 'bytes' | 'text';

export interface Field {
  /** Wireshark's name of the same field (`ip.ttl`); filter words and the oracle use it. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly kind: FieldKind;
  /** Offset from the layer's start and width in bytes, of a field that always sits there; -1 = `walk` finds it. */
  readonly at: number;
  readonly len: number;
  /** Of a number: the bits that belong to the field, and how far they are shifted down. 0 = all. */
  readonly mask: number;
  readonly shift: number;
}

/** Takes the fields that a walk finds. Numbers above 2^53 come as text. */
export interface FieldSink {
  /** A value that stands at [at, at + len). For kinds ipv4, ipv6, mac, bytes the bytes there are the value and `value` is 0. */
  field(field: Field, value: number | string, at: Offset, len: number): void;
  /** Fields up to the matching `close` belong under this heading (an option, a record). */
  open(label: string, at: Offset, len: number): void;
  close(): void;
}

/** Where a dissector is tried. The registry builds its tables from these. */
export interface Selectors {
  readonly linktype?: readonly number[];
  readonly etherType?: readonly number[];
  readonly ipProtocol?: readonly number[];
  readonly udpPort?: readonly number[];
  readonly tcpPort?: readonly number[];
}

export interface Dissector {
  readonly protocol: Protocol;
  /** Short lower-case name, as Wireshark's protocol filter. */
  readonly name: string;
  /** Specification and section. */
  readonly reference: string;
  readonly on: Selectors;
  /**
   * Find this protocol's layer at [at, end), push it, and return what follows in its payload.
   * Returns NONE at the end, on a fault (noted in `packet.notes`), or, pushing nothing and noting
   * nothing, when a guess by port was wrong. Never reads at or past `end`; never throws.
   */
  readonly dissect: (packet: Packet, at: Offset, end: Offset) => Protocol;
  readonly fields: readonly Field[];
  /** Yield the fields without a fixed place of layer `row`, in wire order. Bounded by the layer. */
  readonly walk?: (packet: Packet, row: number, sink: FieldSink) => void;
}

/** A field at a fixed place: `at` bytes into the layer, `len` bytes wide, optionally some of its bits. */
export function fixed(
  name: string,
  label: string,
  kind: FieldKind,
  at: number,
  len: number,
  mask = 0,
): Field {
  return {
    name,
    label,
    kind,
    at,
    len,
    mask,
    shift: mask === 0 ? 0 : 31 - Math.clz32(mask & -mask),
  };
}

/**
 * A field that the dissector's `walk` finds; `mask` picks its bits from the number that stands there.
 * `len` is for a number that is shown with more digits than the bytes it stands in have.
 */
export function found(name: string, label: string, kind: FieldKind, mask = 0, len = 0): Field {
  return fixed(name, label, kind, -1, len, mask);
}
