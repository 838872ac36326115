import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPTURE, NETLENS, netlens, ROOT } from './run.ts';

describe('netlens', () => {
  it('tells its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    assert.deepEqual(netlens(['--version']), { code: 0, out: `netlens ${version}\n`, err: '' });
  });

  it('shows help without a command, with examples', () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { code, out } = netlens(args);
      assert.equal(code, 0);
      assert.match(out, /Examples:/);
    }
    for (const args of [
      ['help', 'read'],
      ['read', '--help'],
    ]) {
      const { code, out } = netlens(args);
      assert.equal(code, 0);
      assert.match(out, /--sort/);
      assert.match(out, /Examples:/);
    }
  });

  it('says in one line that there is no such device or filter file, and what to do', () => {
    const cases: [words: string[], why: string][] = [
      [
        ['interfaces', 'none0'],
        'none0: there is no such device; netlens interfaces lists those that are there',
      ],
      [
        ['capture', '-F', '/none'],
        "-F /none: there is no such file; a file with the filter's text is expected",
      ],
      [
        ['read', CAPTURE, '-F', '/'],
        "-F /: is a directory; a file with the filter's text is expected",
      ],
    ];
    for (const [words, why] of cases) {
      assert.deepEqual(netlens(words), { code: 2, out: '', err: `netlens: ${why}\n` });
    }
  });

  it('lists only commands that there are', () => {
    const listed = [...netlens([]).out.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name!);
    assert.ok(listed.includes('read'));
    for (const name of listed) assert.equal(netlens(['help', name]).code, 0, name);
  });

  it('reads without the word read, as termshark and tcpdump users type it', () => {
    const expected = netlens(['read', CAPTURE, '--count', 'icmp']);
    assert.match(expected.out, /^\d+ packets\n$/);
    assert.deepEqual(netlens([CAPTURE, '--count', 'icmp']), expected);
    assert.deepEqual(netlens(['-r', CAPTURE, '--count', 'icmp']), expected);
    assert.deepEqual(netlens(['-nr', CAPTURE, '--count', 'icmp']), expected);
  });

  const usage: readonly [what: string, args: string[], message: RegExp][] = [
    ['an unknown command, with the one meant', ['raed', CAPTURE], /raed: .*did you mean read\?/],
    ['an unknown option, with the one meant', ['read', '--sotr', 'x'], /--sotr.*mean --sort\?/],
    ['an option without its value', ['read', CAPTURE, '--sort'], /--sort.*argument missing/],
    ['a value that is none', ['read', CAPTURE, '-c', '0'], /^netlens: -c 0: a whole number/],
    ['a format that there is not', ['read', CAPTURE, '-o', 'xml'], /-o xml: one of tui, table/],
    ['a sort key that there is not', ['read', CAPTURE, '--sort', 'foo'], /--sort foo: .*bytes/],
    ['a sort order that there is not', ['read', CAPTURE, '--sort', 'bytes:up'], /asc or desc/],
    ['no file', ['read'], /no capture file given/],
    ['frames as csv', ['read', CAPTURE, '--frames', '-o', 'csv'], /csv is for conversations/],
    ['a word that is neither file nor filter', ['read', CAPTURE, 'prt', '80'], /mean port\?/],
    ["tcpdump's letters without sense here", ['read', '-i', 'eth0', CAPTURE], /^netlens: -i: /],
    ['a wrong filter', ['read', CAPTURE, 'hst 1.1.1.1'], /hst/],
    ['standard input twice', ['read', '-', '-'], /read only once/],
  ];
  for (const [what, args, message] of usage) {
    it(`refuses ${what}`, () => {
      const { code, out, err } = netlens(args);
      assert.equal(code, 2, err);
      assert.equal(out, '');
      assert.match(err, message);
    });
  }

  it('escapes what was typed once', () => {
    for (const args of [['maxpods'], ['lab'], ['lab', 'up'], ['maxpods', '-o']]) {
      const { code, err } = netlens([...args, 'a\x1b[31mb']);
      assert.equal(code, 2);
      assert.match(err, /a\\x1b\[31mb/);
      assert.doesNotMatch(err, /\\\\x1b/);
    }
  });

  it('says errors in one line, nothing of them raw', () => {
    const { code, err } = netlens(['read', 'no\x1b[31msuch\nfile.pcap']);
    assert.equal(code, 1);
    assert.equal(
      err,
      'netlens: no\\x1b[31msuch\\nfile.pcap: no such file; check the name and the directory\n',
    );
  });

  it('every command’s help ends quietly when its reader has enough', () => {
    const names = [...netlens(['help']).out.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name!);
    assert.ok(names.includes('read') && names.includes('explain'), names.join(' '));
    const commands = names.map((name) => `${process.execPath} ${NETLENS} help ${name} | true`);
    const { status, stderr } = spawnSync('bash', ['-c', commands.join('; ')], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });
});
