/** What `netlens capture` says on the nodes of a lab while its traffic goes on, held against what the lab did. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsVpcCni } from '../../lab/aws-vpc-cni.ts';
import { type Lab, runLab } from '../../lab/blocks/lab.ts';
import { namespaceOf } from '../../lab/blocks/network.ts';
import { nlb } from '../../lab/nlb.ts';
import type { ConversationRecord } from '../../src/classify/record.ts';
import { ROOT } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running } from '../support/wire.ts';
import { score, type TruthConversation, truthOf } from '../truth/score.ts';

const TOOLS =
  'ip iptables iptables-restore conntrack sysctl tcpdump tshark python3 haproxy nginx openssl ss';

interface Seen {
  readonly node: string;
  /** Beside the node's own kernel, the cluster's objects are known. */
  readonly hasCluster: boolean;
  readonly records: readonly ConversationRecord[];
  readonly said: string;
}

/** Run the lab with captures on each of its nodes: one that knows the node's kernel alone, one the cluster too. */
async function watch(lab: Lab, out: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  await runLab(lab, out, async (network) => {
    const captures: { node: string; hasCluster: boolean; running: Running }[] = [];
    for (const { name, place } of lab.cluster.nodes) {
      for (const hasCluster of [false, true]) {
        const words = ['-o', 'jsonl', '--node', name, '-B', '16384'];
        if (hasCluster) words.push('--kube-json', join(ROOT, 'fixtures', lab.name, 'kube'));
        const running = await Running.netlens(namespaceOf(network, place), words);
        captures.push({ node: name, hasCluster, running });
      }
    }
    return async () => {
      for (const { running, ...rest } of captures) {
        const { out: lines, err: said, code } = await running.end();
        assert.equal(code, 130, said);
        const records = lines
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as ConversationRecord);
        seen.push({ ...rest, records, said });
      }
    };
  });
  return seen;
}

/** A truth's conversations that this node's devices saw, but for those that another node has rewritten: nothing here tells of that. */
function knowable(out: string, node: string): TruthConversation[] {
  const place = node.split('.')[0]!;
  return truthOf(out).filter(
    ({ captures, translations }) =>
      translations.every((one) => one.node === node) &&
      Object.entries(captures).some(([file, count]) => file.startsWith(`${place}.`) && count > 0),
  );
}

/** That an address is a load balancer's, only further traffic may teach, and a conversation that is over is told before. */
const NOT_YET_KNOWN = /: client: want (\S+) loadbalancer {2}, got \1$/;

describe('netlens capture on the nodes of a lab that runs', function () {
  this.timeout(180_000);

  before(function () {
    needRoot(this);
    needTools(this, ...TOOLS.split(' '));
  });

  afterEach(() => Running.endAll());

  for (const { lab, words } of [
    { lab: awsVpcCni, words: ['secondary-eni', 'prefix', 'imds', 'egress', 'node-port', 'probe'] },
    { lab: nlb, words: ['instance+Cluster', 'instance+Local', 'ip', 'ip+PPv2', 'health-check'] },
  ]) {
    it(`says of ${lab.name} what the lab did, conversation by conversation`, async () => {
      const out = mkdtempSync(join(tmpdir(), 'netlens-lab-'));
      const kernelAlone = { labels: 0, right: 0, faults: [] as string[] };
      const modes = new Set<string>();
      try {
        for (const { node, hasCluster, records, said } of await watch(lab, out)) {
          const truth = knowable(out, node);
          const { faults, of, right, certainWrong, missing } = score(truth, records, hasCluster);
          for (const one of truth) for (const word of one.words) modes.add(word);
          assert.match(said, /Lost: nothing/);
          assert.equal(certainWrong, 0, faults.join('\n'));
          assert.equal(missing, 0, faults.join('\n'));
          // from here, what another node says to a pod may as well be a NodePort's client behind its masquerade
          const maskable = new Set(
            truth
              .filter(({ client }) => client.kind === 'node' && client.node !== node)
              .map(({ id }) => `${id}: label: want host, got unknown`),
          );
          if (hasCluster) {
            assert.deepEqual(
              faults.filter((fault) => !NOT_YET_KNOWN.test(fault) && !maskable.has(fault)),
              [],
              node,
            );
          } else {
            assert.deepEqual(
              faults.filter((fault) => !fault.includes(': label: ')),
              [],
              node,
            );
            kernelAlone.labels += of.label;
            kernelAlone.right += right.label;
            kernelAlone.faults.push(...faults);
          }
        }
        // who an address of another node belongs to, this node's kernel does not always know
        const { labels, right, faults } = kernelAlone;
        assert.ok(right >= 0.85 * labels, `${right} of ${labels}: ${faults.join('\n')}`);
        assert.deepEqual(
          words.filter((word) => !modes.has(word)),
          [],
          [...modes].join(' '),
        );
      } finally {
        rmSync(out, { recursive: true });
      }
    });
  }
});
