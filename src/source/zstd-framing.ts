/**
 * Where zstd frames end (RFC 8878 section 3.1): Node's decompressor does not say in every release that
 * its data ended within a frame. Only lengths are followed; what is wrong inside is the decompressor's to find.
 */

const MAGIC = 0xfd2fb528;
/** Skippable frames: 0x184d2a50 to 0x184d2a5f (section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const MAGIC_LEN = 4;
const DESCRIPTOR_LEN = 1;
const BLOCK_HEADER_LEN = 3;
const CHECKSUM_LEN = 4;
const RLE_BLOCK = 1;
const DICTIONARY_ID_LEN = [0, 1, 2, 4];
const CONTENT_SIZE_LEN = [0, 2, 4, 8];

type Part = 'magic' | 'skippableSize' | 'descriptor' | 'blockHeader' | 'done';

export class ZstdFraming {
  /** The field that is read next, after `skip` bytes that need not be looked at. */
  private part: Part = 'magic';
  private skip = 0;
  /** Bytes of the field that are here, little-endian, in `value`. */
  private got = 0;
  private value = 0;
  private hasChecksum = false;

  /** The data may end here: between frames. */
  get isBetweenFrames(): boolean {
    return this.part === 'done' || (this.part === 'magic' && this.got === 0 && this.skip === 0);
  }

  /** Follow the bytes of one piece; once bytes are no frame (`done`) nothing more is followed. */
  feed(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && this.part !== 'done'; ) {
      const skipped = Math.min(this.skip, piece.length - at);
      this.skip -= skipped;
      at += skipped;
      if (at === piece.length) return;
      this.value += piece[at++]! * 2 ** (8 * this.got++);
      if (this.got < fieldLen(this.part)) continue;
      this.take(this.value);
      this.got = 0;
      this.value = 0;
    }
  }

  private take(value: number): void {
    if (this.part === 'magic') this.part = partAfterMagic(value);
    else if (this.part === 'skippableSize') this.after(value, 'magic');
    else if (this.part === 'descriptor') {
      this.hasChecksum = (value & 0x04) !== 0;
      this.after(headerRest(value), 'blockHeader');
    } else {
      const size = (value >> 1) % 4 === RLE_BLOCK ? 1 : value >> 3;
      const isLast = (value & 1) !== 0;
      if (isLast) this.after(size + (this.hasChecksum ? CHECKSUM_LEN : 0), 'magic');
      else this.after(size, 'blockHeader');
    }
  }

  private after(skip: number, part: Part): void {
    this.skip = skip;
    this.part = part;
  }
}

function fieldLen(part: Part): number {
  if (part === 'descriptor') return DESCRIPTOR_LEN;
  return part === 'blockHeader' ? BLOCK_HEADER_LEN : MAGIC_LEN;
}

function partAfterMagic(magic: number): Part {
  if (magic === MAGIC) return 'descriptor';
  return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC ? 'skippableSize' : 'done';
}

/** Bytes of the frame header after its descriptor (section 3.1.1.1.1). */
function headerRest(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeLen =
    contentSizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_LEN[contentSizeFlag]!;
  return (isSingleSegment ? 0 : 1) + DICTIONARY_ID_LEN[descriptor & 0x03]! + contentSizeLen;
}
