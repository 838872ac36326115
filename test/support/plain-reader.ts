/** pcap and pcapng records read the plainest way, whole file in memory. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';

export interface PlainFrame {
  readonly linktype: number;
  readonly bytes: Uint8Array;
  readonly len: number;
}

export function readCapture(file: string): PlainFrame[] {
  let bytes: Uint8Array = readFileSync(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  if (bytes[0] === 0x28 && bytes[1] === 0xb5) bytes = decompress(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0);
  if (magic === 0x0a0d0d0a) return readPcapng(bytes, view);
  if ([0xa1b2c3d4, 0xa1b23c4d].includes(magic)) return readPcap(bytes, view, false);
  if ([0xd4c3b2a1, 0x4d3cb2a1].includes(magic)) return readPcap(bytes, view, true);
  throw new Error('not a pcap or pcapng file');
}

function readPcap(bytes: Uint8Array, view: DataView, little: boolean): PlainFrame[] {
  const frames: PlainFrame[] = [];
  const linktype = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const caplen = view.getUint32(at + 8, little);
    if (at + 16 + caplen > bytes.length) break;
    const len = view.getUint32(at + 12, little);
    frames.push({ linktype, bytes: bytes.slice(at + 16, at + 16 + caplen), len });
    at += 16 + caplen;
  }
  return frames;
}

function readPcapng(bytes: Uint8Array, view: DataView): PlainFrame[] {
  const frames: PlainFrame[] = [];
  let little = true;
  let linktypes: number[] = [];
  let snaplens: number[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const type = view.getUint32(at, little);
    if (type === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      linktypes = [];
      snaplens = [];
    }
    const blockLen = view.getUint32(at + 4, little);
    if (blockLen < 12 || at + blockLen > bytes.length) break;
    if (type === 1) {
      linktypes.push(view.getUint16(at + 8, little));
      snaplens.push(view.getUint32(at + 12, little));
    }
    if (type === 6 || type === 2) {
      const iface = type === 6 ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
      const caplen = view.getUint32(at + 20, little);
      const len = view.getUint32(at + 24, little);
      if (linktypes[iface] === undefined || caplen > blockLen) break;
      frames.push({
        linktype: linktypes[iface],
        bytes: bytes.slice(at + 28, at + 28 + caplen),
        len,
      });
    }
    if (type === 3) {
      const len = view.getUint32(at + 8, little);
      const caplen = Math.min(len, blockLen - 16, snaplens[0] || len);
      frames.push({ linktype: linktypes[0]!, bytes: bytes.slice(at + 12, at + 12 + caplen), len });
    }
    at += blockLen;
  }
  return frames;
}
