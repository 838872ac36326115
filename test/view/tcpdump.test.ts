/**
 * Lines of `--frames` against tcpdump's, frame by frame, for what both know: TCP, UDP, ICMP, ICMPv6,
 * ARP, DNS, fragments and the tunnels around them. On the fixtures, and on the shared captures where
 * they are at hand (NETLENS_CAPTURES, or ../shared/captures).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { openCaptures } from '../../src/source/open.ts';
import { BARE_LINES, FrameLines } from '../../src/view/frames/line.ts';
import { needTools, skip } from '../support/skip.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const SHARED = resolve(process.env.NETLENS_CAPTURES ?? '../shared/captures');
const SIZE_MAX = 4_000_000;

/** Where netlens says it another way on purpose: in our line, why, and how it becomes tcpdump's. */
const OURS: readonly [pattern: RegExp, because: string, instead: string][] = [
  [/: IPIP /g, 'an inner header is named', ': IP '],
  [/(vni \d+): /g, 'the inner packet is on the same line', '$1 '],
  [/\bvlan \d+ /g, 'tags are shown without -e too', ''],
  [/ if\d+ /, 'the interface is the capturing host’s, not one of this host', ' '],
  [/^(\S+ )(In|Out|B|M|P|\?) +/, 'the direction is shown for SLL too', '$1'],
  [/, fragment of id \d+, offset \d+, length \d+$/, 'a fragment tells its datagram', ''],
  [/: (HTTP|TLS|PROXY|BGP|WireGuard).*$/, 'the application is told by its bytes, not its port', ''],
  [/ TXT [^,(]*/, 'texts of one record are joined', ' TXT'],
  [/: Weave sleeve:.*/, 'tcpdump does not know it', ''],
  [/, group \d+/, 'the group policy of VXLAN is shown', ''],
];

/** With -v. */
const OURS_VERBOSE: typeof OURS = [
  [/(ICMP6, (?:echo|dest|pack|time|multi|para).*), length \d+/, 'the length stays', '$1'],
  [/Destination options \(60\)/, 'the header has a name', 'unknown (60)'],
];

/** The same for tcpdump's line. */
const THEIRS: readonly [pattern: RegExp, because: string, instead: string][] = [
  [/OTV, (flags .*?), overlay 0, instance (\d+)\s*/, 'port 8472 is VXLAN’s', 'VXLAN, $1, vni $2 '],
  [/^(\S+ )\S+ +(In|Out|B|M|P|\?) +/, 'tcpdump names an interface of this host', '$1'],
  [/( win \d+.* length \d+):? (\[telnet|[A-Z]).*$/, 'tcpdump tells applications by port', '$1'],
  [/ Type(\d+)/, 'RFC 3597 has it in capitals', ' TYPE$1'],
  [/missing!(?! )/, 'a space is missing', 'missing! '],
  [/ TXT( "[^"]*")+/, 'texts of one record are joined', ' TXT'],
  [/,icv=0x[0-9a-f]+/, 'check values are left out', ''],
  [/, rsv=0x0/, 'reserved bits that are zero are left out', ''],
  [/ip-proto-17$/, 'protocols have names', 'udp'],
  [/ip-proto-6$/, 'protocols have names', 'tcp'],
  [/ip-proto-1$/, 'protocols have names', 'icmp'],
  [/ip-proto-4$/, 'protocols have names', 'ipip'],
  [/ip-proto-47$/, 'protocols have names', 'gre'],
  [/ip-proto-50$/, 'protocols have names', 'esp'],
];

const THEIRS_VERBOSE: typeof OURS = [
  [/length=\d+\(\d+-bytes\),/, 'the length of AH is left out', ''],
  [
    /(\): [0-9a-f:]+|addr: [0-9a-f:]+|time \d+s|: \d+) 0x0000: .*/,
    'options come decoded only',
    '$1',
  ],
  [/(listener report)(max resp)/, 'a space is missing', '$1 $2'],
];

/** Lines of what both decode; others are tcpdump's hundred other protocols. */
const COMMON =
  /Flags \[|UDP, length \d+$|ICMP|ARP, (Request|Reply)|: \d+[+%*$|-]* .*\(\d+\)$|ip-proto-\d+$/;

/** Frames that say nothing of either: tcpdump guesses by port what the bytes are not. */
const GUESSED =
  /\(invalid\)|domain|isakmp|\[\|| rx |RADIUS|NTP|BOOTP|SIP|bad length|truncated-udp|bad-/;

/** What tcpdump does not decode and netlens does: LLMNR, GRE in UDP, and ERSPAN. */
const UNKNOWN = /\.5355\b|\.4754: |gre-proto-0x(88be|22eb)/;

/** Link types that tcpdump decodes and netlens does not: told as such. */
const LEFT_OUT = /link type \d+ not decoded|LLC, /;

async function ourLines(file: string, verbosity: number): Promise<string[]> {
  const source = await openCaptures([file]);
  const lines = new FrameLines({ ...BARE_LINES, time: 'epoch', verbosity });
  const packet = new Packet();
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    // tcpdump names no interface of a pcapng
    frames.interfaces = frames.interfaces.map((one) => ({ ...one, name: undefined }));
    for (let i = 0; i < frames.count; i++) {
      decode(frames, i, packet);
      lines.add(packet, frames, i);
    }
  }
  await source.close();
  return joined(lines.context.out.toString());
}

/** The lines of a text, what a frame has on further lines joined to its first. */
function joined(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (/^-?\d+\.\d{6} /.test(line)) lines.push(line);
    else lines[lines.length - 1] += ` ${line.trim()}`;
  }
  return lines;
}

/** tcpdump's lines; undefined when it cannot read the file. */
function theirLines(file: string, verbosity: number): string[] | undefined {
  const verbose = ['-v'].slice(0, verbosity).map((flag) => flag + 'v'.repeat(verbosity - 1));
  const { status, stdout } = spawnSync('tcpdump', ['-nn', '-tt', ...verbose, '-r', file], {
    encoding: 'latin1',
    env: { ...process.env, TZ: 'UTC' },
    maxBuffer: 1 << 30,
  });
  return status === 0 ? joined(stdout) : undefined;
}

function normal(line: string, rules: typeof OURS): string {
  let text = line;
  for (const [pattern, , instead] of rules) text = text.replace(pattern, instead);
  return text.replace(/\s+/g, ' ').trim();
}

interface Agreement {
  compared: number;
  same: number;
  readonly different: string[];
}

async function compare(file: string, verbosity: number, agreement: Agreement): Promise<void> {
  const theirs = theirLines(file, verbosity);
  if (theirs === undefined) return;
  const ours = await ourLines(file, verbosity);
  if (ours.length !== theirs.length) return; // a damaged file that one of them reads further
  for (const [i, line] of theirs.entries()) {
    if (!COMMON.test(line) || GUESSED.test(line) || UNKNOWN.test(line)) continue;
    if (LEFT_OUT.test(ours[i]!)) continue;
    agreement.compared++;
    const isVerbose = verbosity > 0;
    const a = normal(ours[i]!, isVerbose ? [...OURS, ...OURS_VERBOSE] : OURS);
    const b = normal(line, isVerbose ? [...THEIRS, ...THEIRS_VERBOSE] : THEIRS);
    if (a === b) agreement.same++;
    else agreement.different.push(`frame ${i + 1} of ${file}\n  netlens ${a}\n  tcpdump ${b}`);
  }
}

function capturesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(pcap|pcapng|cap)$/.test(path))
    .map((path) => join(directory, path))
    .filter((path) => statSync(path).isFile() && statSync(path).size < SIZE_MAX)
    .sort();
}

async function survey(directory: string, verbosity: number): Promise<Agreement> {
  const agreement: Agreement = { compared: 0, same: 0, different: [] };
  for (const file of capturesIn(directory)) {
    await compare(file, verbosity, agreement).catch((error) => {
      if (!/^NETLENS_/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  }
  const { compared, same } = agreement;
  console.log(`      ${same} of ${compared} lines as tcpdump prints them`);
  return agreement;
}

describe('lines of frames, compared with tcpdump', function () {
  this.timeout(300_000);

  before(function () {
    needTools(this, 'tcpdump');
  });

  for (const [flags, verbosity] of [
    ['', 0],
    [' with -v', 1],
    [' with -vv', 2],
  ] as const) {
    it(`are the same on the fixtures${flags}`, async () => {
      const { compared, different } = await survey(join(ROOT, 'fixtures'), verbosity);
      assert.ok(compared > 1000);
      assert.deepEqual(different.slice(0, 5), []);
    });

    it(`are the same for 99 % of the shared captures${flags}`, async function () {
      if (!existsSync(SHARED)) {
        skip(this, 'no shared captures (NETLENS_CAPTURES is not a directory)');
      }
      const { compared, same, different } = await survey(SHARED, verbosity);
      assert.ok(same / compared >= 0.99, different.slice(0, 20).join('\n'));
    });
  }
});
