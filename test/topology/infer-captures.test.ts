/** What inference makes of the lab's captures, against what the cluster lists; read by tshark. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildTopology } from '../../src/topology/build.ts';
import { TrafficInference } from '../../src/topology/infer.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import type { Owner } from '../../src/topology/model.ts';
import type { TrafficObservation } from '../../src/topology/observation.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { hasTshark, interfaceNames, observe } from './tshark-observations.ts';

const FIXTURES = 'fixtures';
const cases = readdirSync(FIXTURES).filter(
  (name) =>
    existsSync(join(FIXTURES, name, 'kube', 'nodes.json')) &&
    existsSync(join(FIXTURES, name, 'captures')),
);

/** tshark takes a second a file: of one node all captures, of the others the one of all devices; all with NETLENS_SLOW=1. */
function capturesOf(dir: string): string[] {
  const files = readdirSync(join(dir, 'captures')).filter((f) => f.endsWith('.pcap'));
  const nodes = [...new Set(files.map((f) => f.split('.')[0]))];
  const count = (node: string | undefined) => files.filter((f) => f.startsWith(`${node}.`)).length;
  const chosen = nodes.sort((a, b) => count(b) - count(a)).slice(0, 1);
  const wanted = (f: string) => chosen.includes(f.split('.')[0]) || f.includes('.any.');
  return files
    .filter((f) => process.env.NETLENS_SLOW === '1' || wanted(f))
    .map((f) => join(dir, 'captures', f));
}

/** Read once, used alone and together. */
const observed = new Map<string, TrafficObservation[]>();

function observationsOf(dir: string, file: string): TrafficObservation[] {
  let list = observed.get(file);
  if (list === undefined) {
    const node = basename(file).split('.')[0]!;
    const folder = readdirSync(join(dir, 'nodes')).find(
      (n) => n === node || n.startsWith(`${node}.`),
    );
    const links = join(dir, 'nodes', folder ?? node, 'ip-address.json');
    const names = existsSync(links) ? interfaceNames(links) : new Map<string, string>();
    list = [...observe(file, { names })];
    observed.set(file, list);
  }
  return list;
}

function inferred(dir: string, files: readonly string[]): Topology {
  const inference = new TrafficInference();
  for (const file of files) {
    for (const observation of observationsOf(dir, file)) inference.observe(observation);
  }
  return buildTopology(inference.facts());
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
    const said = `${owner!.address} ${owner!.kind} (${owner!.confidence}: ${owner!.why})`;
    if (owner!.kind !== real.kind) {
      wrong.push(`${said}, but it is a ${real.kind}`);
      continue;
    }
    if (owner!.kind !== 'pod' && owner!.kind !== 'node') continue;
    const node = realNode(owner!, guess, truth);
    if (node !== undefined && node !== real.node)
      wrong.push(`${said} on ${node}, but it is on ${real.node}`);
    if (node !== undefined || owner!.node === undefined) continue;
    const first = byAlias.get(owner!.node) ?? real.node!;
    byAlias.set(owner!.node, first);
    if (first !== real.node)
      wrong.push(`${said}: ${owner!.node} is both ${first} and ${real.node}`);
  }
  return wrong;
}

describe('inference over the lab’s captures', () => {
  before(function () {
    if (hasTshark()) return;
    if (process.env.CI === 'true') throw new Error('tshark is missing');
    console.log('      skipped: tshark is not installed');
    this.skip();
  });

  for (const name of cases) {
    const dir = join(FIXTURES, name);
    const captures = capturesOf(dir);

    it(`${name}: every claim from one capture alone is true`, async () => {
      const truth = buildTopology(await readKubeJson([join(dir, 'kube')]));
      for (const file of captures) {
        assert.deepEqual(wrongClaims(inferred(dir, [file]), truth), [], file);
      }
    });

    it(`${name}: from all captures together, every pod that speaks is found, on its node`, async () => {
      const truth = buildTopology(await readKubeJson([join(dir, 'kube')]));
      const guess = inferred(dir, captures);
      assert.deepEqual(wrongClaims(guess, truth), []);
      let found = 0;
      for (const pod of truth.pods) {
        if (pod.hostNetwork || pod.ended) continue;
        const owner = guess.ownerOf(pod.addresses[0]!);
        if (owner.kind !== 'pod' || !owner.listed) continue;
        found++;
        assert.equal(realNode(owner, guess, truth), pod.node, `${pod.name}: ${owner.why}`);
      }
      assert.ok(found >= 5, `${found} pods found`);
    });
  }
});
