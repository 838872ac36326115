/** From view to view: what is selected in one is what the next one shows. */
import { messagesIn } from '../messages/language.ts';
import { rowAt, type UiData } from './data.ts';
import { type Effect, type Step, saying, to } from './events.ts';
import type { Target } from './lines.ts';
import { leaving } from './marks.ts';
import { conversationOf, packetOf } from './needs.ts';
import { atPlace, type UiState, type View } from './state.ts';
import { isTextView, linesOf } from './text-views.ts';

/** Views that `esc` can go back through. */
const TRAIL_MAX = 16;
const TOP = { top: 0, selected: 0 };

/** Show a view, of what is selected now. */
export function goTo(state: UiState, data: UiData, view: View): Step {
  if (view === state.view) {
    return to(view === 'stream' ? { ...state, hex: !state.hex } : state);
  }
  const conversation = conversationOf(state, data) ?? state.conversation;
  const packet = packetOf(state, data) ?? state.packet;
  const isOther = conversation !== state.conversation;
  let next = entered(leaving(state, data), view);
  next = { ...next, conversation, packet };
  if (isOther) {
    for (const one of ['journey', 'explain', 'stream'] as const) next = atPlace(next, one, TOP);
  }
  if (view === 'packets') return toPackets(next, conversation, packet);
  if (view === 'conversations' && conversation !== undefined) {
    return to(next, { kind: 'locate', list: 'conversations', id: conversation });
  }
  return to(next);
}

function entered(state: UiState, view: View): UiState {
  const trail = [...state.trail.filter((one) => one !== view), state.view].slice(-TRAIL_MAX);
  const focus = view === 'detail' ? 'side' : 'main';
  return { ...state, view, trail, focus, zoomed: false, byte: undefined };
}

/** The packets of a conversation, on the packet that was selected; without one, all packets. */
function toPackets(
  state: UiState,
  conversation: number | undefined,
  packet: number | undefined,
): Step {
  const next =
    conversation === state.packetsOf
      ? state
      : atPlace({ ...state, packetsOf: conversation }, 'packets', TOP);
  const effects: Effect[] = [];
  if (packet !== undefined) effects.push({ kind: 'locate', list: 'packets', id: packet });
  return to(next, ...effects);
}

/** All packets, on the one that is selected. */
export function allPackets(state: UiState, data: UiData): Step {
  const packet = packetOf(state, data);
  const view = state.view === 'packets' ? state : entered(leaving(state, data), 'packets');
  const next = atPlace({ ...view, packetsOf: undefined }, 'packets', TOP);
  return packet === undefined
    ? to(next)
    : to(next, { kind: 'locate', list: 'packets', id: packet });
}

/** One step deeper: conversation, its journey, its packets, a packet's fields. */
export function deeper(state: UiState, data: UiData): Step {
  switch (state.view) {
    case 'conversations':
      return conversationOf(state, data) === undefined ? to(state) : goTo(state, data, 'journey');
    case 'journey':
    case 'explain':
      return goTo(state, data, 'packets');
    case 'packets':
      return rowAt(data.packets, state.places.packets.selected) === undefined
        ? to(state)
        : goTo(state, data, 'detail');
    default: {
      if (!isTextView(state.view)) return to(state);
      const target = linesOf(state, data)[state.places[state.view].selected]?.target;
      return target === undefined ? to(state) : follow(state, data, target);
    }
  }
}

function follow(state: UiState, data: UiData, target: Target): Step {
  switch (target.kind) {
    case 'conversation':
      return to({ ...entered(leaving(state, data), 'journey'), conversation: target.id });
    case 'packet':
      return to({ ...entered(leaving(state, data), 'detail'), packet: target.packet });
    case 'filter': {
      const next = entered(leaving(state, data), 'conversations');
      return to(atPlace({ ...next, filter: target.filter }, 'conversations', TOP));
    }
    case 'branch':
      return goTo(state, data, state.view);
  }
}

/** The view before this one; undefined when there is none. */
export function back(state: UiState): Step | undefined {
  const view = state.trail.at(-1);
  if (view === undefined) return undefined;
  const trail = state.trail.slice(0, -1);
  return to({ ...state, view, trail, focus: 'main', zoomed: false, byte: undefined });
}

/** The journey, at the first address translation. */
export function toTranslation(state: UiState, data: UiData): Step {
  if (state.view !== 'journey') {
    const record = rowAt(data.conversations, state.places.conversations.selected);
    if (state.view === 'conversations' && record?.translations.length === 0) {
      return to(saying(state, messagesIn(state.language).noTranslation));
    }
    return goTo(state, data, 'journey');
  }
  const lines = linesOf(state, data);
  const row = lines.findIndex(({ spans }) => spans.some(({ text }) => /^[SD]NAT /.test(text)));
  if (row < 0) return to(saying(state, messagesIn(state.language).noTranslation));
  return to(atPlace(state, 'journey', { top: Math.max(0, row - 3), selected: row }));
}
