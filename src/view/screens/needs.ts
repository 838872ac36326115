/** What has to be asked of the model for what is on screen. */
import type { ConversationQuery, PacketQuery } from '../model.ts';
import { typedFile } from './commands.ts';
import { type Need, rowAt, type UiData } from './data.ts';
import { panesOf, rowsIn } from './panes.ts';
import type { UiState } from './state.ts';

/** A list is fetched in stretches of this many rows, so that moving by a row asks for nothing new. */
const STRETCH = 32;

/** Questions for the screen as it is; each kind at most once. */
export function needsOf(state: UiState, data: UiData): readonly Need[] {
  const needs: Need[] = [];
  const { view } = state;
  const panes = panesOf(state).map(({ pane }) => pane);
  if (view === 'conversations') {
    needs.push({ kind: 'conversations', query: conversationQuery(state) });
  }
  if (view === 'packets') {
    needs.push({ kind: 'packets', query: packetQuery(state) });
    const packet = packetOf(state, data);
    if (packet !== undefined && panes.some((pane) => pane !== 'main')) {
      needs.push({ kind: 'frame', packet });
    }
  }
  if (view === 'detail' && state.packet !== undefined) {
    needs.push({ kind: 'frame', packet: state.packet });
  }
  if ((view === 'journey' || view === 'explain') && state.conversation !== undefined) {
    needs.push({ kind: 'record', id: state.conversation });
  }
  if (view === 'stream' && state.conversation !== undefined) {
    needs.push({ kind: 'stream', conversation: state.conversation });
  }
  if (view === 'topology') needs.push({ kind: 'topology' });
  if (view === 'statistics') needs.push({ kind: 'statistics' });
  const { input } = state;
  const typed = input?.kind === 'command' ? typedFile(input.text, input.cursor) : undefined;
  if (typed !== undefined) needs.push({ kind: 'paths', typed });
  if (input?.kind === 'filter') {
    needs.push({ kind: 'advice', filter: input.text, cursor: input.cursor });
  } else if (state.filter !== '') {
    needs.push({ kind: 'advice', filter: state.filter, cursor: state.filter.length });
  }
  return needs;
}

export function conversationQuery(state: UiState): ConversationQuery {
  const { filter, sort, descending, places } = state;
  return { filter, sort, descending, ...stretch(places.conversations.top, rowsIn(state, 'main')) };
}

export function packetQuery(state: UiState): PacketQuery {
  const { packetsOf, once, filter, places } = state;
  return {
    filter,
    ...(packetsOf === undefined ? {} : { conversation: packetsOf }),
    ...(once ? { once } : {}),
    ...stretch(places.packets.top, rowsIn(state, 'main')),
  };
}

/** Rows on screen and some around them, in whole stretches. */
function stretch(top: number, rows: number): { from: number; count: number } {
  const from = Math.max(0, Math.floor(top / STRETCH) - 1) * STRETCH;
  const end = Math.ceil((top + rows + 1) / STRETCH + 1) * STRETCH;
  return { from, count: end - from };
}

/** The packet that Detail, or the panes beside the list, show: its row of the packet index. */
export function packetOf(state: UiState, data: UiData): number | undefined {
  if (state.view === 'detail') return state.packet;
  return rowAt(data.packets, state.places.packets.selected)?.index;
}

/** The conversation that is selected: that of the list's row, of the packet, or the one shown. */
export function conversationOf(state: UiState, data: UiData): number | undefined {
  if (state.view === 'conversations') {
    return rowAt(data.conversations, state.places.conversations.selected)?.id;
  }
  if (state.view === 'packets') {
    const row = rowAt(data.packets, state.places.packets.selected);
    return row?.conversation ?? state.packetsOf;
  }
  if (state.view === 'detail') {
    return data.frame?.frame?.row.conversation ?? state.conversation;
  }
  return state.conversation;
}
