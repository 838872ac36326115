/**
 * The start of a frame's line, from its interface to its ports, kept by what it says: the frames of a flow share
 * it, and addresses are most of a line's text. A cache: what is not in it is written anew, to the same bytes.
 */
import {
  ETHERNET,
  IPV4,
  IPV6,
  SLL,
  SLL2,
  TCP,
  UDP,
  VLAN,
  VXLAN,
} from '../../base/protocol-numbers.ts';
import { type Packet, UNKNOWN_PAYLOAD } from '../../decode/packet.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import { ipv6DestinationAt, ipv6SourceAt } from '../../decode/protocols/ipv6.ts';
import { sll2InterfaceIndex, sll2PacketType, sllPacketType } from '../../decode/protocols/sll.ts';
import * as udp from '../../decode/protocols/udp.ts';
import { vlanId } from '../../decode/protocols/vlan.ts';
import { vxlanFlags, vxlanGroup, vxlanVni } from '../../decode/protocols/vxlan.ts';
import type { TextBuffer } from '../text-buffer.ts';

/** Heads kept; a new one takes the place of the one before it with the same hash. */
const ROWS = 1 << 13;
/** Ints of a row, in one place so that a line touches few pages: the four below, the key, the text. */
const ROW_SHIFT = 6;
const KEY_LEN = 0;
const TEXT_LEN = 1;
const CONNECTION = 2;
const KEY = 4;
/** Interface, protocols, addresses, ports and what else the layers show. */
const KEY_MAX = 24;
const TEXT = KEY + KEY_MAX;
/** Bytes of the longest text kept. */
const TEXT_MAX = 4 * ((1 << ROW_SHIFT) - TEXT);
/** Protocol numbers fit six bits: five of them an int. */
const PROTOCOL_BITS = 6;
const PROTOCOLS_PER_WORD = 5;
/** Ints of a key: the interface, what tells its time, protocols, then what the layers add. */
const KEY_INTERFACE = 0;
const KEY_EPOCH = 1;
const KEY_PROTOCOLS = 2;
const PROTOCOL_WORDS = 2;
const KEY_LAYERS = KEY_PROTOCOLS + PROTOCOL_WORDS;

export class Heads {
  private readonly rows = new Int32Array(ROWS << ROW_SHIFT);
  private readonly key = new Int32Array(KEY_MAX);
  private keyLen = 0;
  /** Part of every key, so that none of another epoch is found. */
  private epoch = 0;

  /**
   * The row for the head of this packet up to its transport layer, to be written or learned; -1 = it tells
   * more than addresses, ports and tunnels.
   */
  rowOf(packet: Packet, iface: number): number {
    if ((packet.notes & ~UNKNOWN_PAYLOAD) !== 0 || packet.transport < 0) return -1;
    return this.fillKey(packet, iface) ? (this.hash() & (ROWS - 1)) << ROW_SHIFT : -1;
  }

  /** Append the text of the row that `rowOf` yielded; false when it is another head's. */
  write(out: TextBuffer, row: number): boolean {
    const { key, rows, keyLen } = this;
    if (rows[row + KEY_LEN] !== keyLen) return false;
    const keyAt = row + KEY;
    for (let i = 0; i < keyLen; i++) if (rows[keyAt + i] !== key[i]) return false;
    out.words(rows, row + TEXT, rows[row + TEXT_LEN]!);
    return true;
  }

  /** What was written from `start` on is the text of the row that `rowOf` yielded. */
  learn(out: TextBuffer, row: number, start: number): void {
    const { key, rows, keyLen } = this;
    const len = out.at - start;
    rows[row + KEY_LEN] = 0;
    if (len > TEXT_MAX) return;
    rows[row + KEY_LEN] = keyLen;
    rows[row + TEXT_LEN] = len;
    rows[row + CONNECTION] = -1;
    for (let i = 0; i < keyLen; i++) rows[row + KEY + i] = key[i]!;
    out.copyTo(rows, row + TEXT, start);
  }

  /** The connection whose segments have this head, as `Sequences` told it; -1 = not asked. */
  connection(row: number): number {
    return this.rows[row + CONNECTION]!;
  }

  setConnection(row: number, connection: number): void {
    this.rows[row + CONNECTION] = connection;
  }

  /** What was learned holds no longer. */
  forget(): void {
    this.epoch = (this.epoch + 1) | 0;
  }

  /** Connections told so far hold no longer. */
  forgetConnections(): void {
    for (let at = CONNECTION; at < this.rows.length; at += 1 << ROW_SHIFT) this.rows[at] = -1;
  }

  private fillKey(packet: Packet, iface: number): boolean {
    const { key } = this;
    const view = packet.view;
    const last = packet.transport;
    if (last >= PROTOCOL_WORDS * PROTOCOLS_PER_WORD) return false;
    let n = KEY_LAYERS;
    let protocols = 0;
    key[KEY_INTERFACE] = iface;
    key[KEY_EPOCH] = this.epoch;
    key[KEY_PROTOCOLS] = 0;
    for (let row = 0; row <= last; row++) {
      const at = packet.at[row]!;
      const protocol = packet.protocol[row]!;
      protocols = (protocols << PROTOCOL_BITS) | protocol;
      if (row === PROTOCOLS_PER_WORD - 1) {
        key[KEY_PROTOCOLS] = protocols;
        protocols = 0;
      }
      switch (protocol) {
        case IPV4:
          key[n++] = ipv4.source(view, at);
          key[n++] = ipv4.destination(view, at);
          break;
        case TCP:
        case UDP:
          key[n++] = (udp.srcPort(view, at) << 16) | udp.dstPort(view, at); // TCP has its ports in the same place
          break;
        case ETHERNET:
          break;
        default:
          n = addLayer(key, n, packet, row);
          if (n < 0) return false;
      }
    }
    key[KEY_PROTOCOLS + 1] = protocols;
    this.keyLen = n;
    return n <= KEY_MAX; // ints beyond it were written nowhere
  }

  private hash(): number {
    const { key, keyLen } = this;
    let h = 0;
    for (let i = 0; i < keyLen; i++) h = Math.imul(h ^ key[i]!, 0x9e3779b1) ^ (h >>> 15);
    h ^= h >>> 16;
    h = Math.imul(h, 0x2c1b3c6d);
    return h ^ (h >>> 13);
  }
}

/** Add what the layer shows to the key, whose next int is `n`; yields the next after it, -1 = it shows more. */
function addLayer(key: Int32Array, n: number, packet: Packet, row: number): number {
  const view = packet.view;
  const at = packet.at[row]!;
  switch (packet.protocol[row]) {
    case IPV6:
      for (let i = 0; i < 16; i += 4) {
        key[n++] = view.getInt32(ipv6SourceAt(at) + i);
        key[n++] = view.getInt32(ipv6DestinationAt(at) + i);
      }
      return n;
    case VXLAN:
      key[n++] = (vxlanFlags(view, at) << 24) | vxlanVni(view, at);
      key[n++] = vxlanGroup(view, at);
      return n;
    case VLAN:
      key[n++] = vlanId(view, at);
      return n;
    case SLL:
      key[n++] = sllPacketType(view, at);
      return n;
    case SLL2:
      key[n++] = sll2InterfaceIndex(view, at);
      key[n++] = sll2PacketType(view, at);
      return n;
    default:
      return -1;
  }
}
