import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { detectFile, detectFormat } from '../../src/source/detect.ts';
import { PcapngBytes, payload, pcap, Scratch } from './capture-bytes.ts';
import { zstdStored } from './zstd-bytes.ts';

const scratch = new Scratch();
after(() => scratch.remove());

const frames = [{ seconds: 1, fraction: 1, bytes: payload(60) }];

describe('source/detect', () => {
  it('knows a capture by its first bytes, not by its name', async () => {
    const cases: [Uint8Array | string, string | undefined][] = [
      [pcap(frames), 'pcap'],
      [pcap(frames, { little: false, magic: 0xa1b23c4d }), 'pcap'],
      [pcap(frames, { magic: 0xa1b2cd34 }), 'pcap'],
      [new PcapngBytes().section().done(), 'pcapng'],
      [gzipSync(pcap(frames)), 'gzip'],
      [gzipSync(pcap(Array(50_000).fill(frames[0]!))), 'gzip'],
      [gzipSync('version account-id interface-id srcaddr dstaddr'), undefined],
      [gzipSync(pcap(frames)).subarray(0, 12), undefined],
      [zstdStored(pcap(frames)), 'zstd'],
      ['version account-id', undefined],
      ['', undefined],
      [Uint8Array.of(0xd4, 0xc3, 0xb2), undefined],
    ];
    for (const [i, [bytes, expected]] of cases.entries()) {
      assert.equal(
        await detectFile(scratch.file(`no-name-${i}.txt`, bytes)),
        expected,
        `case ${i}`,
      );
    }
  });

  it('never rejects, waits or reads from what is no regular file', async () => {
    const pipe = scratch.path('pipe');
    execFileSync('mkfifo', [pipe]);
    const other = [pipe, scratch.directory, scratch.path('missing'), '/dev/null', '\0'];
    for (const path of other) assert.equal(await detectFile(path), undefined, path);
  });

  it('takes fewer than four bytes for nothing', () => {
    for (let n = 0; n < 4; n++) assert.equal(detectFormat(pcap(frames).subarray(0, n)), undefined);
  });
});
