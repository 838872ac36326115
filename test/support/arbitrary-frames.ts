/** Frames at random, but not of random bytes: headers of any protocols in any order, then damage. */
import fc from 'fast-check';
import * as h from './headers.ts';
import { samples } from './samples.ts';

export interface AnyFrame {
  readonly bytes: Uint8Array;
  readonly linktype: number;
  readonly len: number;
}

interface Part {
  readonly bytes: Uint8Array;
  /** What announces it: EtherType, IP protocol number or UDP port; -1 = there is none. */
  readonly etherType: number;
  readonly ipProtocol: number;
  readonly udpPort: number;
}

const NO = -1;

function part(bytes: Uint8Array, etherType: number, ipProtocol: number, udpPort: number): Part {
  return { bytes, etherType, ipProtocol, udpPort };
}

/** The innermost packets: the IP packets of the samples. */
const cores: readonly Part[] = samples.flatMap(({ bytes, linktype }) => {
  const isIpv6 = bytes[0]! >> 4 === 6;
  if (linktype === 228) return [part(bytes, 0x0800, 4, 8285)];
  if (linktype === 229) return [part(bytes, 0x86dd, 41, NO)];
  if (linktype === 101) return [part(bytes, isIpv6 ? 0x86dd : 0x0800, isIpv6 ? 41 : 4, NO)];
  return linktype === 1 ? [part(bytes, 0x6558, NO, NO)] : [];
});

type Wrapper = (inner: Part) => Part;

/** Each puts one more protocol around what it is given, by way of others where it must. */
const wrappers: readonly Wrapper[] = [
  (p) => part(h.ethernet(etherTypeOf(p), p.bytes), 0x6558, NO, NO),
  (p) => part(h.vlan(0x123, etherTypeOf(p), p.bytes), 0x8100, NO, NO),
  (p) => part(h.vlan(0x456, etherTypeOf(p), p.bytes), 0x88a8, NO, NO),
  (p) => part(h.mpls([16, 100], inIp(p).bytes), 0x8847, NO, NO),
  (p) => part(h.pppoe(0x21, inIpv4(p).bytes), 0x8864, NO, NO),
  inIpv4,
  inIpv6,
  (p) => part(h.ipv4(...ipOf(p), { options: Uint8Array.of(1, 1, 1, 0) }), 0x0800, 4, NO),
  (p) => part(h.ipv6(0, h.extension(ipOf(p)[0], h.NOTHING, ipOf(p)[1])), 0x86dd, 41, NO),
  (p) => part(h.ipv6(43, h.routing(...ipOf(p))), 0x86dd, 41, NO),
  (p) => part(h.ipv6(44, h.fragment6(...ipOf(p), 0, false)), 0x86dd, 41, NO),
  (p) => part(h.ipv4(...ipOf(p), { more: true }), 0x0800, 4, NO),
  (p) => part(h.ipv4(51, h.ah(...ipOf(p))), 0x0800, 4, NO),
  (p) => part(h.gre(etherTypeOf(p), p.bytes), NO, 47, NO),
  (p) => part(h.gre(etherTypeOf(p), p.bytes, { key: 1, sequence: 2, checksum: true }), NO, 47, NO),
  (p) => part(h.vxlan(4096, inEthernet(p)), NO, NO, 4789),
  (p) => part(h.vxlan(1, inEthernet(p)), NO, NO, 8472),
  (p) => part(h.geneve(7, etherTypeOf(p), p.bytes), NO, NO, 6081),
  (p) => part(h.geneve(8, 0x6558, inEthernet(p), h.u32(0x01080100)), NO, NO, 6081),
  (p) => part(h.sleeve(inEthernet(p)), NO, NO, 6783),
  (p) => part(h.icmpError(3, 4, 1400, inIpv4(p).bytes), NO, 1, NO),
  (p) => part(h.icmpv6(2, 0, h.join(h.u32(1280), inIpv6(p).bytes)), NO, 58, NO),
];

function etherTypeOf(p: Part): number {
  if (p.etherType !== NO) return p.etherType;
  throw new Error('wrapped in IP first');
}

function ipOf(p: Part): [number, Uint8Array] {
  if (p.ipProtocol !== NO) return [p.ipProtocol, p.bytes];
  if (p.udpPort !== NO) return [17, h.udp(50_000, p.udpPort, p.bytes)];
  return [47, h.gre(p.etherType, p.bytes)];
}

function inIpv4(p: Part): Part {
  return part(h.ipv4(...ipOf(p)), 0x0800, 4, NO);
}

function inIpv6(p: Part): Part {
  return part(h.ipv6(...ipOf(p)), 0x86dd, 41, NO);
}

function inIp(p: Part): Part {
  return p.etherType === 0x0800 || p.etherType === 0x86dd ? p : inIpv4(p);
}

function inEthernet(p: Part): Uint8Array {
  const inner = p.etherType === NO ? inIpv4(p) : p;
  return inner.etherType === 0x6558 ? inner.bytes : h.ethernet(inner.etherType, inner.bytes);
}

function wrap(core: Part, steps: readonly Wrapper[]): AnyFrame {
  let packet = core;
  for (const step of steps) {
    if (packet.etherType === NO) packet = inIpv4(packet);
    packet = step(packet);
  }
  const bytes = inEthernet(packet);
  return { bytes, linktype: 1, len: bytes.length };
}

/** A frame with right lengths: up to ten headers around a sample, or a sample as it is. */
export function lawfulFrame(): fc.Arbitrary<AnyFrame> {
  const stacked = fc
    .tuple(fc.constantFrom(...cores), fc.array(fc.constantFrom(...wrappers), { maxLength: 10 }))
    .map(([core, steps]) => wrap(core, steps));
  const asIs = fc
    .constantFrom(...samples)
    .map(({ bytes, linktype }) => ({ bytes, linktype, len: bytes.length }));
  return fc.oneof({ weight: 2, arbitrary: stacked }, { weight: 1, arbitrary: asIs });
}

/** One act of damage: what to do, where and with what, each a number scaled to the frame. */
type Damage = readonly [kind: number, place: number, value: number];

function damage(frame: AnyFrame, [kind, place, value]: Damage): AnyFrame {
  const bytes = frame.bytes.slice();
  if (bytes.length === 0) return frame;
  const at = place % bytes.length;
  switch (kind % 6) {
    case 0:
      bytes[at] = value;
      return { ...frame, bytes };
    case 1:
      bytes[at] = bytes[at]! ^ (1 << (value & 7));
      return { ...frame, bytes };
    case 2: // capture ends here, the frame does not
      return { ...frame, bytes: bytes.slice(0, at) };
    case 3: // the frame itself ends here
      return { ...frame, bytes: bytes.slice(0, at), len: at };
    case 4: // bytes repeated in the middle
      return lengthened(frame, h.join(bytes.slice(0, at), bytes.slice(at >> 1)));
    default: // two bytes as a length field would hold them
      bytes.set(
        h.u16([0, 1, 7, 8, 19, 20, 0x7fff, 0xffff][value & 7]!).subarray(0, bytes.length - at),
        at,
      );
      return { ...frame, bytes };
  }
}

function lengthened(frame: AnyFrame, bytes: Uint8Array): AnyFrame {
  return { bytes, linktype: frame.linktype, len: Math.max(bytes.length, frame.len) };
}

/** Any frame: lawful, damaged in up to six ways, or noise; with any link type now and then. */
export function anyFrame(): fc.Arbitrary<AnyFrame> {
  const acts = fc.array(fc.tuple(fc.nat(5), fc.nat(600), fc.nat(255)), { maxLength: 6 });
  const damaged = fc.tuple(lawfulFrame(), acts).map(([frame, all]) => all.reduce(damage, frame));
  const linktypes = [...new Set(samples.map((s) => s.linktype)), 12, 14, 105, 511, 65_535];
  const noise = fc
    .tuple(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(...linktypes))
    .map(([bytes, linktype]) => ({ bytes, linktype, len: bytes.length }));
  return fc.oneof({ weight: 9, arbitrary: damaged }, { weight: 1, arbitrary: noise });
}
