/**
 * Where netlens and tshark read a field differently on purpose: each with who is right and why, as
 * narrow as it can be said. An entry that no capture needs fails the test.
 */
import type { Packet } from '../../src/decode/packet.ts';
import { knownApplicationDifferences } from './known-application.ts';
import { knownNetworkDifferences } from './known-network.ts';

/** One field of one frame that the two read differently. */
export interface Difference {
  /** Path below the captures' directory, or `fixtures/…`, or `samples/…`. */
  readonly file: string;
  /** 1-based. */
  readonly frame: number;
  readonly field: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Wireshark's protocol chain, `eth:ethertype:ip:udp`. */
  readonly protocols: string;
  /** The frame as netlens decoded it. */
  readonly packet: Packet;
}

export interface KnownDifference {
  readonly because: string;
  readonly covers: (difference: Difference) => boolean;
}

/** Files of which netlens and tshark rightly read different numbers of frames. */
export const knownFrameCounts: readonly { file: string; because: string }[] = [];

export const knownDifferences: readonly KnownDifference[] = [
  ...knownNetworkDifferences,
  ...knownApplicationDifferences,
];
