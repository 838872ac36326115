/** Frames given to a flow stage as if several interfaces had seen them, for tests of what it makes of them. */
import { type CaptureInterface, FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { plainInterface } from './frames.ts';
import { ipv4, join, type TcpOptions, tcp, u32 } from './headers.ts';

const LINKTYPE_RAW = 101;

export class Sightings {
  readonly stage: FlowStage;
  private readonly packet = new Packet();
  private readonly interfaces: CaptureInterface[] = [];
  private frames = 0;

  constructor(limit = 1024) {
    this.stage = new FlowStage(limit);
  }

  /** `ip` seen at `place` (`w1:eth0`: file w1, device eth0) at a time in microseconds; snaplen in bytes; flags as a batch's. */
  see(place: string, us: number, ip: Uint8Array, snaplen = 65_535, flags = 0): this {
    const bytes = ip.slice(0, snaplen);
    const batch = new FrameBatch(bytes);
    batch.at[0] = 0;
    batch.caplen[0] = bytes.length;
    batch.len[0] = ip.length;
    batch.seconds[0] = 1_000_000 + Math.floor(us / 1e6);
    batch.nanoseconds[0] = (us % 1e6) * 1000;
    batch.iface[0] = this.interfaceOf(place);
    batch.number[0] = ++this.frames;
    batch.flags[0] = flags;
    batch.interfaces = this.interfaces;
    decode(batch, 0, this.packet);
    this.stage.observe(this.packet, batch, 0);
    return this;
  }

  private interfaceOf(place: string): number {
    const known = this.interfaces.findIndex(({ description }) => description === place);
    if (known >= 0) return known;
    const [file = '', device = ''] = place.split(':');
    const files = [...new Set(this.interfaces.map((one) => one.file))];
    const fileIndex = files.includes(file) ? files.indexOf(file) : files.length;
    const index = this.interfaces.length;
    this.interfaces.push({
      ...plainInterface(LINKTYPE_RAW),
      index,
      file,
      fileIndex,
      name: device,
      description: place,
    });
    return index;
  }
}

/** One TCP segment over IPv4: `10.0.0.1:4000 > 10.0.0.2:80`. */
export function segment(
  tuple: string,
  ttl: number,
  id: number,
  options: TcpOptions & { readonly payload?: Uint8Array; readonly stamp?: number },
): Uint8Array {
  const [from = '', to = ''] = tuple.split(' > ');
  const [src, sport] = endOf(from);
  const [dst, dport] = endOf(to);
  const stamps =
    options.stamp === undefined ? undefined : join([1, 1, 8, 10], u32(options.stamp), u32(7));
  const body = tcp(sport, dport, options.payload ?? new Uint8Array(0), {
    ...options,
    ...(stamps === undefined ? {} : { options: stamps }),
  });
  return ipv4(6, body, { src, dst, ttl, id });
}

/** The address's bytes and the port of `10.0.0.1:80`. */
export function endOf(text: string): [number[], number] {
  const [address = '', port = '0'] = text.split(':');
  return [address.split('.').map(Number), Number(port)];
}
