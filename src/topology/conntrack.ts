/**
 * The kernel's connection table as text: /proc/net/nf_conntrack (nf_conntrack_standalone.c) and every form
 * of `conntrack -L`, `-E`, `-o extended`, `-o id`, `-o timestamp`, `-o xml`. Each entry holds the tuple before
 * and after the node's NAT: the proof of a translation.
 */

/** One way through a connection. Ports are 0 where the protocol has none; ICMP's identifier stands in both. */
export interface ConntrackTuple {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
}

export interface ConntrackEntry {
  /** Lower case: tcp, udp, icmp, icmpv6, sctp, gre, …; `unknown-N` for one the kernel does not name. */
  readonly protocol: string;
  /** As the opener sent it. */
  readonly original: ConntrackTuple;
  /** As answers come back to this host: of the other side, with the addresses after NAT. */
  readonly reply: ConntrackTuple;
  /** Where packets of the opener go after DNAT; undefined when the destination stays. */
  readonly dnat: { readonly ip: string; readonly port: number } | undefined;
  /** Whom they come from after SNAT; undefined when the source stays. */
  readonly snat: { readonly ip: string; readonly port: number } | undefined;
  /** TCP, SCTP and DCCP; undefined for others and for offloaded ones. */
  readonly state: string | undefined;
  /** No answer was seen yet. */
  readonly unreplied: boolean;
  readonly assured: boolean;
  readonly mark: number;
  readonly zone: number;
  /** Packets of the opener and of the answers, -1 = not counted. */
  readonly packets: { readonly original: number; readonly reply: number };
  /** NEW, UPDATE, DESTROY of `-E`; undefined in listings. */
  readonly event: string | undefined;
  /** Seconds since 1970 of `-o timestamp`; undefined elsewhere. */
  readonly seconds: number | undefined;
  /** 1-based line of the text. */
  readonly line: number;
}

export interface ConntrackTable {
  readonly entries: readonly ConntrackEntry[];
  /** Lines that hold no entry and are no header or statistics either. */
  readonly problems: readonly string[];
}

/** Entries of a text, XML or plain; never throws. `name` starts each problem. */
export function parseConntrack(text: string, name = 'conntrack'): ConntrackTable {
  const entries: ConntrackEntry[] = [];
  const problems: string[] = [];
  const isXml = /^\s*<\?xml|^\s*<conntrack>/.test(text);
  const units = isXml
    ? xmlFlows(text)
    : text.split('\n').map((line, i) => ({ line: i + 1, text: line }));
  for (const { line, text: unit } of units) {
    const bare = unit.trim();
    if (bare === '' || bare.startsWith('#') || bare.startsWith('conntrack v')) continue;
    const entry = isXml ? parseXmlFlow(bare, line) : parseLine(bare, line);
    if (entry !== undefined) entries.push(entry);
    else if (problems.length < 20)
      problems.push(`${name}:${line}: no conntrack entry: ${JSON.stringify(bare.slice(0, 80))}`);
  }
  return { entries, problems };
}

/** Keys of one direction, as they come; the second `src=` begins the answers'. */
interface Half {
  src: string | undefined;
  dst: string | undefined;
  sport: number;
  dport: number;
  packets: number;
}

function emptyHalf(): Half {
  return { src: undefined, dst: undefined, sport: 0, dport: 0, packets: -1 };
}

function toNumber(text: string): number {
  const value = Number(text); // hexadecimal keys of GRE come as 0x…
  return Number.isFinite(value) ? value : 0;
}

/** One key of a tuple; false when it is none. */
function setKey(half: Half, key: string, value: string): boolean {
  if (key === 'src') half.src = value;
  else if (key === 'dst') half.dst = value;
  else if (key === 'sport' || key === 'srckey') half.sport = toNumber(value);
  else if (key === 'dport' || key === 'dstkey') half.dport = toNumber(value);
  else if (key === 'id') half.sport = half.dport = toNumber(value);
  else if (key === 'packets') half.packets = toNumber(value);
  else return false;
  return true;
}

const WORD_STATES = /^[A-Z][A-Z_0-9]+$/;

function parseLine(line: string, number: number): ConntrackEntry | undefined {
  const tokens = line.split(/\s+/);
  const halves = [emptyHalf(), emptyHalf()];
  let which = -1;
  let state: string | undefined;
  let event: string | undefined;
  let seconds: number | undefined;
  const flags = new Set<string>();
  const more = new Map<string, string>();
  const plain: string[] = [];
  for (const token of tokens) {
    const equals = token.indexOf('=');
    if (token.startsWith('[') && token.endsWith(']')) {
      const word = token.slice(1, -1);
      if (which < 0 && /^\d+\.\d+$/.test(word)) seconds = Number(word);
      else if (which < 0 && ['NEW', 'UPDATE', 'DESTROY'].includes(word)) event = word;
      else flags.add(word);
    } else if (equals > 0) {
      const key = token.slice(0, equals);
      const value = token.slice(equals + 1);
      if (key === 'src') which++;
      if (which > 1) return undefined;
      // After `mark=` the keys are the entry's, not a tuple's: its id= is none of ICMP.
      const isTuple =
        which >= 0 && !more.has('mark') && !more.has('use') && setKey(halves[which]!, key, value);
      if (!isTuple) more.set(key, value);
    } else if (which < 0) {
      if (WORD_STATES.test(token)) state = token;
      else plain.push(token);
    }
  }
  const protocol = protocolOf(plain);
  return protocol === undefined
    ? undefined
    : toEntry(protocol, halves, { state, event, seconds, flags, more, number });
}

/** `ipv4 2 tcp 6 117`, `tcp 6 117`, `unknown 99 …`: the word before the number that is not the family's. */
function protocolOf(plain: readonly string[]): string | undefined {
  const words = plain[0] === 'ipv4' || plain[0] === 'ipv6' ? plain.slice(2) : plain;
  const [name, number] = words;
  if (name === undefined || number === undefined || !/^\d+$/.test(number)) return undefined;
  return name === 'unknown' ? `unknown-${number}` : name.toLowerCase();
}

interface Rest {
  state: string | undefined;
  event: string | undefined;
  seconds: number | undefined;
  flags: ReadonlySet<string>;
  more: ReadonlyMap<string, string>;
  number: number;
}

function toTuple(half: Half): ConntrackTuple | undefined {
  const { src, dst, sport, dport } = half;
  return src === undefined || dst === undefined ? undefined : { src, dst, sport, dport };
}

function toEntry(
  protocol: string,
  halves: readonly Half[],
  rest: Rest,
): ConntrackEntry | undefined {
  const original = toTuple(halves[0]!);
  const reply = toTuple(halves[1]!);
  if (original === undefined || reply === undefined) return undefined;
  const isIcmp = protocol.startsWith('icmp');
  const dnat = reply.src !== original.dst || (!isIcmp && reply.sport !== original.dport);
  const snat = reply.dst !== original.src || reply.dport !== original.sport;
  return {
    protocol,
    original,
    reply,
    dnat: dnat ? { ip: reply.src, port: reply.sport } : undefined,
    snat: snat ? { ip: reply.dst, port: reply.dport } : undefined,
    state: rest.state,
    unreplied: rest.flags.has('UNREPLIED'),
    assured: rest.flags.has('ASSURED'),
    mark: toNumber(rest.more.get('mark') ?? '0'),
    zone: toNumber(rest.more.get('zone') ?? '0'),
    packets: { original: halves[0]!.packets, reply: halves[1]!.packets },
    event: rest.event,
    seconds: rest.seconds,
    line: rest.number,
  };
}

/** The text of each <flow>, with the line where it begins. */
function xmlFlows(text: string): { line: number; text: string }[] {
  const flows: { line: number; text: string }[] = [];
  let line = 1;
  let from = 0;
  for (let at = text.indexOf('<flow'); at >= 0; at = text.indexOf('<flow', from)) {
    for (let i = from; i < at; i++) if (text.charCodeAt(i) === 10) line++;
    const end = text.indexOf('</flow>', at);
    const stop = end < 0 ? text.length : end;
    flows.push({ line, text: text.slice(at, stop) });
    for (let i = at; i < stop; i++) if (text.charCodeAt(i) === 10) line++;
    from = Math.max(stop, at + 1);
  }
  return flows;
}

function parseXmlFlow(flow: string, number: number): ConntrackEntry | undefined {
  const halves = [emptyHalf(), emptyHalf()];
  const more = new Map<string, string>();
  const flags = new Set<string>();
  let protocol: string | undefined;
  let state: string | undefined;
  for (const meta of flow.split('<meta ').slice(1)) {
    const direction = /^direction="(\w+)"/.exec(meta)?.[1];
    const half =
      direction === 'original' ? halves[0] : direction === 'reply' ? halves[1] : undefined;
    protocol ??= /<layer4 [^>]*protoname="([^"]+)"/.exec(meta)?.[1]?.toLowerCase();
    for (const [, key, value] of meta.matchAll(/<([a-z]+)>([^<]*)<\//g)) {
      if (half !== undefined && setKey(half, key!, value!)) continue;
      if (key === 'state') state = value;
      else more.set(key!, value!);
    }
    if (meta.includes('<unreplied/>')) flags.add('UNREPLIED');
    if (meta.includes('<assured/>')) flags.add('ASSURED');
  }
  const event = /^<flow [^>]*type="(\w+)"/.exec(flow)?.[1]?.toUpperCase();
  if (protocol === undefined) return undefined;
  return toEntry(protocol, halves, { state, event, seconds: undefined, flags, more, number });
}

/** Entries found by either of their tuples, from either end. */
export class ConntrackIndex {
  readonly count: number;
  private readonly byTuple = new Map<string, ConntrackEntry[]>();

  constructor(entries: readonly ConntrackEntry[]) {
    this.count = entries.length;
    for (const entry of entries) {
      const { original, reply, protocol } = entry;
      this.add(keyOf(protocol, original.src, original.sport, original.dst, original.dport), entry);
      this.add(keyOf(protocol, reply.dst, reply.dport, reply.src, reply.sport), entry);
    }
  }

  /** Entries that a packet from src to dst, or back, belongs to: before NAT or after it. */
  find(
    protocol: string,
    src: string,
    sport: number,
    dst: string,
    dport: number,
  ): readonly ConntrackEntry[] {
    const forward = this.byTuple.get(keyOf(protocol, src, sport, dst, dport));
    const back = this.byTuple.get(keyOf(protocol, dst, dport, src, sport));
    if (forward === undefined) return back ?? [];
    if (back === undefined) return forward;
    return [...new Set([...forward, ...back])];
  }

  private add(key: string, entry: ConntrackEntry): void {
    const there = this.byTuple.get(key);
    if (there === undefined) this.byTuple.set(key, [entry]);
    else if (!there.includes(entry)) there.push(entry);
  }
}

function keyOf(protocol: string, src: string, sport: number, dst: string, dport: number): string {
  return `${protocol} ${src} ${sport} ${dst} ${dport}`;
}
