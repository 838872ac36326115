/** A packet as a row of the packet list. */
import { showIpv4, showIpv6 } from '../base/address.ts';
import { DIRECTION_IN, DIRECTION_MASK, DIRECTION_OUT, type FrameBatch } from '../base/frames.ts';
import { ipProtocolName } from '../base/ip-protocols.ts';
import { IPV4, SLL, SLL2, TCP } from '../base/protocol-numbers.ts';
import { showTime } from '../base/time.ts';
import type { FlowIndex } from '../base/units.ts';
import type { Packet } from '../decode/packet.ts';
import { dissectorOf } from '../decode/protocols/index.ts';
import * as ipv4 from '../decode/protocols/ipv4.ts';
import { ipv6DestinationAt, ipv6NextHeader, ipv6SourceAt } from '../decode/protocols/ipv6.ts';
import { addressOf, portOf } from '../flow/addresses.ts';
import { NO_FLOW } from '../flow/flow-table.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { Sentence } from '../words/sentence.ts';
import { notesOf } from './frames/json.ts';
import { BARE_LINES, FrameLines } from './frames/line.ts';
import { countFrom } from './frames/transport.ts';
import type { PacketEnds, PacketIndex, PacketRow } from './model.ts';
import type { Names } from './names.ts';

/** What is known of the packet beside its bytes. */
export interface PacketPlace {
  readonly index: PacketIndex;
  readonly flow: FlowIndex;
  readonly conversation: number | null;
  readonly label: PacketRow['label'];
  /** Nanoseconds since the first frame of all; since the packet before. */
  readonly since: number;
  readonly delta: number;
}

const PORTS = new Set([6, 17, 132]);

export class PacketRows {
  private readonly stage: FlowStage;
  private readonly names: Names;
  private readonly lines: FrameLines;

  constructor(stage: FlowStage, names: Names) {
    this.stage = stage;
    this.names = names;
    this.lines = new FrameLines(BARE_LINES);
  }

  /** The row of frame 0 of the batch, which `packet` holds decoded. */
  row(packet: Packet, frames: FrameBatch, place: PacketPlace): PacketRow {
    const iface = frames.interfaces[frames.iface[0]!]!;
    const inTunnel = packet.outerIp >= 0 && packet.outerIp !== packet.ip;
    const top = packet.quoted >= 0 ? packet.quoted - 1 : packet.depth - 1;
    return {
      index: place.index,
      number: frames.number[0]!,
      file: iface.file,
      node: iface.node ?? null,
      interface: iface.name ?? null,
      time: showTime(frames.seconds[0]!, frames.nanoseconds[0]!),
      since: place.since,
      delta: place.delta,
      length: packet.wireLen,
      captured: packet.captureEnd - packet.frameAt,
      direction: directionOf(packet),
      outer: inTunnel ? this.ends(packet, packet.outerIp) : null,
      tunnels: inTunnel ? this.tunnelsOf(place.flow) : [],
      inner: packet.ip < 0 ? null : this.ends(packet, packet.ip),
      protocol: top < 0 ? '' : (dissectorOf[packet.protocol[top]!]?.name ?? ''),
      info: this.info(packet, frames, place.flow),
      line: this.line(packet, frames),
      conversation: place.conversation,
      label: place.label,
      notes: notesOf(packet),
      comment: frames.comments?.get(0) ?? null,
      missing: null,
    };
  }

  private ends(packet: Packet, row: number): PacketEnds {
    const { view } = packet;
    const at = packet.at[row]!;
    const isV4 = packet.protocol[row] === IPV4;
    const src = isV4 ? showIpv4(ipv4.source(view, at)) : showIpv6(view, ipv6SourceAt(at));
    const dst = isV4 ? showIpv4(ipv4.destination(view, at)) : showIpv6(view, ipv6DestinationAt(at));
    const isInner = row === packet.ip;
    const next = isV4 ? ipv4.protocol(view, at) : ipv6NextHeader(view, at);
    const number = isInner ? packet.ipProtocol : next;
    const hasPorts = isInner && packet.transport >= 0 && PORTS.has(number);
    return {
      src,
      dst,
      srcName: this.names.of(src) ?? null,
      dstName: this.names.of(dst) ?? null,
      sport: hasPorts ? packet.srcPort : -1,
      dport: hasPorts ? packet.dstPort : -1,
      protocol: ipProtocolName(number),
    };
  }

  /** From the outermost on. */
  private tunnelsOf(flow: FlowIndex): string[] {
    if (flow === NO_FLOW) return [];
    const { flows, encapsulations } = this.stage;
    const id = Math.max(flows.tunnelIdBy(2 * flow), flows.tunnelIdBy(2 * flow + 1));
    const tunnels: string[] = [];
    let tunnel = encapsulations.list[flows.encapsulation(flow)];
    while (tunnel !== undefined) {
      tunnels.unshift(tunnels.length === 0 && id >= 0 ? `${tunnel.type} ${id}` : tunnel.type);
      tunnel = encapsulations.list[tunnel.parent];
    }
    return tunnels;
  }

  private info(packet: Packet, frames: FrameBatch, flow: FlowIndex): string {
    const { lines } = this;
    const { transport } = packet;
    const isTcp = transport >= 0 && packet.protocol[transport] === TCP;
    if (isTcp && flow !== NO_FLOW && transport === packet.ip + 1) this.countFrom(packet, flow);
    lines.addUpper(packet, frames, 0);
    return textOf(lines);
  }

  private line(packet: Packet, frames: FrameBatch): string {
    this.lines.addLayers(packet, frames, 0);
    return textOf(this.lines);
  }

  /** Sequence numbers are told from the start of the flow, however the list is walked. */
  private countFrom(packet: Packet, flow: FlowIndex): void {
    const { flows } = this.stage;
    const side = sideOf(this.stage, packet, flow);
    const ours = flows.firstSeqBy(2 * flow + side);
    const other = 2 * flow + 1 - side;
    const at = packet.at[packet.transport]!;
    const acknowledged = (packet.view.getInt32(at + 8) - 1) | 0;
    const theirs = flows.packetsBy(other) > 0 ? flows.firstSeqBy(other) : acknowledged;
    this.lines.context.ipRow = packet.ip;
    this.lines.context.iface = 0;
    countFrom(this.lines.context, packet, packet.transport, ours, theirs);
  }
}

/** Direction of the packet within its flow: 0 as the flow's source sends, 1 back. */
export function sideOf(stage: FlowStage, packet: Packet, flow: FlowIndex): 0 | 1 {
  const { flows } = stage;
  if (packet.srcPort !== packet.dstPort) return packet.srcPort === portOf(flows, flow, 0) ? 0 : 1;
  const at = packet.at[packet.ip]!;
  const isV4 = packet.protocol[packet.ip] === IPV4;
  const { view } = packet;
  const src = isV4 ? showIpv4(ipv4.source(view, at)) : showIpv6(view, ipv6SourceAt(at));
  return src === addressOf(flows, flow, 0) ? 0 : 1;
}

/** The row of a packet that cannot be shown: `why`. */
export function missingRow(place: PacketPlace, number: number, why: Sentence): PacketRow {
  return {
    index: place.index,
    number,
    file: '',
    node: null,
    interface: null,
    time: '',
    since: place.since,
    delta: place.delta,
    length: 0,
    captured: 0,
    direction: null,
    outer: null,
    tunnels: [],
    inner: null,
    protocol: '',
    info: '',
    line: '',
    conversation: place.conversation,
    label: place.label,
    notes: [],
    comment: null,
    missing: why,
  };
}

const decoder = new TextDecoder();

function textOf(lines: FrameLines): string {
  return decoder.decode(lines.context.out.take());
}

/** As the file or the cooked header tells it. */
function directionOf(packet: Packet): 'in' | 'out' | null {
  const told = packet.flags & DIRECTION_MASK;
  if (told === DIRECTION_IN) return 'in';
  if (told === DIRECTION_OUT) return 'out';
  const link = packet.depth > 0 ? packet.protocol[0] : -1;
  const { view, frameAt } = packet;
  if (link === SLL) return view.getUint16(frameAt) === 4 ? 'out' : 'in';
  if (link === SLL2) return view.getUint8(frameAt + 10) === 4 ? 'out' : 'in';
  return null;
}
