/** Words that are written again and again: packed as whole words of memory, so that they are copied four bytes at a time. */

const BYTES_PER_WORD = 4;

export class Phrase {
  /** The bytes, little-endian, the last word filled up with zeros. */
  readonly words: Int32Array;
  /** Bytes. */
  readonly length: number;

  /** `text` is ASCII. */
  constructor(text: string) {
    this.words = new Int32Array(Math.ceil(text.length / BYTES_PER_WORD));
    this.length = text.length;
    for (let i = 0; i < text.length; i++) {
      const shift = 8 * (i % BYTES_PER_WORD);
      this.words[Math.floor(i / BYTES_PER_WORD)]! |= text.charCodeAt(i) << shift;
    }
  }
}
