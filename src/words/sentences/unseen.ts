/** What of a conversation no capture and no flow log shows: the limits of every answer about it. */
import type { OwnerPhrase } from './phrases.ts';

export interface UnseenSentences {
  'node-not-captured': { node: string };
  'no-reply': object;
  'only-replies': object;
  'no-beginning': object;
  'log-no-reply': object;
  'log-only-replies': object;
  'log-interface-missing': { owner: OwnerPhrase };
  'log-hides-pod': { ip: string };
  'log-hides-snat': { ip: string };
  'log-without-time': object;
}
