import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURE_VIEWS } from '../../src/view/picture/request.ts';
import { writeHostile } from '../support/hostile-capture.ts';
import { readXml } from '../support/xml.ts';
import { CAPTURE, netlens, withDirectory } from './run.ts';

const KUBE = ['--kube-json', 'fixtures/calico-ipip/kube'];

function shot(...args: string[]) {
  return netlens(['shot', ...args]);
}

describe('netlens shot', function () {
  this.timeout(60_000);

  it('prints text when there is no file, with a footer that names the capture', () => {
    const { code, out } = shot(CAPTURE, 'label cross-node', '--tag', 'kim');
    assert.equal(code, 0);
    assert.match(out, /X icmp +172\.16\.158\.1 +172\.16\.184\.1 +ipip/);
    assert.match(out, /^any\.pcapng sha256 [0-9a-f]{64} {3}/m);
    assert.match(
      out,
      /shown: conversations 1-15 of 15\n853 frames {3}filter: label cross-node {3}drops: not told/,
    );
    assert.match(out, /netlens \d+\.\d+\.\d+ {3}tag: kim$/m);
  });

  it('shows the same conversations as read', () => {
    const read = netlens(['read', CAPTURE, 'encap ipip', '-o', 'csv']).out.trim().split('\n');
    assert.match(shot(CAPTURE, 'encap ipip').out, new RegExp(`^.* of ${read.length - 1}$`, 'm'));
  });

  for (const view of PICTURE_VIEWS) {
    it(`shows ${view} as XML that is well formed`, () => {
      const filter = view === 'topology' || view === 'statistics' ? [] : ['icmp and encap ipip'];
      const args = ['shot', CAPTURE, ...filter, ...KUBE, '--view', view, '--format', 'svg'];
      const first = netlens(args);
      assert.equal(first.code, 0, first.err);
      readXml(first.out);
    });
  }

  it('gives the same bytes each time and in each time zone of the machine', () => {
    const args = ['shot', CAPTURE, 'icmp', ...KUBE, '--view', 'packets', '--format', 'svg'];
    const elsewhere = { env: { TZ: 'Asia/Seoul', LC_ALL: 'C.UTF-8' } };
    assert.equal(netlens(args, elsewhere).out, netlens(args).out);
  });

  it('marks rows and says what of them, and refuses rows that are not shown', () => {
    const marked = shot(
      CAPTURE,
      'icmp',
      '--view',
      'packets',
      '--note',
      '123: outer',
      '--mark',
      '57',
    );
    assert.equal(marked.code, 0, marked.err);
    assert.match(marked.out, /^\u25b6 123 {2}outer$/m);
    const { code, err } = shot(CAPTURE, 'icmp', '--view', 'packets', '--mark', '1');
    assert.equal(code, 1);
    assert.match(err, /--mark 1: not among the packets shown \(rows 1 to \d+ of \d+ are shown/);
  });

  it('speaks Korean, in any theme and size, of a list from a row on', () =>
    withDirectory((directory) => {
      const file = join(directory, '그림.svg');
      const size = ['--columns', '80', '--rows', '12', '--from', '5'];
      const look = ['--lang', 'ko', '--theme', 'light', '--title', '대화'];
      const { code, err } = shot(CAPTURE, ...size, ...look, '-o', file);
      assert.equal(code, 0, err);
      const svg = readFileSync(file, 'utf8');
      assert.match(svg, /<svg [^>]*width="744"/);
      assert.match(svg, /대화/);
      assert.match(svg, /5-12 \/ 44/);
    }));

  const usage: readonly [what: string, args: string[], message: RegExp][] = [
    ['a format that the name does not tell', ['-o', 'x.gif'], /-o x\.gif: .*\.png \.svg/],
    ['a view that there is not', ['--view', 'pie'], /--view pie: one of conversations/],
    ['a width that is none', ['--columns', '9'], /--columns 9: a whole number from 40 to 400/],
    ['a note without its number', ['--note', 'outer'], /--note outer: NUMBER: TEXT is expected/],
    ['a time zone that there is not', ['--time-zone', 'Mars'], /--time-zone Mars: the name of a/],
    ['a wrong filter', ['icpm'], /icpm/],
    ['what no file holds', ['--kube'], /a picture rests on files: netlens topology --kube/],
    ['a pipe', ['-'], /SHA-256, so save the pipe to a file first/],
  ];
  for (const [what, args, message] of usage) {
    it(`refuses ${what}`, () => {
      const { code, err, out } = shot(CAPTURE, ...args);
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, message);
    });
  }

  it('says when nothing fits the filter, or there is no such conversation', () => {
    for (const [args, message] of [
      [['--view', 'journey', 'port 1'], /journey: no conversation fits the filter port 1/],
      [['--view', 'explain', '--conversation', '999'], /no conversation 999; there are 44/],
      [['--view', 'detail', '--packet', '9999'], /no packet 9999; there are 853/],
      [['--view', 'topology', 'icmp'], /topology is of all that was read/],
    ] as const) {
      const { code, err } = shot(CAPTURE, ...args);
      assert.equal(code, 1);
      assert.match(err, message);
    }
  });
});

describe('a hostile capture in pictures', function () {
  this.timeout(60_000);

  it('breaks no format in any view', () =>
    withDirectory((directory) => {
      const { capture, dump } = writeHostile(directory);
      for (const view of PICTURE_VIEWS) {
        const args = ['shot', capture, '--kube-json', dump, '--view', view, '--title', '<b>\x07'];
        const svg = netlens([...args, '--format', 'svg']);
        assert.equal(svg.code, 0, svg.err);
        const names = new Set(readXml(svg.out).map(({ name }) => name));
        assert.deepEqual(
          [...names].filter((name) => !/^(svg|title|metadata|rect|g|text|tspan)$/.test(name)),
          [],
        );
        if (view !== 'packets' && view !== 'explain') continue;
        const ansi = netlens([...args, '--format', 'ans']).out;
        const sgr = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
        assert.doesNotMatch(ansi.replace(sgr, ''), /[^\P{C}\n]/u, view);
        const html = netlens([...args, '--format', 'html']).out;
        assert.doesNotMatch(
          html,
          /<(script|img|svg|a|iframe)\b|[\u202a-\u202e\u2066-\u2069]/,
          view,
        );
      }
    }));
});
