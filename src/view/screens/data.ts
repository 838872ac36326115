/** What the screen was told by the model, and what it has to ask: the answers are kept until newer ones come. */
import type { ConversationRecord } from '../../classify/record.ts';
import type {
  ConversationQuery,
  FilterAdvice,
  FrameDetail,
  Model,
  PacketFilter,
  PacketQuery,
  PacketRow,
  Page,
  Statistics,
  Status,
} from '../model.ts';
import type { StreamView } from '../stream.ts';
import type { TopologyView } from '../topology-view.ts';

/** One question to the model, and what is known of its answer. */
export type Need =
  | { readonly kind: 'conversations'; readonly query: ConversationQuery }
  | { readonly kind: 'packets'; readonly query: PacketQuery }
  | { readonly kind: 'record'; readonly id: number }
  | { readonly kind: 'frame'; readonly packet: number }
  | { readonly kind: 'topology' }
  | { readonly kind: 'statistics' }
  | { readonly kind: 'stream'; readonly conversation: number }
  | { readonly kind: 'advice'; readonly filter: string; readonly cursor: number }
  | { readonly kind: 'paths'; readonly typed: string };

export type NeedKind = Need['kind'];

/** Rows of a list. */
export interface Listed<Row> extends Page<Row> {
  /** Which list: `listKey` of what was asked. */
  readonly of: string;
}

export interface UiData {
  readonly status?: Status;
  readonly conversations?: Listed<ConversationRecord>;
  readonly packets?: Listed<PacketRow>;
  /** undefined inside = there is none. */
  readonly record?: { readonly id: number; readonly record: ConversationRecord | undefined };
  readonly frame?: { readonly packet: number; readonly frame: FrameDetail | undefined };
  readonly topology?: TopologyView;
  readonly statistics?: Statistics;
  readonly stream?: StreamView;
  readonly advice?: FilterAdvice & { readonly of: string };
  /** Names of files that begin with `of`. */
  readonly paths?: { readonly of: string; readonly words: readonly string[] };
}

/** Names of files for what is typed so far. */
export type PathsOf = (typed: string) => readonly string[];

/** Ask the model; yields the data with the answer in its place. */
export async function answer(
  model: Model,
  need: Need,
  pathsOf: PathsOf = () => [],
): Promise<Partial<UiData>> {
  switch (need.kind) {
    case 'conversations':
      return {
        conversations: { ...(await model.conversations(need.query)), of: listKey(need.query) },
      };
    case 'packets':
      return { packets: { ...(await model.packets(need.query)), of: listKey(need.query) } };
    case 'record':
      return { record: { id: need.id, record: await model.record(need.id) } };
    case 'frame':
      return { frame: { packet: need.packet, frame: await model.frame(need.packet) } };
    case 'topology':
      return { topology: await model.topology() };
    case 'statistics':
      return { statistics: await model.statistics() };
    case 'stream':
      return { stream: await model.stream(need.conversation) };
    case 'paths':
      return { paths: { of: need.typed, words: pathsOf(need.typed) } };
    case 'advice':
      return {
        advice: { ...(await model.advise(need.filter, need.cursor)), of: need.filter },
      };
  }
}

/** The same for all pages of a list, in whatever order it is. */
export function listKey({ filter, conversation }: PacketFilter): string {
  return `${conversation ?? ''} ${filter}`;
}

/** The row of a list's page that stands at `row` of the whole list; undefined = not fetched or not there. */
export function rowAt<Row>(page: Page<Row> | undefined, row: number): Row | undefined {
  return page?.rows[row - page.from];
}
