/** Frames for tests: bytes a reader can check, alone in a buffer that ends where the capture does. */
import { type CaptureInterface, FrameBatch } from '../../src/base/frames.ts';

export interface FrameOptions {
  /** LINKTYPE_* number; 1 (Ethernet) when not given. */
  readonly linktype?: number;
  /** Captured bytes; all of them when not given. */
  readonly caplen?: number;
  /** Bytes on the wire; those of `frame` when not given. */
  readonly len?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
}

/** The bytes of hex text; white space and everything from `#` to the line's end is left out. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/#.*$/gm, '').replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hex: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * One frame alone in its buffer, which ends at `caplen`: a read past the captured bytes through the
 * view throws.
 */
export function batch(frame: Uint8Array, options: FrameOptions = {}): FrameBatch {
  return reload(new FrameBatch(new Uint8Array(0)), frame, options);
}

/** As `batch`, in a batch that is used again: cheap enough for millions of frames. */
export function reload(
  frames: FrameBatch,
  frame: Uint8Array,
  options: FrameOptions = {},
): FrameBatch {
  const caplen = options.caplen ?? frame.length;
  const bytes = new Uint8Array(caplen); // a copy: exact size, at offset 0 of its own memory
  bytes.set(frame.length > caplen ? frame.subarray(0, caplen) : frame);
  place(frames, bytes, 0, caplen, { ...options, len: options.len ?? frame.length });
  return frames;
}

/** As `reload`, but in the middle of a larger buffer filled with `filler`. */
export function embed(
  frames: FrameBatch,
  frame: Uint8Array,
  filler: number,
  options: FrameOptions = {},
): FrameBatch {
  const caplen = options.caplen ?? frame.length;
  const margin = 64;
  const bytes = new Uint8Array(caplen + 2 * margin).fill(filler);
  bytes.set(frame.subarray(0, caplen), margin);
  place(frames, bytes, margin, caplen, { ...options, len: options.len ?? frame.length });
  return frames;
}

/** A batch of frames one after the other, as a file has them, all of one interface. */
export function batchOf(all: readonly Uint8Array[], options: FrameOptions = {}): FrameBatch {
  const frames = new FrameBatch(new Uint8Array(all.reduce((sum, frame) => sum + frame.length, 0)));
  frames.interfaces = [plainInterface(options.linktype ?? 1)];
  let at = 0;
  for (const frame of all) {
    const i = frames.count++;
    frames.bytes.set(frame, at);
    frames.at[i] = at;
    frames.caplen[i] = frame.length;
    frames.len[i] = frame.length;
    frames.seconds[i] = options.seconds ?? 1_700_000_000;
    frames.nanoseconds[i] = options.nanoseconds ?? i * 1000;
    frames.number[i] = i + 1;
    at += frame.length;
  }
  return frames;
}

function place(
  frames: FrameBatch,
  bytes: Uint8Array,
  at: number,
  caplen: number,
  options: FrameOptions,
): void {
  const linktype = options.linktype ?? 1;
  frames.bytes = bytes;
  frames.view = new DataView(bytes.buffer);
  frames.count = 1;
  frames.at[0] = at;
  frames.caplen[0] = caplen;
  frames.len[0] = options.len ?? caplen;
  frames.seconds[0] = options.seconds ?? 1_700_000_000;
  frames.nanoseconds[0] = options.nanoseconds ?? 0;
  frames.iface[0] = 0;
  frames.flags[0] = 0;
  frames.number[0] = 1;
  if (frames.interfaces[0]?.linktype !== linktype) {
    frames.interfaces = [plainInterface(linktype)];
  }
}

/** An interface that says nothing but its link type. */
export function plainInterface(linktype: number): CaptureInterface {
  return {
    index: 0,
    linktype,
    snaplen: 0,
    name: undefined,
    description: undefined,
    file: 'test',
    fileIndex: 0,
    node: undefined,
    filter: undefined,
    fcsLen: -1,
    dropped: -1,
  };
}
