import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textIn } from '../../src/view/picture/png-text.ts';
import { CAPTURE, netlens, withDirectory } from './run.ts';

const KUBE = ['--kube-json', 'fixtures/calico-ipip/kube'];

function shot(...args: string[]) {
  return netlens(['shot', ...args]);
}

describe('netlens verify', function () {
  this.timeout(60_000);

  for (const format of ['png', 'svg', 'html', 'txt', 'ans']) {
    it(`makes a ${format} again, and finds it the same`, () =>
      withDirectory((directory) => {
        const file = join(directory, `p.${format}`);
        const what = ['encap ipip', '--note', '8: outer', '--title', 'A & B', '--tag', '<kim>'];
        assert.equal(shot(CAPTURE, ...what, ...KUBE, '--scale', '1', '-o', file).code, 0);
        const { code, out } = netlens(['verify', file, CAPTURE, ...KUBE]);
        assert.equal(code, 0, out);
        assert.match(out, /made again from the captures, the same/);
      }));
  }

  it('says which line of a picture was changed', () =>
    withDirectory((directory) => {
      const file = join(directory, 'p.svg');
      shot(CAPTURE, 'icmp', '-o', file);
      const svg = readFileSync(file, 'utf8');
      writeFileSync(file, svg.replace('172.16.158.2', '172.16.158.9'));
      const { code, out } = netlens(['verify', file, CAPTURE]);
      assert.equal(code, 1);
      assert.match(
        out,
        /line 4: the picture has ".*172\.16\.158\.9.*", the captures give ".*158\.2/,
      );
    }));

  it('says where the pixels of a PNG differ', () =>
    withDirectory((directory) => {
      const files = ['a.png', 'b.png'].map((name) => join(directory, name));
      shot(CAPTURE, 'icmp', '--scale', '1', '-o', files[0]!);
      shot(CAPTURE, 'icmp', '--scale', '1', '--tag', 'kim', '-o', files[1]!);
      // the pixels of one with the record of the other
      const [a, b] = files.map((file) => readFileSync(file));
      const ours = Buffer.from(textIn(a!, 'netlens-picture')!);
      const theirs = Buffer.from(textIn(b!, 'netlens-picture')!);
      const at = b!.indexOf(theirs);
      const padded = Buffer.alloc(theirs.length, ' ');
      ours.copy(padded);
      padded.copy(b!, at);
      writeFileSync(files[1]!, b!);
      const { code, out } = netlens(['verify', files[1]!, CAPTURE]);
      assert.equal(code, 1);
      assert.match(out, /the pixels differ from line 1[0-9] on/);
    }));

  it('corrects the clocks of captures as the picture did', () =>
    withDirectory((directory) => {
      const file = join(directory, 'p.txt');
      writeFileSync(file, shot(CAPTURE, 'icmp', '--skew', `${CAPTURE}=3600`).out);
      assert.match(
        readFileSync(file, 'utf8'),
        /1 clock corrected[\s\S]*"skew":\["any\.pcapng=3600"\]/,
      );
      const { code, out } = netlens(['verify', file, CAPTURE]);
      assert.equal(code, 0, out);
    }));

  it('says which file is another, or was not given', () =>
    withDirectory((directory) => {
      const file = join(directory, 'p.txt');
      writeFileSync(file, shot(CAPTURE, ...KUBE, '--format', 'txt').out);
      const other = 'fixtures/calico-vxlan/any.pcapng';
      const { code, out } = netlens(['verify', file, other]);
      assert.equal(code, 1);
      assert.match(
        out,
        /capture any\.pcapng has sha256 [0-9a-f]{64}; the picture is of any\.pcapng/,
      );
      assert.match(out, /made with --kube-json kube \(sha256 [0-9a-f]{64}\), which was not given/);
    }));

  it('refuses what is no picture of ours, and records that lie', () =>
    withDirectory((directory) => {
      const file = join(directory, 'p.txt');
      const honest = shot(CAPTURE, '--format', 'txt').out;
      for (const [text, message] of [
        ['hello\n', /holds no record to make it again by/],
        [honest.replace('"columns":120', '"columns":999999'), /none of ours: request\.columns/],
        [honest.replace('"schema":"netlens.picture/1"', '"schema":"x"'), /none of ours: schema/],
        [honest.replace('"theme":"dark"', '"theme":"dark'), /not JSON/],
        [
          honest.replace('"timeZone":"UTC"', '"timeZone":"../x"'),
          /none of ours: request\.timeZone/,
        ],
      ] as const) {
        writeFileSync(file, text);
        const { code, out } = netlens(['verify', file, CAPTURE]);
        assert.equal(code, 1);
        assert.match(out, message);
      }
      assert.match(
        netlens(['verify', join(directory, 'none.png'), CAPTURE]).err,
        /: no such file$/m,
      );
      assert.match(netlens(['verify', directory, CAPTURE]).err, /is a directory, not a picture/);
      assert.equal(netlens(['verify']).code, 2);
    }));
});
