/** How frames are shown: tcpdump's letters, the same for every command that shows frames. */
import { type Command, Option } from 'commander';
import type { TimeStyle } from '../view/frames/clock.ts';
import type { DumpStyle } from '../view/frames/dump.ts';
import { increase } from './option-values.ts';

export interface FrameOptions {
  readonly verbosity: number;
  readonly quiet: boolean;
  readonly link: boolean;
  readonly absolute: boolean;
  readonly time: TimeStyle;
  readonly nano: boolean;
  readonly numbers: boolean;
  readonly dump: DumpStyle;
  readonly dumpLink: boolean;
}

export function addFrameOptions(command: Command): void {
  command
    .option('-v, --verbose', 'more of each header; -vv, -vvv still more', increase, 0)
    .option('-q, --quick', 'less of each header')
    .option('-e, --link', 'show the link layer')
    .option('-S, --absolute', 'TCP sequence numbers as they are, not from the start')
    .option('-x', 'hex dump from the network layer on; -xx from the link layer on', increase, 0)
    .option('-X', 'hex and ASCII dump; -XX from the link layer on', increase, 0)
    .option('-A', 'ASCII dump')
    .option(
      '-t',
      'times: -t none, -tt since 1970, -ttt since the frame before, -tttt with date, -ttttt since the first',
      increase,
      0,
    )
    .option('--nano', 'nine digits of the second')
    .option('--micro', 'six digits of the second (the default)')
    .option('-#, --number', "each frame's number in its file")
    .option('-l, --line-buffered', 'accepted: lines always come as the frames do')
    .option('-U, --packet-buffered', 'accepted: frames are always written as they come')
    .addOption(new Option('-K').hideHelp());
}

const TIMES: readonly TimeStyle[] = [
  'time',
  'none',
  'epoch',
  'since-previous',
  'date',
  'since-first',
];
const DUMPS: readonly [string, DumpStyle][] = [
  ['X', 'hex-ascii'],
  ['x', 'hex'],
  ['A', 'ascii'],
];

/** The style, and whether it was asked for at all: then frames are meant, not conversations. */
export function frameOptions(given: Record<string, unknown>): {
  style: FrameOptions;
  implied: boolean;
} {
  const dump = DUMPS.find(([letter]) => Boolean(given[letter]));
  const time = TIMES[Math.min(Number(given.t ?? 0), TIMES.length - 1)]!;
  const showsFrames = ['link', 'absolute', 'number', 'nano'].some((name) => given[name] === true);
  return {
    implied: dump !== undefined || time !== 'time' || showsFrames,
    style: {
      verbosity: Number(given.verbose ?? 0),
      quiet: given.quick === true,
      link: given.link === true,
      absolute: given.absolute === true,
      time,
      nano: given.nano === true && given.micro !== true,
      numbers: given.number === true,
      dump: dump?.[1] ?? 'none',
      dumpLink: Number(given.x ?? 0) > 1 || Number(given.X ?? 0) > 1,
    },
  };
}
