/**
 * Conversations as CSV (RFC 4180, with a header line and CRLF line ends): one flat row each. Lists are
 * joined with `+` or spaces. Text is escaped as everywhere; a text that a spreadsheet would take for a
 * formula (it begins with = + - @) gets a `'` before it.
 */
import type { ConversationRecord } from '../classify/record.ts';
import { spanOf } from './amounts.ts';
import { escapeCsv } from './escape.ts';
import { showNat, showPurpose, showTunnels } from './wording.ts';

type Value = string | number | null;

const COLUMNS: readonly [string, (record: ConversationRecord) => Value][] = [
  ['id', (r) => r.id],
  ['label', (r) => r.label],
  ['confidence', (r) => r.confidence],
  ['direction', (r) => r.direction],
  ['protocol', (r) => r.protocol],
  ['client_ip', (r) => r.client.ip],
  ['client_port', (r) => r.client.port],
  ['client_kind', (r) => r.client.kind],
  ['client_namespace', (r) => r.client.namespace],
  ['client_name', (r) => r.client.name],
  ['client_node', (r) => r.client.node],
  ['server_ip', (r) => r.server.ip],
  ['server_port', (r) => r.server.port],
  ['server_kind', (r) => r.server.kind],
  ['server_namespace', (r) => r.server.namespace],
  ['server_name', (r) => r.server.name],
  ['server_node', (r) => r.server.node],
  ['service_type', (r) => r.service?.type ?? null],
  ['service_namespace', (r) => r.service?.namespace ?? null],
  ['service_name', (r) => r.service?.name ?? null],
  ['encapsulation', showTunnels],
  ['outer', (r) => r.encapsulation.map(({ outer }) => `${outer.src}>${outer.dst}`).join(' ')],
  ['nat', showNat],
  ['application', showPurpose],
  ['packets_to_server', (r) => r.packets.toServer],
  ['packets_to_client', (r) => r.packets.toClient],
  ['bytes_to_server', (r) => r.bytes.toServer],
  ['bytes_to_client', (r) => r.bytes.toClient],
  ['payload_to_server', (r) => r.payloadBytes.toServer],
  ['payload_to_client', (r) => r.payloadBytes.toClient],
  ['start', (r) => r.start],
  ['end', (r) => r.end],
  ['seconds', (r) => (spanOf(r.start, r.end) / 1e9).toFixed(9)],
  ['tcp_state', (r) => r.tcp?.state ?? null],
  ['handshake_rtt_us', (r) => r.tcp?.handshakeRttUs ?? null],
  ['retransmissions', (r) => r.tcp?.retransmissions ?? null],
  ['resets', (r) => r.tcp?.resets ?? null],
  ['hops', (r) => r.hops.length],
  ['troubles', (r) => r.troubles.map(({ rule }) => rule).join('+')],
];

export function csvHead(): string {
  return `${COLUMNS.map(([name]) => name).join(',')}\r\n`;
}

export function csvRow(record: ConversationRecord): string {
  let row = '';
  for (let c = 0; c < COLUMNS.length; c++) {
    const value = COLUMNS[c]![1](record);
    if (c > 0) row += ',';
    if (typeof value === 'number') row += value;
    else if (value !== null) row += escapeCsv(value);
  }
  return `${row}\r\n`;
}
