/** Why a capture, or a flow log, cannot be read, or not to its end, in English. */
import type { Catalog } from '../sentence.ts';
import type { CaptureSentences, CutPart, FileFault, OtherFormat } from '../sentences/captures.ts';

const FILE_FAULTS: Readonly<Record<FileFault, string>> = {
  missing: 'no such file: check the name and the directory',
  denied: 'permission denied: run as a user who may read it',
  directory: 'is a directory, a capture file was expected: name the files in it',
  'too-many-open': 'too many open files: give fewer files at once or raise the limit (ulimit -n)',
  closed: 'is closed: pipe a capture into it, or name a file',
  'not-in-a-directory': 'a part of the path is not a directory: check the name',
  'too-many-links': 'too many symbolic links: check the name',
};

const OTHER_FORMATS: Readonly<Record<OtherFormat, string>> = {
  xz: 'is xz compressed: decompress it first (xz -dk)',
  bzip2: 'is bzip2 compressed: decompress it first (bzip2 -dk)',
  lz4: 'is lz4 compressed: decompress it first (lz4 -dk)',
  zip: 'is a zip archive: unpack it first',
  snoop: 'is a snoop capture: convert it first (editcap)',
  netmon: 'is a Microsoft Network Monitor capture: convert it first (editcap)',
  parquet: 'is a Parquet file, a pcap or pcapng was expected',
  program: 'is an executable program, a pcap or pcapng was expected',
  'unpublished-pcap':
    'is in a pcap variant whose layout nobody published: convert it where it was made',
};

const CUT_PARTS: Readonly<Record<CutPart, string>> = {
  'pcap-header': 'pcap file header',
  'record-header': 'record header',
  record: 'record',
  'block-header': 'block header',
  block: 'block',
};

export const captures: Catalog<CaptureSentences> = {
  'capture-fault': ({ file, offset, what }, say) =>
    offset < 0 ? `${file}: ${say(what)}` : `${file}: byte ${offset}: ${say(what)}`,

  'file-fault': ({ fault }) => FILE_FAULTS[fault],
  'file-shrunk': ({ size }) =>
    `the file has shrunk to ${size} bytes while it was read: was it written anew?`,
  'input-is-terminal': () => 'is a terminal: name a capture file, or pipe a capture into it',
  'stopped-before-capture': () => 'reading was stopped before a capture came',
  'no-capture-given': () => 'no capture file given',
  'too-many-captures': ({ given, most }) =>
    `${given} files were given, at most ${most} can be merged at once: merge some first (mergecap)`,
  'standard-input-twice': () => 'standard input was given more than once',

  'capture-empty': () => 'is empty: a pcap or pcapng capture was expected',
  'capture-is-other': ({ format }) => OTHER_FORMATS[format],
  'capture-is-none': ({ start }) =>
    `is not a capture: a pcap or pcapng (plain, gzip or zstd) was expected, it starts with ${start}`,

  'capture-cut': ({ part, needed, left }) =>
    `${CUT_PARTS[part]} needs ${needed} bytes, file ends after ${left}`,
  'pcap-version': ({ version }) =>
    `pcap version ${version} is not supported: versions from 2 on are`,
  'pcap-record-too-long': ({ captured, most }) =>
    `record claims ${captured} captured bytes, at most ${most} were expected: the file is damaged from here on`,
  'pcapng-version': ({ version }) =>
    `pcapng version ${version} is not supported, version 1 was expected`,
  'pcapng-no-section': () => 'a section header was expected (0a 0d 0d 0a)',
  'pcapng-no-byte-order': () => 'section header without the byte-order mark 1a 2b 3c 4d',
  'pcapng-too-many-interfaces': ({ most }) => `more than ${most} interfaces, which no capture has`,
  'pcapng-undeclared-interface': ({ id, declared }) =>
    `frame of interface ${id}, but its section has declared ${declared} so far`,
  'pcapng-frame-too-long': ({ captured, most }) =>
    `frame claims ${captured} captured bytes, at most ${most} were expected in its block`,
  'pcapng-block-too-short': ({ type, total, least }) =>
    `block of type ${type} claims a length of ${total} bytes, at least ${least} were expected`,
  'pcapng-lengths-differ': ({ total, trailer }) =>
    `block of ${total} bytes says at its end that it has ${trailer}: the file is damaged from here on`,

  'compressed-cut': ({ format, taken }) =>
    `the ${format} data ends in the middle, after ${taken} compressed bytes: the file is cut short`,
  'compressed-damaged': ({ format, from, to, error }) =>
    `the ${format} data is damaged between its bytes ${from} and ${to}: ${error}`,

  'parquet-from-pipe': () => 'a Parquet file cannot be read from a pipe: save it first',
  'parquet-damaged': ({ error }) => `the Parquet data is damaged: ${error}`,
  'parquet-endless': () => 'the Parquet data is damaged: it has no end',
  'parquet-decoder-ended': () => 'the Parquet data is damaged: its decoder ended',
  'parquet-no-flow-log': () =>
    'is Parquet, but no flow log: it has no columns srcaddr and dstaddr, nor pkt_srcaddr and pkt_dstaddr',
  'parquet-needs-package': () =>
    'reading Parquet needs the package hyparquet: npm install hyparquet',
};
