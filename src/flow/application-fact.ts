/** What one flow said: the shape of it, and how what the decoders read becomes it, bounded. */
import type { BgpOpen } from '../decode/protocols/bgp.ts';
import type { DnsMessage } from '../decode/protocols/dns.ts';
import type { ProxyHeader, ProxyTlv } from '../decode/protocols/proxy.ts';

/** Kept of one flow: TLVs of a header, parts of a TLV; characters of a text. */
const TLVS_MAX = 32;
const TEXT_LEN_MAX = 1024;

/** A PROXY header as it was sent; a ProxyRecord of the schema, and how far it can be trusted. */
export interface ProxyFact {
  version: 1 | 2;
  command: 'LOCAL' | 'PROXY' | 'UNKNOWN';
  source: { ip: string; port: number } | null;
  destination: { ip: string; port: number } | null;
  tlvs: { type: number; name: string; value: ProxyTlv['value'] }[];
  checksum: ProxyHeader['checksum'];
  /** All of the header was captured. */
  complete: boolean;
  /** What the specification forbids, in words. */
  faults: readonly string[];
}

/** What one flow said. Absent where it did not, or not yet. */
export interface ApplicationFact {
  /** Undefined while only a PROXY header was seen. */
  protocol: 'dns' | 'http' | 'http2' | 'tls' | 'bgp' | undefined;
  /** 0 = the side that asks (the client) sends from the row's source; 1 = the other one; -1 = not told. */
  asker: 0 | 1 | -1;
  /** The first header, which the nearest proxy wrote, and those stacked behind it. */
  proxy: ProxyFact | undefined;
  stacked: readonly ProxyFact[];
  /** TLS: server name; HTTP: Host. */
  host: string | undefined;
  /** HTTP, of the first request and the first final response. */
  method: string | undefined;
  path: string | undefined;
  userAgent: string | undefined;
  status: number | undefined;
  /** TLS: protocols offered, or the one chosen once the server has. */
  alpn: string[] | undefined;
  /** TLS: the version chosen, else the best offered. */
  version: string | undefined;
  /** TLS: the server's answer was seen. */
  isChosen: boolean;
  /** DNS: the first question, and the answer to it. */
  dnsId: number;
  query: string | undefined;
  queryType: string | undefined;
  rcode: string | undefined;
  answers: string[] | undefined;
  /** BGP: prefixes announced and withdrawn, first ones first, and the next hop of all; null = they have several. */
  prefixes: string[] | undefined;
  withdrawn: string[] | undefined;
  nextHop: string | null | undefined;
  /** BGP: the OPEN sent from the row's source, and the one sent back. */
  opens: (BgpOpen | undefined)[] | undefined;
}

const NO_HEADERS: readonly ProxyFact[] = [];

export function emptyFact(): ApplicationFact {
  return {
    protocol: undefined,
    asker: -1,
    proxy: undefined,
    stacked: NO_HEADERS,
    host: undefined,
    method: undefined,
    path: undefined,
    userAgent: undefined,
    status: undefined,
    alpn: undefined,
    version: undefined,
    isChosen: false,
    dnsId: -1,
    query: undefined,
    queryType: undefined,
    rcode: undefined,
    answers: undefined,
    prefixes: undefined,
    withdrawn: undefined,
    nextHop: undefined,
    opens: undefined,
  };
}

export function proxyFactOf(header: ProxyHeader): ProxyFact {
  return {
    version: header.version,
    command: header.command,
    source: header.source,
    destination: header.destination,
    tlvs: header.tlvs.slice(0, TLVS_MAX).map(({ type, name, value }) => ({
      type,
      name,
      value: boundedValue(value),
    })),
    checksum: header.checksum,
    complete: header.complete,
    faults: header.faults,
  };
}

function boundedValue(value: ProxyTlv['value']): ProxyTlv['value'] {
  if (typeof value === 'string') return bounded(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).slice(0, TLVS_MAX);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, typeof inner === 'string' ? bounded(inner) : inner]),
  );
}

/** The text, cut where it is longer than what is kept of one. */
export function bounded(text: string): string {
  return text.length <= TEXT_LEN_MAX ? text : `${text.slice(0, TEXT_LEN_MAX)}…`;
}

/** What the answer section says: addresses, names and texts, in order. */
export function answersOf(message: DnsMessage): string[] {
  return message.records
    .filter((record) => record.section === 'answer')
    .map((record) => record.text);
}
