/** What cannot be shown or was left out while a capture is read, and what happened to its devices. */
import type { Sentence } from '../sentence.ts';

export interface LimitSentences {
  'limit-flows': { frames: number; kept: number };
  'limit-room': { flows: number };
  'limit-packets': { packets: number; why: Sentence };
  'limit-newest': { packets: number };
  'limit-ring': { times: number };
  'limit-names': { count: number };
  'limit-tunnels': { packets: number };
  'index-full': object;
  'store-closed': object;
  'temporary-file-full': { bytes: number };
  'temporary-file-failed': { error: string };
  'no-longer-kept': object;
  'not-readable-again': object;
  'positions-not-asked': object;
  'file-changed': object;
  'device-down': { device: string };
  'device-gone': { device: string };
  'device-back': { device: string; sameOne: boolean };
}
