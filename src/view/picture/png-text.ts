/** Text in a PNG: iTXt chunks (PNG, third edition, section 11.3.3.4), written and read back. */
import { crc32 } from 'node:zlib';

const SIGNATURE_LEN = 8;
/** Length, type and check value around a chunk's data. */
const LENGTH_LEN = 4;
const TYPE_LEN = 4;
const CRC_LEN = 4;
const KEYWORD_MAX = 79;

export interface PngText {
  /** Latin letters, at most 79. */
  readonly keyword: string;
  readonly text: string;
}

/** The PNG with the texts behind its header. */
export function withTexts(png: Uint8Array, texts: readonly PngText[]): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const header = SIGNATURE_LEN + LENGTH_LEN + TYPE_LEN + view.getUint32(SIGNATURE_LEN) + CRC_LEN;
  const parts = [png.subarray(0, header), ...texts.map(chunkOf), png.subarray(header)];
  return Buffer.concat(parts);
}

function chunkOf({ keyword, text }: PngText): Uint8Array {
  // not compressed; no language, no translated keyword
  const data = Buffer.concat([
    Buffer.from(keyword.slice(0, KEYWORD_MAX), 'latin1'),
    Buffer.from([0, 0, 0, 0, 0]),
    Buffer.from(text, 'utf8'),
  ]);
  const chunk = Buffer.alloc(LENGTH_LEN + TYPE_LEN + data.length + CRC_LEN);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write('iTXt', LENGTH_LEN, 'latin1');
  data.copy(chunk, LENGTH_LEN + TYPE_LEN);
  const checked = chunk.subarray(LENGTH_LEN, LENGTH_LEN + TYPE_LEN + data.length);
  chunk.writeUInt32BE(crc32(checked), LENGTH_LEN + TYPE_LEN + data.length);
  return chunk;
}

export interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The chunks in their order, up to the end or to where the file is damaged. */
export function chunksOf(png: Uint8Array): PngChunk[] {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const chunks: PngChunk[] = [];
  for (let at = SIGNATURE_LEN; at + LENGTH_LEN + TYPE_LEN + CRC_LEN <= bytes.length; ) {
    const data = at + LENGTH_LEN + TYPE_LEN;
    const end = data + bytes.readUInt32BE(at);
    if (end + CRC_LEN > bytes.length) break;
    const type = bytes.toString('latin1', at + LENGTH_LEN, data);
    chunks.push({ type, data: bytes.subarray(data, end) });
    at = end + CRC_LEN;
  }
  return chunks;
}

/** The text of a keyword; undefined when the file has none, or is damaged before it. */
export function textIn(png: Uint8Array, keyword: string): string | undefined {
  const head = Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1');
  const found = chunksOf(png).find(
    ({ data, type }) => type === 'iTXt' && data.subarray(0, head.length).equals(head),
  );
  return found?.data.toString('utf8', head.length);
}
