/** Rows are found again, however many there are and whichever were let go of. */
import assert from 'node:assert/strict';
import {
  FAMILY_V4,
  FAMILY_V6,
  FlowKey,
  FlowTable,
  NO_FLOW,
  PACKETS,
} from '../../src/flow/flow-table.ts';

const ROWS = 150_000;

/** The key of row n, or with `turned` of a packet back: every third is IPv6. */
function keyOf(n: number, turned = false): FlowKey {
  const key = new FlowKey();
  const isV6 = n % 3 === 0;
  const src = [0, 0, isV6 ? n : 0, (10 << 24) | (n >> 4)] as const;
  const dst = [0, isV6 ? 7 : 0, 0, (10 << 24) | (1 << 20)] as const;
  const ports = [1024 + (n & 15), 443] as const;
  key.place = n % 5;
  key.kind = (isV6 ? FAMILY_V6 : FAMILY_V4) | 6;
  [key.src0, key.src1, key.src2, key.src3] = turned ? dst : src;
  [key.dst0, key.dst1, key.dst2, key.dst3] = turned ? src : dst;
  key.ports = turned ? (ports[1] << 16) | ports[0] : (ports[0] << 16) | ports[1];
  return key;
}

function filled(limit: number, rows: number): FlowTable {
  const flows = new FlowTable(limit);
  for (let n = 0; n < rows; n++) {
    assert.equal(flows.find(keyOf(n)), NO_FLOW);
    flows.add(keyOf(n), NO_FLOW);
  }
  return flows;
}

describe('the flow table', () => {
  it('finds every row from either end while it grows, and is full at its limit', () => {
    const flows = filled(ROWS, ROWS);
    for (let n = 0; n < ROWS; n++) {
      assert.equal(flows.find(keyOf(n)), 2 * n);
      assert.equal(flows.find(keyOf(n, true)), 2 * n + 1);
    }
    assert.equal(flows.find(keyOf(ROWS)), NO_FLOW);
    assert.equal(flows.add(keyOf(ROWS), NO_FLOW), NO_FLOW);
  });

  it('keeps what rows hold when it makes room, and when others are let go of', () => {
    const flows = new FlowTable(ROWS);
    for (let n = 0; n < 10_000; n++) {
      flows.find(keyOf(n));
      flows.add(keyOf(n), NO_FLOW);
      for (const fd of n % 2 === 0 ? [2 * n] : [2 * n, 2 * n + 1]) {
        flows.startFloats(fd);
        flows.floats[flows.floatsOf(fd) + PACKETS] = 100 * n + fd;
      }
    }
    const kept: number[] = [];
    const newRow = Int32Array.from({ length: 10_000 }, (_, n) =>
      n % 7 < 3 ? NO_FLOW : kept.push(n) - 1,
    );
    flows.retain(newRow);
    assert.equal(flows.count, kept.length);
    for (const [row, n] of kept.entries()) {
      assert.equal(flows.find(keyOf(n)), 2 * row);
      assert.equal(flows.packetsBy(2 * row), 102 * n);
      assert.equal(flows.packetsBy(2 * row + 1), n % 2 === 0 ? 0 : 102 * n + 1);
    }
    assert.equal(flows.find(keyOf(0)), NO_FLOW);
    const added = flows.add(keyOf(0), NO_FLOW);
    assert.deepEqual([added, flows.packetsBy(2 * added)], [kept.length, 1]);
    assert.equal(flows.hasFloats(2 * added), false);
  });

  it('finds the later of two rows with one key', () => {
    const flows = filled(100, 10);
    assert.equal(flows.find(keyOf(3)), 6);
    assert.equal(flows.add(keyOf(3), 3), 10);
    assert.equal(flows.find(keyOf(3)), 20);
    assert.equal(flows.earlier(10), 3);
  });

  it('reads ahead without changing what is found', () => {
    const flows = filled(ROWS, 20_000);
    const hashes = Int32Array.from({ length: 16 }, (_, k) => flows.hashOf(keyOf(1500 * k)));
    flows.bringNear(hashes, 16);
    for (let k = 0; k < 16; k++) {
      assert.equal(flows.find(keyOf(1500 * k)), k < 14 ? 3000 * k : NO_FLOW);
    }
  });
});
