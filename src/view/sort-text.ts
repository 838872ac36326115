/** Texts by which conversations sort where no column of the flow table decides. */
import type { ConversationRecord } from '../classify/record.ts';

/** Text of the record's key `client`, `server`, `label` or `protocol` that sorts as people expect. */
export function sortText(record: ConversationRecord, key: string): string {
  if (key === 'client') return sortableEnd(record.client);
  if (key === 'server') return sortableEnd(record.server);
  return key === 'label' ? record.label : record.protocol;
}

/** Addresses sort IPv4 before IPv6, each by its bytes, then by port. */
export function sortableEnd(end: { readonly ip: string; readonly port: number }): string {
  const port = String(end.port).padStart(5, '0');
  if (!end.ip.includes(':')) {
    const bytes = end.ip.split('.').map((byte) => byte.padStart(3, '0'));
    return `4${bytes.join('.')} ${port}`;
  }
  return `6${expand(end.ip)} ${port}`;
}

/** All eight groups of an RFC 5952 address in full; an embedded IPv4 address is written as two groups. */
function expand(address: string): string {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain =
    quad === null
      ? address
      : address.slice(0, quad.index) +
        [1, 3].map((i) => (Number(quad[i]) * 256 + Number(quad[i + 1])).toString(16)).join(':');
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(':');
}
