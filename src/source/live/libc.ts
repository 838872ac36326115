/** The few calls of the C library that a packet socket takes, by koffi. Linux, 64 bits, little-endian: x64 and arm64. */
import type * as Koffi from 'koffi';
import { LiveError } from './live-error.ts';

/** A buffer of ours; no call keeps its address. */
type Bytes = Uint8Array;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Bytes, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Bytes, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Bytes, length: Bytes): number;
  /** SO_ATTACH_FILTER: `filter` holds `count` instructions of 8 bytes. */
  attachFilter(fd: number, filter: Bytes, count: number): number;
  ioctl(fd: number, request: number, value: Bytes): number;
  recv(fd: number, into: Bytes, length: number, flags: number): number;
  write(fd: number, bytes: Bytes, length: number): number;
  eventfd(initial: number, flags: number): number;
  open(path: string, flags: number): number;
  close(fd: number): number;
  setns(fd: number, type: number): number;
  /** The address, or -1n. `at` null = wherever there is room. */
  mmap(
    at: bigint | null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint;
  /** Memory from an address on, without a copy. It must stay mapped for as long as anyone may look. */
  view(at: bigint, length: number): ArrayBuffer;
  /** poll(2) without waiting. */
  pollNow(descriptors: Bytes, count: number): number;
  /** poll(2) in a thread of its own; resolves with its result. */
  poll(descriptors: Bytes, count: number, timeoutMs: number): Promise<number>;
  /** Number of the last call's error. */
  errno(): number;
}

/** Numbers of the errors that are told apart (asm-generic/errno.h). */
export const EPERM = 1;
export const ENOMEM = 12;
export const EACCES = 13;
export const ENODEV = 19;

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const FPROG_LEN = 16;

let loaded: Libc | undefined;

/** The library, loaded when it is first asked for. Rejects with a LiveError where it cannot be. */
export async function loadLibc(): Promise<Libc> {
  if (loaded !== undefined) return loaded;
  try {
    loaded = bindingsOf((await import('koffi')).default);
    return loaded;
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    const what = `the C library cannot be called on ${process.platform} ${process.arch} (koffi: ${why})`;
    throw new LiveError('NETLENS_LIVE', `${what}; --backend libpcap does without`);
  }
}

type Bindings = Pick<typeof Koffi, 'load' | 'struct' | 'pointer' | 'view' | 'errno'>;

function bindingsOf(koffi: Bindings): Libc {
  const own = koffi.load(null); // this program's own C library, be it glibc or musl
  const fprog = koffi.struct({ len: 'uint16_t', filter: 'void *' });
  const option = ['int', 'int', 'int', koffi.pointer(fprog), 'uint32_t'];
  const attach = own.func('setsockopt', 'int', option);
  const mmap = own.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const poll = own.func('int poll(void *, unsigned long, int)');
  return {
    socket: own.func('int socket(int, int, int)'),
    bind: own.func('int bind(int, const void *, uint32_t)'),
    setsockopt: own.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: own.func('int getsockopt(int, int, int, void *, void *)'),
    attachFilter: (fd, filter, count) =>
      attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, { len: count, filter }, FPROG_LEN),
    ioctl: own.func('int ioctl(int, unsigned long, void *)'),
    recv: own.func('int64_t recv(int, void *, size_t, int)'),
    write: own.func('int64_t write(int, const void *, size_t)'),
    eventfd: own.func('int eventfd(uint32_t, int)'),
    open: own.func('int open(const char *, int)'),
    close: own.func('int close(int)'),
    setns: own.func('int setns(int, int)'),
    mmap: (at, length, protection, flags, fd, offset) =>
      BigInt.asIntN(64, mmap(at, length, protection, flags, fd, offset)),
    view: (at, length) => koffi.view(at, length),
    pollNow: (descriptors, count) => poll(descriptors, count, 0),
    poll: (descriptors, count, timeoutMs) =>
      new Promise((resolve, reject) => {
        poll.async(descriptors, count, timeoutMs, (error: unknown, result: number) =>
          error === null ? resolve(result) : reject(error),
        );
      }),
    errno: () => koffi.errno(),
  };
}
