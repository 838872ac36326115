/** What can be taken away of the selected row: a cell, the row, JSON, a filter that finds it again. */
import type { ConversationRecord } from '../../classify/record.ts';
import { conversationJson } from '../conversation-json.ts';
import type { PacketRow } from '../model.ts';
import { hasPorts, showEnd, showEndpoint } from '../wording.ts';
import { rowAt, type UiData } from './data.ts';
import { drawScreen } from './draw.ts';
import { contentOf, panesOf } from './panes.ts';
import type { UiState } from './state.ts';
import { isTextView, linesOf } from './text-views.ts';

export const COPY_PARTS = ['cell', 'row', 'json', 'filter'] as const;
/** Longest text to copy, in bytes of UTF-8: what xterm and tmux take into the clipboard, before base64. */
export const COPY_MAX = 56_244;

export type CopyPart = (typeof COPY_PARTS)[number];

/** The text to copy; undefined = there is nothing of the kind. */
export function copyText(state: UiState, data: UiData, part: CopyPart): string | undefined {
  if (part === 'row') return rowText(state, data);
  const packet = state.view === 'packets' ? rowOfPacket(state, data) : framePacket(state, data);
  if (packet !== undefined) return packetText(packet, part);
  const record = recordOf(state, data);
  return record === undefined ? undefined : conversationText(record, part);
}

function recordOf(state: UiState, data: UiData): ConversationRecord | undefined {
  if (state.view === 'conversations') {
    return rowAt(data.conversations, state.places.conversations.selected);
  }
  return data.record?.id === state.conversation ? data.record?.record : undefined;
}

function rowOfPacket(state: UiState, data: UiData): PacketRow | undefined {
  return rowAt(data.packets, state.places.packets.selected);
}

function framePacket(state: UiState, data: UiData): PacketRow | undefined {
  return state.view === 'detail' ? data.frame?.frame?.row : undefined;
}

function conversationText(record: ConversationRecord, part: CopyPart): string {
  const ports = hasPorts(record);
  const { client, server } = record;
  if (part === 'json') return JSON.stringify(conversationJson(record));
  if (part === 'cell') return `${showEnd(client, ports)} -> ${showEnd(server, ports)}`;
  return endsFilter(record.protocol, client.ip, client.port, server.ip, server.port, ports);
}

function packetText(row: PacketRow, part: CopyPart): string | undefined {
  if (part === 'json') return JSON.stringify(row);
  const ends = row.inner;
  if (ends === null) return part === 'cell' ? row.line : undefined;
  const ports = ends.sport >= 0;
  if (part === 'cell') {
    return `${showEndpoint(ends.src, ends.sport, ports)} > ${showEndpoint(ends.dst, ends.dport, ports)}`;
  }
  return endsFilter(ends.protocol, ends.src, ends.sport, ends.dst, ends.dport, ports);
}

/** Words of the filter language that choose what goes between the two. */
function endsFilter(
  protocol: string,
  src: string,
  sport: number,
  dst: string,
  dport: number,
  ports: boolean,
): string {
  const hosts = `host ${src} and host ${dst}`;
  if (!ports) return hosts;
  const word = ['tcp', 'udp', 'sctp'].includes(protocol) ? `${protocol} and ` : '';
  return `${word}${hosts} and port ${sport} and port ${dport}`;
}

/** The selected row as it stands on the screen. */
function rowText(state: UiState, data: UiData): string | undefined {
  if (isTextView(state.view)) {
    const one = linesOf(state, data)[state.places[state.view].selected];
    return one?.spans.map(({ text }) => text).join('');
  }
  const pane = panesOf(state)[0]!;
  const place = state.view === 'detail' ? state.tree : state.places[state.view];
  const heading = state.view === 'detail' ? 0 : 1;
  const plain: UiState = { ...state, overlay: undefined, input: undefined, message: undefined };
  const row = contentOf(pane).row + heading + place.selected - place.top;
  const text = drawScreen(plain, data).rowText(row).trim();
  return text === '' ? undefined : text;
}
