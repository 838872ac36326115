/** Why a file cannot be written, or not to its end. */
import type { Sentence } from '../sentence.ts';

/** What the system says of a file to be written. */
export type OutputFault = 'no-directory' | 'denied' | 'directory' | 'reader-gone' | 'full';

export interface WritingSentences {
  'write-fault': { file: string; what: Sentence };
  'output-fault': { fault: OutputFault };
  'output-ends-early': { why: Sentence };
  'output-pipe-ended': object;
  'output-is-terminal': object;
  'output-is-input': { input: string };
  'output-of-somebody-else': object;
  'output-is-link': object;
  'output-exists': object;
  'picture-of-no-format': { endings: string };
  'pcap-of-two-linktypes': { one: number; other: number };
  'pcap-time-beyond': { seconds: number; nanoseconds: number };
}
