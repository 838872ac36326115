/** What the show functions of one frame line share: where the text goes, how much is asked for, names. */
import { IPV4 } from '../../base/protocol-numbers.ts';
import type { Packet } from '../../decode/packet.ts';
import * as ipv4 from '../../decode/protocols/ipv4.ts';
import { ipv6DestinationAt, ipv6SourceAt } from '../../decode/protocols/ipv6.ts';
import type { Names } from '../names.ts';
import { TextBuffer } from '../text-buffer.ts';
import { Sequences } from './sequences.ts';

/** What tcpdump's flags of the same letters ask for. */
export interface FrameTextOptions {
  /** -v, -vv, -vvv: 1, 2, 3. */
  readonly verbosity: number;
  /** -q */
  readonly quiet: boolean;
  /** -e */
  readonly link: boolean;
  /** -S */
  readonly absolute: boolean;
  /** Names to put beside addresses; undefined with -n. */
  readonly names: Names | undefined;
}

const DOT = 46;

export class FrameContext {
  readonly out = new TextBuffer(1 << 19);
  readonly sequences = new Sequences();
  readonly verbosity: number;
  readonly quiet: boolean;
  readonly link: boolean;
  readonly absolute: boolean;
  private readonly names: Names | undefined;
  /** Row of the IP layer shown last; -1 = none yet. */
  ipRow = -1;
  /** Index of the interface where the frame was seen. */
  iface = 0;
  /** Which connection the line's TCP segment belongs to, as `sequences` told it; -1 = not asked. */
  connection = -1;
  /** Addresses and ports stand elsewhere: lines go without. */
  withoutEnds = false;
  /** What the line shows by then is a packet quoted in an ICMP error. */
  quoted = false;

  constructor(options: FrameTextOptions) {
    this.verbosity = options.verbosity;
    this.quiet = options.quiet;
    this.link = options.link;
    this.absolute = options.absolute;
    this.names = options.names;
  }

  source(packet: Packet, row: number): void {
    const at = packet.at[row]!;
    if (packet.protocol[row] === IPV4) this.ipv4(ipv4.source(packet.view, at));
    else this.ipv6(packet.view, ipv6SourceAt(at));
  }

  destination(packet: Packet, row: number): void {
    const at = packet.at[row]!;
    if (packet.protocol[row] === IPV4) this.ipv4(ipv4.destination(packet.view, at));
    else this.ipv6(packet.view, ipv6DestinationAt(at));
  }

  ipv4(address: number): void {
    this.out.ipv4(address);
    if (this.names !== undefined && !this.names.isEmpty) this.name(this.names.ofIpv4(address));
  }

  ipv6(view: DataView, at: number): void {
    this.out.ipv6(view, at);
    if (this.names !== undefined && !this.names.isEmpty) this.name(this.names.ofIpv6(view, at));
  }

  private name(name: string | undefined): void {
    if (name === undefined) return;
    this.out.char(40);
    this.out.text(name);
    this.out.char(41);
  }

  /** `a > b: ` of an IP layer. */
  addresses(packet: Packet, row: number): void {
    if (this.withoutEnds) return;
    this.source(packet, row);
    this.out.ascii(' > ');
    this.destination(packet, row);
    this.out.ascii(': ');
  }

  /** `a.1 > b.2: ` of layer `row` right above its IP layer; without addresses when they were shown before. */
  endpoints(packet: Packet, row: number, srcPort: number, dstPort: number): void {
    if (this.withoutEnds) return;
    const ip = row - 1;
    const addresses = ip >= 0 && ip === this.ipRow;
    if (addresses) {
      this.source(packet, ip);
      this.out.char(DOT);
    }
    this.out.uint(srcPort);
    this.out.ascii(' > ');
    if (addresses) {
      this.destination(packet, ip);
      this.out.char(DOT);
    }
    this.out.uint(dstPort);
    this.out.ascii(': ');
  }

  /** What separates a tunnel's words from the inner packet's: with -v they begin a line. */
  demarcation(): void {
    this.out.ascii(this.verbosity > 0 ? '\n\t' : ': ');
  }
}
