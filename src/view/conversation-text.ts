/** A conversation in a few plain lines: who, how, how much, and why netlens says so. */
import type { ConversationRecord } from '../classify/record.ts';
import { english } from '../words/say.ts';
import { countOf, showSize, showSpan, showTimeOfDay, spanOf } from './amounts.ts';
import type { Painter } from './color.ts';
import { escapeText } from './escape.ts';
import {
  hasPorts,
  showEncapsulation,
  showEnd,
  showEndpoint,
  showPurpose,
  showServiceName,
  showTuple,
} from './wording.ts';

/** Lines of one conversation, the first at the margin, an empty one after the last. */
export function showConversation(
  record: ConversationRecord,
  painter: Painter,
  names: boolean,
): string {
  const ports = hasPorts(record);
  const end = names
    ? showEnd
    : (one: typeof record.client) => showEndpoint(one.ip, one.port, ports);
  const label = painter.label(record.label, record.label);
  const lines = [
    `${painter.bold(`#${record.id}`)} ${label} (${record.confidence}) ${escapeText(record.protocol)} ` +
      `${end(record.client, ports)} -> ${end(record.server, ports)}`,
  ];
  const purpose = showPurpose(record);
  if (purpose !== '') lines.push(purpose);
  if (record.service !== null) {
    const { type, ip, port, mode } = record.service;
    const how = mode === null ? '' : `, ${mode}`;
    const where = showEndpoint(ip, port, true);
    lines.push(`service ${showServiceName(record.service)} (${type}${how}) at ${where}`);
  }
  for (const one of record.encapsulation) {
    const { src, dst } = one.outer;
    lines.push(`in ${showEncapsulation(one)} ${escapeText(src)} > ${escapeText(dst)}`);
  }
  for (const one of record.translations) {
    const node = one.node === null ? '' : ` at ${escapeText(one.node)}`;
    lines.push(
      `${one.type}${node}: ${showTuple(one.before, ports)} became ${showTuple(one.after, ports)}`,
    );
  }
  lines.push(showVolume(record));
  lines.push(...showHops(record, ports));
  for (const trouble of record.troubles) {
    lines.push(painter.trouble(`trouble: ${escapeText(english(trouble.sentence))}`));
  }
  for (const one of record.evidence) lines.push(`because ${escapeText(english(one.sentence))}`);
  if (record.related.length > 0) {
    lines.push(`related: ${record.related.map((id) => `#${id}`).join(', ')}`);
  }
  return `${lines.join('\n   ')}\n\n`;
}

function showVolume(record: ConversationRecord): string {
  const { packets, bytes, tcp } = record;
  const parts = [
    `${showTimeOfDay(record.start)} for ${showSpan(spanOf(record.start, record.end))}`,
    `${countOf(packets.toServer, 'packet')} ${showSize(bytes.toServer)} to the server`,
    `${countOf(packets.toClient, 'packet')} ${showSize(bytes.toClient)} back`,
  ];
  if (tcp !== null) {
    parts.push(escapeText(tcp.state));
    if (tcp.handshakeRttUs !== null) parts.push(`handshake ${showSpan(1000 * tcp.handshakeRttUs)}`);
    if (tcp.retransmissions > 0) parts.push(countOf(tcp.retransmissions, 'retransmission'));
    if (tcp.resets > 0) parts.push(countOf(tcp.resets, 'reset'));
  }
  return parts.join(', ');
}

function showHops(record: ConversationRecord, ports: boolean): string[] {
  return record.hops.map((hop) => {
    const where = [hop.node, hop.interface].filter((part) => part !== null).map(escapeText);
    const place = where.length > 0 ? where.join(':') : escapeText(hop.file ?? 'the capture');
    const tunnel =
      hop.encapsulation === null
        ? ''
        : ` in ${showEncapsulation(hop.encapsulation)} ${escapeText(hop.encapsulation.outer.src)} > ${escapeText(hop.encapsulation.outer.dst)}`;
    const ttl = hop.ttl === null ? '' : `, ttl ${hop.ttl}`;
    return `at ${place}: ${showTuple(hop.tuple, ports)}${tunnel}${ttl}, ${countOf(hop.packets, 'packet')}, first ${record.source === 'flow-log' ? 'line' : 'frame'} ${hop.frame}`;
  });
}
