/** A frame's layers and fields as a tree: names, values as shown, and the bytes that each stands in. */
import type { FrameBatch } from '../base/frames.ts';
import type { Dissector, Field } from '../decode/dissector.ts';
import { eachField, type PacketSink, showValue } from '../decode/fields.ts';
import type { Packet } from '../decode/packet.ts';
import { escapeText } from './escape.ts';
import type { FieldDetail, FrameDetail, LayerDetail, PacketRow } from './model.ts';

/** Fields of one frame shown at most; a heading without fields is what is left of others. */
const FIELDS_MAX = 20_000;

interface Heading {
  readonly label: string;
  readonly at: number;
  readonly length: number;
  readonly fields: FieldDetail[];
}

/** Gathers the tree of one packet. */
class TreeSink implements PacketSink {
  readonly layers: Omit<LayerDetail, 'summary'>[] = [];
  /** Where fields go, the innermost open heading last. */
  private lists: FieldDetail[][] = [];
  private readonly headings: Heading[] = [];
  private readonly packet: Packet;
  private left = FIELDS_MAX;

  constructor(packet: Packet) {
    this.packet = packet;
  }

  layer(dissector: Dissector, packet: Packet, row: number): void {
    const at = packet.at[row]!;
    const fields: FieldDetail[] = [];
    this.layers.push({
      protocol: dissector.name,
      at: at - packet.frameAt,
      length: packet.payloadAt[row]! - at,
      end: packet.end[row]! - packet.frameAt,
      fields,
    });
    this.lists = [fields];
    this.headings.length = 0;
  }

  field(field: Field, value: number | string, at: number, length: number): void {
    if (this.left-- <= 0) return;
    const { view, frameAt } = this.packet;
    this.lists.at(-1)!.push({
      name: field.name,
      label: field.label,
      value: escapeText(
        field.kind === 'text' ? String(value) : showValue(field, value, view, at, length),
      ),
      at: at - frameAt,
      length,
      fields: [],
    });
  }

  open(label: string, at: number, length: number): void {
    const fields: FieldDetail[] = [];
    const heading = { label: escapeText(label), at: at - this.packet.frameAt, length, fields };
    this.headings.push(heading);
    this.lists.at(-1)!.push({ name: null, value: '', ...heading });
    this.lists.push(fields);
  }

  close(): void {
    if (this.headings.pop() !== undefined) this.lists.pop();
  }
}

/** Fields that say the most of a layer, in pairs: from, to. */
const PAIRS: readonly [from: string, to: string][] = [
  ['.src', '.dst'],
  ['.srcport', '.dstport'],
  ['.src.proto_ipv4', '.dst.proto_ipv4'],
];
/** Fields of a layer without such a pair that stand in its summary. */
const SUMMARY_FIELDS = 3;
const SUMMARY_MAX = 120;

/** A layer in a line: who to whom where it says so, else its first fields. */
function summaryOf(fields: readonly FieldDetail[]): string {
  for (const [from, to] of PAIRS) {
    const source = fields.find(({ name }) => name?.endsWith(from));
    const target = fields.find(({ name }) => name?.endsWith(to));
    if (source !== undefined && target !== undefined) return `${source.value} > ${target.value}`;
  }
  const told = fields.filter(({ value }) => value !== '').slice(0, SUMMARY_FIELDS);
  return told
    .map(({ label, value }) => `${label} ${value}`)
    .join(', ')
    .slice(0, SUMMARY_MAX);
}

/** Frame 0 of the batch, which `packet` holds decoded. Its bytes are a copy. */
export function frameDetail(packet: Packet, frames: FrameBatch, row: PacketRow): FrameDetail {
  const sink = new TreeSink(packet);
  eachField(packet, sink);
  return {
    row,
    linktype: frames.interfaces[frames.iface[0]!]!.linktype,
    bytes: packet.bytes.slice(packet.frameAt, packet.captureEnd),
    layers: sink.layers.map((layer) => ({ ...layer, summary: summaryOf(layer.fields) })),
  };
}
