import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPTURE, ended, NETLENS, netlens, ROOT, start, withDirectory } from './run.ts';

interface Conversation {
  id: number;
  start: string;
  protocol: string;
  client: { ip: string; port: number };
  bytes: { toServer: number; toClient: number };
}

function conversations(...args: string[]): Conversation[] {
  const { code, out, err } = netlens(['read', '-o', 'jsonl', ...args]);
  assert.equal(code, 0, err);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const frameLines = (...args: string[]): string[] =>
  netlens(['read', '--frames', ...args])
    .out.trimEnd()
    .split('\n');

describe('netlens read: what is a file and what is the filter', () => {
  it('takes existing paths as files, then words as the filter', () => {
    const both = netlens(['read', CAPTURE, 'icmp', 'or', 'port', '53', '--count']).out;
    assert.equal(netlens(['read', CAPTURE, 'icmp or port 53', '--count']).out, both);
    assert.equal(
      netlens(['read', '-r', CAPTURE, '--count', '--', 'icmp', 'or', 'port 53']).out,
      both,
    );
  });

  it('takes a path that looks like a filter word as a file', () =>
    withDirectory((directory) => {
      copyFileSync(CAPTURE, join(directory, 'icmp'));
      const { out } = netlens(['read', 'icmp', '--count'], { cwd: directory });
      assert.equal(out, netlens(['read', CAPTURE, '--count']).out);
    }));

  it('reads the filter from a file, comments left out, and joins it with the words', () =>
    withDirectory((directory) => {
      const file = join(directory, 'filter');
      writeFileSync(file, 'icmp # ping only\nor port 53\n');
      const count = (...args: string[]) => netlens(['read', CAPTURE, '--count', ...args]).out;
      assert.equal(count('-F', file), count('icmp or port 53'));
      assert.equal(count('-F', file, 'udp'), count('(icmp or port 53) and udp'));
    }));

  it('names the node of a file: NODE=FILE', () => {
    const [line] = frameLines('-c', '1', '-t', `w1=${CAPTURE}`);
    assert.match(line!, /^w1:/);
  });

  it('reads standard input as - and as -r -', () => {
    const input = readFileSync(CAPTURE);
    const expected = netlens(['read', CAPTURE, '--count']).out;
    assert.equal(netlens(['read', '-', '--count'], { input }).out, expected);
    assert.equal(netlens(['-r', '-', '--count'], { input }).out, expected);
  });
});

describe('netlens read: conversations', () => {
  it('come as JSON Lines in order of their first frame', () => {
    const all = conversations(CAPTURE);
    assert.ok(all.length > 10);
    assert.deepEqual(
      all.map(({ id }) => id),
      all.map((_, i) => i + 1),
    );
    for (let i = 1; i < all.length; i++) assert.ok(all[i - 1]!.start <= all[i]!.start);
  });

  it('sort by every key, either way', () => {
    const total = ({ bytes }: Conversation): number => bytes.toServer + bytes.toClient;
    const bySize = conversations(CAPTURE, '--sort', 'bytes').map(total);
    assert.deepEqual(
      bySize,
      bySize.toSorted((a, b) => b - a),
    );
    const upwards = conversations(CAPTURE, '--sort', 'bytes:asc').map(total);
    assert.deepEqual(upwards, bySize.toReversed());
    const protocols = conversations(CAPTURE, '--sort', 'protocol').map(({ protocol }) => protocol);
    assert.deepEqual(protocols, protocols.toSorted());
    const count = conversations(CAPTURE).length;
    for (const key of [
      'start',
      'packets',
      'duration',
      'rtt',
      'retransmissions',
      'client',
      'server',
      'label',
    ]) {
      assert.equal(conversations(CAPTURE, '--sort', key).length, count, key);
    }
  });

  it('--top shows the largest', () => {
    const largest = conversations(CAPTURE, '--sort', 'bytes').slice(0, 3);
    assert.deepEqual(conversations(CAPTURE, '--top', '3'), largest);
  });

  it('are whole when a filter chooses them by a frame', () => {
    const whole = conversations(CAPTURE).filter(({ protocol }) => protocol === 'udp');
    assert.ok(whole.length > 0);
    assert.deepEqual(conversations(CAPTURE, 'udp'), whole);
  });

  it('are chosen by words of whole conversations, and so are their frames', () => {
    const chosen = conversations(CAPTURE, 'label', 'external');
    const all = conversations(CAPTURE) as (Conversation & { label: string })[];
    assert.deepEqual(
      chosen,
      all.filter(({ label }) => label === 'external'),
    );
    const frames = netlens(['read', CAPTURE, '--count', 'label external']).out;
    const others = netlens(['read', CAPTURE, '--count', 'not label external']).out;
    const ip = netlens(['read', CAPTURE, '--count', 'ip or ip6']).out;
    const number = (text: string): number => Number(/^\d+/.exec(text)?.[0]);
    assert.ok(number(frames) > 0);
    assert.equal(number(frames) + number(others), number(ip));
  });

  it('come as CSV with a header and as many fields in every row', () => {
    const { out } = netlens(['read', CAPTURE, '-o', 'csv']);
    const rows = out.split('\r\n');
    assert.equal(rows.pop(), '');
    assert.match(rows[0]!, /^id,label,/);
    const fields = (row: string): number => row.replace(/"(?:[^"]|"")*"/g, '').split(',').length;
    for (const row of rows) assert.equal(fields(row), fields(rows[0]!), row);
    assert.equal(rows.length - 1, conversations(CAPTURE).length);
  });

  it('fit the width as a table, whatever it is, and end with the ledger', () => {
    for (const width of [60, 80, 100, 120, 160, 200, 300]) {
      const { out } = netlens(['read', CAPTURE, '--width', String(width)]);
      const lines = out.trimEnd().split('\n');
      const end = lines.findIndex((line) => line.startsWith('Read '));
      assert.equal(end, conversations(CAPTURE).length + 1);
      for (const line of lines.slice(0, end)) assert.ok(line.length <= width, `${width}: ${line}`);
    }
  });

  it('write no ledger through a link where others may write, and still say the sum', () =>
    withDirectory((directory) => {
      const [target, shared] = [join(directory, 'target'), join(directory, 'shared')];
      writeFileSync(target, 'precious');
      execFileSync('mkdir', ['-m', '1777', shared]);
      symlinkSync(target, join(shared, 'link'));
      const words = ['read', CAPTURE, '-o', 'jsonl', '--ledger', join(shared, 'link')];
      const { code, err } = netlens(words);
      assert.equal(code, 1);
      assert.match(err, /^Read [\s\S]*\nnetlens: .*link: is a symbolic link/);
      assert.equal(readFileSync(target, 'utf8'), 'precious');
    }));

  it('are not shortened into a pipe', () => {
    const { out } = netlens(['read', CAPTURE]);
    assert.doesNotMatch(out, /\u2026/);
  });

  it('leave out of a table what hosts send to their own link, and count it', () => {
    const capture = join(ROOT, 'fixtures/tricky/captures/node-a.any.pcap');
    const rows = (...args: string[]) =>
      netlens(['read', capture, ...args]).out.match(/^ *\d+ [SXEH?] .*/gm) ?? [];
    const line = /^And (\d+) of icmpv6 that hosts send to their own link; --all shows them\.$/m;
    const all = conversations(capture).length;
    const left = Number(line.exec(netlens(['read', capture]).out)?.[1]);
    assert.equal(rows().length, all - left);
    assert.equal(rows('--all').length, all);
    const asked = rows('icmp6');
    assert.ok(
      asked.length >= left && asked.some((row) => row.includes(' ff02::')),
      'when asked for',
    );
    assert.ok(!rows().some((row) => row.includes(' ff02::')));
  });

  it('are coloured only when asked or on a terminal', () => {
    const sequence = '\x1b[';
    assert.ok(!netlens(['read', CAPTURE]).out.includes(sequence));
    assert.ok(netlens(['read', CAPTURE, '--color', 'always']).out.includes(sequence));
  });
});

describe('netlens read: frames', () => {
  it('are implied by what only frames have', () => {
    const plain = frameLines(CAPTURE);
    assert.equal(netlens(['read', '-#', CAPTURE]).out.trimEnd().split('\n').length, plain.length);
    for (const flag of ['-x', '-X', '-A', '-e', '-t', '-S']) {
      assert.doesNotMatch(netlens(['read', flag, '-c', '1', CAPTURE]).out, /LABEL/, flag);
    }
  });

  it('-c stops after as many that match', () => {
    assert.equal(frameLines('-c', '5', CAPTURE, 'icmp').length, 5);
  });

  it('--count counts what --frames shows', () => {
    const lines = frameLines(CAPTURE, 'udp').length;
    assert.equal(netlens(['read', '--count', CAPTURE, 'udp']).out, `${lines} packets\n`);
  });

  it('-w writes those that match, readable again, also through a pipe', () =>
    withDirectory((directory) => {
      const file = join(directory, 'udp.pcapng');
      assert.equal(netlens(['read', '-w', file, CAPTURE, 'udp']).code, 0);
      const times = frameLines('-tt', '--nano', CAPTURE, 'udp');
      assert.deepEqual(frameLines('-tt', '--nano', file), times);
      const piped = spawnSync(
        'sh',
        [
          '-c',
          '"$0" "$1" read -w - "$2" udp | "$0" "$1" read --frames -tt --nano -',
          process.execPath,
          NETLENS,
          CAPTURE,
        ],
        { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
      );
      assert.deepEqual(piped.stdout.trimEnd().split('\n'), times);
    }));
});

describe('netlens read: files that are not whole', () => {
  it('shows what comes before the damage, says where it is, and ends with 1', () =>
    withDirectory((directory) => {
      const file = join(directory, 'cut.pcapng');
      const bytes = readFileSync(CAPTURE);
      writeFileSync(file, bytes.subarray(0, bytes.length - 7));
      const all = frameLines(CAPTURE);
      const { code, out, err } = netlens(['read', '--frames', file]);
      assert.equal(code, 1);
      const lines = out.trimEnd().split('\n');
      assert.ok(lines.length >= all.length - 1 && lines.length > 0);
      assert.match(err, /Damaged: .*cut\.pcapng: byte \d+: /);
      assert.equal(netlens(['read', file]).code, 1);
    }));

  it('tells a missing file, a directory, an empty file and no capture apart', () =>
    withDirectory((directory) => {
      const path = (name: string): string => join(directory, name);
      mkdirSync(path('directory.pcap'));
      writeFileSync(path('empty.pcap'), '');
      writeFileSync(path('text.pcap'), 'hello, world, this is no capture\n');
      const cases: readonly [string, RegExp][] = [
        ['missing.pcap', /no such file/],
        ['directory.pcap', /is a directory/],
        ['empty.pcap', /empty/],
        ['text.pcap', /not a capture/],
      ];
      for (const [name, message] of cases) {
        const { code, out, err } = netlens(['read', path(name)]);
        assert.equal(code, 1, name);
        assert.equal(out, '');
        assert.match(err, message);
        assert.equal(err.trimEnd().split('\n').length, 1, err);
        assert.ok(err.startsWith(`netlens: ${path(name)}: `), err);
      }
    }));
});

describe('netlens read: pipes and signals', () => {
  it('shows frames of a pipe as they come', async () => {
    const child = start(['read', '--frames', '-']);
    const result = ended(child);
    const bytes = readFileSync(CAPTURE);
    child.stdin.write(bytes.subarray(0, bytes.length >> 1));
    await once(child.stdout, 'data'); // before the input is at its end
    child.stdin.end(bytes.subarray(bytes.length >> 1));
    const { code, out } = await result;
    assert.equal(code, 0);
    assert.equal(out, netlens(['read', '--frames', CAPTURE]).out);
  });

  it('ends quietly when its reader has enough', () => {
    const command = `${process.execPath} ${NETLENS} read --frames ${CAPTURE} --no-progress 2>&1 >/dev/full; ${process.execPath} ${NETLENS} read --frames ${CAPTURE} | head -1`;
    const piped = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const [full, first] = piped.stdout.trimEnd().split('\n');
    assert.match(full!, /^netlens: .*(ENOSPC|no space)/i); // a full disk is no reader that left
    assert.match(first!, /ARP|IP/);
    assert.equal(piped.stderr, '');
    assert.equal(piped.status, 0);
  });

  for (const [what, args] of [
    ['conversations', []],
    ['frames', ['--frames']],
  ] as const) {
    it(`shows the ${what} read so far on Ctrl-C and ends with 130`, async () => {
      const child = start(['read', ...args, '-']);
      const result = ended(child);
      // more than the pipe holds: once all of it is taken, the command is reading
      const sections = new Array<Buffer>(20).fill(readFileSync(CAPTURE));
      await new Promise((resolve) => child.stdin.write(Buffer.concat(sections), resolve));
      child.kill('SIGINT');
      const { code, out, err } = await result;
      assert.equal(code, 130, err);
      assert.match(out + err, /Read [\d,]+ frames/);
      assert.match(out, args.length > 0 ? /length/ : /LABEL/);
    });
  }

  it('ends at once on the second Ctrl-C', async () => {
    const child = start(['read', '--frames', '-']);
    const result = ended(child);
    child.stdin.write(readFileSync(CAPTURE));
    await once(child.stdout, 'data');
    child.stdout.pause();
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, signal } = await result;
    assert.ok(code === 130 || signal === 'SIGINT');
  });
});
