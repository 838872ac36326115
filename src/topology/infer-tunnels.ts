/** What tunnels tell: their ends are nodes, what travels inside belongs to pods behind those ends. */

import type { Sentence } from '../words/sentence.ts';
import { type Board, hostAddress, RECEIVED, SENT } from './evidence.ts';
import type { TunnelObservation } from './observation.ts';

/** What an inner destination alone is worth. */
const UNANSWERED_SCORE = 0.65;
/** How much less sure a pod is that has the address that bridges take. */
const BRIDGE_FACTOR = 0.7;

const PAIRS_MAX = 1 << 16;
const INNERS_MAX = 1 << 16;
const IDS_MAX = 1024;

/** Kinds of tunnel by how surely their ends are nodes of a cluster; any other may be anybody's. */
const NODE_SCORE: Record<string, number> = {
  ipip: 0.95,
  vxlan: 0.95,
  geneve: 0.95,
  'weave-fastdp': 0.95,
  'weave-sleeve': 0.95,
  'flannel-udp': 0.95,
  wireguard: 0.85,
};
const OTHER_SCORE = 0.6;

const CALICO_VNI = 4096;
/** VNI of Calico's eBPF node port forwarding: inside are clients, not pods (felix bpf-gpl/nat.h). */
const CALICO_EBPF_VNI = 0xca11c0;
const CILIUM_PORT = 8472;
/** Identities from here on are of pods' labels. */
const CILIUM_PODS_FIRST = 256;
/** Cilium writes the sender's identity into the VNI: these are no pods (pkg/identity/numericidentity.go). */
const CILIUM_HOST = new Set([6, 7]);
const CILIUM_WORLD = new Set([2, 9, 10]);
const CILIUM_HEALTH = 4;
/** Geneve option classes of Amazon: a Gateway Load Balancer's tunnel, whose ends are no nodes. */
const AMAZON_FIRST = 0x0108;
const AMAZON_LAST = 0x0110;
const CILIUM_CLASS = 0x014b;

const ZERO_MAC = '00:00:00:00:00:00';

interface Inner {
  packets: number;
  ttlMax: number;
  /** Lowest VNI or key; -1 = none. */
  id: number;
}

/** One direction of one tunnel: all that travelled from src to dst. */
interface Pair {
  readonly type: string;
  readonly src: string;
  readonly dst: string;
  readonly port: number;
  readonly sources: Map<string, Inner>;
  readonly destinations: Map<string, Inner>;
  packets: number;
  gateway: boolean;
}

/** All tunnels of one type and port: what one plugin built. */
interface Network {
  readonly type: string;
  readonly port: number;
  /** Identifiers met, IDS_MAX of them. */
  readonly ids: Set<number>;
  readonly optionClasses: Set<number>;
  /** Inner sources whose packets still had a first TTL, and those whose packets had one less. */
  fresh: number;
  lowered: number;
}

function keyOf(type: string, port: number, src: string, dst: string): string {
  return `${type}|${port}|${src}|${dst}`;
}

export class TunnelEvidence {
  private readonly pairs = new Map<string, Pair>();
  private readonly networks = new Map<string, Network>();
  /** Peers of each tunnel end by vantage, of frames whose direction the capture does not tell. */
  private readonly peers = new Map<string, Map<string, Set<string>>>();
  private readonly macs = new Map<string, Set<string>>();
  overflow = 0;

  observe(o: TunnelObservation, board: Board): void {
    const key = keyOf(o.type, o.outerPort, o.outerSrc, o.outerDst);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      if (this.pairs.size >= PAIRS_MAX) {
        this.overflow++;
        return;
      }
      pair = {
        type: o.type,
        src: o.outerSrc,
        dst: o.outerDst,
        port: o.outerPort,
        sources: new Map(),
        destinations: new Map(),
        packets: 0,
        gateway: false,
      };
      this.pairs.set(key, pair);
    }
    pair.packets += o.packets;
    this.noteNetwork(o);
    if (o.optionClasses?.some((c) => c >= AMAZON_FIRST && c <= AMAZON_LAST) === true)
      pair.gateway = true;
    this.addInner(pair.sources, o.innerSrc, o);
    this.addInner(pair.destinations, o.innerDst, o);
    if (o.type === 'vxlan') {
      this.addMac(o.outerSrc, o.innerSrcMac);
      this.addMac(o.outerDst, o.innerDstMac);
    }
    this.noteOwn(o, board);
  }

  private noteNetwork(o: TunnelObservation): void {
    const network = this.networkOf(o.type, o.outerPort);
    if (o.id !== undefined && network.ids.size < IDS_MAX) network.ids.add(o.id);
    for (const one of o.optionClasses ?? []) {
      if (network.optionClasses.size < IDS_MAX) network.optionClasses.add(one);
    }
  }

  private networkOf(type: string, port: number): Network {
    const key = `${type}|${port}`;
    let network = this.networks.get(key);
    if (network === undefined) {
      const [ids, optionClasses] = [new Set<number>(), new Set<number>()];
      network = { type, port, ids, optionClasses, fresh: 0, lowered: 0 };
      this.networks.set(key, network);
    }
    return network;
  }

  private addInner(
    inners: Map<string, Inner>,
    address: string | undefined,
    o: TunnelObservation,
  ): void {
    if (address === undefined) return;
    const there = inners.get(address);
    if (there !== undefined) {
      there.packets += o.packets;
      there.ttlMax = Math.max(there.ttlMax, o.innerTtl ?? 0);
      there.id = Math.min(there.id, o.id ?? -1);
    } else if (inners.size < INNERS_MAX) {
      inners.set(address, { packets: o.packets, ttlMax: o.innerTtl ?? 0, id: o.id ?? -1 });
    } else {
      this.overflow++;
    }
  }

  private addMac(outer: string, mac: string | undefined): void {
    if (mac === undefined || mac === ZERO_MAC || mac === 'ff:ff:ff:ff:ff:ff') return;
    const there = this.macs.get(outer);
    if (there === undefined) this.macs.set(outer, new Set([mac]));
    else if (there.size < 3) there.add(mac);
  }

  /** Which end is the capturing machine: by direction, else by being at every tunnel seen there. */
  private noteOwn(o: TunnelObservation, board: Board): void {
    if (o.direction !== undefined) {
      const own = o.direction === 'out' ? o.outerSrc : o.outerDst;
      board.ownAddress(o.vantage, own, () => ({
        code: 'tunnel-packets-go',
        tunnel: o.type,
        out: o.direction === 'out',
        end: own,
      }));
      return;
    }
    let ends = this.peers.get(o.vantage);
    if (ends === undefined) {
      ends = new Map();
      this.peers.set(o.vantage, ends);
    }
    for (const [end, peer] of [
      [o.outerSrc, o.outerDst],
      [o.outerDst, o.outerSrc],
    ] as const) {
      const there = ends.get(end);
      if (there !== undefined) there.add(peer);
      else if (ends.size < PAIRS_MAX) ends.set(end, new Set([peer]));
    }
  }

  conclude(board: Board): void {
    for (const pair of this.pairs.values()) {
      countTtls(pair, this.networkOf(pair.type, pair.port));
    }
    for (const pair of this.pairs.values()) {
      const network = this.networkOf(pair.type, pair.port);
      if (pair.gateway || this.isMirror(pair)) continue;
      const isBothWays = this.pairs.has(keyOf(pair.type, pair.port, pair.dst, pair.src));
      const sure = NODE_SCORE[pair.type] ?? OTHER_SCORE;
      board.twoMachines(pair.src, pair.dst);
      this.addNode(board, pair, pair.src, sure);
      // Cilium's DSR sends IPIP straight to the pod, one way: the far end may be no node.
      this.addNode(
        board,
        pair,
        pair.dst,
        isBothWays ? sure : Math.min(sure, pair.type === 'ipip' ? 0.6 : 0.9),
      );
      const factor = isBothWays || pair.type !== 'ipip' ? sure / 0.95 : 0.7;
      addInners(board, pair, network, factor);
    }
    for (const [outer, macs] of this.macs) {
      // More than one is an overlay of layer 2 (Weave, Contiv): those are pods' addresses.
      if (macs.size === 1) board.vteps.set(outer, macs);
    }
    this.ownByPeers(board);
  }

  /** The overlays whose identifier is the sender's identity. */
  byIdentity(): { type: string; port: number }[] {
    return [...this.networks.values()].filter(isCilium);
  }

  private addNode(board: Board, pair: Pair, address: string, score: number): void {
    const kind = hostAddress(address);
    if (kind === undefined) return;
    const isPrivate = kind.private || kind.words.length === 4;
    board.node(address, isPrivate ? score : Math.min(score, 0.6), 'address', undefined, () => {
      const other = address === pair.src ? pair.dst : pair.src;
      return { code: 'tunnel-end-with', tunnel: pair.type, other };
    });
  }

  /** One way only, and the same inner address as source and as destination: a copy of somebody's traffic (VPC mirroring, SPAN). */
  private isMirror(pair: Pair): boolean {
    if (pair.type === 'ipip' || this.pairs.has(keyOf(pair.type, pair.port, pair.dst, pair.src)))
      return false;
    for (const address of pair.sources.keys()) if (pair.destinations.has(address)) return true;
    return false;
  }

  private ownByPeers(board: Board): void {
    for (const [vantage, ends] of this.peers) {
      for (const [end, peers] of ends) {
        if (peers.size < 2 || peers.size !== ends.size - 1) continue;
        board.ownAddress(vantage, end, () => ({ code: 'end-of-all-tunnels' }));
      }
    }
  }
}

function countTtls(pair: Pair, network: Network): void {
  for (const { ttlMax } of pair.sources.values()) {
    if (ttlMax === 64 || ttlMax === 128) network.fresh++;
    else if (ttlMax === 63 || ttlMax === 127) network.lowered++;
  }
}

/**
 * Whether a node lowers the TTL of a pod's packet before it enters such a tunnel, so that 64 means the host
 * itself: known of a plugin, or shown by most of the sources.
 */
function isRouted({ fresh, lowered, port, type }: Network, id: number): boolean {
  if (type === 'ipip') return true;
  if (type === 'vxlan' && ((port === CILIUM_PORT && id === 1) || id === CALICO_VNI)) return true;
  return lowered > 0 && lowered >= fresh;
}

/** Whether the identifier is the sender's security identity. OVN's Geneve has numbers of datapaths, and says so by an option. */
function isCilium({ ids, optionClasses, port, type }: Network): boolean {
  const isPods = [...ids].some((id) => id >= CILIUM_PODS_FIRST);
  if (type === 'geneve') {
    const isOthers = [...optionClasses].some((one) => one !== CILIUM_CLASS);
    return !isOthers && (optionClasses.has(CILIUM_CLASS) || (isPods && ids.size > 1));
  }
  return type === 'vxlan' && port === CILIUM_PORT && (isPods || ids.size > 1) && !ids.has(1);
}

function addInners(board: Board, pair: Pair, network: Network, factor: number): void {
  const byIdentity = isCilium(network);
  for (const [address, inner] of pair.sources) {
    if (inner.id === CALICO_EBPF_VNI) return;
    if (byIdentity && CILIUM_WORLD.has(inner.id)) continue;
    const isHost = byIdentity && (CILIUM_HOST.has(inner.id) || inner.id === CILIUM_HEALTH);
    const isFirstTtl = !byIdentity && inner.ttlMax === 64 && isRouted(network, inner.id);
    const isBridge = hostAddress(address)?.first === true && !isRouted(network, inner.id);
    addInner(board, pair, address, inner, {
      end: pair.src,
      ways: SENT,
      factor: isBridge ? Math.min(factor, BRIDGE_FACTOR) : factor, // where no TTL tells it from a pod
      isHost,
      isFirstTtl,
    });
  }
  for (const [address, inner] of pair.destinations) {
    if (inner.id === CALICO_EBPF_VNI) return;
    addInner(board, pair, address, inner, {
      end: pair.dst,
      ways: RECEIVED,
      factor,
      isHost: false,
      isFirstTtl: false,
    });
  }
}

interface Side {
  /** The node end on this address's side. */
  readonly end: string;
  readonly ways: number;
  readonly factor: number;
  /** The tunnel's identifier says that the host itself speaks. */
  readonly isHost: boolean;
  /** The TTL is a first one where a pod's would be one less. */
  readonly isFirstTtl: boolean;
}

/** Blocks of 64 addresses, of each the first for the tunnel's device. */
function isCalico(type: string, id: number): boolean {
  return type === 'ipip' || (type === 'vxlan' && id === CALICO_VNI);
}

function addInner(board: Board, pair: Pair, address: string, inner: Inner, side: Side): void {
  const kind = hostAddress(address);
  if (kind === undefined || address === side.end) return;
  // Nodes carry what leaves by an egress gateway, and clients whose address is kept, as they carry pods' traffic.
  if (!kind.private && kind.words.length === 1) return;
  const where = `a:${side.end}`;
  const way = side.ways === SENT ? 'from' : 'to';
  const shown = { way, tunnel: pair.type, end: side.end } as const;
  const isBase = isCalico(pair.type, inner.id) ? kind.calicoBase : kind.blockBase;
  if (isBase || side.isHost || side.isFirstTtl) {
    const why = (): Sentence => {
      if (side.isHost) return { code: 'inner-end-host-id', ...shown, id: inner.id };
      return { code: side.isFirstTtl ? 'inner-end-fresh-ttl' : 'inner-end-block-base', ...shown };
    };
    const score = side.isHost || side.isFirstTtl ? 0.85 : 0.8;
    board.node(address, score * side.factor, 'tunnel', where, why);
    return;
  }
  // Nobody may have an address that is only sent to; one that answers is another matter, seen on the way back.
  const score = side.ways === SENT ? 0.9 : UNANSWERED_SCORE;
  board.pod(address, {
    score: score * side.factor,
    why: () => ({ code: 'inner-end', ...shown }),
    where,
    ways: side.ways,
    packets: inner.packets,
  });
}
