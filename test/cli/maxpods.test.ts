import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { netlens, withDirectory } from './run.ts';

describe('netlens maxpods', () => {
  it('fills the numbers into the formula', () => {
    const { code, out } = netlens(['maxpods', 't3.medium']);
    assert.equal(code, 0);
    assert.match(out, /^t3\.medium +3 +6 +3 x \(6 - 1\) \+ 2 = 17 +17$/m);
  });

  it('takes patterns, and without a word shows every type', () => {
    const family = netlens(['maxpods', 'M5.*']).out;
    assert.ok(family.includes('m5.24xlarge') && !family.includes('m5a.'));
    assert.ok(netlens(['maxpods']).out.split('\n').length > 1300);
  });

  it('names what is near an unknown type', () => {
    const { code, err, out } = netlens(['maxpods', 't3.medum']);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^netlens: t3\.medum: .*near it: t3\.medium, /);
  });

  it('refuses a wrong format with the ones there are', () => {
    const { code, err } = netlens(['maxpods', '-o', 'xml']);
    assert.equal(code, 2);
    assert.match(err, /table, json/);
  });

  it('shows the nodes of a cluster, in JSON too', () => {
    const args = ['maxpods', '--kube-json', 'fixtures/aws-vpc-cni/kube'];
    assert.match(netlens(args).out, /^ip-10-0-1-10\S* +m5\.large +7 +3 .*= 29 +29$/m);
    const { nodes, schema } = JSON.parse(netlens([...args, '-o', 'json']).out);
    assert.equal(schema, 'netlens.maxpods/1');
    assert.deepEqual([nodes.length, nodes[0].pods, nodes[0].limit.maxPods], [3, 7, 29]);
  });

  it('lets no name of a dump steer the terminal', () =>
    withDirectory((directory) => {
      const evil = 'n1\u001b[2J\u202e';
      const labels = { 'node.kubernetes.io/instance-type': `t3.\u0007medium` };
      const text = JSON.stringify({ kind: 'Node', metadata: { name: evil, labels } });
      const file = join(directory, 'dump.json');
      writeFileSync(file, text);
      for (const format of ['table', 'json']) {
        const { out } = netlens(['maxpods', '--kube-json', file, '-o', format]);
        assert.doesNotMatch(out, /[^\n -~]/, format);
      }
    }));

  it('says when a dump has no node', () =>
    withDirectory((directory) => {
      const file = join(directory, 'dump.json');
      writeFileSync(file, '{"kind":"Secret","metadata":{"name":"x"}}');
      const { code, err } = netlens(['maxpods', '--kube-json', file]);
      assert.equal(code, 2);
      assert.match(err, /no node and no pod on one; kubectl get nodes,pods/);
    }));
});
