/** What netlens says of a frame's conversation, as a comment for other programs: one line. */
import type { ConversationRecord } from '../classify/record.ts';
import { escapeText } from './escape.ts';
import { hasPorts, showEncapsulation, showEnd, showEndpoint, showServiceName } from './wording.ts';

/** How every such comment begins. */
const OWN = 'netlens: ';

/** `netlens: cross-node (certain), tcp default/pod1 … -> default/web-0 …, service default/web at …, ipip … > …, dnat`. */
export function showComment(record: ConversationRecord): string {
  const ports = hasPorts(record);
  const ends = `${showEnd(record.client, ports)} -> ${showEnd(record.server, ports)}`;
  const parts = [
    `${record.label} (${record.confidence})`,
    `${escapeText(record.protocol)} ${ends}`,
  ];
  if (record.service !== null) {
    const { ip, port } = record.service;
    parts.push(`service ${showServiceName(record.service)} at ${showEndpoint(ip, port, true)}`);
  }
  for (const one of record.encapsulation) {
    const { src, dst } = one.outer;
    parts.push(`${showEncapsulation(one)} ${escapeText(src)} > ${escapeText(dst)}`);
  }
  for (const { type, node } of record.translations) {
    parts.push(node === null ? type : `${type} at ${escapeText(node)}`);
  }
  return OWN + parts.join(', ');
}

/** The comment in place of an earlier one of ours; what others said of the frame stays. */
export function withComment(before: string | undefined, comment: string): string {
  const others = (before ?? '').split('\n').filter((line) => line !== '' && !line.startsWith(OWN));
  return [...others, comment].join('\n');
}
