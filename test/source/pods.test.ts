/** A pod's network namespace, found through a /proc and a /var/log/pods that are made here. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceOfPod } from '../../src/source/live/pods.ts';
import { withDirectory } from '../cli/run.ts';

const UID = '7f0c3a52-1111-2222-3333-0123456789ab';

interface Process {
  readonly net: string;
  readonly cgroup?: string;
  readonly account?: string;
  readonly environment?: readonly string[];
}

/** A process as /proc shows it. */
function add(root: string, pid: number, { net, cgroup, account, environment }: Process): void {
  const folder = join(root, 'proc', String(pid));
  mkdirSync(join(folder, 'ns'), { recursive: true });
  symlinkSync(`net:[${net}]`, join(folder, 'ns/net'));
  writeFileSync(join(folder, 'cgroup'), cgroup ?? '0::/\n');
  writeFileSync(join(folder, 'environ'), [...(environment ?? []), ''].join('\0'));
  if (account === undefined) return;
  const mounted = join(folder, 'root/var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(mounted, { recursive: true });
  writeFileSync(join(mounted, 'namespace'), account);
}

describe('the network namespace of a pod', () => {
  it('is that of a process in its control group, as cgroupfs or systemd writes the uid', () =>
    withDirectory((root) => {
      mkdirSync(join(root, `var/log/pods/default_web-0_${UID}`), { recursive: true });
      mkdirSync(join(root, 'var/log/pods/default_web-01_other'), { recursive: true });
      add(root, 1, { net: '1' });
      add(root, 7, { net: '1', environment: ['HOSTNAME=web-0'], account: 'default' });
      const slice = `kubepods-pod${UID.replaceAll('-', '_')}.slice`;
      add(root, 42, { net: '2', cgroup: `0::/kubepods.slice/${slice}/cri-containerd-1.scope\n` });
      const { path, name } = namespaceOfPod('default/web-0', root);
      assert.equal(path, join(root, 'proc/42/ns/net'));
      assert.equal(name, 'default/web-0');
    }));

  it('else that of a process with its service account and host name', () =>
    withDirectory((root) => {
      add(root, 1, { net: '1' });
      add(root, 8, { net: '3', environment: ['HOSTNAME=web-0'], account: 'other' });
      add(root, 9, { net: '4', environment: ['HOSTNAME=web-00'], account: 'default' });
      add(root, 10, { net: '5', environment: ['A=B', 'HOSTNAME=web-0'], account: 'default\n' });
      assert.equal(namespaceOfPod('web-0', root).path, join(root, 'proc/10/ns/net'));
    }));

  it('a pod with the network of its node is told so, an unknown one and a wrong name too', () =>
    withDirectory((root) => {
      add(root, 1, { net: '1' });
      add(root, 5, { net: '1', environment: ['HOSTNAME=proxy'], account: 'kube-system' });
      const ask = (word: string) => (): void => void namespaceOfPod(word, root);
      assert.throws(ask('kube-system/proxy'), /has the node's own network \(hostNetwork\)/);
      assert.throws(ask('default/nowhere'), /no process of it runs on this node/);
      assert.throws(ask('a/b/c'), /NAMESPACE\/NAME is expected/);
      assert.throws(ask('/b'), /NAMESPACE\/NAME is expected/);
    }));
});
