/** What inference makes of the labs' captures without any metadata, against what the cluster lists. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type AnalyseOptions, analyse } from '../../src/classify/analyse.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { run, Tally } from '../../src/pipeline.ts';
import { openCaptures } from '../../src/source/open.ts';
import { buildTopology } from '../../src/topology/build.ts';
import { readHostFiles } from '../../src/topology/host-run.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import type { Owner } from '../../src/topology/model.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { english } from '../../src/words/say.ts';

const FIXTURES = 'fixtures';
const cases = readdirSync(FIXTURES).filter(
  (name) =>
    existsSync(join(FIXTURES, name, 'kube')) && existsSync(join(FIXTURES, name, 'captures')),
);

/** Device names of the lab's nodes, which captures of `any` lack; no other metadata. */
function hostsOf(dir: string): { node: string; names: Map<number, string> }[] {
  const nodes = join(dir, 'nodes');
  if (!existsSync(nodes)) return [];
  return readdirSync(nodes).map((folder) => {
    const { devices } = readHostFiles([join(nodes, folder)], folder);
    // Captures are named for the first word of the node's name.
    return { node: folder.split('.')[0]!, names: new Map(devices.map((d) => [d.index, d.name])) };
  });
}

async function read(files: readonly string[], options: AnalyseOptions): Promise<Topology> {
  const source = await openCaptures(files);
  const flows = new FlowStage(1 << 16);
  const stage = {
    wantsAll: true,
    take: (...[packet, frames, i]: Parameters<FlowStage['observe']>) =>
      flows.observe(packet, frames, i),
    flush: async () => true,
  };
  const limit = Number.POSITIVE_INFINITY;
  await run(source, stage, new Tally(), {
    filter: undefined,
    limit,
    signal: new AbortController().signal,
  });
  flows.finish();
  await source.close();
  return analyse(flows, options).run.topology;
}

function inferred(dir: string, files: readonly string[]): Promise<Topology> {
  return read(files, { hosts: hostsOf(dir) });
}

/** The listed node that an inferred one is: by its addresses; undefined for one without any. */
function realNode(owner: Owner, guess: Topology, truth: Topology): string | undefined {
  const node = owner.node === undefined ? undefined : guess.nodeNamed(owner.node);
  const names = new Set(
    node?.addresses.map(({ address }) => truth.nodeOf(address)?.name ?? `not a node: ${address}`),
  );
  assert.ok(names.size <= 1, `${node?.name} is ${[...names].join(' and ')}`);
  return [...names][0];
}

/** Every wrong claim as text; pods of an unnamed node must all live on one. */
function wrongClaims(guess: Topology, truth: Topology): string[] {
  const wrong: string[] = [];
  const byAlias = new Map<string, string>();
  for (const [owner] of guess.listedOwners()) {
    const real = truth.ownerOf(owner!.address);
    const said = `${owner!.address} ${owner!.kind} (${owner!.confidence}: ${english(owner!.why)})`;
    if (owner!.kind !== real.kind) {
      if (owner!.confidence === 'guess' && owner!.kind === 'pod' && real.kind === 'node') continue; // a bridge's address, doubted
      const isBalancer = owner!.kind === 'loadbalancer' && real.kind === 'external'; // no object lists those
      if (!isBalancer) wrong.push(`${said}, but it is a ${real.kind}`);
      continue;
    }
    if (owner!.kind !== 'pod' && owner!.kind !== 'node') continue;
    const node = realNode(owner!, guess, truth);
    if (node !== undefined && node !== real.node) {
      wrong.push(`${said} on ${node}, but it is on ${real.node}`);
    }
    if (node !== undefined || owner!.node === undefined) continue;
    const first = byAlias.get(owner!.node) ?? real.node!;
    byAlias.set(owner!.node, first);
    if (first !== real.node)
      wrong.push(`${said}: ${owner!.node} is both ${first} and ${real.node}`);
  }
  return wrong;
}

describe('inference over the labs’ captures', () => {
  for (const name of cases) {
    const dir = join(FIXTURES, name);
    const captures = readdirSync(join(dir, 'captures'))
      .filter((file) => /\.pcap(ng)?$/.test(file))
      .map((file) => join(dir, 'captures', file));

    it(`${name}: every claim from one capture alone is true`, async () => {
      const truth = buildTopology(await readKubeJson([join(dir, 'kube')]));
      for (const file of captures) {
        assert.deepEqual(wrongClaims(await inferred(dir, [file]), truth), [], file);
      }
    });

    it(`${name}: so it is without names of devices, and nothing contradicts the cluster’s own lists`, async () => {
      const facts = await readKubeJson([join(dir, 'kube')]);
      const truth = buildTopology(facts);
      for (const file of captures.filter((f) => f.includes('.any.'))) {
        assert.deepEqual(wrongClaims(await read([file], {}), truth), [], file);
        const both = await read([file], { facts: [facts] });
        assert.deepEqual(both.conflicts, [], file);
      }
    });

    it(`${name}: from all captures together, every pod that speaks is found, on its node`, async () => {
      const truth = buildTopology(await readKubeJson([join(dir, 'kube')]));
      const guess = await inferred(dir, captures);
      assert.deepEqual(wrongClaims(guess, truth), []);
      let found = 0;
      let placed = 0;
      for (const pod of truth.pods) {
        if (pod.hostNetwork || pod.ended) continue;
        const owner = guess.ownerOf(pod.addresses[0]!);
        if (owner.kind !== 'pod' || !owner.listed) continue;
        found++;
        const node = realNode(owner, guess, truth);
        if (node === undefined) continue; // its node's own address was never seen
        placed++;
        assert.equal(node, pod.node, `${pod.name}: ${english(owner.why)}`);
      }
      assert.ok(found >= 3 && 2 * placed >= found, `${found} pods found, ${placed} placed`);
    });
  }
});
