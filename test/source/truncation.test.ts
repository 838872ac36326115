import assert from 'node:assert/strict';
import { PcapngBytes, payload, pcap } from './capture-bytes.ts';
import { readBytes } from './memory-input.ts';

interface Record {
  readonly start: number;
  readonly end: number;
  readonly frames: number;
}

/** Cut the file after every byte: the frames of whole records are read, the fault is at the record that is cut. */
async function cutEverywhere(
  file: Uint8Array,
  headerEnd: number,
  records: readonly Record[],
): Promise<void> {
  for (let length = 0; length <= file.length; length++) {
    const { frames, fault } = await readBytes(file.slice(0, length));
    const where = `cut after ${length} bytes`;
    if (length < headerEnd) {
      assert.equal(frames.length, 0, where);
      assert.ok(fault !== undefined, where);
      continue;
    }
    const whole = records.filter((record) => record.end <= length);
    const expected = whole.reduce((sum, record) => sum + record.frames, 0);
    assert.equal(frames.length, expected, where);
    const cut = records.find((record) => record.start < length && length < record.end);
    assert.equal(fault?.code, cut === undefined ? undefined : 'NETLENS_CAPTURE_CUT', where);
    assert.equal(fault?.offset, cut?.start, where);
    if (cut !== undefined)
      assert.match(fault!.message, new RegExp(`, file ends after ${length - cut.start}$`), where);
  }
}

describe('source/truncation', () => {
  for (const little of [true, false]) {
    const order = little ? 'little-endian' : 'big-endian';

    it(`yields every whole frame of a pcap cut at any byte, ${order}`, async () => {
      const frames = [40, 0, 97].map((length, i) => ({
        seconds: i,
        fraction: i,
        bytes: payload(length),
      }));
      const records: Record[] = [];
      let at = 24;
      for (const { bytes } of frames) {
        records.push({ start: at, end: at + 16 + bytes.length, frames: 1 });
        at += 16 + bytes.length;
      }
      await cutEverywhere(pcap(frames, { little }), 24, records);
    });

    it(`yields every whole frame of a pcapng cut at any byte, ${order}`, async () => {
      const file = new PcapngBytes(little);
      const records: Record[] = [];
      const add = (frames: number, change: () => void): void => {
        const start = file.done().length;
        change();
        records.push({ start, end: file.done().length, frames });
      };
      const v4 = new Uint8Array([10, 0, 0, 1, ...Buffer.from('a.example\0')]);
      add(0, () => file.section([[4, 'tester']]));
      add(0, () => file.face(1, 0, [[2, 'eth0']]));
      add(1, () => file.frame(1n, payload(33), { options: [[1, 'comment']] }));
      add(0, () => file.names([[1, v4]]));
      add(1, () => file.simple(payload(5)));
      add(0, () => file.block(0xbad, payload(40)));
      add(1, () => file.obsolete(2n, payload(8)));
      add(0, () => file.statistics(0, []));
      add(1, () => file.frame(3n, payload(0)));
      await cutEverywhere(file.done(), 4, records);
    });
  }

  it('says what a record needs and what is there', async () => {
    const file = pcap([{ seconds: 1, fraction: 1, bytes: payload(1498) }]);
    const { fault } = await readBytes(file.slice(0, 24 + 200));
    assert.equal(fault!.message, 'memory: byte 24: record needs 1514 bytes, file ends after 200');
    const header = await readBytes(file.slice(0, 24 + 9));
    assert.equal(
      header.fault!.message,
      'memory: byte 24: record header needs 16 bytes, file ends after 9',
    );
    const none = await readBytes(file.slice(0, 20));
    assert.equal(
      none.fault!.message,
      'memory: byte 0: pcap file header needs 24 bytes, file ends after 20',
    );
  });
});
