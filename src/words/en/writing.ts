/** Why a file cannot be written, or not to its end, in English. */
import type { Catalog } from '../sentence.ts';
import type { OutputFault, WritingSentences } from '../sentences/writing.ts';

const OUTPUT_FAULTS: Readonly<Record<OutputFault, string>> = {
  'no-directory': 'no such directory: make it first',
  denied: 'permission denied: write to a directory that is yours',
  directory: 'is a directory: name a file in it',
  'reader-gone': 'the reader has gone',
  full: 'the disk is full, or the file too large',
};

export const writing: Catalog<WritingSentences> = {
  'write-fault': ({ file, what }, say) => `${file}: ${say(what)}`,
  'output-fault': ({ fault }) => OUTPUT_FAULTS[fault],
  'output-ends-early': ({ why }, say) =>
    `${say(why)}: the file ends after the last frames that fitted`,
  'output-pipe-ended': () => 'the reader of the pipe has gone',
  'output-is-terminal': () => 'standard output is a terminal: redirect it, or name a file',
  'output-is-input': ({ input }) => `is being read (${input}): write to another file`,
  'output-of-somebody-else': () =>
    "is somebody else's, in a directory where others may write: choose another name",
  'output-is-link': () =>
    'is a symbolic link, in a directory where others may write: name the file itself',
  'output-exists': () => 'is there already: name another',
  'picture-of-no-format': ({ endings }) => `no name in ${endings}`,
  'pcap-of-two-linktypes': ({ one, other }) =>
    `a pcap holds one link type, and the frames have ${one} and ${other}: name it .pcapng`,
  'pcap-time-beyond': ({ seconds, nanoseconds }) =>
    `the time of a frame (${seconds} s, ${nanoseconds} ns) does not fit a pcap: name it .pcapng`,
};
