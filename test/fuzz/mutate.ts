/** Damage done to frames: to their bytes, to the fields that decoding finds in them, to their layers. */
import type { Dissector, Field } from '../../src/decode/dissector.ts';
import { eachField, type PacketSink } from '../../src/decode/fields.ts';
import type { Packet } from '../../src/decode/packet.ts';
import * as h from '../support/headers.ts';
import type { Random } from '../support/random.ts';

export interface FuzzFrame {
  readonly bytes: Uint8Array;
  readonly linktype: number;
  /** Bytes on the wire. */
  readonly len: number;
}

/** Longest frame that mutation makes, bytes. */
export const BYTES_MAX = 4096;

/** Where layers and fields of a decoded frame are, counted from its start. */
export class Places implements PacketSink {
  readonly fieldAt: number[] = [];
  readonly fieldLen: number[] = [];
  readonly layerAt: number[] = [];
  readonly fieldNames: string[] = [];
  private from = 0;

  of(packet: Packet): this {
    this.fieldAt.length = 0;
    this.fieldLen.length = 0;
    this.layerAt.length = 0;
    this.fieldNames.length = 0;
    this.from = packet.frameAt;
    eachField(packet, this);
    return this;
  }

  layer(_dissector: Dissector, packet: Packet, row: number): void {
    this.layerAt.push(packet.at[row]! - this.from);
  }

  field(field: Field, _value: number | string, at: number, len: number): void {
    this.fieldAt.push(at - this.from);
    this.fieldLen.push(len);
    this.fieldNames.push(field.name);
  }

  open(): void {}
  close(): void {}
}

const TELLING = [0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 31, 32, 63, 64, 127, 128, 191, 192, 254, 255];
const TELLING_16 = [0, 1, 3, 4, 7, 8, 19, 20, 40, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];

type Mutation = (frame: FuzzFrame, places: Places, other: FuzzFrame, random: Random) => FuzzFrame;

function withBytes(frame: FuzzFrame, bytes: Uint8Array): FuzzFrame {
  const fits = bytes.length > BYTES_MAX ? bytes.slice(0, BYTES_MAX) : bytes;
  return { bytes: fits, linktype: frame.linktype, len: fits.length };
}

const mutations: readonly Mutation[] = [
  // a bit
  (frame, _places, _other, random) => {
    const bytes = frame.bytes.slice();
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
    return { ...frame, bytes };
  },
  // a byte
  (frame, _places, _other, random) => {
    const bytes = frame.bytes.slice();
    bytes[random.below(bytes.length)] = random.chance(2) ? random.pick(TELLING) : random.below(256);
    return { ...frame, bytes };
  },
  // a field: an extreme, a telling value, or one near the length of what follows
  (frame, places, _other, random) => {
    const which = random.below(places.fieldAt.length);
    const at = places.fieldAt[which] ?? 0;
    const len = Math.min(places.fieldLen[which] ?? 1, 4);
    const bytes = frame.bytes.slice();
    let value = random.pick(TELLING_16);
    if (random.chance(2)) value = bytes.length - at + random.below(9) - 4;
    if (random.chance(4)) value = random.next();
    for (let i = 0; i < len && at + i < bytes.length; i++) {
      bytes[at + i] = value >>> (8 * (len - 1 - i));
    }
    return { ...frame, bytes };
  },
  // two bytes as a length would stand there
  (frame, _places, _other, random) => {
    const bytes = frame.bytes.slice();
    const at = random.below(bytes.length);
    const value = random.chance(2) ? bytes.length - at - random.below(9) : random.pick(TELLING_16);
    bytes.set(h.u16(value & 0xffff).subarray(0, bytes.length - at), at);
    return { ...frame, bytes };
  },
  // captured short
  (frame, _places, _other, random) => ({
    ...frame,
    bytes: frame.bytes.slice(0, random.below(frame.bytes.length + 1)),
  }),
  // sent short
  (frame, _places, _other, random) =>
    withBytes(frame, frame.bytes.slice(0, random.below(frame.bytes.length + 1))),
  // headers of one, the rest of another
  (frame, places, other, random) => {
    const cut = random.chance(2) ? random.pick(places.layerAt) : random.below(frame.bytes.length);
    const rest = other.bytes.subarray(random.below(other.bytes.length));
    return withBytes(frame, h.join(frame.bytes.subarray(0, cut ?? 0), rest));
  },
  // a piece twice
  (frame, places, _other, random) => {
    const at = random.chance(2) ? random.pick(places.layerAt) : random.below(frame.bytes.length);
    const from = random.below((at ?? 0) + 1);
    return withBytes(frame, h.join(frame.bytes.subarray(0, at), frame.bytes.subarray(from)));
  },
  // a piece gone
  (frame, places, _other, random) => {
    const at = random.chance(2) ? random.pick(places.layerAt) : random.below(frame.bytes.length);
    const to = (at ?? 0) + random.below(24);
    return withBytes(frame, h.join(frame.bytes.subarray(0, at), frame.bytes.subarray(to)));
  },
  // noise behind
  (frame, _places, _other, random) => {
    const noise = Uint8Array.from({ length: random.below(64) }, () => random.below(256));
    return withBytes(frame, h.join(frame.bytes, noise));
  },
  // one more tunnel around
  (frame, places, _other, random) => wrapped(frame, places, random),
];

/** Put an encapsulation around the frame, or around what follows its link layer. */
function wrapped(frame: FuzzFrame, places: Places, random: Random): FuzzFrame {
  const ipAt = places.layerAt.find((at) => {
    const version = (frame.bytes[at] ?? 0) >> 4;
    return at > 0 && (version === 4 || version === 6);
  });
  const packet = frame.bytes.subarray(ipAt ?? 0);
  const type = (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
  const inner = h.ethernet(type, packet);
  const outer = [
    () => h.ipv4(type === 0x0800 ? 4 : 41, packet),
    () => h.ipv6(type === 0x0800 ? 4 : 41, packet),
    () => h.ipv4(47, h.gre(type, packet, random.chance(2) ? { key: 1 } : {})),
    () => h.ipv4(17, h.udp(random.below(65_536), 4789, h.vxlan(random.below(1 << 24), inner))),
    () => h.ipv6(17, h.udp(random.below(65_536), 8472, h.vxlan(1, inner))),
    () => h.ipv4(17, h.udp(random.below(65_536), 6081, h.geneve(1, type, packet))),
    () => h.ipv4(17, h.udp(6783, 6783, h.sleeve(inner))),
    () => h.ipv4(1, h.icmpError(3, 4, 1400, packet)),
    () => h.ipv6(0, h.extension(60, h.NOTHING, h.extension(41, h.NOTHING, packet))),
    () => h.ipv4(51, h.ah(4, packet)),
  ];
  const bytes = random.pick(outer)();
  const isIpv6 = bytes[0]! >> 4 === 6;
  return withBytes({ ...frame, linktype: 1 }, h.ethernet(isIpv6 ? 0x86dd : 0x0800, bytes));
}

/** The frame changed in one to five ways. */
export function mutate(
  frame: FuzzFrame,
  places: Places,
  other: FuzzFrame,
  random: Random,
): FuzzFrame {
  let changed = frame;
  const times = 1 + random.below(random.chance(3) ? 5 : 2);
  for (let i = 0; i < times; i++) changed = random.pick(mutations)(changed, places, other, random);
  return changed.len < changed.bytes.length ? { ...changed, len: changed.bytes.length } : changed;
}
