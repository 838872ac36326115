/**
 * What the fields of one layer hold, by Wireshark's names: for layers whose options and records -v tells in
 * full. Made for the frames that have such a layer, not for each.
 */
import type { Field, FieldSink } from '../../decode/dissector.ts';
import { layerFields, showValue } from '../../decode/fields.ts';
import type { Packet } from '../../decode/packet.ts';

/** The fields of a layer, or of one option or record in it. */
export class FieldValues {
  /** Bytes that an option or record takes. */
  readonly length: number;
  private readonly values = new Map<string, (number | string)[]>();

  constructor(length: number) {
    this.length = length;
  }

  add(name: string, value: number | string): void {
    const before = this.values.get(name);
    if (before === undefined) this.values.set(name, [value]);
    else before.push(value);
  }

  /** The first value of a number; undefined = there is none. */
  number(name: string): number | undefined {
    const value = this.values.get(name)?.[0];
    return typeof value === 'number' ? value : undefined;
  }

  /** All values as text: addresses, bytes in hexadecimal digits. */
  texts(name: string): string[] {
    return (this.values.get(name) ?? []).map(String);
  }
}

class Gathering implements FieldSink {
  readonly own = new FieldValues(0);
  readonly parts: FieldValues[] = [];
  private readonly packet: Packet;
  private into = this.own;

  constructor(packet: Packet) {
    this.packet = packet;
  }

  field(field: Field, value: number | string, at: number, len: number): void {
    const { kind } = field;
    const isNumber = kind === 'uint' || kind === 'hex' || kind === 'boolean';
    this.into.add(
      field.name,
      isNumber ? value : showValue(field, value, this.packet.view, at, len),
    );
  }

  open(_label: string, _at: number, len: number): void {
    this.into = new FieldValues(len);
    this.parts.push(this.into);
  }

  close(): void {
    this.into = this.own;
  }
}

/** The fields of layer `row`, and those of each of its options or records. */
export function fieldValues(
  packet: Packet,
  row: number,
): { readonly own: FieldValues; readonly parts: readonly FieldValues[] } {
  const gathering = new Gathering(packet);
  layerFields(packet, row, gathering);
  return gathering;
}
