/** One AF_PACKET socket (packet(7)): made, set up, asked and closed. Nothing here is called per frame. */
import { INSTRUCTIONS_MAX } from '../../base/bpf.ts';
import { ENODEV, ENOMEM, EPERM, type Libc } from './libc.ts';
import { LiveError } from './live-error.ts';
import { assemble, encode, type SocketFilter } from './socket-filter.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 3;
const SOCKADDR_LL_LEN = 20;

const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_DETACH_FILTER = 27;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_MR_PROMISC = 1;
const TPACKET_V3 = 2;

const SIOCGIFNAME = 0x8910;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const IFREQ_LEN = 40;
const IFNAMSIZ = 16;
const IFF_UP = 1;

/** Room before each frame: a VLAN tag that the kernel took off is put back there. */
export const HEADROOM = 4;

export interface RingShape {
  readonly blockLen: number;
  readonly blocks: number;
  /** A block that is not full is handed over this long after its first frame, ms. */
  readonly retireMs: number;
}

export interface SocketStatistics {
  /** Frames that passed the filter, dropped ones included; and those for which the ring had no room. */
  readonly received: number;
  readonly dropped: number;
  /** Times that the ring was full. */
  readonly freezes: number;
}

const MISSING_CAPABILITY =
  'capturing needs CAP_NET_RAW, which this process does not have: run it with sudo; ' +
  'or grant it once: sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"; ' +
  'or in a pod: securityContext: {capabilities: {add: [NET_RAW]}}';

export class PacketSocket {
  readonly fd: number;
  private readonly libc: Libc;
  /** Which form of the filter the kernel took: its index among them, or past them where it took none. */
  form = 0;

  /** A socket of the calling thread's network namespace; it receives nothing before `bind`. Throws a LiveError. */
  constructor(libc: Libc) {
    this.libc = libc;
    this.fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (this.fd >= 0) return;
    const errno = libc.errno();
    if (errno === EPERM) throw new LiveError('NETLENS_PERMISSION', MISSING_CAPABILITY);
    throw new LiveError('NETLENS_LIVE', `no packet socket can be made (errno ${errno})`);
  }

  /** Give the socket a ring to receive into; it can then be mapped. Throws a LiveError. */
  makeRing({ blockLen, blocks, retireMs }: RingShape): void {
    this.set(PACKET_VERSION, ints(TPACKET_V3), 'TPACKET_V3 (the kernel is older than 3.2)');
    this.set(PACKET_RESERVE, ints(HEADROOM), 'room for VLAN tags');
    const frameLen = blockLen; // of no meaning in version 3, but it must divide the block
    this.set(
      PACKET_RX_RING,
      ints(blockLen, blocks, frameLen, blocks, retireMs, 0, 0),
      `a ring of ${(blockLen * blocks) >> 20} MiB; -B makes it smaller`,
    );
  }

  private set(option: number, value: Uint8Array, what: string): void {
    if (this.libc.setsockopt(this.fd, SOL_PACKET, option, value, value.length) === 0) return;
    throw new LiveError('NETLENS_LIVE', `the kernel refuses ${what} (errno ${this.libc.errno()})`);
  }

  /**
   * From now on only what passes this filter is received, in the first of its forms for which the kernel
   * has room (net.core.optmem_max). There must be room for it twice: a filter that takes the place of
   * another is made first, and frames must not pass between the two. Throws a LiveError.
   */
  attach(filter: SocketFilter): void {
    const { libc, fd } = this;
    let errno = ENOMEM;
    const forms = [...filter.programs, undefined];
    for (let form = 0; form < forms.length; form++) {
      const whole = assemble(filter, forms[form]);
      if (whole.length > INSTRUCTIONS_MAX) continue;
      const bytes = encode(whole);
      const takes = (): boolean => libc.attachFilter(fd, bytes, whole.length) === 0;
      if (takes() && takes()) {
        this.form = form;
        return;
      }
      errno = libc.errno();
      if (errno !== ENOMEM) break;
      libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, ints(0), 4); // it fits, but not twice
    }
    throw new LiveError('NETLENS_LIVE', `the kernel refuses the filter (errno ${errno})`);
  }

  /** Receive from this device, or from all with 0. False when the device is gone. */
  bind(ifindex: number): boolean {
    const address = new Uint8Array(SOCKADDR_LL_LEN);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, ETH_P_ALL);
    view.setInt32(4, ifindex, true);
    if (this.libc.bind(this.fd, address, address.length) === 0) return true;
    const errno = this.libc.errno();
    if (errno === ENODEV) return false;
    throw new LiveError('NETLENS_LIVE', `the socket cannot be bound (errno ${errno})`);
  }

  /** Have the device receive what is for others too; false when it cannot. Ends with the socket. */
  listenToAll(ifindex: number): boolean {
    const request = ints(ifindex, PACKET_MR_PROMISC, 0, 0); // struct packet_mreq: int, two shorts, 8 bytes
    const { libc, fd } = this;
    return libc.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, request.length) === 0;
  }

  /** Counts since the last call. */
  takeStatistics(): SocketStatistics {
    const value = new Uint8Array(12);
    const failed = this.libc.getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, value, ints(12));
    if (failed !== 0) return { received: 0, dropped: 0, freezes: 0 };
    const view = new DataView(value.buffer);
    return {
      received: view.getUint32(0, true),
      dropped: view.getUint32(4, true),
      freezes: view.getUint32(8, true),
    };
  }

  /** The error that waits at the socket, taken off it; 0 = none. */
  takeError(): number {
    const value = new Uint8Array(4);
    this.libc.getsockopt(this.fd, SOL_SOCKET, SO_ERROR, value, ints(4));
    return new DataView(value.buffer).getInt32(0, true);
  }

  /** Name of a device of the socket's namespace, undefined when there is none. */
  nameOf(ifindex: number): string | undefined {
    const request = new Uint8Array(IFREQ_LEN);
    new DataView(request.buffer).setInt32(IFNAMSIZ, ifindex, true);
    return this.libc.ioctl(this.fd, SIOCGIFNAME, request) === 0 ? textOf(request) : undefined;
  }

  /** Index of a device of the socket's namespace, 0 when there is none. */
  indexOf(name: string): number {
    const answer = this.ask(SIOCGIFINDEX, name);
    return answer === undefined ? 0 : answer.getInt32(IFNAMSIZ, true);
  }

  /** ARPHRD_* of a device, -1 when there is none. */
  hardwareOf(name: string): number {
    return this.ask(SIOCGIFHWADDR, name)?.getUint16(IFNAMSIZ, true) ?? -1;
  }

  isUp(name: string): boolean {
    return ((this.ask(SIOCGIFFLAGS, name)?.getUint16(IFNAMSIZ, true) ?? 0) & IFF_UP) !== 0;
  }

  private ask(request: number, name: string): DataView | undefined {
    const ifreq = new Uint8Array(IFREQ_LEN);
    const bytes = new TextEncoder().encode(name);
    if (bytes.length >= IFNAMSIZ) return undefined;
    ifreq.set(bytes);
    if (this.libc.ioctl(this.fd, request, ifreq) !== 0) return undefined;
    return new DataView(ifreq.buffer);
  }

  close(): void {
    this.libc.close(this.fd);
  }
}

/** These values one after the other as the C library wants them. */
function ints(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** The device name at the start of a struct ifreq. */
function textOf(ifreq: Uint8Array): string {
  const end = ifreq.indexOf(0);
  return new TextDecoder().decode(ifreq.subarray(0, Math.min(end < 0 ? IFNAMSIZ : end, IFNAMSIZ)));
}
