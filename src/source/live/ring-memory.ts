/** Rings of several sockets side by side in one stretch of memory, so that one batch can point into all of them. */
import { ENOMEM, type Libc } from './libc.ts';
import { LiveError } from './live-error.ts';

const PROT_NONE = 0;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const FAILED = -1n;

export class RingsMemory {
  readonly bytes: Uint8Array;
  private readonly libc: Libc;
  private readonly address: bigint;

  /** Room for rings of `length` bytes together; nothing is in it yet. Throws a LiveError. */
  constructor(libc: Libc, length: number) {
    this.libc = libc;
    this.address = libc.mmap(null, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (this.address === FAILED) throw tooLittle(libc, length);
    this.bytes = new Uint8Array(libc.view(this.address, length));
  }

  /** Put the ring of this socket at `at`. Throws a LiveError. */
  map(fd: number, at: number, length: number): void {
    const { libc } = this;
    const place = this.address + BigInt(at);
    if (libc.mmap(place, length, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) === FAILED) {
      throw tooLittle(libc, length);
    }
  }

  /** Give the rings back. Zeros take their place: whoever still holds a batch reads those, and does not crash. */
  clear(): void {
    const how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    this.libc.mmap(this.address, this.bytes.length, PROT_READ_WRITE, how, -1, 0);
  }
}

function tooLittle(libc: Libc, length: number): LiveError {
  const errno = libc.errno();
  const why = errno === ENOMEM ? 'there is too little memory' : `errno ${errno}`;
  const size = `${length >> 20} MiB`;
  return new LiveError('NETLENS_LIVE', `${size} of ring cannot be mapped: ${why}; try -B`);
}
