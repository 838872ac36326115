/** What is said in a cluster of three nodes: each kind of path once or twice, little of each. */
import { addressIn, findNode, findPod } from './cluster.ts';
import { type Session, talk } from './session.ts';
import type { Command } from './traffic.ts';
import type { TrioPlan } from './trio.ts';

const KUBELET = 10250;

type Say = (id: string, from: string, command: Command, ...words: string[]) => Promise<void>;

const http = (ip: string, port: number, more: Record<string, unknown> = {}): Command => ({
  do: 'http',
  to: [ip, port],
  ...more,
});
const tcp = (ip: string, port: number): Command => ({
  do: 'tcp',
  to: [ip, port],
  turns: 2,
  size: 90,
});
const udp = (ip: string, port: number): Command => ({
  do: 'udp',
  to: [ip, port],
  count: 2,
  size: 48,
});
const ping = (ip: string, ident: number): Command => ({ do: 'ping', to: [ip, 0], ident, count: 2 });

/** The whole tour. */
export async function trioTraffic(session: Session, plan: TrioPlan): Promise<void> {
  const say: Say = async (id, from, command, ...words) => {
    await talk(session, { id, from, command, words: [String(command.do), ...words] });
  };
  await podToPod(session, say);
  await services(plan, say);
  await hosts(session, plan, say);
  await outside(plan, say);
}

async function podToPod(session: Session, say: Say): Promise<void> {
  const at = (name: string): string => findPod(session.cluster, name).ip;
  const near = ['pod-to-pod', 'same-node'];
  await say('same-node-ping', 'cart', ping(at('shop-0'), 611), ...near);
  await say('same-node-tcp', 'cart', tcp(at('shop-0'), 9000), ...near);
  await say('same-node-udp', 'cart', udp(at('shop-0'), 7007), ...near);
  const there = ['pod-to-pod', 'same-subnet'];
  await say('cross-node-ping', 'cart', ping(at('shop-1'), 623), ...there);
  await say('cross-node-tcp', 'cart', tcp(at('shop-1'), 9000), ...there);
  await say('cross-node-udp', 'cart', udp(at('shop-1'), 7007), ...there);
  await say('cross-node-http', 'shop-1', http(at('shop-0'), 8080), ...there);
  const far = ['pod-to-pod', 'other-subnet'];
  await say('far-http', 'cart', http(at('report-28931'), 8080), ...far);
  await say('far-back-udp', 'report', udp(at('shop-0'), 7007), ...far);
}

async function services(plan: TrioPlan, say: Say): Promise<void> {
  const at = (n: number): string => addressIn(plan.services, n);
  const dns = (name: string, more = {}): Command => ({
    do: 'dns',
    to: [at(10), 53],
    name,
    ...more,
  });
  await say('dns-udp', 'cart', dns('shop.default.svc.cluster.local'), 'cluster-ip');
  await say('dns-outside', 'cart', dns('rates.example.org'), 'cluster-ip');
  await say(
    'dns-tcp',
    'cart',
    dns('shop-b.default.svc.cluster.local', { tcp: true }),
    'cluster-ip',
  );
  await say('cluster-ip-near', 'cart', http(at(21), 80, { host: 'shop-a' }), 'cluster-ip');
  await say('cluster-ip-there', 'cart', http(at(22), 80, { host: 'shop-b' }), 'cluster-ip');
  await say('cluster-ip-far', 'report', http(at(21), 80, { host: 'shop-a' }), 'cluster-ip');
  await say('hairpin', 'shop-0', http(at(21), 80, { host: 'shop-a' }), 'cluster-ip', 'hairpin');
  await say('api-server', 'shop-1', http(at(1), 443), 'cluster-ip', 'api-server', 'host');
  await say('api-server-near', 'cart', http(at(1), 443), 'cluster-ip', 'api-server', 'host');
}

async function hosts(session: Session, plan: TrioPlan, say: Say): Promise<void> {
  const { cluster } = session;
  const node = (n: number): string => findNode(cluster, plan.names[n]!).ip;
  const pod = (name: string): string => findPod(cluster, name).ip;
  const probe = { agent: 'kube-probe/1.31', path: '/healthz' };
  await say('probe-near', 'a', http(pod('shop-0'), 8080, probe), 'probe');
  await say('probe-there', 'b', http(pod('shop-1'), 8080, probe), 'probe');
  await say('node-to-pod', 'a', http(pod('shop-1'), 8080), 'node-to-pod');
  await say('node-to-far-pod', 'a', http(pod('report-28931'), 8080), 'node-to-pod');
  await say('pod-to-own-node', 'cart', http(node(0), KUBELET), 'pod-to-node');
  await say('pod-to-node', 'cart', http(node(1), KUBELET), 'pod-to-node');
  await say('node-to-node', 'b', http(node(0), KUBELET), 'node-to-node');
}

async function outside(plan: TrioPlan, say: Say): Promise<void> {
  const { nodePort, server } = plan;
  await say('egress-http', 'cart', http(server, 80, { host: 'rates.example.org' }), 'egress');
  await say('egress-udp', 'shop-1', udp(server, 9999), 'egress');
  await say('egress-ping', 'cart', ping(server, 677), 'egress');
  await say('node-egress', 'a', http(server, 80), 'egress', 'host');
  const [a] = plan.ips;
  await say('node-port-near', 'client', http(a, nodePort + 1), 'node-port', 'ingress');
  await say('node-port-there', 'client', http(a, nodePort + 2), 'node-port', 'second-hop');
  await say('node-port-local', 'client', http(a, nodePort + 3), 'node-port', 'client-kept');
}
