/** Whole records on their way to a file: a buffer that grows, and is handed over between records only. */
const FIRST_LEN = 256 << 10;
const encoder = new TextEncoder();

export class RecordBuffer {
  bytes = new Uint8Array(FIRST_LEN);
  view = new DataView(this.bytes.buffer);
  /** Bytes in use. */
  length = 0;
  /** The buffer handed over last, free to be used again once the next one is. */
  private spare = new Uint8Array(FIRST_LEN);

  /** Make room for `count` more bytes. */
  room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(2 * this.bytes.length, this.length + count));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  u8(value: number): void {
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.view.setUint16(this.length, value, true);
    this.length += 2;
  }

  u32(value: number): void {
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Copy [at, end) of `from`. */
  copy(from: Uint8Array, at: number, end: number): void {
    this.bytes.set(from.subarray(at, end), this.length);
    this.length += end - at;
  }

  /** Zeros up to a multiple of 4 bytes, counted from the buffer's start. */
  pad(): void {
    while ((this.length & 3) !== 0) this.bytes[this.length++] = 0;
  }

  /** A pcapng option with this value, at most 65,535 bytes, and its padding. */
  option(code: number, value: Uint8Array): void {
    this.room(value.length + 8);
    this.u16(code);
    this.u16(value.length);
    this.copy(value, 0, value.length);
    this.pad();
  }

  /** A text option; text too long for one becomes several. */
  text(code: number, text: string | undefined): void {
    if (text === undefined) return;
    const value = encoder.encode(text);
    let at = 0;
    do {
      let end = Math.min(at + 0xffff, value.length);
      while (end < value.length && (value[end]! & 0xc0) === 0x80) end--; // not within a character
      this.option(code, value.subarray(at, end));
      at = end;
    } while (at < value.length);
  }

  /** What is in use; it belongs to the taker until the next call. */
  take(): Uint8Array {
    const full = this.bytes.subarray(0, this.length);
    const next = this.spare;
    this.spare = this.bytes;
    this.bytes = next;
    this.view = new DataView(next.buffer);
    this.length = 0;
    return full;
  }
}
