/** A conversation in one line, when it begins, while it goes on, and when it ends. */
import type { ConversationRecord, Lifecycle } from '../classify/record.ts';
import { countOf, showSize, showSpan, showTimeOfDay, spanOf } from './amounts.ts';
import type { Painter } from './color.ts';
import { escapeText } from './escape.ts';
import {
  hasPorts,
  LABEL_LETTERS,
  showEnd,
  showEndpoint,
  showNat,
  showPurpose,
  showServiceName,
  showTrouble,
  showTunnels,
} from './wording.ts';

/** What happened, in three letters. */
const EVENTS: Record<Lifecycle | 'new', string> = {
  new: 'new',
  running: '...',
  ended: 'end',
  evicted: 'out',
  unfinished: 'cut',
};

/** The line, with its newline. */
export function showLiveLine(
  record: ConversationRecord,
  event: Lifecycle | 'new',
  painter: Painter,
  names: boolean,
): string {
  const ports = hasPorts(record);
  const end = (one: typeof record.client): string =>
    names ? showEnd(one, ports) : showEndpoint(one.ip, one.port, ports);
  const label = painter.label(record.label, `${LABEL_LETTERS[record.label]} ${record.label}`);
  const when = event === 'new' ? record.start : record.end;
  const parts = [
    `${showTimeOfDay(when)} ${event === 'new' ? painter.bold('new') : EVENTS[event]} #${record.id}`,
    `${label} ${escapeText(record.protocol)} ${end(record.client)} > ${end(record.server)}`,
    showPath(record),
    showPurpose(record),
  ];
  if (event !== 'new') parts.push(showVolume(record));
  const trouble = showTrouble(record);
  if (trouble !== '') parts.push(painter.trouble(trouble));
  return `${parts.filter((part) => part !== '').join(', ')}\n`;
}

/** Tunnels, translations and the Service. */
function showPath(record: ConversationRecord): string {
  const parts: string[] = [];
  const tunnels = showTunnels(record);
  if (tunnels !== '') parts.push(`in ${tunnels}`);
  const nat = showNat(record);
  if (nat !== '') parts.push(nat);
  if (record.service !== null) parts.push(`svc ${showServiceName(record.service)}`);
  return parts.join(' ');
}

function showVolume({ packets, bytes, start, end, tcp }: ConversationRecord): string {
  const count = countOf(packets.toServer + packets.toClient, 'packet');
  const state = tcp === null ? '' : `, ${escapeText(tcp.state)}`;
  return `${count} ${showSize(bytes.toServer + bytes.toClient)} in ${showSpan(spanOf(start, end))}${state}`;
}
