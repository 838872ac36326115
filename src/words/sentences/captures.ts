/** Why a capture, or a flow log, cannot be read, or not to its end. */
import type { Sentence } from '../sentence.ts';

/** What the system says of a file. */
export type FileFault =
  | 'missing'
  | 'denied'
  | 'directory'
  | 'too-many-open'
  | 'closed'
  | 'not-in-a-directory'
  | 'too-many-links';

/** What is known to be no capture that netlens reads. */
export type OtherFormat =
  | 'xz'
  | 'bzip2'
  | 'lz4'
  | 'zip'
  | 'snoop'
  | 'netmon'
  | 'parquet'
  | 'program'
  | 'unpublished-pcap';

/** What a file ends in the middle of. */
export type CutPart = 'pcap-header' | 'record-header' | 'record' | 'block-header' | 'block';

export interface CaptureSentences {
  /** `offset` is -1 of a fault that is not at a place. */
  'capture-fault': { file: string; offset: number; what: Sentence };

  'file-fault': { fault: FileFault };
  'file-shrunk': { size: number };
  'input-is-terminal': object;
  'stopped-before-capture': object;
  'no-capture-given': object;
  'too-many-captures': { given: number; most: number };
  'standard-input-twice': object;

  'capture-empty': object;
  'capture-is-other': { format: OtherFormat };
  /** `start`: its first bytes in hex. */
  'capture-is-none': { start: string };

  'capture-cut': { part: CutPart; needed: number; left: number };
  'pcap-version': { version: number };
  'pcap-record-too-long': { captured: number; most: number };
  'pcapng-version': { version: number };
  'pcapng-no-section': object;
  'pcapng-no-byte-order': object;
  'pcapng-too-many-interfaces': { most: number };
  'pcapng-undeclared-interface': { id: number; declared: number };
  'pcapng-frame-too-long': { captured: number; most: number };
  /** `type` in hex. */
  'pcapng-block-too-short': { type: string; total: number; least: number };
  'pcapng-lengths-differ': { total: number; trailer: number };

  'compressed-cut': { format: string; taken: number };
  'compressed-damaged': { format: string; from: number; to: number; error: string };

  'parquet-from-pipe': object;
  'parquet-damaged': { error: string };
  'parquet-endless': object;
  'parquet-decoder-ended': object;
  'parquet-no-flow-log': object;
  'parquet-needs-package': object;
}
