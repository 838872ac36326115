import assert from 'node:assert/strict';
import type { Ledger } from '../../src/classify/record.ts';
import { showLedger } from '../../src/view/ledger-text.ts';

const PLAIN: Ledger = {
  files: 1,
  frames: 12_345,
  matched: 12_345,
  bytes: 1_234_567,
  truncated: 0,
  malformed: 0,
  tooDeep: 0,
  unknownLinktypes: {},
  nonIp: 0,
  orphanFragments: 0,
  captureDrops: -1,
  flows: 0,
  conversations: 0,
  evictedFlows: 0,
  untrackedFrames: 0,
  joinedFlows: 0,
  aloneFlows: 0,
  ties: 0,
  clocks: [],
  conflicts: [],
  damage: [],
};

const lines = (more: Partial<Ledger>): string[] =>
  showLedger({ ...PLAIN, ...more })
    .trimEnd()
    .split('\n');

describe('the ledger in words', () => {
  it('is one line when nothing was lost or left out', () => {
    assert.deepEqual(lines({}), ['Read 12,345 frames of 1 file (1.2 MB).']);
    assert.deepEqual(lines({ matched: 7, files: 2 }), [
      'Read 12,345 frames of 2 files (1.2 MB), 7 matched.',
    ]);
  });

  it('names every kind of frame that is in no conversation or not whole', () => {
    const [, left] = lines({
      nonIp: 4,
      unknownLinktypes: { 127: 3, 147: 2, 400: 1 },
      truncated: 5,
      malformed: 6,
      tooDeep: 7,
      orphanFragments: 8,
    });
    assert.equal(
      left,
      'Of the frames: 4 without IP; 3 of link type 127 (IEEE802_11_RADIOTAP) not decoded; ' +
        '2 of link type 147 (USER) not decoded; 1 of link type 400 not decoded; ' +
        '5 captured in part; 6 malformed; 7 with too many layers; ' +
        '8 fragments whose first one was not seen.',
    );
  });

  it('says what was lost, and that no file said anything when none did', () => {
    const [, lost] = lines({ captureDrops: 9, evictedFlows: 2, untrackedFrames: 1 });
    assert.match(lost!, /9 frames lost while capturing/);
    assert.match(lost!, /2 flows ended early/);
    assert.match(lost!, /1 frame in no conversation, as --max-flows was reached/);
    assert.equal(lines({ captureDrops: 0 }).length, 1);
  });

  it('has a line for each damaged file, nothing of it raw', () => {
    const [, damage] = lines({ damage: ['a\x1b[31m.pcap: byte 7: a record is cut short'] });
    assert.equal(damage, 'Damaged: a\\x1b[31m.pcap: byte 7: a record is cut short.');
  });
});
