/** One line of text a frame, outer and inner headers on it, close to what tcpdump prints. */
import type { CaptureInterface, FrameBatch } from '../../base/frames.ts';
import { TCP } from '../../base/protocol-numbers.ts';
import type { Packet } from '../../decode/packet.ts';
import { escapeText } from '../escape.ts';
import { Clock, type TimeStyle } from './clock.ts';
import { FrameContext, type FrameTextOptions } from './context.ts';
import { type DumpStyle, showDump } from './dump.ts';
import { Heads } from './heads.ts';
import { showLayers, showRows, showUndecodedFrame } from './layers.ts';
import { networkAt } from './link.ts';
import { showDatagram, showPorts, showSegment } from './transport.ts';

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

/** What is shown of a frame beside its line: nothing, not even when it came. */
export const BARE_LINES: FrameLineOptions = {
  verbosity: 0,
  quiet: false,
  link: false,
  absolute: false,
  names: undefined,
  time: 'none',
  nano: false,
  numbers: false,
  dump: 'none',
  dumpLink: false,
  files: false,
};

const SPACE = 32;

export class FrameLines {
  readonly context: FrameContext;
  private readonly options: FrameLineOptions;
  private readonly clock: Clock;
  /** Undefined where lines tell more of headers than a head has. */
  private readonly heads: Heads | undefined;
  /** The generations of connections and of names that `heads` refers to. */
  private connections = 0;
  private names = 0;
  /** `eth0 ` and the like by interface index; '' where the file names none. */
  private readonly places: string[] = [];

  constructor(options: FrameLineOptions) {
    this.options = options;
    this.context = new FrameContext(options);
    this.clock = new Clock(options.time, options.nano);
    const { verbosity, quiet, link } = options;
    const isPlain = verbosity === 0 && !quiet && !link;
    this.heads = isPlain ? new Heads() : undefined;
  }

  /** Append the line, or with -v or a dump the lines, of frame i, which `packet` holds decoded. */
  add(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    const out = line.out;
    if (this.options.numbers) showNumber(line, frames.number[i]!);
    this.clock.show(out, frames.seconds[i]!, frames.nanoseconds[i]!);
    const head = this.heads === undefined ? -1 : this.headOf(this.heads, packet, frames.iface[i]!);
    if (head >= 0) this.addWithHead(packet, frames, i, head);
    else {
      this.addPlace(frames, i);
      this.addLayers(packet, frames, i);
    }
    if (this.options.dump !== 'none') {
      const at = this.options.dumpLink ? packet.frameAt : networkAt(packet);
      showDump(out, this.options.dump, packet.bytes, at, packet.captureEnd);
    }
    out.newline();
  }

  /** Append what the layers above the innermost IP header say, or without one all of them; no addresses, no ports. */
  addUpper(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    const iface = frames.iface[i]!;
    line.iface = iface;
    line.quoted = false;
    line.ipRow = packet.ip;
    line.withoutEnds = true;
    const first = packet.ip + 1 < packet.depth ? packet.ip + 1 : Math.max(0, packet.ip);
    if (packet.depth === 0) showUndecodedFrame(line, packet, frames.interfaces[iface]!);
    else showLayers(line, packet, first);
    line.withoutEnds = false;
  }

  /** Append the layers of frame i as `add` does, but neither time nor place. */
  addLayers(packet: Packet, frames: FrameBatch, i: number): void {
    const line = this.context;
    line.iface = frames.iface[i]!;
    line.quoted = false;
    line.ipRow = -1;
    if (packet.depth === 0) showUndecodedFrame(line, packet, frames.interfaces[line.iface]!);
    else showLayers(line, packet);
  }

  /** `eth0 ` and the like. */
  private addPlace(frames: FrameBatch, i: number): void {
    const iface = frames.iface[i]!;
    const place = this.places[iface] ?? this.place(frames.interfaces[iface]!);
    if (place !== '') this.context.out.utf8(place);
  }

  /** The row for the start of this line, after what holds no longer was forgotten; -1 = none is kept. */
  private headOf(heads: Heads, packet: Packet, iface: number): number {
    const { names } = this.options;
    if (names !== undefined && this.names !== names.generation) {
      this.names = names.generation;
      heads.forget();
    }
    const { generation } = this.context.sequences;
    if (this.connections !== generation) {
      this.connections = generation;
      heads.forgetConnections();
    }
    return heads.rowOf(packet, iface);
  }

  /** Place and layers of frame i, whose head is row `head` if it is kept at all. */
  private addWithHead(packet: Packet, frames: FrameBatch, i: number, head: number): void {
    const line = this.context;
    const heads = this.heads!;
    const { transport } = packet;
    line.iface = frames.iface[i]!;
    line.quoted = false;
    line.connection = -1;
    if (heads.write(line.out, head)) {
      line.ipRow = packet.ip;
      line.connection = heads.connection(head);
    } else {
      const start = line.out.at;
      this.addPlace(frames, i);
      line.ipRow = -1;
      showRows(line, packet, 0, transport);
      showPorts(line, packet, transport);
      heads.learn(line.out, head, start);
    }
    if (packet.protocol[transport] === TCP) showSegment(line, packet, transport);
    else showDatagram(line, packet, transport);
    heads.setConnection(head, line.connection);
    if (transport + 1 < packet.depth) showRows(line, packet, transport + 1, packet.depth);
  }

  private place(iface: CaptureInterface): string {
    const file = iface.file.slice(iface.file.lastIndexOf('/') + 1);
    const isLive = iface.file === ''; // all of this machine
    const where = isLive ? undefined : (iface.node ?? (this.options.files ? file : undefined));
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
