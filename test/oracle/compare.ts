/** One capture, frame by frame and field by field, as netlens and as tshark read it. */
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import type { Dissector, Field } from '../../src/decode/dissector.ts';
import { eachField, escapeText, type PacketSink, showValue } from '../../src/decode/fields.ts';
import { Packet, UNKNOWN_LINKTYPE, UNKNOWN_PAYLOAD } from '../../src/decode/packet.ts';
import { dissectorOf } from '../../src/decode/protocols/index.ts';
import { reload } from '../support/frames.ts';
import type { ReadFrame } from '../support/read-capture.ts';
import type { Difference } from './known-differences.ts';
import type { Tshark } from './tshark.ts';

export interface Comparison {
  /** Frames compared. */
  frames: number;
  /** Frames that tshark has: the same number, or one of the two reads the file wrong. */
  theirFrames: number;
  /** Frames of a link type that netlens does not decode, by number: not compared. */
  readonly unknownLinktypes: Map<number, number>;
  /** (frame, field) pairs that at least one of the two has a value for. */
  fields: number;
  differences: number;
}

/** The values of each field of a packet, in the columns of a list of names. */
class Values implements PacketSink {
  readonly columns: string[][];
  private readonly columnOf: ReadonlyMap<string, number>;
  private view: DataView = new DataView(new ArrayBuffer(0));

  constructor(names: readonly string[]) {
    this.columnOf = new Map(names.map((name, column) => [name, column]));
    this.columns = names.map(() => []);
  }

  of(packet: Packet): string[][] {
    this.view = packet.view;
    for (const column of this.columns) column.length = 0;
    eachField(packet, this);
    return this.columns;
  }

  field(field: Field, value: number | string, at: number, len: number): void {
    const column = this.columnOf.get(field.name);
    if (column === undefined) return;
    this.columns[column]!.push(showValue(field, value, this.view, at, len));
  }

  layer(_dissector: Dissector): void {}
  open(): void {}
  close(): void {}
}

/** Wireshark's names for what we name otherwise, and '' for what it puts between layers. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...['ethertype', 'data', 'data-text-lines', 'media', 'raw', 'pcap_pktdata'].map(
    (name) => [name, ''] as const,
  ),
  ...['ieee8021ad', 'vlan'].map((name) => [name, 'vlan'] as const),
  ...['pppoed', 'pppoes', 'pppoe'].map((name) => [name, 'pppoe'] as const),
  ...['ipv6.hopopts', 'ipv6.dstopts', 'ipv6.routing'].map((name) => [name, 'ipv6.ext'] as const),
  ...['mdns', 'llmnr'].map((name) => [name, 'dns'] as const),
  ...['sll', 'sll2'].map((name) => [name, 'sll'] as const),
]);

function chainOf(names: readonly string[]): string {
  const ours = names.map((name) => NAMES.get(name) ?? name).filter((name) => name !== '');
  return ours.join(':').replace('igmp:igmp', 'igmp'); // Wireshark names IGMP and its version
}

/**
 * Both find the same layers in the frame, up to the transport, and netlens nothing wrong with it.
 * Messages of applications are left out: changed bytes make text of which each tells another part.
 */
export function isAlike(packet: Packet, protocols: string): boolean {
  if ((packet.notes & ~UNKNOWN_PAYLOAD) !== 0 || packet.application >= 0) return false;
  const ours: string[] = [];
  for (let row = 0; row < packet.depth; row++) {
    ours.push(dissectorOf[packet.protocol[row]!]!.name);
  }
  return chainOf(ours) === chainOf(protocols.split(':'));
}

/** What decides whether a frame is compared; all are unless told otherwise. */
export type FrameChoice = (packet: Packet, protocols: string) => boolean;

/** Compare the frames of one file that are chosen; each difference goes to `differs`. Rejects when tshark cannot read it. */
export async function compare(
  tshark: Tshark,
  file: string,
  name: string,
  frames: readonly ReadFrame[],
  differs: (difference: Difference) => void,
  chosen: FrameChoice = () => true,
): Promise<Comparison> {
  const comparison: Comparison = {
    frames: 0,
    theirFrames: 0,
    unknownLinktypes: new Map(),
    fields: 0,
    differences: 0,
  };
  const batch = new FrameBatch(new Uint8Array(0));
  const packet = new Packet();
  const values = new Values(tshark.fields);
  let i = 0;
  await tshark.read(file, [], (protocols, theirs) => {
    const frame = frames[i++];
    if (frame === undefined) return;
    decode(reload(batch, frame.bytes, frame), 0, packet);
    if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) {
      const { unknownLinktypes } = comparison;
      unknownLinktypes.set(frame.linktype, (unknownLinktypes.get(frame.linktype) ?? 0) + 1);
      return;
    }
    if (!chosen(packet, protocols)) return;
    comparison.frames++;
    const ours = values.of(packet);
    for (let column = 0; column < ours.length; column++) {
      const a = ours[column]!;
      const b = theirs[column]!;
      if (a.length === 0 && b.length === 0) continue;
      comparison.fields++;
      if (same(a, b)) continue;
      comparison.differences++;
      const field = tshark.fields[column]!;
      differs({ file: name, frame: i, field, ours: [...a], theirs: b, protocols, packet });
    }
  });
  comparison.theirFrames = i;
  return comparison;
}

function same(ours: readonly string[], theirs: readonly string[]): boolean {
  if (ours.length !== theirs.length) return false;
  for (let i = 0; i < ours.length; i++) {
    if (ours[i] !== theirs[i] && ours[i] !== asOlder(theirs[i]!)) return false;
  }
  return true;
}

/**
 * tshark 4.2 and later say True and False where earlier ones say 1 and 0; and tshark escapes the control
 * characters that C has letters for, and lets the others through.
 */
function asOlder(text: string): string {
  if (text === 'True') return '1';
  if (text === 'False') return '0';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, escapeText);
}
