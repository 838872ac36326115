/** Why a connection of flow logs is said to be what it is, what went wrong, and what the logs cannot show. */
import { ACK, RST, SYN } from '../flow/tcp-tracking.ts';
import type { Sentence } from '../words/sentence.ts';
import { isTrafficPath } from '../words/sentences/flow-logs.ts';
import type { LogPlacePhrase } from '../words/sentences/phrases.ts';
import { ends } from './evidence/ends.ts';
import { translations } from './evidence/translations.ts';
import type { LogCase } from './flow-log-case.ts';
import type { LogHop } from './flow-log-join.ts';
import type { Sent } from './flow-log-table.ts';
import type { Confidence, EvidenceRecord } from './record.ts';
import { ownerOf } from './rule.ts';
import { unansweredSyn } from './troubles/no-answer.ts';
import { resetTold } from './troubles/reset.ts';
import { unownedPod } from './troubles/unowned-pod.ts';
import { withoutEndpoints } from './troubles/without-endpoints.ts';
import { showEnd } from './wording.ts';

const TCP_NUMBER = 6;

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

/** Where the log tells of the hop. */
function logPlaceOf(one: LogCase, hop: LogHop): LogPlacePhrase {
  const { fileIndex, interfaceId, line } = hop.flow;
  const path = one.run.files[fileIndex] ?? '';
  return { interfaceId, line, file: path.slice(path.lastIndexOf('/') + 1) };
}

function openerOf(one: LogCase): EvidenceRecord[] {
  const { dialled, tuples } = one;
  const { src: client, sport: other } = tuples[0]!;
  const { ip, port } = dialled;
  const rule = 'flow-log-client';
  switch (one.connection.opener) {
    case 'syn':
      return [said(rule, 'certain', { code: 'log-client-by-syn', dialled: ip, client })];
    case 'service':
      return [said(rule, 'likely', { code: 'log-client-by-service', dialled: ip, port })];
    case 'port':
      return [said(rule, 'likely', { code: 'log-client-by-port', dialled: ip, port, other })];
    case 'first':
      return [said(rule, 'guess', { code: 'log-client-first', client })];
  }
}

function said(rule: string, confidence: Confidence, sentence: Sentence): EvidenceRecord {
  return { rule, confidence, sentence };
}

function joinOf(one: LogCase): EvidenceRecord[] {
  const { connection, hops } = one;
  const alike = hops.filter((hop) => hop.flow !== connection.nat?.after);
  if (alike.length < 2) return [];
  const places = alike.map((hop) => logPlaceOf(one, hop));
  const { unmasked } = connection;
  const sentence: Sentence = { code: 'log-joined', places, unmasked };
  return [said('flow-log-join', unmasked ? 'likely' : 'certain', sentence)];
}

/** What the log shows in place of an address that the packets bore. */
function shownOf(one: LogCase, hop: LogHop): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const which of ['client', 'server'] as const) {
    const { ip, shown } = hop.flow.ends[which === 'client' ? hop.client : 1 - hop.client]!;
    if (shown === undefined) continue;
    const differing = { place: logPlaceOf(one, hop), shown, ip };
    if (hop.standing[which] === 'passing') {
      const rewritten = one.gateway !== undefined && hop.flow === one.connection.nat?.hop.flow;
      const sentence: Sentence = { code: 'log-passing', ...differing, rewritten };
      records.push(said('flow-log-passing', 'likely', sentence));
    } else if (one.connection.unmasked && !hop.flow.hasPacketAddresses) {
      records.push(said('flow-log-unmasked', 'likely', { code: 'log-unmasked', ...differing }));
    } else {
      records.push(said('flow-log-secondary', 'likely', { code: 'log-secondary', ...differing }));
    }
  }
  return records;
}

function gatewayOf(one: LogCase): EvidenceRecord[] {
  const { nat } = one.connection;
  if (nat === undefined || one.gateway === undefined) return [];
  const { before, after } = one.gateway;
  const { interfaceId } = nat.hop.flow;
  const from = showEnd(before.src, before.sport);
  const sentence: Sentence =
    nat.after === undefined
      ? { code: 'log-nat-of-several', from, to: after.src, interfaceId, candidates: nat.candidates }
      : {
          code: 'log-nat',
          from,
          to: showEnd(after.src, after.sport),
          interfaceId,
          line: nat.after.line,
        };
  return [said('flow-log-nat', 'likely', sentence)];
}

function waysOf(one: LogCase): EvidenceRecord[] {
  const records: EvidenceRecord[] = [];
  for (const hop of one.hops) {
    hop.flow.sent.forEach(({ trafficPath: path }, side) => {
      if (!isTrafficPath(path)) return;
      const place = logPlaceOf(one, hop);
      const sentence: Sentence = { code: 'log-path', ofClient: side === hop.client, place, path };
      records.push(said('flow-log-path', 'certain', sentence));
    });
  }
  return records;
}

/** What the log itself says of the ends and of the interface. */
function namesOf(one: LogCase): EvidenceRecord[] {
  const services = new Map<string, Sentence>();
  const sentences: Sentence[] = [];
  for (const hop of one.hops) {
    const { ends: both, workload, encryptionStatus: status } = hop.flow;
    const place = logPlaceOf(one, hop);
    for (const { ip, service } of both) {
      const key = `${ip} ${service}`;
      if (service === undefined || services.has(key)) continue;
      const sentence: Sentence = { code: 'log-aws-service', ip, service };
      services.set(key, sentence);
      sentences.push(sentence);
    }
    if (workload !== undefined) sentences.push({ code: 'log-workload', place, workload });
    if (status !== undefined) sentences.push({ code: 'log-encryption', place, status });
  }
  return sentences.map((sentence) => said('flow-log-says', 'certain', sentence));
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
    const sentence = rejection(one, hop, sent, side === hop.client);
    records.push(said('flow-log-rejected', 'certain', sentence));
  });
  return records;
}

/** A security group lets replies of what it let in pass; a network ACL judges each packet alone. */
function rejection(one: LogCase, hop: LogHop, sent: Sent, isClient: boolean): Sentence {
  const { flow } = hop;
  const isReply = !isClient && one.connection.opener !== 'first';
  const there = flow.sent[hop.client]!;
  return {
    code: 'log-rejected',
    packets: sent.rejectedPackets,
    to: isClient ? showEnd(one.dialled.ip, one.dialled.port) : undefined,
    place: logPlaceOf(one, hop),
    direction: sent.direction,
    reason: flow.rejectReason,
    byNetworkAcl: isReply && there.records > there.rejected,
  };
}

/** What of it the logs do not show. */
export function logUnseenOf(one: LogCase): Sentence[] {
  const lines: Sentence[] = [];
  const there = one.hops.some(({ flow, client }) => flow.sent[client]!.records > 0);
  const back = one.hops.some(({ flow, client }) => flow.sent[1 - client]!.records > 0);
  if (!back) lines.push({ code: 'log-no-reply' });
  else if (!there) lines.push({ code: 'log-only-replies' });
  for (const which of ['client', 'server'] as const) {
    const { owner } = one[which];
    const isInside = owner.kind === 'pod' || owner.kind === 'node';
    if (!isInside || one.hops.some(({ local }) => local === which)) continue;
    if (one.hops.every(({ local }) => local === undefined)) continue;
    lines.push({ code: 'log-interface-missing', owner: ownerOf(one[which]) });
  }
  const masked = mayHidePod(one);
  if (masked !== undefined) lines.push(masked);
  if (mayHideSnat(one)) lines.push({ code: 'log-hides-snat', ip: one.client.ip });
  if (one.hops.every(({ flow }) => Number.isNaN(flow.first))) {
    lines.push({ code: 'log-without-time' });
  }
  return lines;
}

/** What to say when an end is an interface's primary address in a log that shows it for all of its addresses. */
export function mayHidePod(one: LogCase): Sentence | undefined {
  const hop = one.hops.find(
    ({ flow, local }) =>
      !flow.hasPacketAddresses && local !== undefined && !one.connection.unmasked,
  );
  if (hop === undefined) return undefined;
  const end = one[hop.local!];
  if (end.owner.kind === 'pod') return undefined; // its own interface, as pods with a security group have
  return { code: 'log-hides-pod', ip: end.ip };
}

/** The client is a node that dials outside: the VPC CNI may have put its address in place of a pod's. */
function mayHideSnat(one: LogCase): boolean {
  return (
    one.client.owner.kind === 'node' &&
    one.server.owner.kind === 'external' &&
    !one.translations.some((t) => t !== one.gateway)
  );
}
