/** What the fuzzing worker leaves in memory that its watchdog can read while the worker hangs. */

const HEADER_LEN = 64;
export const INPUT_MAX = 1 << 20;

/** Row of the header, int32 each. */
const BEATS = 0;
const LENGTH = 1;
const WIRE_LEN = 2;
const LINKTYPE = 3;

/** linktype of an input that is a whole capture file. */
export const IS_FILE = -1;

export interface Input {
  readonly bytes: Uint8Array;
  readonly linktype: number;
  readonly len: number;
}

export class SharedState {
  readonly memory: SharedArrayBuffer;
  private readonly header: Int32Array;
  private readonly input: Uint8Array;

  constructor(memory = new SharedArrayBuffer(HEADER_LEN + INPUT_MAX)) {
    this.memory = memory;
    this.header = new Int32Array(memory, 0, HEADER_LEN / 4);
    this.input = new Uint8Array(memory, HEADER_LEN);
  }

  /** The worker is about to try this input. */
  begin(input: Input): void {
    this.input.set(input.bytes.subarray(0, INPUT_MAX));
    this.header[LENGTH] = Math.min(input.bytes.length, INPUT_MAX);
    this.header[WIRE_LEN] = input.len;
    this.header[LINKTYPE] = input.linktype;
    Atomics.add(this.header, BEATS, 1);
  }

  /** Inputs begun so far, modulo 2^32. */
  get beats(): number {
    return Atomics.load(this.header, BEATS);
  }

  /** The input begun last. */
  get current(): Input {
    return {
      bytes: this.input.slice(0, this.header[LENGTH]),
      linktype: this.header[LINKTYPE]!,
      len: this.header[WIRE_LEN]!,
    };
  }
}
