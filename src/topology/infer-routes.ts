/** What routing tells: BGP announces which node has which block; NAT and probes happen on nodes. */

import type { Sentence } from '../words/sentence.ts';
import { type Board, hostAddress, RECEIVED } from './evidence.ts';
import type { RangeFact } from './facts.ts';
import { bitsOf, contains, isPrivate, type Prefix, parsePrefix, showIp, showPrefix } from './ip.ts';
import type { BgpObservation, ProbeObservation, TranslationObservation } from './observation.ts';

const ROUTES_MAX = 1 << 16;
/** Shares of nodes lie between these lengths: /20../32 of IPv4, /64../128 of IPv6. Shorter is a network's. */
const LENGTH_MIN = { 32: 20, 128: 64 } as Record<number, number>;
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_LAST = 32_767;

interface Route {
  readonly prefix: Prefix;
  readonly nextHop: string;
  score: number;
  asPathLength: number;
  why: Sentence;
}

/** What was dialled at an address, and where it was sent on to; true for what answers for the API server. */
interface Dialled {
  readonly ports: Set<number>;
  readonly behind: Map<string, boolean>;
}

export class RouteEvidence {
  /** By prefix, then by next hop. */
  private readonly routes = new Map<string, Map<string, Route>>();
  private readonly routers = new Set<string>();
  private readonly dialled = new Map<
    string,
    { ports: Set<number>; behind: Map<string, boolean> }
  >();
  overflow = 0;

  observeBgp(o: BgpObservation): void {
    const prefix = parsePrefix(o.prefix);
    if (prefix === undefined || hostAddress(o.nextHop) === undefined) return;
    // Who announces the default route or the internet's prefixes is a router, and all it announces a router's.
    if (prefix.length === 0 || !(isPrivate(prefix.words) || prefix.words.length === 4))
      this.routers.add(o.nextHop);
    if (prefix.length < LENGTH_MIN[bitsOf(prefix.words)]!) return;
    const key = showPrefix(prefix);
    let byHop = this.routes.get(key);
    if (byHop === undefined) {
      if (this.routes.size >= ROUTES_MAX) {
        this.overflow++;
        return;
      }
      byHop = new Map();
      this.routes.set(key, byHop);
    }
    const length = o.asPathLength ?? 0;
    const score = scoreOf(prefix, o);
    const there = byHop.get(o.nextHop);
    if (there !== undefined) {
      there.asPathLength = Math.min(there.asPathLength, length);
      if (score > there.score) Object.assign(there, { score, why: whyOf(o, key) });
    } else if (byHop.size < 16) {
      byHop.set(o.nextHop, {
        prefix,
        nextHop: o.nextHop,
        score,
        asPathLength: length,
        why: whyOf(o, key),
      });
    }
  }

  observeTranslation(o: TranslationObservation, board: Board): void {
    // Link-local and multicast addresses are never translated: two hosts that said the same on two links.
    for (const { src, dst } of [o.before, o.after]) {
      if (hostAddress(src) === undefined || hostAddress(dst) === undefined) return;
    }
    if (o.type === 'snat') {
      const kind = hostAddress(o.after.src);
      if (kind === undefined) return;
      // Some node did it, not always the one that captured: a node sees both sides of another's work too.
      const why = () => ({ code: 'rewrites-sources-to', before: o.before.src }) as const;
      const score = kind.private ? 0.75 : 0.6; // a public one may as well be a router's
      board.node(o.after.src, score, kind.calicoBase ? 'tunnel' : 'address', undefined, why);
      return;
    }
    if (o.before.dst === o.after.dst) return; // its port alone: that says nothing of the address
    let there = this.dialled.get(o.before.dst);
    if (there === undefined) {
      if (this.dialled.size >= ROUTES_MAX) {
        this.overflow++;
        return;
      }
      there = { ports: new Set(), behind: new Map() };
      this.dialled.set(o.before.dst, there);
    }
    if (there.ports.size < 64) there.ports.add(o.before.dport);
    // What answers for the API server's Service is a node's process, or a cloud's: no pod.
    const isApiServer = o.before.dport === 443 && (o.after.dport === 443 || o.after.dport === 6443);
    if (there.behind.size < 64)
      there.behind.set(o.after.dst, isApiServer && there.behind.get(o.after.dst) !== false);
  }

  observeProbe(o: ProbeObservation, board: Board): void {
    const source = hostAddress(o.src);
    if (source === undefined || hostAddress(o.dst) === undefined) return;
    const role = source.calicoBase ? 'tunnel' : source.first ? 'bridge' : 'address';
    const where = role === 'address' ? undefined : `v:${o.vantage}`;
    board.node(o.src, 0.9, role, where, () => ({ code: 'kubelet-probes-from' }));
    if (o.src === o.dst) return;
    const near = role === 'address' ? `a:${o.src}` : where;
    board.pod(o.dst, {
      score: 0.85,
      ways: RECEIVED,
      where: near,
      why: () => ({ code: 'probed-by-kubelet', kubelet: o.src }),
    });
  }

  /** Nodes, and the blocks they announce. */
  conclude(board: Board): RangeFact[] {
    const ranges: RangeFact[] = [];
    for (const [cidr, byHop] of this.routes) {
      const route = best([...byHop.values()]);
      if (route === undefined || this.routers.has(route.nextHop)) continue;
      board.node(route.nextHop, Math.min(route.score, 0.95), 'address', undefined, () => ({
        code: 'announces-over-bgp',
        cidr,
      }));
      if (route.prefix.length === bitsOf(route.prefix.words)) this.single(route, board);
      else {
        const source = { kind: 'traffic', detail: 'BGP' } as const;
        ranges.push({
          cidr,
          kind: 'block',
          node: route.nextHop,
          source,
          score: route.score,
          why: route.why,
        });
      }
    }
    return ranges;
  }

  /** One address alone: a pod that left its block, when it lies in another node's; else a service's or a host's, which tells nothing. */
  private single(route: Route, board: Board): void {
    for (const [cidr, byHop] of this.routes) {
      const block = parsePrefix(cidr)!;
      if (block.length === route.prefix.length || !contains(block, route.prefix.words)) continue;
      if (byHop.has(route.nextHop)) return;
      const { nextHop } = route;
      const why = () => ({ code: 'announced-alone', nextHop, cidr }) as const;
      board.pod(showIp(route.prefix.words), { score: 0.9, where: `a:${route.nextHop}`, why });
      return;
    }
  }

  /**
   * Addresses whose connections are sent on to others: nodes by their node ports, else Services. Asked
   * last: what lives behind a tunnel or a veth is no Service, so the connection was taken the wrong way round.
   */
  concludeDialled(board: Board): void {
    const believed = [...this.dialled].filter(
      ([address]) => (board.pods.get(address)?.score ?? 0) < 0.8,
    );
    for (const [address, dialled] of believed) addDialled(board, address, dialled);
    for (const [address, { behind }] of believed) {
      for (const [pod, isApiServer] of behind) {
        if (isApiServer || board.others.has(pod)) continue;
        const why = () => ({ code: 'sent-on-from', address }) as const;
        board.pod(pod, { score: 0.7, ways: RECEIVED, why });
      }
    }
  }
}

function addDialled(board: Board, address: string, { ports, behind }: Dialled): void {
  const isNodePorts = [...ports].every((p) => p >= NODE_PORT_FIRST && p <= NODE_PORT_LAST);
  const example = [...behind.keys()][0] ?? '';
  if (isNodePorts) {
    const [port] = [...ports];
    const why = () => ({ code: 'node-port-sent-on', port: port!, example }) as const;
    board.node(address, 0.8, 'address', undefined, why);
  } else if (
    (board.nodes.get(address)?.score ?? 0) < 0.8 &&
    hostAddress(address)?.private === true
  ) {
    const why = { code: 'connections-sent-on', example, more: behind.size - 1 } as const;
    board.other(address, {
      kind: 'service',
      namespace: undefined,
      name: undefined,
      score: 0.9,
      why,
    });
  }
}

/** How sure a route is a node's own block: by who says it, and by whether Calico cuts blocks of that size (/26, /122 unless told otherwise). */
function scoreOf(prefix: Prefix, o: BgpObservation): number {
  // A route that came through another system bears the next hop of a switch, not of the node.
  if ((o.asPathLength ?? 0) > 1) return 0.5;
  const host = bitsOf(prefix.words) - prefix.length;
  const isBlock = host >= 2 && host <= 6;
  return o.nextHop === o.speaker && isBlock ? 0.98 : 0.9;
}

function whyOf({ speaker, peer, nextHop }: BgpObservation, cidr: string): Sentence {
  return { code: 'announced-to-peer', speaker, cidr, peer, nextHop };
}

/** The route of the node itself: the shortest path, then the surest; undefined when nodes share it (an anycast service). */
function best(routes: readonly Route[]): Route | undefined {
  const sorted = [...routes].sort((a, b) => a.asPathLength - b.asPathLength || b.score - a.score);
  const [first, second] = sorted;
  if (first === undefined || second === undefined) return first;
  if (first.asPathLength < second.asPathLength || first.score > second.score) return first;
  return undefined;
}
