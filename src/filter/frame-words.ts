/** Tests of a frame's link and tunnel headers, and of where it was captured. */
import type { FrameBatch } from '../base/frames.ts';
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT } from '../base/frames.ts';
import {
  AH,
  ERSPAN,
  ESP,
  ETHERNET,
  FLANNEL_UDP,
  GENEVE,
  GRE,
  IPV4,
  IPV6,
  IPV6_EXTENSION,
  IPV6_FRAGMENT,
  LLC,
  MPLS,
  PKTAP,
  PPPOE,
  PROXY,
  SLL,
  SLL2,
  VLAN,
  VXLAN,
  VXLAN_GPE,
  WEAVE_SLEEVE,
  WIREGUARD,
} from '../base/protocol-numbers.ts';
import type { Offset } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';
import { destinationAt, sourceAt } from '../decode/protocols/ethernet.ts';
import { geneveVni } from '../decode/protocols/geneve.ts';
import { llcDsap } from '../decode/protocols/llc.ts';
import { mplsLabel } from '../decode/protocols/mpls.ts';
import { pppoeSession } from '../decode/protocols/pppoe.ts';
import {
  SLL_BROADCAST,
  SLL_FROM_US,
  SLL_MULTICAST,
  sll2AddressAt,
  sll2AddressLen,
  sll2InterfaceIndex,
  sll2PacketType,
  sllAddressAt,
  sllAddressLen,
  sllPacketType,
} from '../decode/protocols/sll.ts';
import { vlanId } from '../decode/protocols/vlan.ts';
import { vxlanVni } from '../decode/protocols/vxlan.ts';
import type { FrameWord } from './ast.ts';
import { globTest } from './glob.ts';
import { announcedType, type LayerTest, linkRow, nextLayer, rowsEnd } from './layers.ts';

type Word<Kind extends FrameWord['kind']> = Extract<FrameWord, { kind: Kind }>;

/** A test of one header, that of row `row`. */
type RowTest = (packet: Packet, row: number) => boolean;

/**
 * Is the test true of some header: of the whole frame, or, `pinned`, of the link headers before the
 * layer asked.
 */
function someRow(test: RowTest, pinned: boolean): LayerTest {
  if (pinned) {
    return (packet, layer) => {
      const end = layer < 0 ? rowsEnd(packet) : layer;
      for (let row = linkRow(packet, layer); row < end; row++) {
        if (test(packet, row)) return true;
      }
      return false;
    };
  }
  return (packet) => {
    const end = rowsEnd(packet);
    for (let row = 0; row < end; row++) if (test(packet, row)) return true;
    return false;
  };
}

/** Ethernet's addresses, and the source that a cooked capture keeps. */
export function macTest({ direction, high, low }: Word<'mac'>, pinned: boolean): LayerTest {
  const fits = (view: DataView, at: Offset): boolean =>
    view.getUint16(at) === high && view.getInt32(at + 2) === low;
  return someRow((packet, row) => {
    const view = packet.view;
    const at = packet.at[row]!;
    const protocol = packet.protocol[row]!;
    if (protocol === ETHERNET) {
      const src = direction !== 'dst' && fits(view, sourceAt(at));
      if (direction === 'both' ? !src : src) return src;
      return direction !== 'src' && fits(view, destinationAt(at));
    }
    if (direction === 'dst' || direction === 'both') return false;
    if (protocol === SLL) return sllAddressLen(view, at) === 6 && fits(view, sllAddressAt(at));
    return protocol === SLL2 && sll2AddressLen(view, at) === 6 && fits(view, sll2AddressAt(at));
  }, pinned);
}

const LENGTH_MAX = 1500;
const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;

/** The type field of any Ethernet, VLAN, cooked or SNAP header; the DSAP of an LLC header; raw IP by its version. */
export function etherTypeTest({ type }: Word<'ethertype'>, pinned: boolean): LayerTest {
  if (type <= LENGTH_MAX) {
    return someRow(
      (packet, row) =>
        packet.protocol[row] === LLC && llcDsap(packet.view, packet.at[row]!) === type,
      pinned,
    );
  }
  const bare = type === IPV4_TYPE ? IPV4 : type === IPV6_TYPE ? IPV6 : -1;
  const announced = someRow(
    (packet, row) => isLink(packet.protocol[row]!) && announcedType(packet, row + 1) === type,
    pinned,
  );
  return (packet, row) => {
    if (announced(packet, row)) return true;
    const first = packet.outerIp;
    return first >= 0 && packet.protocol[first] === bare && announcedType(packet, first) < 0;
  };
}

function isLink(protocol: number): boolean {
  return (
    protocol === ETHERNET ||
    protocol === VLAN ||
    protocol === SLL ||
    protocol === SLL2 ||
    protocol === LLC
  );
}

export function linkCastTest({ to }: Word<'link-cast'>, pinned: boolean): LayerTest {
  const broadcast = to === 'broadcast';
  return someRow((packet, row) => {
    const view = packet.view;
    const at = packet.at[row]!;
    switch (packet.protocol[row]!) {
      case ETHERNET:
        if (!broadcast) return (view.getUint8(destinationAt(at)) & 1) !== 0;
        return (
          view.getUint16(destinationAt(at)) === 0xffff &&
          view.getInt32(destinationAt(at) + 2) === -1
        );
      case SLL:
        return isCast(sllPacketType(view, at), broadcast);
      case SLL2:
        return isCast(sll2PacketType(view, at), broadcast);
      default:
        return false;
    }
  }, pinned);
}

function isCast(packetType: number, broadcast: boolean): boolean {
  return packetType === SLL_BROADCAST || (!broadcast && packetType === SLL_MULTICAST);
}

export function llcTest(pinned: boolean): LayerTest {
  return someRow((packet, row) => packet.protocol[row] === LLC, pinned);
}

export function tagTest({ tag, id }: Word<'tag'>, pinned: boolean): LayerTest {
  switch (tag) {
    case 'vlan':
      return someRow(rowTest(VLAN, id, vlanId), pinned);
    case 'pppoes':
      return someRow(rowTest(PPPOE, id, pppoeSessionOnly), pinned);
    case 'vxlan':
      return someRow(rowTest(VXLAN, id, vxlanVni), pinned);
    case 'geneve':
      return someRow(rowTest(GENEVE, id, geneveVni), pinned);
    case 'mpls':
      return someRow(
        (packet, row) => packet.protocol[row] === MPLS && hasLabel(packet, row, id),
        pinned,
      );
  }
}

function rowTest(
  protocol: number,
  id: number | undefined,
  idOf: (view: DataView, at: Offset) => number,
): RowTest {
  if (id === undefined) {
    return (packet, row) =>
      packet.protocol[row] === protocol && idOf(packet.view, packet.at[row]!) >= 0;
  }
  return (packet, row) =>
    packet.protocol[row] === protocol && idOf(packet.view, packet.at[row]!) === id;
}

/** Session of a PPPoE session packet (code 0), -1 during discovery. */
function pppoeSessionOnly(view: DataView, at: Offset): number {
  return view.getUint8(at + 1) === 0 ? pppoeSession(view, at) : -1;
}

function hasLabel(packet: Packet, row: number, label: number | undefined): boolean {
  if (label === undefined) return true;
  const end = packet.payloadAt[row]!;
  for (let at = packet.at[row]!; end - at >= 4; at += 4) {
    if (mplsLabel(packet.view, at) === label) return true;
    if ((packet.view.getUint8(at + 2) & 1) !== 0) return false; // bottom of the stack
  }
  return false;
}

const PKTAP_FLAGS = 36;
const PKTAP_OUT = 2;

/** Into or out of the captured interface, as the capture tells it; frames of which it does not are neither. */
export function wayTest({ way }: Word<'way'>): LayerTest {
  const wanted = way === 'inbound' ? DIRECTION_IN : DIRECTION_OUT;
  return (packet) => directionOf(packet) === wanted;
}

function directionOf(packet: Packet): number {
  const told = packet.flags & DIRECTION_MASK;
  if (told !== 0) return told;
  if (packet.depth === 0) return 0;
  const view = packet.view;
  const at = packet.at[0]!;
  switch (packet.protocol[0]!) {
    case SLL:
      return sllPacketType(view, at) === SLL_FROM_US ? DIRECTION_OUT : DIRECTION_IN;
    case SLL2:
      return sll2PacketType(view, at) === SLL_FROM_US ? DIRECTION_OUT : DIRECTION_IN;
    case PKTAP:
      return (view.getUint32(at + PKTAP_FLAGS, true) & PKTAP_OUT) !== 0
        ? DIRECTION_OUT
        : DIRECTION_IN;
    default:
      return 0;
  }
}

export function ifindexTest({ index }: Word<'ifindex'>): LayerTest {
  return (packet) =>
    packet.depth > 0 &&
    packet.protocol[0] === SLL2 &&
    sll2InterfaceIndex(packet.view, packet.at[0]!) === index;
}

/** Where frames are read from while a filter runs: set once a frame, before its tests. */
export interface Place {
  frames: FrameBatch | undefined;
  iface: number;
}

/** By name of the interface, or by path or last part of the path of the file; each asked once. */
export function placeTest({ word, pattern }: Word<'place'>, place: Place): LayerTest {
  const fits = globTest(pattern);
  const fitsName = (name: string): boolean =>
    fits(name) || fits(name.slice(name.lastIndexOf('/') + 1));
  const known: boolean[] = [];
  return () => {
    const answer = known[place.iface];
    if (answer !== undefined) return answer;
    const { name, file } = place.frames!.interfaces[place.iface]!;
    known[place.iface] = word === 'iface' ? name !== undefined && fits(name) : fitsName(file);
    return known[place.iface]!;
  };
}

export function proxyTest(pinned: boolean): LayerTest {
  if (!pinned) return someRow((packet, row) => packet.protocol[row] === PROXY, false);
  return (packet, layer) => {
    if (layer < 0) return false;
    const end = nextLayer(packet, layer);
    for (let row = layer + 1; row < end; row++) if (packet.protocol[row] === PROXY) return true;
    return false;
  };
}

/** Protocols of tunnel headers, by the name of their type. */
const TUNNELS: Readonly<Record<string, readonly number[]>> = {
  gre: [GRE],
  vxlan: [VXLAN, VXLAN_GPE],
  geneve: [GENEVE],
  wireguard: [WIREGUARD],
  esp: [ESP],
  'weave-sleeve': [WEAVE_SLEEVE],
  'flannel-udp': [FLANNEL_UDP],
};
const ANY_TUNNEL: readonly number[] = [...Object.values(TUNNELS).flat(), ERSPAN];

/** A tunnel of this type anywhere in the frame, encrypted ones (whose inside is not seen) included. */
export function encapsulationTest({ type }: Word<'encapsulation'>): LayerTest {
  if (type === 'any' || type === 'none') {
    const wanted = type === 'any';
    return (packet) => isEncapsulated(packet) === wanted;
  }
  switch (type) {
    case 'ipip':
      return (packet) => isNested(packet, IPV4, IPV4);
    case '6in4':
      return (packet) => isNested(packet, IPV4, IPV6);
    case '4in6':
      return (packet) => isNested(packet, IPV6, IPV4);
    case '6in6':
      return (packet) => isNested(packet, IPV6, IPV6);
    default: {
      const protocols = TUNNELS[type] ?? [];
      return (packet) => hasRow(packet, protocols);
    }
  }
}

function isEncapsulated(packet: Packet): boolean {
  return packet.ip !== packet.outerIp || hasRow(packet, ANY_TUNNEL);
}

function hasRow(packet: Packet, protocols: readonly number[]): boolean {
  const end = rowsEnd(packet);
  for (let row = 0; row < end; row++) {
    if (protocols.includes(packet.protocol[row]!)) return true;
  }
  return false;
}

/** An IP layer whose payload, past extension headers, is an IP layer: no tunnel header between. */
function isNested(packet: Packet, outer: number, inner: number): boolean {
  for (let row = packet.outerIp; row >= 0 && row < packet.ip; ) {
    const next = nextLayer(packet, row);
    if (next >= rowsEnd(packet)) return false;
    const isBare = !hasTunnelBetween(packet, row, next);
    if (isBare && packet.protocol[row] === outer && packet.protocol[next] === inner) return true;
    row = next;
  }
  return false;
}

const EXTENSIONS: readonly number[] = [AH, IPV6_EXTENSION, IPV6_FRAGMENT];

function hasTunnelBetween(packet: Packet, from: number, to: number): boolean {
  for (let row = from + 1; row < to; row++) {
    if (!EXTENSIONS.includes(packet.protocol[row]!)) return true;
  }
  return false;
}
