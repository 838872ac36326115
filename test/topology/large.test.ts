import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { largeCluster } from '../../bench/large-cluster.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';

describe('a large cluster', () => {
  it('of 10,000 pods on 1,000 nodes loads whole', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'netlens-large-'));
    for (const [name, text] of Object.entries(largeCluster(10_000, 1_000)))
      writeFileSync(join(dir, name), text);
    const topology = buildTopology(await readKubeJson([dir]));
    rmSync(dir, { recursive: true });
    assert.equal(topology.nodes.length, 1_000);
    assert.equal(topology.pods.length, 10_000);
    assert.deepEqual(topology.conflicts, []);
    assert.deepEqual(topology.problems, []);
    let right = 0;
    for (const pod of topology.pods) {
      const owner = topology.ownerOf(pod.addresses[0]!);
      if (owner.name === pod.name && owner.node === pod.node) right++;
    }
    assert.equal(right, 10_000);
  });

  it('answers for addresses by the hundred thousand that nobody lists without keeping them all', async () => {
    const topology = buildTopology();
    const before = heapKept();
    for (let i = 0; i < 300_000; i++) {
      const owner = topology.ownerOf(`${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.7`);
      if (i === 0) assert.equal(owner.kind, 'external');
    }
    const grownMb = (heapKept() - before) / 1e6;
    assert.ok(grownMb < 40, `${grownMb.toFixed(0)} MB`);
    assert.equal(topology.ownerOf('100.0.0.7').kind, 'external'); // and it is still in use
  });
});

/** Bytes of the heap that something holds, garbage collected before. */
function heapKept(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
