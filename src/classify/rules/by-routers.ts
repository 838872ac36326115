/**
 * Nobody says where the ends are, but TTLs tell how many routers their packets passed up to where they
 * were seen. Every node routes for its pods: one router between two pods is the node of both, and a
 * router on either side of one place are two nodes. A guess: a host of no cluster counts alike.
 */
import {
  contains,
  hostPart,
  maskWords,
  parseIp,
  parsePrefix,
  type Words,
} from '../../topology/ip.ts';
import type { Sentence, Sentences } from '../../words/sentence.ts';
import type { Case } from '../case.ts';
import { keepsTtlBetweenNodes } from '../device-names.ts';
import type { Label } from '../record.ts';
import { isUnlisted, type Verdict } from '../rule.ts';
import { deviceOf, isPodSide, routersPassed } from '../sightings.ts';
import type { End } from '../subject.ts';

/** Pods of one cluster share at least this much of their addresses, bits: GKE gives a cluster a /14. */
const POD_RANGE_LEN = 14;
/** ULA prefixes of a cluster's pods: a /48 of which nodes get a /64 (Kubernetes, Calico). */
const POD_RANGE_LEN_V6 = 48;
/** The share of a node, and Calico's block. Its first address is the node's own, on the tunnel's device. */
const SHARE_LEN = 24;
const CALICO_BLOCK_LEN = 26;
const CALICO_DEVICE = /^(cali|tunl|vxlan\.calico)/;
const API_SERVER_PORTS = [443, 6443];

/** Ranges of Services where nobody chose another: kubeadm, EKS, k3s, kubespray, OpenShift, MicroK8s. */
const SERVICE_RANGES = [
  '10.96.0.0/12',
  '10.100.0.0/16',
  '172.20.0.0/16',
  '10.43.0.0/16',
  '10.233.0.0/18',
  '172.30.0.0/16',
  '10.152.183.0/24',
].map((cidr) => parsePrefix(cidr)!);

export function byRouters(one: Case): Verdict | undefined {
  const { client, server } = one;
  const guess = mayBePods(client, server)
    ? byPods
    : mayBeService(client, server)
      ? byService
      : null;
  if (guess === null) return undefined;
  for (const { flow, toServer } of one.hops) {
    const fromClient = routersPassed(one, 2 * flow + toServer);
    const fromServer = routersPassed(one, 2 * flow + 1 - toServer);
    if (fromClient === undefined || fromServer === undefined) continue;
    const frame = one.run.stage.flows.frame(flow);
    const verdict = guess(one, frame, fromClient, fromServer);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function byPods(one: Case, frame: number, fromClient: number, fromServer: number) {
  const { client, server } = one;
  const host = [client, server].find((end) => isBlockBase(one, end));
  // packets that a node masquerades have its address too, and have passed more routers than its own
  const mostOwn = one.hops.some(({ flow }) => isPodSide(one, flow)) ? 1 : 0;
  if (host === client && fromClient > mostOwn) return undefined;
  if (host !== undefined) return verdictOf('host', { code: 'routers-block-base', ip: host.ip });
  if (fromClient > 0 && fromServer > 0) {
    return verdictOf('cross-node', { code: 'routers-both-sides', frame });
  }
  const [near, far, passed] =
    fromClient === 0 ? [client, server, fromServer] : [server, client, fromClient];
  if (near.owner.kind !== 'pod' || passed === 0) return undefined;
  if (passed === 1 && (isOnLink(one, far === client) || mayBeTwoNodes(one))) return undefined;
  return atPod({ frame, near: near.ip, far: far.ip, farIsService: false, passed });
}

/** The client is a pod and what it dialled seems a Service: what answers is as far as its packets tell. */
function byService(one: Case, frame: number, fromClient: number, passed: number) {
  const { client, server } = one;
  if (fromClient !== 0 || passed === 0) return undefined;
  if (passed === 1 && mayBeTwoNodes(one)) return undefined;
  if (passed === 1 && API_SERVER_PORTS.includes(server.port)) return undefined; // a node as likely
  return atPod({ frame, near: client.ip, far: server.ip, farIsService: true, passed });
}

function atPod(counted: Sentences['routers-between']): Verdict {
  const label = counted.passed === 1 ? 'same-node' : 'cross-node';
  return verdictOf(label, { code: 'routers-between', ...counted });
}

function verdictOf(label: Label, sentence: Sentence): Verdict {
  return { label, direction: 'internal', confidence: 'guess', rule: 'routers-passed', sentence };
}

/** One router may be that of the other node alone. */
function mayBeTwoNodes(one: Case): boolean {
  return one.hops.some(({ flow }) => {
    const device = deviceOf(one, flow);
    return device !== undefined && keepsTtlBetweenNodes(device);
  });
}

/** Its packets come fresh on a device that is no pod's: a host of the node's own subnet. */
function isOnLink(one: Case, isClient: boolean): boolean {
  return one.hops.some(
    ({ flow, toServer }) =>
      routersPassed(one, 2 * flow + (isClient ? toServer : 1 - toServer)) === 0 &&
      deviceOf(one, flow) !== undefined &&
      !isPodSide(one, flow),
  );
}

/** Both are pods, or may be: of unknown owner, with addresses of one range. */
function mayBePods(client: End, server: End): boolean {
  for (const end of [client, server]) {
    if (isUnlisted(end.owner) || (end.owner.kind !== 'pod' && !isAnybody(end))) return false;
  }
  if (client.owner.kind === 'pod' && server.owner.kind === 'pod') return true;
  const words = parseIp(client.ip);
  const others = parseIp(server.ip);
  return words !== undefined && others !== undefined && inOneRange(words, others);
}

function mayBeService(client: End, server: End): boolean {
  if (client.owner.kind !== 'pod' || isUnlisted(client.owner)) return false;
  if (server.owner.kind === 'service') return true;
  const words = parseIp(server.ip);
  return isAnybody(server) && words !== undefined && SERVICE_RANGES.some((r) => contains(r, words));
}

function isAnybody({ owner }: End): boolean {
  return owner.kind === 'unknown' && owner.role === 'private';
}

function inOneRange(a: Words, b: Words): boolean {
  const length = a.length === 1 ? POD_RANGE_LEN : POD_RANGE_LEN_V6;
  return a.length === b.length && contains({ words: maskWords(a, length), length }, b);
}

function isBlockBase(one: Case, end: End): boolean {
  const words = parseIp(end.ip);
  if (end.owner.kind === 'pod' || words === undefined || words.length !== 1) return false;
  const isCalico = one.hops.some(({ flow }) => CALICO_DEVICE.test(deviceOf(one, flow) ?? ''));
  const length = isCalico ? CALICO_BLOCK_LEN : SHARE_LEN;
  return hostPart({ words: maskWords(words, length), length }, words) === 0;
}
