/** Finding conversations that show something, and saying who is in them. */
import { deviceKindOf } from '../../classify/device-names.ts';
import type { ConversationRecord, EndRecord, TranslationRecord } from '../../classify/record.ts';
import { isPrivate, parseIp } from '../../topology/ip.ts';
import { isHostAddress } from '../../topology/special.ts';
import { type Place, placesOf } from '../diagram/sightings.ts';
import { DIAGRAM_WORDS } from '../diagram/words.ts';
import { hasPorts, showEncapsulation, showEndpoint, showTuple } from '../wording.ts';
import type { Material, Say } from './sheet.ts';

export type Claim = (record: ConversationRecord) => boolean;

/** The conversation that fits and was seen at most places; of equals one whose label is surest, then the first. */
export function best({ records }: Material, fits: Claim): ConversationRecord | undefined {
  let found: ConversationRecord | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const record of records) {
    if (!fits(record)) continue;
    const value = 10 * record.hops.length + (record.confidence === 'certain' ? 5 : 0);
    if (value <= most) continue;
    found = record;
    most = value;
  }
  return found;
}

export function count({ records }: Material, fits: Claim): number {
  let found = 0;
  for (const record of records) if (fits(record)) found++;
  return found;
}

/** Of two different pods. */
export function isBetweenPods({ client, server, confidence }: ConversationRecord): boolean {
  const isHairpin = client.ip === server.ip;
  return client.kind === 'pod' && server.kind === 'pod' && confidence !== 'guess' && !isHairpin;
}

export function isEncapsulated({ hops }: ConversationRecord): boolean {
  return hops.some(({ encapsulation }) => encapsulation !== null);
}

export function isAnswered({ packets }: ConversationRecord): boolean {
  return packets.toServer > 0 && packets.toClient > 0;
}

export function isRewritten(record: ConversationRecord, type: TranslationRecord['type']): boolean {
  return record.translations.some((change) => change.type === type);
}

/** Seen on a NIC, which packets leave a node by. */
export function isOnNic({ hops }: ConversationRecord): boolean {
  return hops.some((hop) => hop.interface !== null && deviceKindOf(hop.interface) === 'nic');
}

/** `default/pod1 (172.16.158.1)`. */
export function who(end: EndRecord): string {
  if (end.name === null || end.name === end.ip) return end.ip;
  const name = end.namespace === null ? end.name : `${end.namespace}/${end.name}`;
  return `${name} (${end.ip})`;
}

/** `calice0906292e2 on k8s-w1, eth0 on k8s-w1`. */
export function where(record: ConversationRecord, say: Say): string {
  const places = placesOf(record.hops).map((place) => showPlace(place, say));
  return [...new Set(places)].join(', ');
}

export function showPlace({ hop, node }: Place, say: Say): string {
  const device = hop.interface ?? hop.file?.slice(hop.file.lastIndexOf('/') + 1) ?? '?';
  return node === null ? device : say(`${device} on ${node}`, `${node}의 ${device}`);
}

/** `ipip 192.168.10.101 > 192.168.20.100`, all tunnels. */
export function tunnels(record: ConversationRecord): string {
  return record.encapsulation
    .map((one) => `${showEncapsulation(one)} ${one.outer.src} > ${one.outer.dst}`)
    .join(', ');
}

function judgement({ label, confidence }: ConversationRecord, say: Say): string {
  const { labels, confidence: sureness } = DIAGRAM_WORDS.ko;
  return say(`${label} (${confidence})`, `${labels[label]} (${sureness[confidence]})`);
}

/** Figures that every conversation has. */
export function figuresOf(record: ConversationRecord, say: Say): [string, string][] {
  const ports = hasPorts(record);
  const figures: [string, string][] = [
    [say('conversation', '대화'), `#${record.id}, ${record.protocol}, ${judgement(record, say)}`],
    [say('client', '클라이언트'), who(record.client)],
    [say('server', '서버'), who(record.server)],
    [say('packets', '패킷'), `${record.packets.toServer} > / < ${record.packets.toClient}`],
    [say('seen at', '보인 곳'), where(record, say)],
  ];
  if (record.encapsulation.length > 0) figures.push([say('outer', '바깥 헤더'), tunnels(record)]);
  for (const { type, node, before, after } of record.translations) {
    const at = node === null ? '' : ` (${node})`;
    figures.push([
      `${type.toUpperCase()}${at}`,
      `${showTuple(before, ports)} => ${showTuple(after, ports)}`,
    ]);
  }
  if (record.proxyProtocol?.source != null) {
    const { source, version } = record.proxyProtocol;
    figures.push([`PROXY v${version}`, showEndpoint(source.ip, source.port, true)]);
  }
  return figures;
}

/** A host's own address that the internet routes; those of documentation stand for such in labs. */
export function isPublic(address: string): boolean {
  const words = parseIp(address);
  return words !== undefined && isHostAddress(words) && !isPrivate(words);
}
