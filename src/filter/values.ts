/** What the values of a filter mean: numbers, ports, protocols, addresses. Problems come back as values. */
import { parseIp, showIp, type Words } from '../topology/ip.ts';
import type { Sentence } from '../words/sentence.ts';
import { ETHER_TYPES, PROTOCOL_NUMBERS, SERVICES } from './words.ts';

/** A value that cannot be what is asked for. */
export class Problem {
  readonly problem: Sentence;
  readonly hint: Sentence | undefined;

  constructor(problem: Sentence, hint?: Sentence) {
    this.problem = problem;
    this.hint = hint;
  }
}

export interface Net {
  readonly words: Words;
  readonly mask: Words;
}

const PORT_MAX = 65_535;
const UINT_MAX = 0xffff_ffff;

/** Decimal, 0x hexadecimal, or octal after a leading 0, as in C; at most 32 bits. */
export function parseNumber(text: string): number | Problem {
  const octal = /^0[0-9]/.test(text);
  if (octal && /[89]/.test(text)) {
    return new Problem(
      { code: 'filter-bad-octal', text },
      { code: 'hint-meant', text: text.replace(/^0+/, '') },
    );
  }
  const number = octal ? Number.parseInt(text, 8) : Number(text);
  return number <= UINT_MAX ? number : new Problem({ code: 'filter-number-too-large', text });
}

/** A port by number or service name. */
export function parsePort(text: string): readonly [port: number, transport: string] | Problem {
  if (/^[0-9]/.test(text) && /^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) {
    const number = parseNumber(text);
    if (number instanceof Problem) return number;
    if (number > PORT_MAX) {
      return new Problem({ code: 'filter-port-too-large', text, most: PORT_MAX });
    }
    return [number, 'any'];
  }
  return Object.hasOwn(SERVICES, text)
    ? SERVICES[text]!
    : new Problem({ code: 'filter-unknown-service', text });
}

/** `first-last`, either by number or service name; a single port is a range of one. */
export function parsePortRange(
  text: string,
): readonly [first: number, last: number, transport: string] | Problem {
  const single = parsePort(text);
  if (!(single instanceof Problem)) return [single[0], single[0], single[1]];
  let problem = text.includes('-') ? single : new Problem({ code: 'filter-no-port-range', text });
  for (let at = text.indexOf('-'); at > 0; at = text.indexOf('-', at + 1)) {
    const first = parsePort(text.slice(0, at));
    const last = parsePort(text.slice(at + 1));
    if (first instanceof Problem) problem = first;
    else if (last instanceof Problem) problem = last;
    else {
      const transport = first[1] === last[1] ? first[1] : 'any';
      return [Math.min(first[0], last[0]), Math.max(first[0], last[0]), transport];
    }
  }
  return problem;
}

/** An IP protocol by number or name, 0 to 255. */
export function parseProtocol(text: string): number | Problem {
  return parseNamed(text, PROTOCOL_NUMBERS, 255, 'ip-protocol');
}

/** An EtherType by number or name, 0 to 65535. */
export function parseEtherType(text: string): number | Problem {
  return parseNamed(text, ETHER_TYPES, 0xffff, 'ether-type');
}

function parseNamed(
  text: string,
  names: Readonly<Record<string, number>>,
  max: number,
  what: 'ip-protocol' | 'ether-type',
): number | Problem {
  if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) {
    const number = parseNumber(text);
    if (number instanceof Problem || number <= max) return number;
    return new Problem({ code: 'filter-number-beyond', text, what, most: max });
  }
  if (Object.hasOwn(names, text)) return names[text]!;
  return new Problem({ code: 'filter-not-named', text, what });
}

/**
 * `10.1`, `10.1.2`, `10.1.2.3`: the first bytes of an IPv4 address, and the mask over as many. With
 * `bits`, a whole prefix.
 */
export function parseDotted(text: string, bits?: number): Net | Problem {
  let word = 0;
  const parts = text.split('.');
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]*)$/.test(part)) {
      return new Problem({ code: 'filter-no-decimal', part, text });
    }
    const byte = Number(part);
    if (byte > 255) return new Problem({ code: 'filter-byte-too-large', part, text });
    word = (word << 8) | byte;
  }
  const known = 8 * parts.length;
  return prefix([shiftLeft(word, 32 - known)], bits ?? known, text);
}

/** A lone number as `net` takes it: `10` is 10.0.0.0/8, but `0` is the address 0.0.0.0. */
export function parseLoneNet(value: number, bits?: number): Net | Problem {
  let word = value | 0;
  let known = 32;
  while (word !== 0 && word >>> 24 === 0) {
    word <<= 8;
    known -= 8;
  }
  return prefix([word], bits ?? known, String(value));
}

export function parseSix(text: string, bits?: number): Net | Problem {
  const words = parseIp(text);
  if (words === undefined) return new Problem({ code: 'filter-no-ipv6', text });
  if (words.length === 4) return prefix(words, bits ?? 128, text);
  const mapped = [0, 0, 0xffff, words[0]!]; // ::ffff:10.0.0.1 is written as IPv6 and stays IPv6
  return prefix(mapped, bits ?? 128, text);
}

/** An address and its mask; what the mask leaves out must be zero, as tcpdump asks. */
export function masked(words: Words, mask: Words, text: string): Net | Problem {
  if (words.every((word, i) => (word & ~mask[i]!) === 0)) return { words, mask };
  const network = showIp(words.map((word, i) => word & mask[i]!));
  return new Problem({ code: 'filter-bits-beyond-mask', text }, { code: 'hint-network', network });
}

function prefix(words: Words, bits: number, text: string): Net | Problem {
  const width = 32 * words.length;
  if (bits > width) return new Problem({ code: 'filter-prefix-too-long', bits, width });
  const mask = words.map((_, i) => shiftLeft(-1, 32 - Math.max(0, Math.min(32, bits - 32 * i))));
  return masked(words, mask, `${text}/${bits}`);
}

/** Of the mask's words, the length of the prefix it is, or -1 when its ones do not come first. */
export function prefixLen(mask: Words): number {
  let len = 0;
  for (const word of mask) len += Math.clz32(~word);
  const whole = mask.map((_, i) => shiftLeft(-1, 32 - Math.max(0, Math.min(32, len - 32 * i))));
  return whole.every((word, i) => word === mask[i]) ? len : -1;
}

function shiftLeft(word: number, count: number): number {
  return count >= 32 ? 0 : word << count;
}

/** The 48 bits of a MAC address in any of tcpdump's spellings, as 16 bits and an int32. */
export function parseMac(text: string): readonly [high: number, low: number] {
  const digits = /^([0-9a-f]{12}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})$/i.test(text)
    ? text.replace(/\./g, '')
    : text
        .split(/[-:.]/)
        .map((part) => part.padStart(2, '0'))
        .join('');
  return [Number.parseInt(digits.slice(0, 4), 16), Number.parseInt(digits.slice(4), 16) | 0];
}
