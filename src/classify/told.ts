/**
 * What conversations say of themselves in their payload, by conversation: PROXY headers, the
 * application's first words, and which conversations a proxy ties together.
 */
import type { ApplicationRecord, ProxyRecord } from './record.ts';

export interface Told {
  /** The first PROXY header, null when there is none. */
  proxyOf(conversation: number): ProxyRecord | null;
  applicationOf(conversation: number): ApplicationRecord | null;
  /** 1-based ids of the conversations that a proxy made of this one, or this one of. */
  relatedTo(conversation: number): number[];
}

/** Of a run in which no payload was looked at. */
export const NOTHING_TOLD: Told = {
  proxyOf: () => null,
  applicationOf: () => null,
  relatedTo: () => [],
};
