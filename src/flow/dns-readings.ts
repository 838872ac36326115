/**
 * DNS messages read before: the same questions and answers come again and again, each under another
 * transaction number, and most of what reading one costs is spent on its text.
 */
import type { Offset } from '../base/units.ts';
import type { DnsAnswer } from './learned.ts';

/** Messages remembered, and the longest one that is. */
const READINGS_MAX = 8192;
const MESSAGE_LEN_MAX = 512;

/** What a message says, but for its transaction number. Shared: not to be changed. */
export interface DnsReading {
  readonly isReply: boolean;
  /** The first question; undefined when there is none (multicast answers). */
  readonly query: string | undefined;
  readonly queryType: string | undefined;
  readonly rcode: string;
  /** What the answer section says, in order. */
  readonly answers: string[];
  /** What it taught, and the time to live that it gave each. */
  readonly taught: readonly { readonly answer: DnsAnswer; readonly ttlSeconds: number }[];
}

interface Remembered {
  readonly bytes: Uint8Array;
  readonly reading: DnsReading;
}

export class DnsReadings {
  private readonly byHash = new Map<number, Remembered>();

  /** The reading of a message with the same bytes after its transaction number, or undefined. */
  find(view: DataView, at: Offset, end: Offset): DnsReading | undefined {
    const remembered = this.byHash.get(hash(view, at + 2, end));
    if (remembered === undefined || remembered.bytes.length !== end - at) return undefined;
    const { bytes } = remembered;
    for (let i = 2; i < bytes.length; i++) {
      if (bytes[i] !== view.getUint8(at + i)) return undefined;
    }
    return remembered.reading;
  }

  keep(view: DataView, at: Offset, end: Offset, reading: DnsReading): void {
    if (end - at > MESSAGE_LEN_MAX) return;
    if (this.byHash.size >= READINGS_MAX) this.byHash.clear();
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
    this.byHash.set(hash(view, at + 2, end), { bytes, reading });
  }
}

function hash(view: DataView, at: Offset, end: Offset): number {
  let sum = end - at;
  let i = at;
  for (; end - i >= 4; i += 4) sum = mix(sum ^ view.getInt32(i));
  for (; i < end; i++) sum = mix(sum ^ view.getUint8(i));
  return sum;
}

function mix(value: number): number {
  const product = Math.imul(value, 0x9e37_79b1 | 0);
  return product ^ (product >>> 15);
}
