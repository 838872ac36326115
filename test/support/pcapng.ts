/** pcapng files for tests, little-endian, written from draft-ietf-opsawg-pcapng. */
import { join, NOTHING } from './headers.ts';

export interface PcapngFrame {
  readonly bytes: Uint8Array;
  readonly linktype: number;
  /** Bytes on the wire. */
  readonly len: number;
}

function little32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value >>> 0, true);
  });
  return bytes;
}

function little16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

/** A block: type, length, body padded to 4, length again. */
export function block(type: number, body: Uint8Array): Uint8Array {
  const padding = new Uint8Array(-body.length & 3);
  const length = little32(12 + body.length + padding.length);
  return join(little32(type), length, body, padding, length);
}

/** An option: code, length, value padded to 4. */
export function option(code: number, value: Uint8Array): Uint8Array {
  return join(little16(code), little16(value.length), value, new Uint8Array(-value.length & 3));
}

export function sectionHeader(options: Uint8Array = NOTHING): Uint8Array {
  return block(0x0a0d0d0a, join(little32(0x1a2b3c4d, 0x00000001, -1, -1), options));
}

export function interfaceDescription(linktype: number, options: Uint8Array = NOTHING): Uint8Array {
  return block(1, join(little16(linktype), [0, 0], little32(262_144), options));
}

/** `time` in the interface's units, below 2^32. */
export function enhancedPacket(
  iface: number,
  time: number,
  { bytes, len }: Omit<PcapngFrame, 'linktype'>,
  options: Uint8Array = NOTHING,
): Uint8Array {
  const padding = new Uint8Array(-bytes.length & 3);
  return block(6, join(little32(iface, 0, time, bytes.length, len), bytes, padding, options));
}

/** A file of these frames, with an interface for each of their link types. */
export function pcapng(frames: readonly PcapngFrame[]): Uint8Array {
  const linktypes = [...new Set(frames.map((frame) => frame.linktype))];
  return join(
    sectionHeader(),
    ...linktypes.map((linktype) => interfaceDescription(linktype)),
    ...frames.map((frame, i) => enhancedPacket(linktypes.indexOf(frame.linktype), i, frame)),
  );
}
