/**
 * Memory that the next frames will ask for, asked for ahead of them. With many flows a look-up waits for
 * main memory twice or more, some 300 ns each time; those that depend on nothing are waited for together.
 * What is read here changes nothing: a frame whose flow is guessed wrongly just waits as it would have.
 */
import type { FrameBatch } from '../base/frames.ts';
import type { Offset } from '../base/units.ts';
import { type Encapsulations, NOT_ENCAPSULATED } from './encapsulations.ts';
import { FAMILY_V4, FAMILY_V6, FlowKey, type FlowTable, NEAR_MAX } from './flow-table.ts';
import type { Places } from './places.ts';

/** With fewer flows than this, rows and slots are mostly in a core's own cache anyway. */
const FLOWS_MIN = 1 << 13;

const LINKTYPE_ETHERNET = 1;
const LINKTYPE_RAW = 101;
const LINKTYPE_LINUX_SLL2 = 276;
const ETHERNET_LEN = 14;
const SLL2_LEN = 20;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const IPV4_LEN = 20;
const IPV6_LEN = 40;
const IPPROTO_IPIP = 4;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const UDP_LEN = 8;
const VXLAN_LEN = 8;

export class Lookahead {
  private readonly flowsMin: number;
  private readonly flows: FlowTable;
  private readonly places: Places;
  private readonly encapsulations: Encapsulations;
  private readonly key = new FlowKey();
  private readonly hashes = new Int32Array(NEAR_MAX);
  /** The frames of the batch up to here were looked at. */
  private end = 0;

  /** `flowsMin`: nothing is looked at while there are fewer flows. */
  constructor(
    flows: FlowTable,
    places: Places,
    encapsulations: Encapsulations,
    flowsMin = FLOWS_MIN,
  ) {
    this.flowsMin = flowsMin;
    this.flows = flows;
    this.places = places;
    this.encapsulations = encapsulations;
  }

  /** There are so many flows that looking ahead pays. */
  get pays(): boolean {
    return this.flows.count >= this.flowsMin;
  }

  /** Frame i is next, and those that follow it will be. */
  reach(frames: FrameBatch, i: number): void {
    if (i !== 0 && i < this.end) return;
    this.end = Math.min(i + NEAR_MAX, frames.count);
    if (this.pays) this.look(frames, i);
  }

  private look(frames: FrameBatch, from: number): void {
    const { hashes, flows } = this;
    let count = 0;
    for (let k = from; k < this.end; k++) {
      if (this.readKey(frames, k)) hashes[count++] = flows.hashOf(this.key);
    }
    flows.bringNear(hashes, count);
  }

  /** The key that frame k will probably be looked up by; false = not known. */
  private readKey(frames: FrameBatch, k: number): boolean {
    const { view } = frames;
    const capture = frames.interfaces[frames.iface[k]!]!;
    const { linktype } = capture;
    const at = frames.at[k]!;
    const end = at + frames.caplen[k]!;
    if (end - at < SLL2_LEN + IPV4_LEN) return false;
    this.key.encapsulation = NOT_ENCAPSULATED;
    if (linktype === LINKTYPE_ETHERNET) {
      this.key.place = this.places.known(capture, 0);
      return this.readNetwork(view, view.getUint16(at + 12), at + ETHERNET_LEN, end);
    }
    if (linktype === LINKTYPE_LINUX_SLL2) {
      this.key.place = this.places.known(capture, view.getInt32(at + 4));
      return this.readNetwork(view, view.getUint16(at), at + SLL2_LEN, end);
    }
    if (linktype !== LINKTYPE_RAW) return false;
    this.key.place = this.places.known(capture, 0);
    const isV6 = view.getUint8(at) >> 4 === 6;
    return this.readNetwork(view, isV6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, at, end);
  }

  private readNetwork(view: DataView, etherType: number, at: Offset, end: Offset): boolean {
    if (etherType === ETHERTYPE_IPV4) return this.readIpv4(view, at, end);
    return etherType === ETHERTYPE_IPV6 && this.readIpv6(view, at, end);
  }

  private readIpv4(view: DataView, ip: Offset, end: Offset): boolean {
    if (end - ip < IPV4_LEN + 4) return false;
    const { key } = this;
    const protocol = view.getUint8(ip + 9);
    const next = ip + ((view.getUint8(ip) & 15) << 2);
    const src = view.getInt32(ip + 12);
    const dst = view.getInt32(ip + 16);
    if (key.encapsulation === NOT_ENCAPSULATED) {
      const { encapsulations } = this;
      if (protocol === IPPROTO_IPIP) {
        key.encapsulation = encapsulations.knownIpip(src, dst);
        return key.encapsulation > 0 && this.readIpv4(view, next, end);
      }
      const inner = next + UDP_LEN + VXLAN_LEN + ETHERNET_LEN;
      if (protocol === IPPROTO_UDP && inner < end) {
        key.encapsulation = encapsulations.knownVxlan(src, dst);
        if (key.encapsulation > 0) {
          return this.readNetwork(view, view.getUint16(inner - 2), inner, end);
        }
        key.encapsulation = NOT_ENCAPSULATED;
      }
    }
    key.kind = FAMILY_V4 | protocol;
    key.src3 = src;
    key.dst3 = dst;
    return this.readPorts(view, protocol, next, end);
  }

  private readIpv6(view: DataView, ip: Offset, end: Offset): boolean {
    if (end - ip < IPV6_LEN + 4) return false;
    const protocol = view.getUint8(ip + 6);
    this.key.kind = FAMILY_V6 | protocol;
    this.key.readIpv6(view, ip + 8, ip + 24);
    return this.readPorts(view, protocol, ip + IPV6_LEN, end);
  }

  private readPorts(view: DataView, protocol: number, at: Offset, end: Offset): boolean {
    if (end - at < 4 || (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP)) return false;
    this.key.ports = view.getInt32(at);
    return true;
  }
}
