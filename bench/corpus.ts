/**
 * Seeded capture files for measurements: the same arguments give the same bytes on every machine.
 *
 *   node dist/bench/corpus.js ipip FILE        2,000,000 frames, 1,000 flows, IPIP, 1.05 GB
 *   node dist/bench/corpus.js many-flows FILE  1,000,000 frames, each a flow of its own
 *
 * Options: --frames N --flows N (ipip only) --seed N --format pcap|pcapng --big-endian --nanoseconds
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface CorpusOptions {
  readonly frames: number;
  readonly flows: number;
  readonly seed: number;
  readonly format: 'pcap' | 'pcapng';
  readonly bigEndian: boolean;
  readonly nanoseconds: boolean;
}

const BUFFER_LEN = 4 << 20;
const FRAME_ROOM = 2048;
const MSS = 1428; // 1500 - outer IP 20 - inner IP 20 - TCP 20 - timestamps 12

/** Uniform 32-bit numbers (mulberry32): small, seeded, the same everywhere. */
class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }
}

/** A capture file under construction: frames are built in place in one big buffer. */
class CorpusFile {
  readonly bytes = new Uint8Array(BUFFER_LEN + FRAME_ROOM);
  readonly view = new DataView(this.bytes.buffer);
  private readonly fd: number;
  private readonly options: CorpusOptions;
  private readonly little: boolean;
  private at = 0;
  /** Time of the next frame, microseconds after `EPOCH`. */
  private micros = 0;
  written = 0;

  constructor(path: string, options: CorpusOptions) {
    this.fd = openSync(path, 'w');
    this.options = options;
    this.little = !options.bigEndian;
    if (options.format === 'pcap') this.pcapHeader();
    else this.pcapngHeader();
  }

  private pcapHeader(): void {
    this.view.setUint32(0, this.options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, this.little);
    this.view.setUint16(4, 2, this.little);
    this.view.setUint16(6, 4, this.little);
    this.view.setUint32(16, 262_144, this.little);
    this.view.setUint32(20, 1, this.little);
    this.at = 24;
  }

  private pcapngHeader(): void {
    const words = [0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00010000, 0xffffffff, 0xffffffff, 28];
    if (this.little) words[3] = 1;
    for (const word of words) this.word(word);
    const body = this.options.nanoseconds ? 32 : 20;
    this.word(1);
    this.word(body);
    this.view.setUint16(this.at, 1, this.little);
    this.at += 4;
    this.word(262_144);
    if (this.options.nanoseconds) {
      this.view.setUint16(this.at, 9, this.little);
      this.view.setUint16(this.at + 2, 1, this.little);
      this.bytes[this.at + 4] = 9;
      this.at += 12;
    }
    this.word(body);
  }

  private word(value: number): void {
    this.view.setUint32(this.at, value, this.little);
    this.at += 4;
  }

  /** Where the next frame's first byte goes. */
  get frameAt(): number {
    return this.at + (this.options.format === 'pcap' ? 16 : 28);
  }

  /** The frame at `frameAt` is complete: wrap its record around it. `gap`: microseconds since the last. */
  commit(length: number, gap: number): void {
    this.micros += gap;
    const seconds = 1_793_000_000 + Math.floor(this.micros / 1e6);
    const micros = this.micros % 1e6;
    const start = this.at;
    if (this.options.format === 'pcap') {
      this.word(seconds);
      this.word(this.options.nanoseconds ? micros * 1000 : micros);
      this.word(length);
      this.word(length);
      this.at += length;
    } else {
      const total = 32 + ((length + 3) & ~3);
      const units = BigInt(seconds) * 1_000_000n + BigInt(micros);
      const stamp = this.options.nanoseconds ? units * 1000n : units;
      for (const word of [6, total, 0, Number(stamp >> 32n), Number(stamp & 0xffffffffn)]) {
        this.word(word);
      }
      this.word(length);
      this.word(length);
      this.bytes.fill(0, this.at + length, start + total - 4);
      this.view.setUint32(start + total - 4, total, this.little);
      this.at = start + total;
    }
    if (this.at >= BUFFER_LEN) this.flush();
  }

  private flush(): void {
    for (let done = 0; done < this.at; ) {
      done += writeSync(this.fd, this.bytes, done, this.at - done);
    }
    this.written += this.at;
    this.at = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }
}

/** One's complement sum of [at, end), continued from `sum`, not yet folded. */
function add16(view: DataView, at: number, end: number, sum: number): number {
  let total = sum;
  for (; at + 1 < end; at += 2) total += view.getUint16(at);
  return at < end ? total + (view.getUint8(at) << 8) : total;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000);
  return ~folded & 0xffff;
}

function putEthernet(view: DataView, at: number, to: number, from: number, type: number): void {
  view.setUint16(at, 0x0a58); // CNI bridges and kubenet: 0a:58 and the IPv4 address
  view.setUint32(at + 2, to);
  view.setUint16(at + 6, 0x0a58);
  view.setUint32(at + 8, from);
  view.setUint16(at + 12, type);
}

/** 20 bytes of IPv4 header at `at`; `length` is the whole packet's. */
function putIpv4(
  view: DataView,
  at: number,
  length: number,
  id: number,
  ttl: number,
  protocol: number,
  src: number,
  dst: number,
): void {
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, length);
  view.setUint16(at + 4, id);
  view.setUint16(at + 6, 0x4000);
  view.setUint8(at + 8, ttl);
  view.setUint8(at + 9, protocol);
  view.setUint16(at + 10, 0);
  view.setUint32(at + 12, src);
  view.setUint32(at + 16, dst);
  view.setUint16(at + 10, fold(add16(view, at, at + 20, 0)));
}

/** 32 bytes of TCP header with timestamps at `at`; the payload follows and `end` ends it. */
function putTcp(
  view: DataView,
  at: number,
  end: number,
  ports: number,
  seq: number,
  ack: number,
  flags: number,
  stamp: number,
  pseudo: number,
): void {
  view.setUint32(at, ports);
  view.setUint32(at + 4, seq);
  view.setUint32(at + 8, ack);
  view.setUint16(at + 12, 0x8000 | flags);
  view.setUint16(at + 14, 502);
  view.setUint32(at + 16, 0);
  view.setUint32(at + 20, 0x0101080a);
  view.setUint32(at + 24, stamp);
  view.setUint32(at + 28, stamp - 7);
  view.setUint16(at + 16, fold(add16(view, at, end, pseudo + 6 + (end - at))));
}

const SYN = 2;
const ACK = 16;
const FIN = 1;
const PSH = 8;

/** TCP connections between pods of ten nodes, inside IPIP: handshake, data both ways with ACKs, FIN. */
function writeIpip(file: CorpusFile, options: CorpusOptions): void {
  const random = new Random(options.seed);
  const { flows, frames } = options;
  const view = file.view;
  const sent = new Int32Array(flows); // frames of this flow so far
  const seq = [new Int32Array(flows), new Int32Array(flows)]; // next sequence number, client and server
  const each = Math.floor(frames / flows);
  const payload = new Uint8Array(1 << 16);
  for (let i = 0; i < payload.length; i++) payload[i] = random.next();
  for (let f = 0; f < flows; f++) {
    seq[0]![f] = random.next();
    seq[1]![f] = random.next();
  }
  for (let n = 0; n < frames; n++) {
    let f = random.below(flows);
    if (each > 0) {
      for (let tries = 0; sent[f]! >= each && tries < flows; tries++) f = (f + 1) % flows;
    }
    const step = sent[f]!;
    sent[f] = step + 1;
    const last = each - 1 - step; // frames of this flow still to come
    let fromServer = random.below(2);
    let flags = ACK;
    let length = 0;
    if (step === 0) {
      flags = SYN;
      fromServer = 0;
    } else if (step === 1) {
      flags = SYN | ACK;
      fromServer = 1;
    } else if (step === 2 || last === 0) fromServer = 0;
    else if (last === 2 || last === 1) {
      flags = FIN | ACK;
      fromServer = last === 2 ? 0 : 1;
    } else if (random.below(2) === 0) {
      flags = ACK | PSH;
      length = random.below(2) === 0 ? MSS - 40 : 8 + random.below(593);
    }
    const at = file.frameAt;
    const clientNode = (192 << 24) | (168 << 16) | (10 << 8) | (100 + (f % 10));
    const serverNode = (192 << 24) | (168 << 16) | (10 << 8) | (100 + ((f + 1 + (f % 7)) % 10));
    const client = (172 << 24) | (16 << 16) | ((f % 10) << 8) | (2 + (f % 61));
    const server = (172 << 24) | (16 << 16) | (((f + 1 + (f % 7)) % 10) << 8) | (2 + (f % 53));
    const [outerSrc, outerDst] = fromServer ? [serverNode, clientNode] : [clientNode, serverNode];
    const [src, dst] = fromServer ? [server, client] : [client, server];
    const ports = fromServer ? (8080 << 16) | (32768 + f) : ((32768 + f) << 16) | 8080;
    const end = at + 14 + 20 + 20 + 32 + length;
    const from = random.below(payload.length - MSS);
    file.bytes.set(payload.subarray(from, from + length), end - length);
    putEthernet(view, at, outerDst, outerSrc, 0x0800);
    putIpv4(view, at + 14, end - at - 14, n & 0xffff, 63, 4, outerSrc, outerDst);
    putIpv4(view, at + 34, end - at - 34, (step + 7 * f) & 0xffff, 63, 6, src, dst);
    const mine = seq[fromServer]!;
    const ack = flags === SYN ? 0 : seq[1 - fromServer]![f]!;
    putTcp(view, at + 54, end, ports, mine[f]!, ack, flags, n, add16(view, at + 46, at + 54, 0));
    mine[f] = mine[f]! + length + (flags & (SYN | FIN) ? 1 : 0);
    file.commit(end - at, random.below(100));
  }
}

/** One SYN for each of `frames` flows: a third inside IPIP, a third inside VXLAN, a third plain IPv6. */
function writeManyFlows(file: CorpusFile, options: CorpusOptions): void {
  const random = new Random(options.seed);
  const { view } = file;
  for (let n = 0; n < options.frames; n++) {
    const kind = n % 3;
    const f = Math.floor(n / 3);
    const at = file.frameAt;
    const ports = ((1024 + (f % 64000)) << 16) | (kind === 0 ? 80 : 443);
    const src = (10 << 24) | (1 << 16) | Math.floor(f / 64000);
    const dst = (10 << 24) | (2 << 16) | random.below(65536);
    const node = (192 << 24) | (168 << 16) | (10 << 8);
    const outerSrc = node | (f % 50);
    const outerDst = node | (100 + (f % 31));
    const length = random.below(64);
    const seq = random.next();
    let tcpAt = at + 54;
    if (kind === 0) {
      const end = tcpAt + 32 + length;
      putEthernet(view, at, outerDst, outerSrc, 0x0800);
      putIpv4(view, at + 14, end - at - 14, n & 0xffff, 63, 4, outerSrc, outerDst);
      putIpv4(view, at + 34, end - at - 34, f & 0xffff, 63, 6, src, dst);
    } else if (kind === 1) {
      tcpAt = at + 14 + 20 + 8 + 8 + 14 + 20;
      const end = tcpAt + 32 + length;
      putEthernet(view, at, outerDst, outerSrc, 0x0800);
      putIpv4(view, at + 14, end - at - 14, n & 0xffff, 64, 17, outerSrc, outerDst);
      view.setUint32(at + 34, ((49152 + (f % 16384)) << 16) | 4789);
      view.setUint32(at + 38, (end - at - 34) << 16); // UDP length, checksum 0
      view.setUint32(at + 42, 0x08000000);
      view.setUint32(at + 46, 4096 << 8);
      putEthernet(view, at + 50, dst, src, 0x0800);
      putIpv4(view, at + 64, end - at - 64, f & 0xffff, 63, 6, src, dst);
    } else {
      tcpAt = at + 54;
      putEthernet(view, at, dst, src, 0x86dd);
      view.setUint32(at + 14, 0x60000000);
      view.setUint32(at + 18, ((32 + length) << 16) | (6 << 8) | 63);
      for (let i = 0; i < 2; i++) {
        view.setUint32(at + 22 + 16 * i, 0xfd000000 | i);
        view.setUint32(at + 26 + 16 * i, 0);
        view.setUint32(at + 30 + 16 * i, 0);
        view.setUint32(at + 34 + 16 * i, i === 0 ? src : dst);
      }
    }
    file.bytes.fill(0x61, tcpAt + 32, tcpAt + 32 + length);
    const pseudo = add16(view, kind === 2 ? tcpAt - 32 : tcpAt - 8, tcpAt, 0);
    putTcp(view, tcpAt, tcpAt + 32 + length, ports, seq, 0, SYN, n, pseudo);
    file.commit(tcpAt + 32 + length - at, random.below(10));
  }
}

/** Write the corpus of this name and return the file's size in bytes. */
export function writeCorpus(name: string, path: string, options: CorpusOptions): number {
  const writer = { ipip: writeIpip, 'many-flows': writeManyFlows }[name];
  if (writer === undefined) throw new Error(`no corpus named ${name}: ipip or many-flows`);
  const file = new CorpusFile(path, options);
  writer(file, options);
  file.close();
  return file.written;
}

function main(argv: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      frames: { type: 'string' },
      flows: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      format: { type: 'string', default: 'pcap' },
      'big-endian': { type: 'boolean', default: false },
      nanoseconds: { type: 'boolean', default: false },
    },
  });
  const [name, path] = positionals;
  if (name === undefined || path === undefined) throw new Error('usage: corpus NAME FILE');
  const size = writeCorpus(name, path, {
    frames: Number(values.frames ?? (name === 'ipip' ? 2_000_000 : 1_000_000)),
    flows: Number(values.flows),
    seed: Number(values.seed),
    format: values.format === 'pcapng' ? 'pcapng' : 'pcap',
    bigEndian: values['big-endian'],
    nanoseconds: values.nanoseconds,
  });
  process.stdout.write(`${path}: ${size} bytes\n`);
}

if (process.argv[1]?.endsWith('corpus.js')) main(process.argv.slice(2));
