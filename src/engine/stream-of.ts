/** The payload of a conversation, both ways, as its packets at one place show it. */
import { showTime } from '../base/time.ts';
import type { Packet } from '../decode/packet.ts';
import * as tcp from '../decode/protocols/tcp.ts';
import { protocolOf } from '../flow/addresses.ts';
import type { Hop } from '../flow/journey.ts';
import type { PacketIndex } from '../view/model.ts';
import { sideOf } from '../view/packet-row.ts';
import type { StreamChunk, StreamView } from '../view/stream.ts';
import type { Job } from './background.ts';
import type { Workshop } from './filtering.ts';
import { type Piece, TcpStream } from './tcp-stream.ts';

/** Payload shown at most, bytes, and pieces of it. */
const BYTES_MAX = 8 << 20;
const CHUNKS_MAX = 50_000;
const CLOCK_EVERY = 256;
const TCP_NUMBER = 6;
const SYN = 2;

interface Origin {
  readonly packet: PacketIndex;
  readonly time: string;
  readonly toServer: boolean;
}

export class StreamJob implements Job {
  private readonly shop: Workshop;
  private readonly hop: Hop;
  private readonly isTcp: boolean;
  private readonly done: (view: StreamView) => void;
  private readonly about: Pick<StreamView, 'conversation' | 'protocol' | 'client' | 'server'>;
  private readonly chunks: StreamChunk[] = [];
  private readonly bytes = { toServer: 0, toClient: 0 };
  /** By whether it goes to the server. */
  private readonly streams = [false, true].map(
    () => new TcpStream<Origin>((piece) => this.show(piece)),
  );
  private datagramsCut = 0;
  private more = false;
  private unread = 0;
  private at: PacketIndex;

  /** `done` is called once, with the result. */
  constructor(
    shop: Workshop,
    hop: Hop,
    about: StreamJob['about'],
    done: (view: StreamView) => void,
  ) {
    this.shop = shop;
    this.hop = hop;
    this.about = about;
    this.done = done;
    this.isTcp = protocolOf(shop.analysis.conversations!.run.stage.flows, hop.flow) === TCP_NUMBER;
    this.at = shop.packets.first;
  }

  step(deadline: number): boolean {
    const { packets, loader } = this.shop;
    while (this.at < packets.count && !this.more) {
      const end = Math.min(packets.count, this.at + CLOCK_EVERY);
      for (; this.at < end && !this.more; this.at++) {
        if (this.at < packets.first || packets.flow(this.at) !== this.hop.flow) continue;
        if (loader.load(this.at) === undefined) this.take(loader.packet);
        else this.unread++;
      }
      if (performance.now() >= deadline) return true;
    }
    this.finish();
    return false;
  }

  private take(packet: Packet): void {
    const row = packet.transport;
    if (row < 0) return;
    const { stage } = this.shop.analysis.conversations!.run;
    const { frames } = this.shop.loader;
    const toServer = sideOf(stage, packet, this.hop.flow) === this.hop.toServer;
    const time = showTime(frames.seconds[0]!, frames.nanoseconds[0]!);
    const origin = { packet: this.at, time, toServer };
    const at = this.isTcp ? tcpPayloadAt(packet) : packet.payloadAt[row]!;
    const captured = Math.max(0, packet.end[row]! - at);
    const cut = Math.max(0, packet.wireLimit(packet.end[row]!) - at) - captured;
    const bytes = packet.bytes.slice(at, at + captured);
    if (!this.isTcp) {
      this.datagramsCut += cut;
      if (captured > 0) this.show({ bytes, origin, missingBefore: 0 });
      return;
    }
    const header = packet.at[row]!;
    const stream = this.streams[Number(toServer)]!;
    const isSyn = (tcp.flags(packet.view, header) & SYN) !== 0;
    const seq = tcp.sequence(packet.view, header) + (isSyn ? 1 : 0); // a SYN may carry data (RFC 7413)
    if (isSyn) stream.open(seq - 1);
    if (captured + cut > 0) stream.add(seq, bytes, cut, origin);
  }

  private show({ bytes, origin, missingBefore }: Piece<Origin>): void {
    const { packet, time, toServer } = origin;
    const shown = this.bytes.toServer + this.bytes.toClient;
    if (shown + bytes.length > BYTES_MAX || this.chunks.length >= CHUNKS_MAX) {
      this.more = true;
      return;
    }
    this.bytes[toServer ? 'toServer' : 'toClient'] += bytes.length;
    this.chunks.push({ toServer, packet, time, bytes, missingBefore });
  }

  cancel(): void {
    this.more = true;
    this.finish();
  }

  private finish(): void {
    for (const stream of this.streams) stream.finish();
    const sum = (of: (stream: TcpStream<Origin>) => number): number =>
      this.streams.reduce((total, stream) => total + of(stream), 0);
    let empty: string | null = null;
    if (this.chunks.length === 0) {
      empty = this.unread > 0 ? 'its packets are no longer kept' : 'its packets carry no payload';
    }
    this.done({
      ...this.about,
      chunks: this.chunks,
      bytes: this.bytes,
      retransmitted: sum((stream) => stream.retransmitted),
      missing: sum((stream) => stream.missing) + this.datagramsCut,
      more: this.more,
      empty,
    });
  }
}

/** Where the segment's payload begins, as its header says. */
function tcpPayloadAt(packet: Packet): number {
  const at = packet.at[packet.transport]!;
  return at + ((packet.view.getUint8(at + 12) >> 4) << 2);
}
