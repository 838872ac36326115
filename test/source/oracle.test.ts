/**
 * Every capture at hand against tshark (frame number, time, both lengths), and classic pcap against npm's
 * pcap-parser. The captures are the shared ones (NETLENS_CAPTURES, or ../shared/captures).
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { openCaptures } from '../../src/source/open.ts';
import { CaptureError } from '../../src/source/source.ts';
import { needTools, skip } from '../support/skip.ts';
import { payload, pcap, type ReadFrame, readAll, Scratch } from './capture-bytes.ts';

const shared = path.resolve(process.env.NETLENS_CAPTURES ?? '../shared/captures');
const NO_CAPTURE = /(README\.md|\.tsv|\.txt|\.json|\.xml|conntrack[^/]*)$/;

/** Files on which we differ from tshark 4.0.17 on purpose. */
const KNOWN: Readonly<Record<string, string>> = {
  'test007.ntar':
    'a block length without padding: tshark wants it with padding at the end of the block only',
  'atm-oam-heapoverflow.pcap': 'tshark takes the pseudo-header of ATM off both lengths',
};
/** What tshark says of files that it does not read, and we do as far as they go. */
const NOT_READ_BY_TSHARK =
  /network type \d+ unknown or unsupported|network type reserved field not zero/;

function captures(): string[] {
  return readdirSync(shared, { recursive: true })
    .map((name) => path.join(shared, String(name)))
    .filter((file) => statSync(file).isFile() && !NO_CAPTURE.test(file))
    .sort();
}

interface Read {
  readonly frames: readonly ReadFrame[];
  readonly complaint: string;
}

async function ours(file: string): Promise<Read> {
  try {
    const source = await openCaptures([file]);
    const frames = await readAll(source);
    return { frames, complaint: source.damage.map((fault) => fault.message).join(' ') };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return { frames: [], complaint: error.message };
  }
}

interface TheirFrame {
  readonly number: string;
  readonly time: string;
  readonly len: string;
  readonly caplen: string;
}

async function theirs(file: string): Promise<{ frames: TheirFrame[]; complaint: string }> {
  const fields = [
    'frame.encap_type',
    'frame.number',
    'frame.time_epoch',
    'frame.len',
    'frame.cap_len',
  ];
  const off = ['eth', 'ip', 'ipv6', 'sll', 'null'].flatMap((name) => ['--disable-protocol', name]);
  const asked = fields.flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', file, ...off, '-T', 'fields', ...asked];
  const run = promisify(execFile)('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const { stdout, stderr } = await run.catch(
    (error) => error as { stdout: string; stderr: string },
  );
  const frames: TheirFrame[] = [];
  for (const line of stdout.split('\n')) {
    const [encap, number, time, len, caplen] = line.split('\t');
    if (caplen === undefined || encap === '') continue; // a journal entry or custom block is no frame
    frames.push({ number: number!, time: time!, len: len!, caplen });
  }
  const complaint = stderr.split('\n').filter((one) => /^(tshark: |\()/.test(one)); // not dissector bugs
  return { frames, complaint: complaint.join(' ') };
}

/** How a frame differs, undefined when it does not. */
function difference(mine: ReadFrame, their: TheirFrame): string | undefined {
  const nanoseconds = String(mine.nanoseconds).padStart(9, '0');
  // tshark prints a fraction beyond a second as it stands, or lets it overflow; a simple packet has no time
  const odd = their.time.startsWith('-') || !/^\d+\.\d{9}$/.test(their.time);
  const time = odd ? their.time : `${mine.seconds}.${nanoseconds}`;
  const len = Math.min(Number(their.len), 0x7fff_ffff);
  const shown = [mine.number, time, mine.len, mine.caplen].join(' ');
  const expected = [their.number, their.time, len, their.caplen].join(' ');
  return shown === expected ? undefined : `${shown}, tshark ${expected}`;
}

function compare(
  mine: Read,
  their: { frames: TheirFrame[]; complaint: string },
): string | undefined {
  if (mine.frames.length !== their.frames.length) {
    return `${mine.frames.length} frames, tshark ${their.frames.length} (${mine.complaint} | ${their.complaint})`;
  }
  for (const [i, frame] of mine.frames.entries()) {
    const found = difference(frame, their.frames[i]!);
    if (found !== undefined) return `frame ${i + 1}: ${found}`;
  }
  if ((mine.complaint === '') !== (their.complaint === '')) {
    return `we say "${mine.complaint}", tshark "${their.complaint}"`;
  }
  return undefined;
}

describe('source/oracle: tshark', () => {
  it('agrees on number, time and lengths of every frame of every capture at hand', async function () {
    if (!existsSync(shared)) skip(this, 'no shared captures (NETLENS_CAPTURES is not a directory)');
    needTools(this, 'tshark');
    this.timeout(1_200_000);
    const wrong: string[] = [];
    const counts = { files: 0, frames: 0, notRead: 0, known: 0 };
    const files = captures();
    const work = async (): Promise<void> => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        const [mine, their] = [await ours(file), await theirs(file)];
        counts.files++;
        counts.frames += mine.frames.length;
        if (NOT_READ_BY_TSHARK.test(their.complaint)) {
          counts.notRead++;
          continue;
        }
        const found = compare(mine, their);
        const known = KNOWN[path.basename(file)] !== undefined;
        if (known) counts.known++;
        if ((found !== undefined) !== known)
          wrong.push(`${path.relative(shared, file)}: ${found ?? 'no longer differs'}`);
      }
    };
    await Promise.all([work(), work()]);
    assert.deepEqual(wrong, []);
    assert.ok(counts.files > 300, String(counts.files));
    console.log(
      `      ${counts.files} files, ${counts.frames} frames: all agree but ${counts.known} files that differ on purpose; ${counts.notRead} are of kinds that tshark does not read`,
    );
  });
});

interface OldPacket {
  readonly header: Readonly<
    Record<
      'timestampSeconds' | 'timestampMicroseconds' | 'capturedLength' | 'originalLength',
      number
    >
  >;
  readonly data: Buffer;
}

/** Frames as npm's pcap-parser reads them: classic pcap, microseconds. */
function oldParser(file: string): Promise<OldPacket[]> {
  const { parse } = createRequire(import.meta.url)('pcap-parser') as {
    parse(file: string): EventEmitter;
  };
  return new Promise((resolve, reject) => {
    const packets: OldPacket[] = [];
    const parser = parse(file);
    parser.on('packet', (packet: OldPacket) =>
      packets.push({ header: packet.header, data: Buffer.from(packet.data) }),
    );
    parser.on('end', () => resolve(packets));
    parser.on('error', reject);
  });
}

describe('source/oracle: pcap-parser', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  async function expectSame(file: string): Promise<number> {
    const mine = await ours(file);
    const packets = await oldParser(file);
    assert.deepEqual(
      mine.frames.map((f) => [f.seconds, f.nanoseconds, f.caplen, f.len, f.bytes]),
      packets.map(({ header, data }) => [
        header.timestampSeconds,
        header.timestampMicroseconds * 1000,
        header.capturedLength,
        header.originalLength,
        data.toString('hex'),
      ]),
      file,
    );
    return packets.length;
  }

  it('reads the same records of files made here', async () => {
    for (const little of [true, false]) {
      const frames = Array.from({ length: 300 }, (_, i) => ({
        seconds: 1_600_000_000 + i,
        fraction: (i * 3331) % 1_000_000,
        bytes: payload((i * 17) % 1500, i),
        len: 2000,
      }));
      await expectSame(scratch.file(`made-${little}.pcap`, pcap(frames, { little })));
    }
  });

  it('reads the same records of every small classic pcap at hand', async function () {
    if (!existsSync(shared)) skip(this, 'no shared captures (NETLENS_CAPTURES is not a directory)');
    this.timeout(300_000);
    let count = 0;
    for (const file of captures()) {
      if (statSync(file).size > 400_000) continue; // it copies all that is left for every chunk
      const head = readFileSync(file).subarray(0, 8).toString('hex');
      if (head !== 'd4c3b2a102000400' && head !== 'a1b2c3d400020004') continue;
      const { frames, complaint } = await ours(file);
      if (complaint !== '' || frames.some((frame) => frame.nanoseconds % 1000 !== 0)) continue;
      if (/fuzz|crash|oobr|overflow/i.test(file)) continue; // layouts and times that it takes as they stand
      count += await expectSame(file);
    }
    assert.ok(count > 5000, String(count));
  });
});
