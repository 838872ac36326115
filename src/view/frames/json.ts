/** A frame as one JSON object (schema netlens.frame/1): where and when it was seen, and its layers' fields. */
import type { CaptureInterface, FrameBatch } from '../../base/frames.ts';
import { showTime } from '../../base/time.ts';
import type { Dissector, Field } from '../../decode/dissector.ts';
import { eachField, type PacketSink, showValue } from '../../decode/fields.ts';
import {
  CUT,
  FIRST_FRAGMENT,
  GSO_LENGTH,
  LATER_FRAGMENT,
  MALFORMED,
  type Packet,
  TOO_DEEP,
  UNKNOWN_LINKTYPE,
  UNKNOWN_PAYLOAD,
} from '../../decode/packet.ts';

type FieldValue = number | string | boolean;

export interface LayerRecord {
  /** Wireshark's name of the protocol. */
  protocol: string;
  /** Of the header, from the frame's start. */
  offset: number;
  length: number;
  /** By Wireshark's name; a list where the layer holds the field more than once. */
  fields: Record<string, FieldValue | FieldValue[]>;
}

export interface FrameRecord {
  schema: 'netlens.frame/1';
  /** As Wireshark counts, in its own file. */
  number: number;
  file: string;
  node: string | null;
  interface: string | null;
  linktype: number;
  time: string;
  length: number;
  captured: number;
  notes: string[];
  comment: string | null;
  layers: LayerRecord[];
}

/** What is odd about a decoded frame, in words: `cut`, `malformed`, …. */
export function notesOf(packet: Packet): string[] {
  return NOTES.filter(([bit]) => (packet.notes & bit) !== 0).map(([, word]) => word);
}

const NOTES: readonly [bit: number, word: string][] = [
  [CUT, 'cut'],
  [MALFORMED, 'malformed'],
  [FIRST_FRAGMENT, 'first-fragment'],
  [LATER_FRAGMENT, 'later-fragment'],
  [TOO_DEEP, 'too-deep'],
  [GSO_LENGTH, 'gso-length'],
  [UNKNOWN_LINKTYPE, 'unknown-linktype'],
  [UNKNOWN_PAYLOAD, 'unknown-payload'],
];

/** Gathers the fields of one packet's layers. */
class LayerSink implements PacketSink {
  readonly layers: LayerRecord[] = [];
  private readonly packet: Packet;

  constructor(packet: Packet) {
    this.packet = packet;
  }

  layer(dissector: Dissector, packet: Packet, row: number): void {
    const at = packet.at[row]!;
    this.layers.push({
      protocol: dissector.name,
      offset: at - packet.frameAt,
      length: packet.payloadAt[row]! - at,
      fields: {},
    });
  }

  field(field: Field, value: number | string, at: number, len: number): void {
    const { fields } = this.layers[this.layers.length - 1]!;
    const shown = this.valueOf(field, value, at, len);
    const before = Object.hasOwn(fields, field.name) ? fields[field.name] : undefined;
    if (before === undefined) fields[field.name] = shown;
    else if (Array.isArray(before)) before.push(shown);
    else fields[field.name] = [before, shown];
  }

  open(): void {}

  close(): void {}

  private valueOf(field: Field, value: number | string, at: number, len: number): FieldValue {
    if (field.kind === 'boolean') return value !== 0;
    if (field.kind === 'uint' || field.kind === 'text') return value;
    return showValue(field, value, this.packet.view, at, len);
  }
}

/** Frame i of the batch, which `packet` holds decoded. */
export function frameRecord(packet: Packet, frames: FrameBatch, i: number): FrameRecord {
  const iface: CaptureInterface = frames.interfaces[frames.iface[i]!]!;
  const sink = new LayerSink(packet);
  eachField(packet, sink);
  return {
    schema: 'netlens.frame/1',
    number: frames.number[i]!,
    file: iface.file,
    node: iface.node ?? null,
    interface: iface.name ?? null,
    linktype: iface.linktype,
    time: showTime(frames.seconds[i]!, frames.nanoseconds[i]!),
    length: packet.wireLen,
    captured: packet.captureEnd - packet.frameAt,
    notes: notesOf(packet),
    comment: frames.comments?.get(i) ?? null,
    layers: sink.layers,
  };
}
