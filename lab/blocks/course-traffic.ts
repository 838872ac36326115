/** What is said in the course's cluster, one conversation after another; the same for every way of crossing. */
import { type Cluster, type ClusterPod, findNode, findPod } from './cluster.ts';
import { LabError } from './command.ts';
import { NODE_PORT, OUTSIDE_SERVER } from './course.ts';
import { type Session, talk } from './session.ts';
import type { Call } from './traffic.ts';

const PROBE = 'kube-probe/1.29';
const PICKS_MAX = 24;

let ident = 4000;

function nextIdent(): number {
  ident += 7;
  return ident;
}

/** ping, TCP, UDP and HTTP from one place to an address; ids and words begin with `id`'s. */
async function fourWays(
  session: Session,
  id: string,
  from: string,
  to: string,
  words: readonly string[],
): Promise<void> {
  const ping = { do: 'ping', to: [to, 0], ident: nextIdent(), count: 2 };
  await talk(session, { id: `${id}-ping`, from, command: ping, words: ['ping', ...words] });
  const tcp = { do: 'tcp', to: [to, 9000], turns: 2, size: 90 };
  await talk(session, { id: `${id}-tcp`, from, command: tcp, words: ['tcp', ...words] });
  const udp = { do: 'udp', to: [to, 7007], count: 2, size: 48 };
  await talk(session, { id: `${id}-udp`, from, command: udp, words: ['udp', ...words] });
  const http = { do: 'http', to: [to, 8080], host: to };
  await talk(session, { id: `${id}-http`, from, command: http, words: ['http', ...words] });
}

async function http(
  session: Session,
  id: string,
  from: string,
  to: [string, number],
  words: readonly string[],
  more: Record<string, unknown> = {},
): Promise<ReturnType<typeof talk>> {
  const command = { do: 'http', to, ...more };
  return talk(session, { id, from, command, words: ['http', ...words] });
}

async function podToPod(session: Session): Promise<void> {
  const at = (name: string): string => findPod(session.cluster, name).ip;
  await fourWays(session, 'same-node', 'pod1', at('web-1'), ['pod-to-pod', 'same-node']);
  await fourWays(session, 'same-subnet', 'pod1', at('pod2'), ['pod-to-pod', 'same-subnet']);
  await fourWays(session, 'other-subnet', 'pod1', at('web-0'), ['pod-to-pod', 'other-subnet']);
  await fourWays(session, 'back', 'pod0', at('web-2'), ['pod-to-pod', 'other-subnet']);
  const big = { do: 'tcp', to: [at('web-0'), 9000], size: 5000 };
  await talk(session, {
    id: 'other-subnet-bulk',
    from: 'pod1',
    command: big,
    words: ['tcp', 'bulk', 'pod-to-pod', 'other-subnet'],
  });
}

async function names(session: Session): Promise<void> {
  const to = ['10.96.0.10', 53];
  const ask = async (id: string, from: string, name: string, more = {}): Promise<void> => {
    const command = { do: 'dns', to, name, ...more };
    await talk(session, { id, from, command, words: ['dns', 'cluster-ip'] });
  };
  await ask('dns-web', 'pod1', 'web.default.svc.cluster.local');
  await ask('dns-web-aaaa', 'pod1', 'web.default.svc.cluster.local', { type: 'AAAA' });
  await ask('dns-outside', 'pod1', 'shop.example.com');
  await ask('dns-unknown', 'pod2', 'shop.example.com.default.svc.cluster.local');
  await ask('dns-api', 'pod0', 'kubernetes.default.svc.cluster.local');
  await ask('dns-tcp', 'pod2', 'web-far.default.svc.cluster.local', { tcp: true });
}

/** Asks until both a local and a remote pod have answered: each try is a conversation of its own. */
async function untilBoth(
  session: Session,
  id: string,
  from: string,
  to: [string, number],
  local: string,
  words: readonly string[],
): Promise<void> {
  const seen = new Set<boolean>();
  for (let i = 1; i <= PICKS_MAX && seen.size < 2; i++) {
    const { server } = await http(session, `${id}-${i}`, from, to, words);
    seen.add(server.node === local);
  }
  if (seen.size < 2) throw new LabError(`${id}: one kind of backend only in ${PICKS_MAX} tries`);
}

async function services(session: Session): Promise<void> {
  const words = ['cluster-ip'];
  await http(session, 'cluster-ip-local', 'pod1', ['10.103.4.11', 80], [...words, 'same-node'], {
    host: 'web-near',
  });
  await http(session, 'cluster-ip-remote', 'pod1', ['10.99.200.5', 80], [...words, 'cross-node'], {
    host: 'web-far',
    requests: 2,
  });
  await untilBoth(session, 'cluster-ip-random', 'pod1', ['10.96.71.20', 80], 'k8s-w1', words);
  const echo = { do: 'udp', to: ['10.104.9.9', 7], count: 3, size: 64 };
  for (const from of ['pod1', 'web-0', 'web-2']) {
    await talk(session, {
      id: `cluster-ip-udp-${from}`,
      from,
      command: echo,
      words: ['udp', ...words],
    });
  }
  await http(session, 'api-server', 'pod1', ['10.96.0.1', 443], [...words, 'api-server', 'host']);
}

async function hosts(session: Session): Promise<void> {
  const { cluster } = session;
  const node = (name: string): string => findNode(cluster, name).ip;
  const pod = (name: string): ClusterPod => findPod(cluster, name);
  const kubelet = 10250;
  await http(session, 'pod-to-own-node', 'pod1', [node('k8s-w1'), kubelet], ['pod-to-node']);
  await http(session, 'pod-to-node', 'pod1', [node('k8s-w2'), kubelet], ['pod-to-node', 'snat']);
  await http(
    session,
    'pod-to-far-node',
    'pod1',
    [node('k8s-w0'), kubelet],
    ['pod-to-node', 'snat'],
  );
  await talk(session, {
    id: 'pod-to-node-ping',
    from: 'pod2',
    command: { do: 'ping', to: [node('k8s-w1'), 0], ident: nextIdent() },
    words: ['ping', 'pod-to-node', 'snat'],
  });
  const probe = { agent: PROBE, path: '/healthz' };
  for (const [from, name] of [
    ['w1', 'web-1'],
    ['w1', 'pod1'],
    ['w2', 'web-2'],
    ['w0', 'web-0'],
  ] as const) {
    await http(session, `probe-${name}`, from, [pod(name).ip, 8080], ['probe'], probe);
  }
  await http(
    session,
    'node-to-pod',
    'w1',
    [pod('web-2').ip, 8080],
    ['node-to-pod', 'tunnel-source'],
  );
  await http(
    session,
    'node-to-far-pod',
    'w1',
    [pod('web-0').ip, 8080],
    ['node-to-pod', 'tunnel-source'],
  );
  await talk(session, {
    id: 'node-to-pod-ping',
    from: 'w2',
    command: { do: 'ping', to: [pod('pod1').ip, 0], ident: nextIdent() },
    words: ['ping', 'node-to-pod', 'tunnel-source'],
  });
  await http(
    session,
    'node-to-cluster-ip',
    'w1',
    ['10.99.200.5', 80],
    ['node-to-pod', 'cluster-ip', 'snat'],
  );
  await http(session, 'node-to-node', 'w1', [node('k8s-w0'), kubelet], ['node-to-node']);
  await http(session, 'node-to-api', 'w2', [node('k8s-m'), 6443], ['node-to-node', 'api-server']);
}

async function outside(session: Session): Promise<void> {
  const words = ['egress', 'snat'];
  const to = OUTSIDE_SERVER;
  const ping = { do: 'ping', to: [to, 0], ident: nextIdent() };
  await talk(session, {
    id: 'egress-ping',
    from: 'pod1',
    command: ping,
    words: ['ping', ...words],
  });
  const tcp = { do: 'tcp', to: [to, 9000], turns: 3 };
  await talk(session, { id: 'egress-tcp', from: 'pod1', command: tcp, words: ['tcp', ...words] });
  await http(session, 'egress-http', 'pod1', [to, 80], words, { host: 'shop.example.com' });
  await http(session, 'egress-http-far', 'pod0', [to, 80], words, { host: 'shop.example.com' });
  const udp = { do: 'udp', to: [to, 9999], count: 2 };
  await talk(session, { id: 'egress-udp', from: 'pod2', command: udp, words: ['udp', ...words] });
  const dns = { do: 'dns', to: [to, 53], name: 'shop.example.com' };
  await talk(session, { id: 'egress-dns', from: 'pod2', command: dns, words: ['dns', ...words] });
  await http(session, 'node-egress', 'w1', [to, 80], ['egress', 'host'], {
    host: 'shop.example.com',
  });
}

async function nodePorts(session: Session): Promise<void> {
  const w1 = findNode(session.cluster, 'k8s-w1').ip;
  const near = ['node-port', 'ingress', 'snat', 'dnat'];
  await http(session, 'node-port-local', 'client', [w1, NODE_PORT + 1], near);
  await http(session, 'node-port-remote', 'client', [w1, NODE_PORT + 2], [...near, 'second-hop']);
  await untilBoth(session, 'node-port-random', 'client', [w1, NODE_PORT], 'k8s-w1', near);
}

/** The whole programme of the course, in its order. */
export async function courseTraffic(session: Session): Promise<void> {
  await podToPod(session);
  await names(session);
  await services(session);
  await hosts(session);
  await outside(session);
  await nodePorts(session);
}

/** What is said again and again while a lab of the course is up: within a node, across, out and in. */
export function courseCalls(cluster: Cluster): Call[] {
  const pod = (name: string): string => findPod(cluster, name).ip;
  const node = (name: string): string => findNode(cluster, name).ip;
  const ping = (from: string, to: string): Call => ({
    from,
    command: { do: 'ping', to: [to, 0], ident: nextIdent() },
  });
  const get = (from: string, to: string, port: number, host = to): Call => ({
    from,
    command: { do: 'http', to: [to, port], host },
  });
  const ask = (name: string): Call => ({
    from: 'pod1',
    command: { do: 'dns', to: ['10.96.0.10', 53], name },
  });
  return [
    ping('pod1', pod('web-1')),
    ping('pod1', pod('pod2')),
    ping('pod1', pod('web-0')),
    get('pod1', pod('web-1'), 8080),
    get('pod1', pod('web-0'), 8080),
    ask('web.default.svc.cluster.local'),
    get('pod1', '10.96.71.20', 80, 'web'),
    ask('shop.example.com'),
    get('pod1', OUTSIDE_SERVER, 80, 'shop.example.com'),
    ping('pod2', OUTSIDE_SERVER),
    get('pod0', pod('web-2'), 8080),
    get('w1', pod('web-1'), 8080),
    get('w1', pod('web-0'), 8080),
    get('client', node('k8s-w1'), NODE_PORT + 2),
    get('client', node('k8s-w1'), NODE_PORT),
  ];
}
