/**
 * What a screen can ask of a run, be it files or a live capture: the seam between the views and the engine
 * that reads, decodes and classifies. All of it is plain data, safe to pass between threads.
 *
 * Every answer is of what is known by then. While frames still come, or a filter is still being asked of
 * them, totals grow: `Status.revision` tells when it pays to ask again.
 */
import type { ConversationRecord, Label, Ledger } from '../classify/record.ts';
import type { Sentence } from '../words/sentence.ts';
import type { StreamView } from './stream.ts';
import type { TopologyView } from './topology-view.ts';

/** Row of the packet index: 0-based over all files, in the order of time. */
export type PacketIndex = number;

export interface Model {
  status(): Promise<Status>;
  /** Resolves when all frames are read and all work that was asked for is done. */
  settled(): Promise<void>;
  /** Called when something changed, at most some ten times a second. Yields what ends that. */
  subscribe(listener: (status: Status) => void): () => void;

  conversations(query: ConversationQuery): Promise<Page<ConversationRecord>>;
  /** Conversation `id`, 1-based; undefined when there is none. */
  record(id: number): Promise<ConversationRecord | undefined>;
  packets(query: PacketQuery): Promise<Page<PacketRow>>;
  /** All of one packet; undefined when there is none or it is no longer kept. */
  frame(packet: PacketIndex): Promise<FrameDetail | undefined>;

  /** Row of the query's list where conversation `id` stands; -1 = it is not in it. */
  rowOfConversation(id: number, query: ConversationQuery): Promise<number>;
  /** Row of the query's list where the packet stands, or the one after it; -1 = none. */
  rowOfPacket(packet: PacketIndex, query: PacketFilter): Promise<number>;
  /** The next row of a list that holds the text, from row `from` on; -1 = none, or given up: see SearchQuery. */
  search(query: SearchQuery): Promise<number>;

  topology(): Promise<TopologyView>;
  statistics(): Promise<Statistics>;
  /** What a conversation carried, both ways. */
  stream(conversation: number): Promise<StreamView>;

  /** What is wrong with a filter as typed, and what may stand at the cursor. */
  advise(filter: string, cursor: number): Promise<FilterAdvice>;

  /** Take no more frames: the rest of a file is left, a live capture ends. What is there stays. */
  stop(): Promise<void>;
  /** Write the packets of a query into a capture file (.pcap for pcap, else pcapng). Rejects with what prevented it. */
  save(file: string, query: PacketFilter): Promise<SavedPackets>;
  /** End all work and let go of files. */
  close(): Promise<void>;
}

export interface SavedPackets {
  readonly packets: number;
  /** Those that could no longer be read. */
  readonly missing: number;
}

export type Phase =
  /** Frames come. */
  | 'reading'
  /** All frames are there; conversations are being put together for good. */
  | 'analysing'
  | 'complete';

export interface Status {
  readonly phase: Phase;
  readonly live: boolean;
  /** As given, `-` for standard input; of a live capture its devices. */
  readonly inputs: readonly string[];
  /** Greater whenever rows, totals or figures may have changed. */
  readonly revision: number;
  readonly frames: number;
  /** Frame bytes on the wire. */
  readonly bytes: number;
  readonly flows: number;
  readonly conversations: number;
  /** Conversations are those of an analysis before the last frame: their numbers (`id`) may still change. */
  readonly provisional: boolean;
  /** Per second, over the last seconds of reading; 0 when no frames come. */
  readonly frameRate: number;
  readonly byteRate: number;
  /** Bytes read of the files as they are on disk, and their size; total -1 = not known. */
  readonly progress: { readonly bytesRead: number; readonly bytesTotal: number };
  /** Times of the first and the last frame, RFC 3339; null before there is one. */
  readonly first: string | null;
  readonly last: string | null;
  /** Frames lost before the file was written or before the socket gave them; -1 = nobody says. */
  readonly captureDrops: number;
  /** First packet that can still be looked at: those before it fell out of a live capture's memory. */
  readonly firstKept: PacketIndex;
  /** Packets from this one on can only be seen in their conversations: the memory for them is full. -1 = all can. */
  readonly keptUntil: PacketIndex;
  /** Bounds of memory that were reached, and what each has cost: `3 frames of flows beyond --max-flows`. */
  readonly bounds: readonly Sentence[];
  /** The filter that decided which frames came here at all; '' = none. */
  readonly captureFilter: string;
  /** The file that all frames go into as they come. */
  readonly writtenTo?: string | undefined;
  /** What happened to devices of a live capture: gone, back. The latest last. */
  readonly notices: readonly Sentence[];
  readonly ledger: Ledger;
  /** Why files ended before their end, as `ledger.damage` has it in English. */
  readonly damage: readonly Sentence[];
  /** Why reading ended before its end; null when it did not. */
  readonly failure: Sentence | null;
}

export interface Page<Row> {
  /** Rows [from, from + rows.length) of the list. */
  readonly from: number;
  readonly rows: readonly Row[];
  /** Rows of the whole list, as far as it is known. */
  readonly total: number;
  /** How much of the list was asked of the filter, or put in order, 0..1; below 1 the total may grow. */
  readonly progress: number;
  /** The filter cannot be understood: then there are no rows. */
  readonly fault: FilterFault | null;
  /** `Status.revision` at the time. */
  readonly revision: number;
}

export type ConversationSort =
  | 'id'
  | 'start'
  | 'bytes'
  | 'packets'
  | 'duration'
  | 'retransmissions'
  | 'rtt'
  | 'client'
  | 'server'
  | 'label'
  | 'protocol';

export interface ConversationQuery {
  /** Text of the filter language; '' = all. */
  readonly filter: string;
  readonly sort: ConversationSort;
  readonly descending: boolean;
  readonly from: number;
  readonly count: number;
}

export interface PacketFilter {
  readonly filter: string;
  /** Only packets of this conversation; undefined = all. */
  readonly conversation?: number | undefined;
  /** Of packets seen at several places only one sighting each: where most of their conversation was seen. */
  readonly once?: boolean | undefined;
}

export interface PacketQuery extends PacketFilter {
  readonly from: number;
  readonly count: number;
}

export interface SearchQuery {
  readonly in: ConversationQuery | PacketQuery;
  readonly list: 'conversations' | 'packets';
  /** Looked for in the row as it is shown, letters of either case. */
  readonly text: string;
  /** Row to begin with. */
  readonly from: number;
  readonly backwards: boolean;
}

/** An IP header's ends, and what lies above it. */
export interface PacketEnds {
  readonly src: string;
  readonly dst: string;
  /** `namespace/pod`, a node, a service or a host name, by what is known so far. */
  readonly srcName: string | null;
  readonly dstName: string | null;
  /** -1 = no ports. */
  readonly sport: number;
  readonly dport: number;
  /** `tcp`, `udp`, `icmp`, `ipip`, `gre`, … */
  readonly protocol: string;
}

export interface PacketRow {
  readonly index: PacketIndex;
  /** As Wireshark counts, in its own file. */
  readonly number: number;
  readonly file: string;
  readonly node: string | null;
  readonly interface: string | null;
  /** RFC 3339, nanoseconds. */
  readonly time: string;
  /** Nanoseconds since the first frame of all. */
  readonly since: number;
  /** Nanoseconds since the packet before it in the index; 0 of the first. */
  readonly delta: number;
  /** Bytes on the wire; captured. */
  readonly length: number;
  readonly captured: number;
  readonly direction: 'in' | 'out' | null;
  /** The outermost IP header where there is a tunnel, else null. */
  readonly outer: PacketEnds | null;
  /** Tunnels from outermost on: `ipip`, `vxlan 4096`. */
  readonly tunnels: readonly string[];
  /** The innermost IP header; null of a frame without one. */
  readonly inner: PacketEnds | null;
  /** Wireshark's name of the topmost protocol found: `dns`, `tcp`, `arp`. */
  readonly protocol: string;
  /** What the layers above the innermost IP header say: `Flags [S], seq 1, …`. */
  readonly info: string;
  /** The whole frame as `netlens read --frames` writes it, without time and place. */
  readonly line: string;
  /** Conversation it is part of, 1-based; null = none, or not known yet. */
  readonly conversation: number | null;
  readonly label: Label | null;
  /** `cut`, `malformed`, `first-fragment`, …: as in netlens.frame/1. */
  readonly notes: readonly string[];
  readonly comment: string | null;
  /** The bytes could not be read again (the file changed, or the packet is no longer kept): why. */
  readonly missing: Sentence | null;
}

export interface FieldDetail {
  /** Wireshark's name, a word of the filter language; null of a heading. */
  readonly name: string | null;
  readonly label: string;
  /** As text, escaped; '' of a heading. */
  readonly value: string;
  /** Bytes [at, at + length) of the frame. */
  readonly at: number;
  readonly length: number;
  readonly fields: readonly FieldDetail[];
}

export interface LayerDetail {
  /** Wireshark's name of the protocol. */
  readonly protocol: string;
  /** What it says in a line. */
  readonly summary: string;
  /** Its header: bytes [at, at + length) of the frame. */
  readonly at: number;
  readonly length: number;
  /** Where its payload ends. */
  readonly end: number;
  readonly fields: readonly FieldDetail[];
}

export interface FrameDetail {
  readonly row: PacketRow;
  readonly linktype: number;
  readonly bytes: Uint8Array;
  readonly layers: readonly LayerDetail[];
}

export interface FilterFault {
  readonly problem: Sentence;
  /** The fault is text[position, position + length). */
  readonly position: number;
  readonly length: number;
  /** What to write instead. */
  readonly hint: Sentence | null;
}

export interface FilterAdvice {
  readonly fault: FilterFault | null;
  /** The filter chooses whole conversations: packets are shown of those that it chooses. */
  readonly ofConversations: boolean;
  /** Each may stand at [at, cursor), the likeliest first. */
  readonly words: readonly string[];
  readonly at: number;
}

export interface Talker {
  readonly address: string;
  readonly name: string | null;
  readonly kind: string;
  readonly packets: number;
  readonly bytes: number;
  readonly conversations: number;
}

export interface Count {
  readonly conversations: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface Statistics {
  /** How many of the conversations the figures below are of, 0..1. */
  readonly progress: number;
  readonly labels: Readonly<Record<Label, Count>>;
  readonly protocols: readonly (Count & { readonly name: string })[];
  readonly tunnels: readonly (Count & { readonly name: string })[];
  /** The largest by bytes. */
  readonly talkers: readonly Talker[];
  /** Addresses beyond those that are counted one by one. */
  readonly talkersLeftOut: number;
  readonly retransmissions: number;
  readonly resets: number;
  readonly translated: number;
  readonly troubled: number;
  /** Frames and bytes by time: bucket i is [first + i * width, + width) seconds. */
  readonly rates: {
    readonly width: number;
    readonly frames: readonly number[];
    readonly bytes: readonly number[];
  };
  /** Of every interface: frames, and those that were lost (-1 = nobody says). */
  readonly interfaces: readonly {
    readonly file: string;
    readonly node: string | null;
    readonly interface: string | null;
    readonly frames: number;
    readonly bytes: number;
    readonly dropped: number;
  }[];
}
