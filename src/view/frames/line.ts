/** One line of text a frame, outer and inner headers on it, close to what tcpdump prints. */
import type { CaptureInterface, FrameBatch } from '../../base/frames.ts';
import { ETHERNET, IPV4, IPV6, TCP, UDP } from '../../base/protocol-numbers.ts';
import { CUT, MALFORMED, type Packet, TOO_DEEP, UNKNOWN_LINKTYPE } from '../../decode/packet.ts';
import * as ethernet from '../../decode/protocols/ethernet.ts';
import { escapeText } from '../escape.ts';
import { Clock, type TimeStyle } from './clock.ts';
import { FrameContext, type FrameTextOptions } from './context.ts';
import { type DumpStyle, showDump } from './dump.ts';
import { showIpv4Layer, showIpv6Layer } from './ip.ts';
import { networkAt, showEthernet, showEtherType } from './link.ts';
import { showTcp, showUdp } from './transport.ts';

export interface FrameLineOptions extends FrameTextOptions {
  readonly time: TimeStyle;
  /** Nine digits after the second, not six. */
  readonly nano: boolean;
  /** -#: the frame's number in its file before the line. */
  readonly numbers: boolean;
  readonly dump: DumpStyle;
  /** -xx, -XX: the dump begins with the link layer. */
  readonly dumpLink: boolean;
  /** Several files: say which. */
  readonly files: boolean;
}

const SPACE = 32;

export class FrameLines {
  readonly context: FrameContext;
  private readonly options: FrameLineOptions;
  private readonly clock: Clock;
  /** `eth0 ` and the like by interface index; '' where the file names none. */
  private readonly places: string[] = [];

  constructor(options: FrameLineOptions) {
    this.options = options;
    this.context = new FrameContext(options);
    this.clock = new Clock(options.time, options.nano);
  }

  /** Append the line, or with -v or a dump the lines, of frame i, which `packet` holds decoded. */
  add(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    const out = line.out;
    if (this.options.numbers) showNumber(line, frames.number[i]!);
    this.clock.show(out, frames.seconds[i]!, frames.nanoseconds[i]!);
    const iface = frames.iface[i]!;
    const place = this.places[iface] ?? this.place(frames.interfaces[iface]!);
    if (place !== '') out.utf8(place);
    line.ipRow = -1;
    line.quoted = false;
    if (packet.depth === 0) showUndecodedFrame(line, packet, frames.interfaces[iface]!);
    else showLayers(line, packet);
    if (this.options.dump !== 'none') {
      const at = this.options.dumpLink ? packet.frameAt : networkAt(packet);
      showDump(out, this.options.dump, packet.bytes, at, packet.captureEnd);
    }
    out.newline();
  }

  private place(iface: CaptureInterface): string {
    const file = iface.file.slice(iface.file.lastIndexOf('/') + 1);
    const where = iface.node ?? (this.options.files ? file : undefined);
    const parts = [where, iface.name].filter((part) => part !== undefined);
    const place = parts.length === 0 ? '' : `${escapeText(parts.join(':'))} `;
    this.places[iface.index] = place;
    return place;
  }
}

function showNumber(line: FrameContext, number: number): void {
  for (let bound = 10_000; bound > number && bound >= 10; bound /= 10) line.out.char(SPACE);
  line.out.uint(number);
  line.out.ascii('  ');
}

function showLayers(line: FrameContext, packet: Packet): void {
  const before = line.out.at;
  for (let row = 0; row < packet.depth; row++) {
    if (row === packet.quoted) return; // the ICMP error has told of what it quotes
    switch (packet.protocol[row]!) {
      case ETHERNET:
        showEthernet(line, packet, row);
        break;
      case IPV4:
        showIpv4Layer(line, packet, row);
        break;
      case IPV6:
        showIpv6Layer(line, packet, row);
        break;
      case TCP:
        showTcp(line, packet, row);
        break;
      case UDP:
        showUdp(line, packet, row);
        break;
    }
  }
  if (line.out.at === before) showLinkOnly(line, packet);
  if ((packet.notes & TOO_DEEP) !== 0) line.out.ascii(' [too many layers]');
}

/** A frame of which nothing above the link layer is known. */
function showLinkOnly(line: FrameContext, packet: Packet): void {
  const out = line.out;
  if ((packet.notes & CUT) !== 0) out.ascii('[|cut] ');
  else if ((packet.notes & MALFORMED) !== 0) out.ascii('[malformed] ');
  if (packet.protocol[0] === ETHERNET) {
    out.ascii('ethertype ');
    showEtherType(line, ethernet.type(packet.view, packet.at[0]!));
    out.ascii(', ');
  }
  out.ascii('length ');
  out.uint(packet.wireLen);
}

function showUndecodedFrame(line: FrameContext, packet: Packet, iface: CaptureInterface): void {
  const out = line.out;
  if ((packet.notes & UNKNOWN_LINKTYPE) !== 0) {
    out.ascii('link type ');
    out.uint(iface.linktype);
    out.ascii(' not decoded, length ');
  } else if ((packet.notes & CUT) !== 0) out.ascii('[|cut] length ');
  else out.ascii('[malformed] length ');
  out.uint(packet.wireLen);
}
