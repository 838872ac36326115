/** Frames of a capture as tshark reads them, and which of them carry a conversation: an eye that is not ours. */

import { run } from './command.ts';
import { sameTuple, type Tuple } from './conntrack.ts';
import {
  isoTime,
  nanosecondsOf,
  type TruthConversation,
  type TruthEncapsulation,
} from './truth.ts';

/** One IP layer of a frame. */
export interface IpLayer {
  src: string;
  dst: string;
}

/** One frame: its IP layers outermost first, and the ports (or ICMP identifier twice) of the innermost. */
export interface Sighting {
  number: number;
  timeNs: bigint;
  protocol: string;
  layers: IpLayer[];
  sport: number;
  dport: number;
  vni: number | undefined;
  tunnel: TruthEncapsulation['type'] | undefined;
}

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'icmp.ident',
  'icmpv6.echo.identifier',
  'vxlan.vni',
  'geneve.vni',
  'gre.key',
];

/** All frames of a capture that hold an IP layer. Quoted packets inside ICMP errors are not layers. */
export function readSightings(path: string): Sighting[] {
  const argv = [
    'tshark',
    '-n',
    '-r',
    path,
    '-d',
    'udp.port==8472,vxlan',
    '-d',
    'udp.port==4789,vxlan',
    '-d',
    'udp.port==6784,vxlan',
  ];
  argv.push('-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE');
  argv.push('-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;', '-E', 'separator=|');
  const text = run([...argv, ...FIELDS.flatMap((field) => ['-e', field])]);
  const sightings: Sighting[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const columns = line.split('|');
    const value = (field: string): string[] =>
      (columns[FIELDS.indexOf(field)] ?? '').split(';').filter(Boolean);
    const sighting = sightingOf(value);
    if (sighting.layers.length > 0) sightings.push(sighting);
  }
  return sightings;
}

function sightingOf(value: (field: string) => string[]): Sighting {
  const chain = (value('frame.protocols')[0] ?? '').split(':');
  const icmpAt = chain.findIndex((name) => name === 'icmp' || name === 'icmpv6');
  const own = icmpAt === -1 ? chain : chain.slice(0, icmpAt + 1);
  const layers: IpLayer[] = [];
  let four = 0;
  let six = 0;
  for (const name of own) {
    if (name === 'ip') {
      layers.push({ src: value('ip.src')[four] ?? '', dst: value('ip.dst')[four] ?? '' });
      four++;
    } else if (name === 'ipv6') {
      layers.push({ src: value('ipv6.src')[six] ?? '', dst: value('ipv6.dst')[six] ?? '' });
      six++;
    }
  }
  const protocol = own.findLast((name) => /^(tcp|udp|icmp|icmpv6)$/.test(name)) ?? '';
  const tunnel = (['vxlan', 'geneve', 'gre'] as const).find((name) => own.includes(name));
  const isInUdp = tunnel === 'vxlan' || tunnel === 'geneve';
  const [sport, dport] = portsOf(protocol, value, isInUdp);
  const id =
    tunnel === undefined ? undefined : value(tunnel === 'gre' ? 'gre.key' : `${tunnel}.vni`)[0];
  const [seconds = '0', fraction = ''] = (value('frame.time_epoch')[0] ?? '0').split('.');
  return {
    number: Number(value('frame.number')[0]),
    timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')),
    protocol,
    layers,
    sport,
    dport,
    vni: id === undefined ? undefined : Number(id),
    tunnel: tunnel ?? (layers.length > 1 ? 'ipip' : undefined),
  };
}

function portsOf(
  protocol: string,
  value: (field: string) => string[],
  isInUdp: boolean,
): [number, number] {
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const ident = value(protocol === 'icmp' ? 'icmp.ident' : 'icmpv6.echo.identifier')[0];
    return [Number(ident ?? -1), Number(ident ?? -1)];
  }
  const i = protocol === 'udp' && isInUdp ? 1 : 0; // the first UDP layer is the tunnel's
  return [
    Number(value(`${protocol}.srcport`)[i] ?? -1),
    Number(value(`${protocol}.dstport`)[i] ?? -1),
  ];
}

/** The inner tuple of a frame. */
export function tupleOf(sighting: Sighting): Tuple {
  const inner = sighting.layers.at(-1);
  return {
    src: inner?.src ?? '',
    sport: sighting.sport,
    dst: inner?.dst ?? '',
    dport: sighting.dport,
  };
}

/** Every tuple a conversation has on its way, client to server: as dialled, and after each translation. */
export function tuplesOf(conversation: TruthConversation): Tuple[] {
  const { beyond, dialled, translations } = conversation;
  return [dialled, ...[...beyond, ...translations].map(({ after }) => after)];
}

/** A frame of a conversation, and whether it goes to the server. */
export interface CarriedFrame {
  sighting: Sighting;
  toServer: boolean;
}

const MARGIN_NS = 200_000_000n;

/**
 * When a conversation's frames must end: a little after the call returned, yet before the next conversation that
 * dialled the same tuple began.
 */
function lastMoment(conversation: TruthConversation, all: readonly TruthConversation[]): bigint {
  let to = nanosecondsOf(conversation.end) + MARGIN_NS;
  for (const other of all) {
    const start = nanosecondsOf(other.start);
    const later = start > nanosecondsOf(conversation.start) && start < to;
    if (
      later &&
      other.protocol === conversation.protocol &&
      sameTuple(other.dialled, conversation.dialled)
    ) {
      to = start;
    }
  }
  return to;
}

/** The frames that carry a conversation's ports, with whether each goes to the server; `all`: of the same run. */
export function framesOf(
  sightings: readonly Sighting[],
  conversation: TruthConversation,
  all: readonly TruthConversation[],
): CarriedFrame[] {
  const keys = new Map<string, boolean>();
  for (const { src, sport, dst, dport } of tuplesOf(conversation)) {
    keys.set(`${dst}|${dport}|${src}|${sport}`, false);
    keys.set(`${src}|${sport}|${dst}|${dport}`, true);
  }
  const from = nanosecondsOf(conversation.start);
  const to = lastMoment(conversation, all);
  const found: CarriedFrame[] = [];
  for (const sighting of sightings) {
    if (sighting.protocol !== conversation.protocol) continue;
    if (sighting.timeNs < from || sighting.timeNs >= to) continue;
    const { src, sport, dst, dport } = tupleOf(sighting);
    let toServer = keys.get(`${src}|${sport}|${dst}|${dport}`);
    if (toServer === undefined) continue;
    // an echo's two directions have equal ports and may have equal addresses only in a hairpin
    if (keys.get(`${dst}|${dport}|${src}|${sport}`) === toServer) toServer = true;
    found.push({ sighting, toServer });
  }
  return found;
}

/** The outer headers a conversation wore towards its server, each pair once, as seen in these frames. */
export function encapsulationSeen(frames: readonly CarriedFrame[]): TruthEncapsulation[] {
  const seen = new Map<string, TruthEncapsulation>();
  for (const { sighting, toServer } of frames) {
    const { layers, tunnel, vni } = sighting;
    const outer = layers[0];
    if (!toServer || tunnel === undefined || outer === undefined) continue;
    seen.set(`${tunnel} ${outer.src} ${outer.dst}`, {
      type: tunnel,
      ...(vni === undefined ? {} : { vni }),
      outer: { src: outer.src, dst: outer.dst },
    });
  }
  return [...seen.values()];
}

/** For messages: when and what a frame is. */
export function describe(sighting: Sighting): string {
  const { src, sport, dst, dport } = tupleOf(sighting);
  return `frame ${sighting.number} at ${isoTime(sighting.timeNs)}: ${src}:${sport} > ${dst}:${dport}`;
}
