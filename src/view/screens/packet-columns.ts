/** Columns of a list of packets: what each says, which goes first where there is no room. */
import { showCount, showSpan, showTimeOfDay } from '../amounts.ts';
import { escapeText } from '../escape.ts';
import { BOLD, ROLE, type Style } from '../grid.ts';
import type { PacketRow } from '../model.ts';
import { cellWidthOf } from '../width.ts';
import { LABEL_LETTERS, showEndpoint } from '../wording.ts';
import { labelRole, type Span, span } from './lines.ts';
import type { UiState } from './state.ts';

type PacketColumnKey =
  | 'number'
  | 'time'
  | 'place'
  | 'label'
  | 'outer'
  | 'ends'
  | 'protocol'
  | 'length'
  | 'info';

interface PacketColumn {
  readonly key: PacketColumnKey;
  readonly right?: true;
  readonly least?: number;
  readonly goes: number;
  readonly spans: (row: PacketRow, state: UiState) => readonly Span[];
}

/** Two IPv4 endpoints; IPv6 ones are shortened where there is no room. */
const ENDS_COMFORT = 43;
/** On a narrower screen only the tunnel's type is shown, not its ends. */
const WIDE = 140;

export const PACKET_COLUMNS: readonly PacketColumn[] = [
  {
    key: 'number',
    right: true,
    goes: 3,
    spans: (row) => [span(showCount(row.index + 1), ROLE.dim)],
  },
  { key: 'time', goes: 4, spans: (row, state) => [span(showPacketTime(row, state), ROLE.time)] },
  { key: 'place', goes: 5, least: 8, spans: (row) => [span(showPlace(row), ROLE.name)] },
  {
    key: 'label',
    goes: 6,
    spans: ({ label }) =>
      label === null ? [] : [span(LABEL_LETTERS[label], labelRole(label) | BOLD)],
  },
  { key: 'outer', goes: 2, spans: outerSpans },
  { key: 'ends', goes: 0, least: ENDS_COMFORT, spans: endsSpans },
  {
    key: 'protocol',
    goes: 7,
    spans: (row) => [span(escapeText(row.protocol), ROLE.protocol)],
  },
  { key: 'length', right: true, goes: 8, spans: (row) => [span(String(row.length), ROLE.number)] },
  { key: 'info', goes: 1, least: 10, spans: infoSpans },
];

/** Columns of the widest cell, by column; 0 = all are empty. */
export function packetCellWidths(rows: readonly PacketRow[], state: UiState): readonly number[] {
  return PACKET_COLUMNS.map(({ spans }) =>
    rows.reduce((widest, row) => {
      const width = spans(row, state).reduce((sum, { text }) => sum + cellWidthOf(text), 0);
      return Math.max(widest, width);
    }, 0),
  );
}

/** All that cells depend on beside their row. */
export function packetStyle({ columns, ends, headers, time }: UiState): string {
  return [ends, headers, time, columns >= WIDE, columns >= NAMES_WIDE].join(' ');
}

/** The packet's time in the style that is on. */
function showPacketTime(row: PacketRow, { time }: UiState): string {
  switch (time) {
    case 'clock':
      return showTimeOfDay(row.time, 6);
    case 'since':
      return (row.since / 1e9).toFixed(6);
    case 'delta':
      return `+${showSpan(row.delta)}`;
    case 'date':
      return `${row.time.slice(0, 10)} ${row.time.slice(11, 26)}Z`;
    case 'epoch':
      return `${Math.floor(Date.parse(row.time) / 1000)}${row.time.slice(19, 26)}`;
  }
}

function showPlace(row: PacketRow): string {
  const device = row.interface ?? row.file.slice(row.file.lastIndexOf('/') + 1);
  const arrow = row.direction === null ? '' : row.direction === 'in' ? '\u2190 ' : '\u2192 ';
  const node = row.node === null ? '' : `${escapeText(row.node)} `;
  return `${arrow}${node}${escapeText(device)}`;
}

function outerSpans(row: PacketRow, { headers, columns }: UiState): readonly Span[] {
  if (row.tunnels.length === 0 || headers === 'inner') return [];
  const tunnels = span(row.tunnels.map(escapeText).join('+'), ROLE.outer | BOLD);
  if (row.outer === null || headers === 'outer' || columns < WIDE) return [tunnels];
  const { src, dst } = row.outer;
  return [tunnels, span(` ${escapeText(src)} > ${escapeText(dst)}`, ROLE.outer)];
}

/** From this width on ends have their names beside their addresses. */
const NAMES_WIDE = 180;

function endsSpans(row: PacketRow, state: UiState): readonly Span[] {
  const isOuter = state.headers === 'outer' && row.outer !== null;
  const ends = isOuter ? row.outer : row.inner;
  if (ends === null) return [];
  const role = isOuter ? ROLE.outer : row.outer === null ? ROLE.address : ROLE.inner;
  return [
    ...endSpans(ends.src, ends.sport, ends.srcName, state, role),
    span(' > ', ROLE.dim),
    ...endSpans(ends.dst, ends.dport, ends.dstName, state, role),
  ];
}

/** `port` is -1 where there is none. Addresses are what packets tell: names stand for them only when asked for. */
function endSpans(
  ip: string,
  port: number,
  name: string | null,
  { ends, columns }: UiState,
  role: Style,
): Span[] {
  const endpoint = showEndpoint(ip, port, port >= 0);
  const addressLen = port >= 0 ? endpoint.lastIndexOf(':') : endpoint.length;
  const address = span(endpoint.slice(0, addressLen), role);
  const portSpan = span(endpoint.slice(addressLen), ROLE.port);
  if (name === null || ends === 'addresses') return [address, portSpan];
  const named = span(escapeText(name), ROLE.name);
  if (ends === 'names') return [named, portSpan];
  return columns < NAMES_WIDE ? [address, portSpan] : [named, span(' '), address, portSpan];
}

/** What these say is told of every packet; the layers above them stand out. */
const TRANSPORTS = new Set(['tcp', 'udp', 'sctp']);

/** A segment's flags and numbers, then what it carries: that comes first where there is little room. */
const SEGMENT_WITH_MESSAGE = /^(Flags \[.*?, length \d+): (.*)$/s;

function infoSpans(row: PacketRow): readonly Span[] {
  const spans: Span[] = [];
  for (const note of row.notes) spans.push(span(`[${escapeText(note)}] `, ROLE.warning));
  const text = row.inner === null ? row.line : row.info;
  const [, transport, application] = SEGMENT_WITH_MESSAGE.exec(text) ?? [];
  if (application === undefined || TRANSPORTS.has(row.protocol)) {
    const role = TRANSPORTS.has(row.protocol) ? ROLE.text : ROLE.application;
    spans.push(span(escapeText(text), role));
  } else {
    spans.push(span(escapeText(application), ROLE.application));
    spans.push(span(`  ${escapeText(transport!)}`, ROLE.dim));
  }
  if (row.comment !== null) spans.push(span(`  # ${escapeText(row.comment)}`, ROLE.dim));
  return spans;
}
