/** What holds of every decoded frame, whatever its bytes; and the whole of one as text, to compare. */
import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import type { Dissector, Field } from '../../src/decode/dissector.ts';
import { eachField, type PacketSink, showValue } from '../../src/decode/fields.ts';
import { LAYERS_MAX, type Packet, TUNNELS_MAX } from '../../src/decode/packet.ts';
import { dissectorOf } from '../../src/decode/protocols/index.ts';

/** Layers nest within the frame and within each other; every row that a fact names exists. */
export function assertNested(packet: Packet): void {
  const { depth, frameAt, captureEnd } = packet;
  if (depth < 0 || depth > LAYERS_MAX) assert.fail(`depth ${depth}`);
  if (packet.tunnels > TUNNELS_MAX + 1) assert.fail(`tunnels ${packet.tunnels}`);
  let from = frameAt;
  let to = captureEnd;
  for (let row = 0; row < depth; row++) {
    const at = packet.at[row]!;
    const payloadAt = packet.payloadAt[row]!;
    const end = packet.end[row]!;
    if (!(from <= at && at <= payloadAt && payloadAt <= end && end <= to)) {
      assert.fail(`row ${row}: [${at}, ${payloadAt}, ${end}) is not within [${from}, ${to})`);
    }
    if (dissectorOf[packet.protocol[row]!] === undefined) assert.fail(`row ${row}: no dissector`);
    from = at;
    to = end;
  }
  for (const row of [packet.outerIp, packet.ip, packet.transport, packet.quoted, packet.fragment]) {
    if (row < -1 || row > depth) assert.fail(`row ${row} of ${depth}`);
  }
  if (packet.ip >= 0 && packet.outerIp > packet.ip) assert.fail('inner ip before outer');
  if (packet.transport >= 0 && packet.transport < packet.ip) assert.fail('transport before ip');
}

/** Enumerates and shows all fields; fails when one lies outside its layer or a heading stays open. */
class Enumeration implements PacketSink {
  lines: string[] = [];
  private packet: Packet;
  private row = -1;
  private headings = 0;

  constructor(packet: Packet) {
    this.packet = packet;
  }

  layer(dissector: Dissector, packet: Packet, row: number): void {
    assert.equal(this.headings, 0, `${dissector.name}: heading left open in the layer before`);
    this.row = row;
    this.lines.push(
      `${dissector.name} [${packet.at[row]! - packet.frameAt}, ${packet.payloadAt[row]! - packet.frameAt})`,
    );
  }

  field(field: Field, value: number | string, at: number, len: number): void {
    this.assertWithin(field.name, at, len);
    const text = showValue(field, value, this.packet.view, at, len);
    this.lines.push(`  ${field.name} = ${text} [${at - this.packet.frameAt}, ${len}]`);
  }

  open(label: string, at: number, len: number): void {
    this.assertWithin(label, at, len);
    this.headings++;
  }

  close(): void {
    this.headings--;
    if (this.headings < 0) assert.fail('a heading closed that was not open');
  }

  end(): string[] {
    assert.equal(this.headings, 0, 'heading left open');
    return this.lines;
  }

  private assertWithin(name: string, at: number, len: number): void {
    const { packet, row } = this;
    const layerAt = packet.at[row]!;
    const layerEnd = packet.end[row]!;
    if (len < 0 || at < layerAt || at + len > layerEnd) {
      assert.fail(`${name}: [${at}, ${at + len}) is outside its layer [${layerAt}, ${layerEnd})`);
    }
  }
}

/** Every layer and field of the packet, a line each, with places counted from the frame's start. */
export function enumerate(packet: Packet): string[] {
  const enumeration = new Enumeration(packet);
  eachField(packet, enumeration);
  return enumeration.end();
}

/** All that decoding says of a frame, with places counted from the frame's start. */
export function factsOf(packet: Packet): Record<string, unknown> {
  const from = packet.frameAt;
  const rows = [];
  for (let row = 0; row < packet.depth; row++) {
    rows.push([
      packet.protocol[row],
      packet.at[row]! - from,
      packet.payloadAt[row]! - from,
      packet.end[row]! - from,
    ]);
  }
  const facts: Record<string, unknown> = { rows };
  for (const [name, value] of Object.entries(packet)) {
    if (typeof value === 'number' && !PLACES.has(name)) facts[name] = value;
  }
  for (const name of PLACES) facts[name] = (packet[name as keyof Packet] as number) - from;
  return facts;
}

const PLACES: ReadonlySet<string> = new Set([
  'frameAt',
  'captureEnd',
  'nextAt',
  'nextEnd',
  'wireEnd',
]);

/** The frame as a reader can try it again: link type, lengths and hex. */
export function describeFrame(frames: FrameBatch): string {
  const at = frames.at[0]!;
  const bytes = frames.bytes.subarray(at, at + frames.caplen[0]!);
  const linktype = frames.interfaces[frames.iface[0]!]!.linktype;
  return `linktype ${linktype}, len ${frames.len[0]}: ${Buffer.from(bytes).toString('hex')}`;
}
