/** Why a connection of flow logs is said to be what it is, what went wrong, and what the logs cannot show. */
import { ACK, RST, SYN } from '../flow/tcp-tracking.ts';
import { ends } from './evidence/ends.ts';
import { translations } from './evidence/translations.ts';
import type { LogCase } from './flow-log-case.ts';
import type { LogHop } from './flow-log-join.ts';
import type { Sent } from './flow-log-table.ts';
import type { EvidenceRecord } from './record.ts';
import { showOwner } from './rule.ts';
import { unansweredSyn } from './troubles/no-answer.ts';
import { resetTold } from './troubles/reset.ts';
import { unownedPod } from './troubles/unowned-pod.ts';
import { withoutEndpoints } from './troubles/without-endpoints.ts';
import { showEnd } from './wording.ts';

const TCP_NUMBER = 6;

/** Ways out of an interface (Amazon's user guide, field traffic-path). */
const PATHS: readonly string[] = [
  '',
  'through another resource in the VPC',
  'through an internet gateway or a gateway VPC endpoint',
  'through a virtual private gateway',
  'through a VPC peering connection in the region',
  'through a VPC peering connection to another region',
  'through a local gateway',
  'through a gateway VPC endpoint',
  'through an internet gateway',
];

export function logEvidenceOf(one: LogCase): EvidenceRecord[] {
  const ofTables = one.translations.filter((t) => t !== one.gateway);
  return [
    ...ends(one),
    ...openerOf(one),
    ...joinOf(one),
    ...one.hops.flatMap((hop) => shownOf(one, hop)),
    ...gatewayOf(one),
    ...translations({ ...one, translations: ofTables }),
    ...waysOf(one),
    ...namesOf(one),
  ];
}

/** `line 3 of a.log`, with the interface before it where it is told. */
export function showLogPlace(one: LogCase, hop: LogHop): string {
  const { fileIndex, interfaceId, line } = hop.flow;
  const path = one.run.files[fileIndex] ?? '';
  const where = `line ${line} of ${path.slice(path.lastIndexOf('/') + 1)}`;
  return interfaceId === undefined ? where : `${interfaceId} (${where})`;
}

function openerOf(one: LogCase): EvidenceRecord[] {
  const text = {
    syn: `${one.dialled.ip} was dialled: tcp-flags show the SYN of ${one.tuples[0]!.src}`,
    service: `${one.dialled.ip} was dialled: a Service answers at its port ${one.dialled.port}`,
    port: `${one.dialled.ip} was dialled: port ${one.dialled.port} looks more like a server's than ${one.tuples[0]!.sport} does`,
    first: `which end is the client is not told: the log names ${one.tuples[0]!.src} first`,
  }[one.connection.opener];
  const confidence = (
    { syn: 'certain', service: 'likely', port: 'likely', first: 'guess' } as const
  )[one.connection.opener];
  return [{ rule: 'flow-log-client', confidence, text }];
}

function joinOf(one: LogCase): EvidenceRecord[] {
  const { connection, hops } = one;
  const alike = hops.filter((hop) => hop.flow !== connection.nat?.after);
  if (alike.length < 2) return [];
  const places = alike.map((hop) => showLogPlace(one, hop)).join(' and ');
  const text = connection.unmasked
    ? `${places} tell of the same ports at the same time, and each names an address behind the other`
    : `${places} tell of the same addresses and ports at the same time`;
  const confidence = connection.unmasked ? 'likely' : 'certain';
  return [{ rule: 'flow-log-join', confidence, text }];
}

/** What the log shows in place of an address that the packets bore. */
function shownOf(one: LogCase, hop: LogHop): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const which of ['client', 'server'] as const) {
    const end = hop.flow.ends[which === 'client' ? hop.client : 1 - hop.client]!;
    if (end.shown === undefined) continue;
    const place = showLogPlace(one, hop);
    const differ = `${place} shows ${end.shown} where packets bore ${end.ip}`;
    if (hop.standing[which] === 'passing') {
      const isRewritten = one.gateway !== undefined && hop.flow === one.connection.nat?.hop.flow;
      const what = isRewritten
        ? 'the traffic passes through that interface, which rewrites it'
        : 'the traffic passes through that interface, such as a NAT gateway, a transit gateway or a firewall; the log shows no rewriting';
      records.push({ rule: 'flow-log-passing', confidence: 'likely', text: `${differ}: ${what}` });
    } else if (one.connection.unmasked && !hop.flow.hasPacketAddresses) {
      const text = `${place} shows the interface's own ${end.shown} for ${end.ip}, which the other end's log names`;
      records.push({ rule: 'flow-log-unmasked', confidence: 'likely', text });
    } else {
      const text = `${differ}: another address of that interface, as pods have; nothing was rewritten`;
      records.push({ rule: 'flow-log-secondary', confidence: 'likely', text });
    }
  }
  return records;
}

function gatewayOf(one: LogCase): EvidenceRecord[] {
  const { nat } = one.connection;
  if (nat === undefined || one.gateway === undefined) return [];
  const { before, after } = one.gateway;
  const from = showEnd(before.src, before.sport);
  const at = `at the gateway's ${nat.hop.flow.interfaceId ?? 'interface'}`;
  if (nat.after !== undefined) {
    const text = `the source ${from} became ${showEnd(after.src, after.sport)} ${at}: it sent as many packets to the same place at the same time (line ${nat.after.line})`;
    return [{ rule: 'flow-log-nat', confidence: 'likely', text }];
  }
  const text = `the source ${from} became ${after.src} ${at}; its port is not told, as ${nat.candidates} connections from there fit alike`;
  return [{ rule: 'flow-log-nat', confidence: 'likely', text }];
}

function waysOf(one: LogCase): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const hop of one.hops) {
    hop.flow.sent.forEach((sent, side) => {
      const path = PATHS[sent.trafficPath];
      if (path === undefined || path === '') return;
      const who = side === hop.client ? "the client's packets" : "the server's packets";
      const text = `${who} left ${showLogPlace(one, hop)} ${path} (traffic-path ${sent.trafficPath})`;
      records.push({ rule: 'flow-log-path', confidence: 'certain', text });
    });
  }
  return records;
}

/** What the log itself says of the ends and of the interface. */
function namesOf(one: LogCase): EvidenceRecord[] {
  const texts = new Set<string>();
  for (const hop of one.hops) {
    const { ends: both, workload, encryptionStatus } = hop.flow;
    for (const { ip, service } of both) {
      if (service !== undefined)
        texts.add(`${ip} is in the address range of AWS service ${service}`);
    }
    if (workload !== undefined) texts.add(`${showLogPlace(one, hop)} is of ${workload}`);
    if (encryptionStatus !== undefined) {
      texts.add(`${showLogPlace(one, hop)} has encryption-status ${encryptionStatus}`);
    }
  }
  return [...texts].map((text) => ({ rule: 'flow-log-says', confidence: 'certain', text }));
}

/** TCP flags of the client's and of the server's packets, over all interfaces; 0 = none told. */
export function flagsOf(one: LogCase): { there: number; back: number; told: boolean } {
  let there = 0;
  let back = 0;
  let told = false;
  for (const { flow, client } of one.hops) {
    const [a, b] = [flow.sent[client]!.flags, flow.sent[1 - client]!.flags];
    if (a >= 0 || b >= 0) told = true;
    there |= Math.max(0, a);
    back |= Math.max(0, b);
  }
  return { there, back, told };
}

export function logTroublesOf(one: LogCase): EvidenceRecord[] {
  const records = one.hops.flatMap((hop) => rejections(one, hop));
  const { there, back, told } = flagsOf(one);
  if (one.protocol === TCP_NUMBER && told) {
    const there1 = one.hops.map(({ flow, client }) => flow.sent[client]!);
    const answered = one.hops.some(({ flow, client }) => flow.sent[1 - client]!.records > 0);
    const isSyn = (there & (SYN | ACK | RST)) === SYN;
    if (isSyn && !answered && records.length === 0) {
      const packets = Math.max(...there1.map((sent) => sent.packets));
      records.push(unansweredSyn(one, packets, 'likely'));
    }
    const reset = resetTold(one, there, back);
    if (reset !== undefined) records.push(reset);
  }
  for (const rule of [withoutEndpoints, unownedPod]) {
    const trouble = rule(one);
    if (trouble !== undefined) records.push(trouble);
  }
  return records;
}

function rejections(one: LogCase, hop: LogHop): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  hop.flow.sent.forEach((sent, side) => {
    if (sent.rejected === 0) return;
    records.push({
      rule: 'flow-log-rejected',
      confidence: 'certain',
      text: rejection(one, hop, sent, side === hop.client),
    });
  });
  return records;
}

/** A security group lets replies of what it let in pass; a network ACL judges each packet alone. */
function rejection(one: LogCase, hop: LogHop, sent: Sent, isClient: boolean): string {
  const { flow } = hop;
  const count = sent.rejectedPackets;
  const whose = isClient ? `to ${showEnd(one.dialled.ip, one.dialled.port)}` : 'back to the client';
  const way = sent.direction === undefined ? '' : ` (${sent.direction})`;
  const what = `${count} ${count === 1 ? 'packet' : 'packets'} ${whose} rejected at ${showLogPlace(one, hop)}${way}`;
  if (flow.rejectReason !== undefined) return `${what}: reject-reason ${flow.rejectReason}`;
  const isReply = !isClient && one.connection.opener !== 'first';
  if (isReply && hop.flow.sent[hop.client]!.records > hop.flow.sent[hop.client]!.rejected) {
    return `${what} by a network ACL: a security group would let the reply pass`;
  }
  return `${what} by a security group or a network ACL`;
}

/** What of it the logs do not show, one line each. */
export function logUnseenOf(one: LogCase): string[] {
  const lines: string[] = [];
  const there = one.hops.some(({ flow, client }) => flow.sent[client]!.records > 0);
  const back = one.hops.some(({ flow, client }) => flow.sent[1 - client]!.records > 0);
  if (!back)
    lines.push('no reply is in the logs: there was none, or its interface or window is missing');
  else if (!there) lines.push('only replies are in the logs');
  for (const which of ['client', 'server'] as const) {
    const { owner } = one[which];
    const isInside = owner.kind === 'pod' || owner.kind === 'node';
    if (!isInside || one.hops.some(({ local }) => local === which)) continue;
    if (one.hops.every(({ local }) => local === undefined)) continue;
    lines.push(`the interface of ${showOwner(one[which])} is not in the logs`);
  }
  const masked = mayHidePod(one);
  if (masked !== undefined) lines.push(masked);
  if (mayHideSnat(one)) {
    lines.push(
      `whether a pod was behind ${one.client.ip}: the VPC CNI lends pods the node's address to outside the VPC before its interface logs it; conntrack of that node tells (--conntrack)`,
    );
  }
  if (one.hops.every(({ flow }) => Number.isNaN(flow.first))) {
    lines.push('its time: the log has neither start nor end');
  }
  return lines;
}

/** A line when an end is an interface's primary address in a log that shows it for all of its addresses. */
export function mayHidePod(one: LogCase): string | undefined {
  const hop = one.hops.find(
    ({ flow, local }) =>
      !flow.hasPacketAddresses && local !== undefined && !one.connection.unmasked,
  );
  if (hop === undefined) return undefined;
  const end = one[hop.local!];
  if (end.owner.kind === 'pod') return undefined; // its own interface, as pods with a security group have
  return `whose ${end.ip} was: the log lacks pkt-srcaddr and pkt-dstaddr, so it shows an interface's primary address for its pods too`;
}

/** The client is a node that dials outside: the VPC CNI may have put its address in place of a pod's. */
function mayHideSnat(one: LogCase): boolean {
  return (
    one.client.owner.kind === 'node' &&
    one.server.owner.kind === 'external' &&
    !one.translations.some((t) => t !== one.gateway)
  );
}
