/** IP addresses between their wire form and text, without per-packet objects. */
import type { Ipv4, Offset } from './units.ts';

/** Dotted quad. */
export function showIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The 16 bytes at `at`, compressed as RFC 5952 asks: lower case, longest run of zero groups as `::`. */
export function showIpv6(view: DataView, at: Offset): string {
  let runAt = -1;
  let runLen = 1; // a single zero group is not compressed (RFC 5952 section 4.2.2)
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && view.getUint16(at + 2 * j) === 0) j++;
    if (j - i > runLen) {
      runAt = i;
      runLen = j - i;
    }
    i = j > i ? j : i + 1;
  }
  if (runAt === 0 && runLen === 5 && view.getUint16(at + 10) === 0xffff) {
    return `::ffff:${showIpv4(view.getInt32(at + 12))}`; // IPv4-mapped (RFC 5952 section 5)
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runAt) {
      text += '::';
      i += runLen - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += view.getUint16(at + 2 * i).toString(16);
  }
  return text;
}

/** The address as int32, or undefined when the text is not a dotted quad of four decimal bytes. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = Number(match[i]);
    if (byte > 255) return undefined;
    address = (address << 8) | byte;
  }
  return address;
}

/** Lower-case colon-separated MAC address of the 6 bytes at `at`. */
export function showMac(view: DataView, at: Offset): string {
  let text = '';
  for (let i = 0; i < 6; i++) {
    const byte = view.getUint8(at + i);
    text += (i === 0 ? '' : ':') + (byte < 16 ? '0' : '') + byte.toString(16);
  }
  return text;
}
