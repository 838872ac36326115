/**
 * Frames onto the wire of a device as fast as one core can put them there, by sendmmsg(2) from memory that
 * is prepared once. Run inside a network namespace of a measurement:
 *
 *   node dist/bench/live/sender.js segments DEVICE FRAMES [A-SECOND]
 *                                                             small TCP segments of 1,000 flows within IPIP
 *   node dist/bench/live/sender.js connections DEVICE COUNT [A-SECOND]
 *                                                             short TCP connections, 8 frames each, plain IPv4
 *
 * Prints the frames sent and the seconds that took.
 */
import koffi from 'koffi';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
/** Frames of one system call, and room for each. */
const CHUNK = 1024;
const ROOM = 128;
const IOVEC_LEN = 16;
const MMSGHDR_LEN = 64;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const ETHERNET_LEN = 14;
const IPV4_LEN = 20;
const FLOWS = 1000;

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const bind = libc.func('int bind(int, const void *, uint32_t)');
const setsockopt = libc.func('int setsockopt(int, int, int, const void *, uint32_t)');
const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
const indexOf = libc.func('unsigned int if_nametoindex(const char *)');

/** Memory with room for a chunk of frames, and the headers that tell the kernel of them. */
class Chunk {
  readonly view: DataView;
  private readonly address: bigint;
  private readonly fd: number;
  private readonly headersAt = CHUNK * ROOM;
  private readonly vectorsAt = this.headersAt + CHUNK * MMSGHDR_LEN;
  count = 0;
  sent = 0;

  constructor(device: string) {
    const length = this.vectorsAt + CHUNK * IOVEC_LEN;
    this.address = mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0) as bigint;
    this.view = new DataView(koffi.view(this.address, length));
    for (let i = 0; i < CHUNK; i++) {
      const vector = this.vectorsAt + i * IOVEC_LEN;
      const header = this.headersAt + i * MMSGHDR_LEN;
      this.view.setBigUint64(vector, this.address + BigInt(i * ROOM), true);
      this.view.setBigUint64(header + MSG_IOV, this.address + BigInt(vector), true);
      this.view.setBigUint64(header + MSG_IOVLEN, 1n, true);
    }
    this.fd = socket(AF_PACKET, SOCK_RAW, 0) as number;
    const to = new Uint8Array(20);
    const at = new DataView(to.buffer);
    at.setUint16(0, AF_PACKET, true);
    at.setInt32(4, indexOf(device) as number, true);
    if (bind(this.fd, to, to.length) !== 0) throw new Error(`no device ${device}`);
    setsockopt(this.fd, SOL_PACKET, PACKET_QDISC_BYPASS, Int32Array.of(1), 4);
  }

  /** Where the next frame is to be written. */
  next(): number {
    return this.count * ROOM;
  }

  /** The frame at `next` is there, so many bytes of it. */
  add(length: number): void {
    const vector = this.vectorsAt + this.count++ * IOVEC_LEN;
    this.view.setUint32(vector + 8, length, true);
    if (this.count === CHUNK) this.flush();
  }

  flush(): void {
    for (let at = 0; at < this.count; ) {
      const headers = this.address + BigInt(this.headersAt + at * MMSGHDR_LEN);
      const sent = sendmmsg(this.fd, headers, this.count - at, 0) as number;
      if (sent > 0) at += sent; // else the device's queue is full: once more
    }
    this.sent += this.count;
    this.count = 0;
  }
}

function putEthernet(view: DataView, at: number): void {
  view.setUint32(at, 0x02000000);
  view.setUint32(at + 4, 0x00020200);
  view.setUint32(at + 8, 0x00000001);
  view.setUint16(at + 12, 0x0800);
}

function putIpv4(
  view: DataView,
  at: number,
  src: number,
  dst: number,
  protocol: number,
  length: number,
  id: number,
): void {
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, length);
  view.setUint32(at + 4, id << 16);
  view.setUint16(at + 8, (64 << 8) | protocol);
  view.setUint16(at + 10, 0);
  view.setInt32(at + 12, src);
  view.setInt32(at + 16, dst);
  let sum = 0;
  for (let i = 0; i < IPV4_LEN; i += 2) sum += view.getUint16(at + i);
  view.setUint16(at + 10, ~((sum & 0xffff) + (sum >>> 16)));
}

function putTcp(
  view: DataView,
  at: number,
  ports: number,
  seq: number,
  ack: number,
  flags: number,
): void {
  view.setInt32(at, ports);
  view.setInt32(at + 4, seq);
  view.setInt32(at + 8, ack);
  view.setUint32(at + 12, (0x50 << 24) | (flags << 16) | 0xffff);
  view.setUint32(at + 16, 0);
}

const POD_A = 0xac109e00 | 0;
const POD_B = 0xac102200 | 0;
const NODE_A = 0xc0a80a65 | 0;
const NODE_B = 0xc0a81464 | 0;
const TCP_LEN = 20;
const PAYLOAD = 6;

/** Segments in turn of all flows, every one with the next bytes of its flow. */
function sendSegments(chunk: Chunk, frames: number, aSecond: number): void {
  const { view } = chunk;
  const length = ETHERNET_LEN + 2 * IPV4_LEN + TCP_LEN + PAYLOAD;
  const began = performance.now();
  for (let n = 0; n < frames; n++) {
    if (n % CHUNK === 0) pause(began + (1000 * n) / aSecond - performance.now());
    const at = chunk.next();
    const flow = n % FLOWS;
    const turn = Math.floor(n / FLOWS);
    putEthernet(view, at);
    const inner = 2 * IPV4_LEN + TCP_LEN + PAYLOAD;
    putIpv4(view, at + ETHERNET_LEN, NODE_A, NODE_B, 4, inner, n & 0xffff);
    const src = POD_A | (1 + (flow & 63));
    putIpv4(view, at + ETHERNET_LEN + IPV4_LEN, src, POD_B | 7, 6, inner - IPV4_LEN, turn & 0xffff);
    const ports = ((20_000 + flow) << 16) | 8080;
    // as real connections, each has sequence numbers of its own
    const seq = (Math.imul(flow + 1, 0x9e3779b1) + turn * PAYLOAD) | 0;
    const ack = Math.imul(flow + 1, 0x85ebca6b);
    putTcp(view, at + ETHERNET_LEN + 2 * IPV4_LEN, ports, seq, ack, 0x18);
    chunk.add(length);
  }
  chunk.flush();
}

/** Flags, sender, sequence and acknowledgment numbers, payload of a short connection's frames. */
const CONVERSATION: readonly [
  flags: number,
  back: boolean,
  seq: number,
  ack: number,
  payload: number,
][] = [
  [0x02, false, 0, 0, 0],
  [0x12, true, 0, 1, 0],
  [0x10, false, 1, 1, 0],
  [0x18, false, 1, 1, PAYLOAD],
  [0x18, true, 1, 1 + PAYLOAD, PAYLOAD],
  [0x11, false, 1 + PAYLOAD, 1 + PAYLOAD, 0],
  [0x11, true, 1 + PAYLOAD, 2 + PAYLOAD, 0],
  [0x10, false, 2 + PAYLOAD, 2 + PAYLOAD, 0],
];

/** Connections after which the pace is looked at. */
const PACED = 64;

function pause(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Connections one after the other, each of a client's address and port of its own. */
function sendConnections(chunk: Chunk, count: number, aSecond: number): void {
  const { view } = chunk;
  const began = performance.now();
  for (let n = 0; n < count; n++) {
    if (n % PACED === 0) pause(began + (1000 * n) / aSecond - performance.now());
    const client = POD_A | (1 + (n & 127));
    const port = 32_768 + ((n >> 7) % 28_000);
    const base = Math.imul(n, 0x9e3779b1);
    for (const [flags, back, seq, ack, payload] of CONVERSATION) {
      const at = chunk.next();
      const length = IPV4_LEN + TCP_LEN + payload;
      putEthernet(view, at);
      const [src, dst] = back ? [POD_B | 7, client] : [client, POD_B | 7];
      putIpv4(view, at + ETHERNET_LEN, src, dst, 6, length, (n * 8 + seq) & 0xffff);
      const ports = back ? (8080 << 16) | port : (port << 16) | 8080;
      putTcp(
        view,
        at + ETHERNET_LEN + IPV4_LEN,
        ports,
        base + seq,
        ack === 0 ? 0 : base + ack,
        flags,
      );
      chunk.add(ETHERNET_LEN + length);
    }
  }
  chunk.flush();
}

const [what, device = '', count = '0', aSecond = 'Infinity'] = process.argv.slice(2);
const chunk = new Chunk(device);
const began = performance.now();
if (what === 'segments') sendSegments(chunk, Number(count), Number(aSecond));
else sendConnections(chunk, Number(count), Number(aSecond));
const seconds = (performance.now() - began) / 1000;
process.stdout.write(`${chunk.sent} frames in ${seconds.toFixed(3)} s\n`);
