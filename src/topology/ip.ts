/** IP addresses and prefixes as text and as words, for everything that runs once per address, not per frame. */

/** An address as big-endian int32 words: one for IPv4, four for IPv6. */
export type Words = readonly number[];

/** A prefix: the words of its base address (bits past `length` are zero) and its length in bits. */
export interface Prefix {
  readonly words: Words;
  readonly length: number;
}

const QUAD = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

/** A dotted quad as int32; undefined for anything else, leading zeros included (RFC 6943 section 3.1.1). */
function parseQuad(text: string): number | undefined {
  const match = QUAD.exec(text);
  if (match === null) return undefined;
  let word = 0;
  for (let i = 1; i <= 4; i++) {
    const digits = match[i]!;
    const byte = Number(digits);
    if (byte > 255 || (digits.length > 1 && digits[0] === '0')) return undefined;
    word = (word << 8) | byte;
  }
  return word;
}

/** Append the 16-bit groups of one side of `::`; false when a group is not one. */
function pushGroups(groups: number[], text: string, quadMayEnd: boolean): boolean {
  if (text === '') return true;
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (quadMayEnd && i === parts.length - 1 && part.includes('.')) {
      const quad = parseQuad(part);
      if (quad === undefined) return false;
      groups.push(quad >>> 16, quad & 0xffff);
    } else if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return false;
    }
  }
  return true;
}

function parseSix(text: string): Words | undefined {
  const gapAt = text.indexOf('::');
  const head: number[] = [];
  const tail: number[] = [];
  if (gapAt < 0) {
    if (!pushGroups(head, text, true) || head.length !== 8) return undefined;
  } else {
    if (!pushGroups(head, text.slice(0, gapAt), false)) return undefined;
    if (!pushGroups(tail, text.slice(gapAt + 2), true)) return undefined;
    if (head.length + tail.length > 7) return undefined;
    while (head.length + tail.length < 8) head.push(0);
  }
  const groups = [...head, ...tail];
  const words = [0, 2, 4, 6].map((i) => (groups[i]! << 16) | groups[i + 1]!);
  const mapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return mapped ? [words[3]!] : words; // ::ffff:a.b.c.d names the same host as a.b.c.d
}

/** The address as words, or undefined when the text is not an IPv4 or IPv6 address. An IPv4-mapped one is IPv4. A zone (`%eth0`) is dropped. */
export function parseIp(text: string): Words | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const quad = parseQuad(text);
    return quad === undefined ? undefined : [quad];
  }
  const zoneAt = text.indexOf('%');
  return parseSix(zoneAt < 0 ? text : text.slice(0, zoneAt));
}

/** Dotted quad, or the text of RFC 5952: the same spelling as base/address.ts gives to bytes. */
export function showIp(words: Words): string {
  const first = words[0]!;
  if (words.length === 1) {
    return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}`;
  }
  const groups: number[] = [];
  for (const word of words) groups.push(word >>> 16, word & 0xffff);
  let runAt = -1;
  let runLen = 1; // a single zero group is not compressed (RFC 5952 section 4.2.2)
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > runLen) {
      runAt = i;
      runLen = j - i;
    }
    i = j > i ? j : i + 1;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':');
  return runAt < 0 ? hex(0, 8) : `${hex(0, runAt)}::${hex(runAt + runLen, 8)}`;
}

/** The one spelling of an address under which it is indexed; undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  const words = parseIp(text);
  return words === undefined ? undefined : showIp(words);
}

/** Bits of the family: 32 or 128. */
export function bitsOf(words: Words): number {
  return 32 * words.length;
}

/** The words with every bit past `length` cleared. */
export function maskWords(words: Words, length: number): Words {
  return words.map((word, i) => {
    const keep = length - 32 * i;
    if (keep >= 32) return word;
    return keep <= 0 ? 0 : word & (-1 << (32 - keep));
  });
}

/** `a.b.c.d/n` or `x::/n`; an address alone is a prefix of full length. Host bits are cleared. Undefined when it is none. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.lastIndexOf('/');
  const words = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (words === undefined) return undefined;
  const bits = bitsOf(words);
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits)) return undefined;
  const length = Number(digits);
  if (length > bits) return undefined;
  return { words: maskWords(words, length), length };
}

export function showPrefix(prefix: Prefix): string {
  return `${showIp(prefix.words)}/${prefix.length}`;
}

/** The one spelling of a prefix; undefined when it is none. */
export function canonicalPrefix(text: string): string | undefined {
  const prefix = parsePrefix(text);
  return prefix === undefined ? undefined : showPrefix(prefix);
}

/** Whether the address, of the same family, lies inside the prefix. */
export function contains(prefix: Prefix, words: Words): boolean {
  if (prefix.words.length !== words.length) return false;
  for (let i = 0; i < words.length; i++) {
    const keep = Math.min(32, prefix.length - 32 * i);
    if (keep <= 0) return true;
    const mask = keep === 32 ? -1 : -1 << (32 - keep);
    if (((prefix.words[i]! ^ words[i]!) & mask) !== 0) return false;
  }
  return true;
}

/** Place of the address inside the prefix, 0 = its base; -1 when outside or past 2^31. */
export function hostPart(prefix: Prefix, words: Words): number {
  if (!contains(prefix, words)) return -1;
  const hostBits = bitsOf(words) - prefix.length;
  for (let i = 0; i < words.length - 1; i++) {
    if ((words[i]! ^ prefix.words[i]!) !== 0) return -1;
  }
  const low = words[words.length - 1]! & (hostBits >= 32 ? -1 : ~(-1 << hostBits));
  return low < 0 ? -1 : low;
}

/** The address `index` places after the base of the prefix; undefined when that lies outside. */
export function addressAt(prefix: Prefix, index: number): string | undefined {
  const hostBits = bitsOf(prefix.words) - prefix.length;
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** Math.min(hostBits, 31))
    return undefined;
  const words = [...prefix.words];
  words[words.length - 1] = words[words.length - 1]! | index | 0;
  return showIp(words);
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map(
  (text) => parsePrefix(text)!,
);

/** RFC 1918, RFC 6598 (EKS uses 100.64/10 for pods) and RFC 4193: addresses that a cluster may give to its own. */
export function isPrivate(words: Words): boolean {
  return PRIVATE.some((prefix) => contains(prefix, words));
}
