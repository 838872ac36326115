/** `npm run pictures`: make the pictures of docs/pictures anew, from the fixtures; look at each before committing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NETLENS, ROOT } from '../cli/run.ts';

interface DocsPicture {
  readonly name: string;
  readonly fixture: string;
  /** Captures by the beginning of their names; none = all. */
  readonly captures?: readonly string[];
  readonly words: readonly string[];
}

/** Each device once: without the captures of `any`. */
const DEVICES = [
  'k8s-w1.eth0',
  'k8s-w1.tunl0',
  'k8s-w1.cali',
  'k8s-w0.eth0',
  'k8s-w0.tunl0',
  'k8s-w0.cali',
];

/** Every view once, then what other clusters look like. */
const PICTURES: readonly DocsPicture[] = [
  {
    name: 'conversations.png',
    fixture: 'calico-ipip',
    words: ['pod default/pod1', '--rows', '34'],
  },
  {
    name: 'packets.png',
    fixture: 'calico-ipip',
    captures: ['k8s-w1.any'],
    words: [
      'icmp and src or dst host 172.16.158.1',
      '--view',
      'packets',
      '--columns',
      '150',
      '--rows',
      '24',
      '--note',
      '57: pod1 to web-1, on the same node: never in a tunnel',
      '--note',
      '123: pod1 to pod2, on another node: the outer header is between the nodes',
      '--title',
      'Same node and another node, side by side',
      '--tag',
      'student 7',
    ],
  },
  {
    name: 'journey.png',
    fixture: 'calico-ipip',
    captures: DEVICES,
    words: ['src host 203.0.113.50 and port 30082', '--view', 'journey'],
  },
  {
    name: 'detail.png',
    fixture: 'calico-ipip',
    captures: ['k8s-w1.eth0'],
    words: ['encap ipip and icmp', '--view', 'detail', '--columns', '140'],
  },
  { name: 'topology.png', fixture: 'calico-ipip', words: ['--view', 'topology'] },
  {
    name: 'statistics.png',
    fixture: 'calico-ipip',
    words: ['--view', 'statistics', '--theme', 'light'],
  },
  {
    name: 'explain.png',
    fixture: 'calico-ipip',
    captures: DEVICES,
    words: ['host 10.99.200.5 and port 80', '--view', 'explain'],
  },
  {
    name: 'stream.png',
    fixture: 'nlb',
    words: ['svc default/instance-local and src host 203.0.113.77', '--view', 'stream'],
  },
  {
    name: 'conversations-ko.png',
    fixture: 'flannel-vxlan',
    words: ['label cross-node', '--lang', 'ko', '--theme', 'light', '--rows', '20'],
  },
  {
    name: 'journey-ko.png',
    fixture: 'aws-vpc-cni',
    captures: ['ip-10-0-1-10.e'],
    words: [
      'label external and src pod default/client-b and tcp',
      '--view',
      'journey',
      '--lang',
      'ko',
    ],
  },
];

const folder = join(ROOT, 'docs/pictures');
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
for (const { captures, fixture, name, words } of PICTURES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const from = join('fixtures', fixture, 'captures');
  const files = readdirSync(join(ROOT, from))
    .filter((file) => captures === undefined || captures.some((one) => file.startsWith(one)))
    .map((file) => join(from, file));
  const kube = join('fixtures', fixture, 'kube');
  const known = existsSync(join(ROOT, kube)) ? ['--kube-json', kube] : [];
  const args = ['shot', ...files, ...known, ...words, '--scale', '1', '-o', join(folder, name)];
  const { status, stderr } = spawnSync(process.execPath, [NETLENS, ...args], {
    cwd: ROOT,
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'utf8',
  });
  console.log(`${name} ${status === 0 ? 'made' : stderr.trim()}`);
  if (status !== 0) process.exitCode = 1;
}
