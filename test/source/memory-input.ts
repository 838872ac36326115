/** Bytes in memory as an input that yields them in pieces of given sizes. */
import { detectFormat } from '../../src/source/detect.ts';
import { type Findings, noFindings } from '../../src/source/findings.ts';
import type { ByteInput } from '../../src/source/input.ts';
import { PcapReader } from '../../src/source/pcap-file.ts';
import { PcapngReader } from '../../src/source/pcapng-file.ts';
import { SingleSource } from '../../src/source/single.ts';
import { CaptureError } from '../../src/source/source.ts';
import { Arena, Window, windowLen } from '../../src/source/window.ts';
import { type ReadFrame, readAll } from './capture-bytes.ts';

export class MemoryInput implements ByteInput {
  readonly file = 'memory';
  readonly readsAhead: number;
  readonly shortIsEnd = false;
  readonly bytesTotal: number;
  readonly length: number;
  bytesRead = 0;
  private readonly bytes: Uint8Array;
  private readonly sizes: readonly number[];
  private readonly atOnce: readonly boolean[];
  private reads = 0;
  private underWay = 0;

  /**
   * Piece n is sizes[n % sizes.length] bytes long, or as long as asked for when there are no sizes; atOnce[n % ...]
   * tells whether it may be had without waiting.
   */
  constructor(
    bytes: Uint8Array,
    sizes: readonly number[] = [],
    readsAhead = 1,
    atOnce: readonly boolean[] = [],
  ) {
    this.bytes = bytes;
    this.sizes = sizes;
    this.readsAhead = readsAhead;
    this.atOnce = atOnce;
    this.bytesTotal = bytes.length;
    this.length = bytes.length;
  }

  async peek(): Promise<Uint8Array> {
    return this.bytes.subarray(0, 64);
  }

  async read(target: Uint8Array, at: number, length: number): Promise<number> {
    const size = this.sizes.length === 0 ? length : this.sizes[this.reads++ % this.sizes.length]!;
    const piece = this.bytes.subarray(this.bytesRead, this.bytesRead + Math.min(size, length));
    this.bytesRead += piece.length;
    this.underWay++;
    await Promise.resolve();
    target.set(piece, at);
    this.underWay--;
    return piece.length;
  }

  readNow(target: Uint8Array, at: number, length: number): number | undefined {
    if (!this.atOnce[this.reads++ % this.atOnce.length]) return undefined;
    if (this.underWay > 0) throw new Error('a read is under way');
    const piece = this.bytes.subarray(this.bytesRead, this.bytesRead + length);
    target.set(piece, at);
    this.bytesRead += piece.length;
    return piece.length;
  }

  async close(): Promise<void> {}
}

/** Some bytes, then `gap` bytes of no matter what, then the rest. */
export class GapInput extends MemoryInput {
  private readonly gapAt: number;
  private gap: number;

  constructor(bytes: Uint8Array, gapAt: number, gap: number) {
    super(bytes);
    this.gapAt = gapAt;
    this.gap = gap;
  }

  override async read(target: Uint8Array, at: number, length: number): Promise<number> {
    if (this.bytesRead < this.gapAt)
      return super.read(target, at, Math.min(length, this.gapAt - this.bytesRead));
    if (this.gap === 0) return super.read(target, at, length);
    const step = Math.min(length, this.gap);
    this.gap -= step;
    return step;
  }
}

const CHUNK = 64 << 10;
export interface Outcome {
  readonly frames: ReadFrame[];
  readonly findings: Findings;
  /** The message of what ended the file, if something did. */
  readonly fault: CaptureError | undefined;
}

/** Read these bytes as a plain capture file; whatever is thrown but a CaptureError passes through. */
export function readBytes(
  bytes: Uint8Array,
  sizes: readonly number[] = [],
  readsAhead = 1,
  atOnce: readonly boolean[] = [],
): Promise<Outcome> {
  return readInput(new MemoryInput(bytes, sizes, readsAhead, atOnce));
}

export async function readInput(input: ByteInput): Promise<Outcome> {
  const arena = new Arena(windowLen(input.readsAhead + 1, CHUNK));
  const findings = noFindings();
  const of = { file: 'memory', fileIndex: 0, node: undefined };
  const window = new Window(input, arena, input.readsAhead + 1, CHUNK);
  try {
    const format = detectFormat(await input.peek());
    if (format !== 'pcap' && format !== 'pcapng') {
      throw new CaptureError('NETLENS_NOT_A_CAPTURE', 'memory', -1, {
        code: 'quoted',
        text: 'no capture',
      });
    }
    const reader =
      format === 'pcap'
        ? await PcapReader.open(window, of, findings)
        : new PcapngReader(of, findings);
    const frames = await readAll(new SingleSource({ window, reader, live: false }, findings));
    return { frames, findings, fault: findings.damage[0] };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { frames: [], findings, fault: error };
  }
}
