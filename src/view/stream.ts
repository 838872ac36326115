/** What a conversation carried, in order, both ways: the shape that a view of a followed stream shows. */

export interface StreamChunk {
  /** From client to server, or back. */
  readonly toServer: boolean;
  /** The packet that brought its first byte: row of the packet index. */
  readonly packet: number;
  /** RFC 3339 of that packet. */
  readonly time: string;
  readonly bytes: Uint8Array;
  /** Bytes missing before it: not captured, cut by the snaplen, or lost. */
  readonly missingBefore: number;
}

export interface StreamView {
  readonly conversation: number;
  /** `tcp`: put in order, each byte once; others: a chunk a datagram. */
  readonly protocol: string;
  readonly client: string;
  readonly server: string;
  /** In the order in which their first bytes were seen. */
  readonly chunks: readonly StreamChunk[];
  readonly bytes: { readonly toServer: number; readonly toClient: number };
  /** Bytes that came again and are shown once. */
  readonly retransmitted: number;
  /** Bytes that are missing in all. */
  readonly missing: number;
  /** The bound on what is shown was reached: there is more. */
  readonly more: boolean;
  /** Why there is nothing; null when there is something. */
  readonly empty: string | null;
}
