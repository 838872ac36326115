/** Files of real captures: each device described, labels without anything beside, several in turn. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { release, type } from 'node:os';
import { join } from 'node:path';
import { openCaptures } from '../../src/source/open.ts';
import { netlens, withDirectory } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';

const TOPOLOGY = `
pods:
  - { name: web-0, namespace: shop, node: k8s-w1, ip: 10.77.0.2 }
  - { name: client, namespace: shop, node: k8s-w2, ip: 10.77.0.1 }
nodes:
  - { name: k8s-w1, addresses: [192.0.2.1] }
  - { name: k8s-w2, addresses: [192.0.2.2] }
`;

describe('files of netlens capture', function () {
  this.timeout(40_000);
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'ping');
  });

  beforeEach(() => {
    wire = new Wire();
  });

  afterEach(() => wire?.close());

  it('tell device, node, names and label by themselves', async () => {
    await withDirectory(async (folder) => {
      const [file, topology] = [join(folder, 'a.pcapng'), join(folder, 'topology.yaml')];
      writeFileSync(topology, TOPOLOGY);
      const known = ['--topology', topology, '--node', 'k8s-w1', '--no-host'];
      const running = await Running.netlens(wire.far, ['-i', 'v1', '-w', file, ...known, 'icmp']);
      wire.ping(3);
      const { code, err } = await running.end();
      assert.equal(code, 130, err);
      const source = await openCaptures([file]);
      while ((await source.next()) !== undefined);
      await source.close();
      assert.deepEqual(
        source.interfaces.map(({ name, node, filter, hardware, received, dropped }) => ({
          ...{ name, node, filter },
          ...{ hardware, received, dropped },
        })),
        [
          {
            ...{ name: 'v1', node: 'k8s-w1', filter: 'icmp' },
            ...{ hardware: 'veth', received: 6, dropped: 0 },
          },
        ],
      );
      assert.equal(source.interfaces[0]!.os, `${type()} ${release()}`);
      const names = source.names.map(({ address, name }) => `${address} ${name}`);
      assert.ok(names.includes('10.77.0.2 shop/web-0'), names.join('\n'));
      const { out } = netlens(['read', file, '-o', 'jsonl']);
      const [ping] = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(ping.label, 'cross-node');
      assert.equal(ping.confidence, 'certain');
      assert.equal(`${ping.server.namespace}/${ping.server.name}`, 'shop/web-0');
      assert.equal(ping.hops[0].node, 'k8s-w1');
    });
  });

  it('end by themselves after as many as -G and -W ask for, each readable', async () => {
    await withDirectory(async (folder) => {
      const options = ['-i', 'v1', '-w', join(folder, 'x-%s.pcapng'), '-G', '1', '-W', '2'];
      const running = await Running.netlens(wire.far, options);
      const isOver = (): boolean => running.child.exitCode !== null;
      const end = performance.now() + 20_000;
      while (!isOver() && performance.now() < end) {
        wire.ping();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert.equal(running.child.exitCode, 0, running.err);
      const files = readdirSync(folder);
      assert.equal(files.length, 2, files.join(' '));
      for (const file of files) {
        assert.match(netlens(['read', join(folder, file), '--count', 'icmp']).out, /^[1-9]/);
      }
    });
  });

  it('are written when SIGUSR2 comes, and at the end, with --last', async () => {
    await withDirectory(async (folder) => {
      const file = join(folder, 'last.pcapng');
      const running = await Running.netlens(wire.far, [
        '-i',
        'v1',
        '-w',
        file,
        '--last',
        '1h',
        '--print',
        '--frames',
        'icmp',
      ]);
      wire.ping(2);
      await running.until(() => running.out.match(/ICMP echo/g)?.length === 4);
      assert.deepEqual(readdirSync(folder), []);
      running.child.kill('SIGUSR2');
      await running.until(() => readdirSync(folder).length === 1);
      await new Promise((resolve) => setTimeout(resolve, 500));
      wire.ping();
      assert.equal((await running.end()).code, 130);
      const counts = ['last.pcapng', 'last.pcapng1'].map((name) =>
        Number.parseInt(netlens(['read', join(folder, name), '--count']).out, 10),
      );
      assert.deepEqual(counts, [4, 2]);
    });
  });
});
