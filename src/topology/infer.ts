/**
 * A topology from the traffic alone, with honest confidence: what tunnels, interfaces, routes and names
 * suggest is pinned to a board (evidence.ts) and concluded once, at the end.
 */

import { isSameSentence, type Sentence } from '../words/sentence.ts';
import { Board, type PodEvidence, type Where, type WhereKey } from './evidence.ts';
import { type AddressFact, type FactSource, type Facts, noFacts } from './facts.ts';
import { InterfaceEvidence } from './infer-interfaces.ts';
import { NameEvidence } from './infer-names.ts';
import { PluginEvidence } from './infer-plugins.ts';
import { RouteEvidence } from './infer-routes.ts';
import { TunnelEvidence } from './infer-tunnels.ts';
import type { TrafficObservation } from './observation.ts';

const TRAFFIC: FactSource = { kind: 'traffic', detail: 'traffic' };
/** A vantage whose node has no address bears this name; brackets keep it apart from node names. */
export function vantageAlias(vantage: string): string {
  return `(node of ${vantage})`;
}

/** Two places for one pod count as a contradiction unless one has this many times the packets. */
const CLEAR_MAJORITY = 20;
const BOTH_WAYS = 3;
/** What one way inside a tunnel is worth, and what both are: never certain, which is for what a pod or a node says itself. */
const SENT_SCORE = 0.85;
const SHOWN_MAX = 0.95;

/** Collects observations in any order; `facts` concludes. Work and memory are linear in observations and bounded in addresses. */
export class TrafficInference {
  private readonly board = new Board();
  private readonly tunnels = new TunnelEvidence();
  private readonly interfaces = new InterfaceEvidence();
  private readonly routes = new RouteEvidence();
  private readonly names = new NameEvidence();
  private readonly plugins = new PluginEvidence();
  /** Nodes of vantages that the capture names. */
  private readonly named = new Map<string, string>();

  observe(o: TrafficObservation): void {
    this.plugins.observe(o);
    switch (o.kind) {
      case 'flow':
        this.interfaces.observe(o, this.board);
        break;
      case 'tunnel':
        this.tunnels.observe(o, this.board);
        break;
      case 'arp':
        this.interfaces.observeArp(o);
        break;
      case 'bgp':
        this.routes.observeBgp(o);
        break;
      case 'dns':
        this.names.observeDns(o, this.board);
        break;
      case 'probe':
        this.routes.observeProbe(o, this.board);
        break;
      case 'translation':
        this.routes.observeTranslation(o, this.board);
        break;
      case 'name':
        this.names.observeName(o);
        break;
      case 'pod-comment':
        this.names.observePodComment(o, this.board);
        break;
      case 'vantage':
        this.named.set(o.vantage, o.node);
    }
  }

  /** What all observations say together. Call once, after the last of them. */
  facts(): Facts {
    const { board } = this;
    const facts = noFacts();
    this.tunnels.conclude(board);
    for (const { port, type } of this.tunnels.byIdentity()) this.plugins.noteIdentities(type, port);
    facts.plugins.push(...this.plugins.facts());
    this.interfaces.conclude(board);
    facts.ranges.push(...this.routes.conclude(board));
    this.names.conclude(board);
    this.routes.concludeDialled(board);
    facts.names.push(...this.names.facts());
    const machines = new Machines(board, this.named, this.interfaces);
    for (const [address, evidence] of board.pods) {
      const pod = podFact(address, evidence, machines, board);
      if (pod !== undefined) facts.addresses.push(pod);
    }
    machines.addFacts(facts);
    for (const [address, other] of board.others) {
      if (!isOther(address, board)) continue;
      facts.addresses.push({
        address,
        kind: other.kind,
        role: other.kind === 'service' ? 'ClusterIP' : 'LoadBalancer',
        namespace: other.namespace,
        name: other.name,
        source: TRAFFIC,
        score: other.score,
        why: other.why,
      });
    }
    const lost =
      board.overflow +
      this.tunnels.overflow +
      this.interfaces.overflow +
      this.routes.overflow +
      this.names.overflow;
    if (lost > 0)
      facts.problems.push(`traffic: ${lost} clues beyond the tables' size were not used`);
    return facts;
  }
}

/** Whether the board takes the address for a Service's or load balancer's rather than a pod's or node's: the surer kind, else the latter. */
function isOther(address: string, board: Board): boolean {
  const other = board.others.get(address);
  if (other === undefined) return false;
  if (other.kind === 'service' && isNode(address, board)) return false;
  const rival = Math.max(board.pods.get(address)?.score ?? 0, board.nodes.get(address)?.score ?? 0);
  return other.score > rival;
}

/** Whether the board takes the address for a node rather than a pod. */
function isNode(address: string, board: Board): boolean {
  const node = board.nodes.get(address);
  if (node === undefined) return false;
  const pod = board.pods.get(address);
  return pod === undefined || node.score >= pod.score || (node.score >= 0.85 && pod.score < 0.95);
}

function podFact(
  address: string,
  evidence: PodEvidence,
  machines: Machines,
  board: Board,
): AddressFact | undefined {
  if (isNode(address, board) || isOther(address, board)) return undefined;
  const home = machines.homeOf(evidence);
  if (home === 'unclear') {
    return {
      address,
      kind: 'pod',
      role: 'pod',
      namespace: evidence.namespace,
      name: evidence.name,
      source: TRAFFIC,
      score: Math.min(evidence.score, 0.3),
      why: { code: 'behind-several-nodes', why: evidence.why },
    };
  }
  // Both ways are surer: a node that masquerades shows its own address inside tunnels as a source too.
  const bothWays = home !== undefined && (home.where.ways & BOTH_WAYS) === BOTH_WAYS;
  const placed = home === undefined ? 0 : Math.min(home.where.score, SHOWN_MAX);
  const score = bothWays && placed >= SENT_SCORE ? SHOWN_MAX : placed;
  return {
    address,
    kind: 'pod',
    role: 'pod',
    namespace: evidence.namespace,
    name: evidence.name,
    node: home?.node,
    interface: evidence.interface,
    mac: evidence.mac,
    source: TRAFFIC,
    score: Math.max(evidence.score, score),
    why:
      home === undefined || isSameSentence(home.where.why, evidence.why)
        ? evidence.why
        : { code: 'joined', sentences: [evidence.why, home.where.why] },
  };
}

/** Which addresses and vantages are one machine. */
class Machines {
  private readonly board: Board;
  private readonly named: ReadonlyMap<string, string>;
  /** Main addresses of nodes, each with the one that stands for its machine. */
  private readonly parent = new Map<string, string>();
  /** Addresses of each machine, by the one that stands for it. */
  private readonly members = new Map<string, string[]>();
  /** The machine of each vantage: one of its addresses, or undefined when it has none. */
  private readonly ofVantage = new Map<string, string | undefined>();
  /** Names that captures give machines, by the address that stands for the machine. */
  private readonly names = new Map<string, string>();
  /** Vantages whose traffic belongs to more than one machine: a router's, or files put together. */
  private readonly mixed = new Set<string>();

  constructor(board: Board, named: ReadonlyMap<string, string>, interfaces: InterfaceEvidence) {
    this.board = board;
    this.named = named;
    // By name, not as they came: what belongs together must not depend on the order of reading.
    const seen = [...vantagesOf(board)].sort();
    this.addOwn(seen, interfaces);
    for (const [address, node] of board.nodes) {
      if (node.role === 'address' && isNode(address, board)) this.parent.set(address, address);
    }
    for (const vantage of seen) this.placeVantage(vantage, interfaces);
    this.placeByPods(seen);
    for (const [vantage, name] of [...named].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const address = this.ofVantage.get(vantage);
      if (address !== undefined && !this.names.has(this.find(address)))
        this.names.set(this.find(address), name);
    }
  }

  /** Addresses that a machine's own packets bear are a node's, if they are nobody else's. */
  private addOwn(vantages: readonly string[], interfaces: InterfaceEvidence): void {
    const found: { address: string; why: Sentence }[] = [];
    for (const vantage of vantages) {
      for (const [address, why] of this.board.own.get(vantage) ?? []) {
        const isFree = !this.board.nodes.has(address) && this.isNobodyElses(address);
        if (isFree && interfaces.isOwn(vantage, address)) found.push({ address, why });
      }
    }
    for (const { address, why } of found)
      this.board.node(address, 0.75, 'address', undefined, () => why);
  }

  /** A vantage is the node whose main addresses its own packets bear. */
  private placeVantage(vantage: string, interfaces: InterfaceEvidence): void {
    const own = [...(this.board.own.get(vantage)?.keys() ?? [])]
      .filter((a) => this.parent.has(a) && !interfaces.isPassedOn(vantage, a))
      .sort();
    if (own.some((a) => own.some((b) => this.board.areApart(a, b)))) {
      this.mixed.add(vantage);
      return;
    }
    for (const address of own) this.join(own[0]!, address);
    this.ofVantage.set(vantage, own[0]);
  }

  private isNobodyElses(address: string): boolean {
    return !this.board.pods.has(address) && !this.board.others.has(address);
  }

  /** Takes both for one machine, unless some address of one tunnels to one of the other. */
  private join(a: string, b: string): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first === second) return;
    const [ours, theirs] = [
      this.members.get(first) ?? [first],
      this.members.get(second) ?? [second],
    ];
    if (ours.some((x) => theirs.some((y) => this.board.areApart(x, y)))) return;
    this.parent.set(second, first);
    this.members.set(first, [...ours, ...theirs]);
  }

  private find(address: string): string {
    let here = address;
    for (
      let next = this.parent.get(here);
      next !== undefined && next !== here;
      next = this.parent.get(here)
    )
      here = next;
    return here;
  }

  /** A vantage without an address of its own is where a tunnel says that its pods live. */
  private placeByPods(seen: readonly string[]): void {
    const homes = new Map<string, Set<string>>();
    for (const { wheres } of this.board.pods.values()) {
      const nodes = [...wheres.keys()].map((w) =>
        w.startsWith('a:') ? this.nodeAt(w) : this.nodeOfVantage(w),
      );
      for (const key of wheres.keys()) {
        if (!key.startsWith('v:')) continue;
        for (const node of nodes) {
          if (node === undefined) continue;
          const vantage = key.slice(2);
          const there = homes.get(vantage);
          if (there === undefined) homes.set(vantage, new Set([node]));
          else there.add(node);
        }
      }
    }
    for (const vantage of seen) {
      const nodes = homes.get(vantage);
      if (nodes === undefined || this.mixed.has(vantage)) continue;
      const own = this.ofVantage.get(vantage);
      const [node] = nodes;
      if (own === undefined && nodes.size === 1 && this.isAnothers(node!, vantage)) continue;
      if (own === undefined && nodes.size === 1) this.ofVantage.set(vantage, [...nodes][0]);
      else if (own === undefined) this.mixed.add(vantage);
    }
  }

  /** Whether the capture names another node for the machine than for this vantage. */
  private isAnothers(node: string, vantage: string): boolean {
    const name = this.named.get(vantage);
    if (name === undefined) return false;
    for (const [other, address] of this.ofVantage) {
      const theirs = this.named.get(other);
      if (address === undefined || theirs === undefined || theirs === name) continue;
      if (this.find(address) === this.find(node)) return true;
    }
    return false;
  }

  /** The address that stands for the machine at a `v:` key, as far as its own packets tell. */
  private nodeOfVantage(where: WhereKey): string | undefined {
    const vantage = where.slice(2);
    const address = this.mixed.has(vantage) ? undefined : this.ofVantage.get(vantage);
    return address === undefined ? undefined : this.find(address);
  }

  /** The address that stands for the machine at an `a:` key, undefined when that is no node. */
  private nodeAt(where: WhereKey): string | undefined {
    const address = where.slice(2);
    const node = this.board.nodes.get(address);
    if (node === undefined || !isNode(address, this.board)) return undefined;
    if (node.role === 'address') return this.find(address);
    const main = node.where?.startsWith('a:') === true ? node.where.slice(2) : undefined;
    return main !== undefined && this.parent.has(main) ? this.find(main) : undefined;
  }

  /** What facts call the node at a place: its name, an address of it, or the vantage's alias; undefined when unclear. */
  reference(where: WhereKey): string | undefined {
    if (where.startsWith('a:')) {
      const root = this.nodeAt(where);
      return root === undefined ? undefined : (this.names.get(root) ?? root);
    }
    const vantage = where.slice(2);
    const name = this.named.get(vantage);
    if (name !== undefined) return name;
    if (this.mixed.has(vantage)) return undefined;
    const address = this.ofVantage.get(vantage);
    if (address === undefined) return vantageAlias(vantage);
    const root = this.find(address);
    return this.names.get(root) ?? root;
  }

  /** Where a pod lives: undefined when nothing tells, `unclear` when two nodes claim it. */
  homeOf(pod: PodEvidence): { node: string; where: Where } | 'unclear' | undefined {
    const byNode = new Map<string, Where>();
    for (const [key, where] of pod.wheres) {
      const node = this.reference(key);
      if (node === undefined) continue;
      const there = byNode.get(node);
      if (there === undefined) byNode.set(node, { ...where });
      else {
        there.packets += where.packets;
        there.ways |= where.ways;
        there.score = Math.max(there.score, where.score);
      }
    }
    // An alias says less than an address: it may be that very node.
    const homes = [...byNode];
    const firm = homes.filter(([node]) => !node.startsWith('(node of '));
    const sorted = (firm.length > 0 ? firm : homes).sort((a, b) => b[1].packets - a[1].packets);
    const [first, second] = sorted;
    if (first === undefined) return undefined;
    // Where it both sends and is sent to is its home; packets that only arrive elsewhere went astray.
    const [home, another] = sorted.filter(([, where]) => (where.ways & BOTH_WAYS) === BOTH_WAYS);
    if (home !== undefined && another === undefined) return { node: home[0], where: home[1] };
    if (second !== undefined && first[1].packets < CLEAR_MAJORITY * second[1].packets) {
      return firm.length > 0 ? 'unclear' : undefined;
    }
    return { node: first[0], where: first[1] };
  }

  /** Nodes with their main addresses and aliases, and their other addresses. */
  addFacts(facts: Facts): void {
    const members = new Map<string, string[]>();
    for (const address of this.parent.keys()) {
      const root = this.find(address);
      const there = members.get(root);
      if (there === undefined) members.set(root, [address]);
      else there.push(address);
    }
    for (const [address, node] of this.board.nodes) {
      if (node.role === 'address' || !isNode(address, this.board)) continue;
      const { role, score, why } = node;
      const reference = node.where === undefined ? undefined : this.reference(node.where);
      facts.addresses.push({
        address,
        kind: 'node',
        role,
        node: reference,
        source: TRAFFIC,
        score,
        why,
      });
    }
    const referred = new Set(facts.addresses.map(({ node }) => node));
    const aliases = new Map<string, string[]>();
    for (const vantage of new Set([...this.ofVantage.keys(), ...this.named.keys()])) {
      const address = this.ofVantage.get(vantage);
      const name = this.named.get(vantage);
      if (address === undefined) {
        if (name === undefined && !referred.has(vantageAlias(vantage))) continue; // nobody there
        facts.nodes.push({
          name,
          aliases: [vantageAlias(vantage)],
          addresses: [],
          source: TRAFFIC,
          score: 0.5,
        });
        continue;
      }
      const root = this.find(address);
      aliases.set(root, [...(aliases.get(root) ?? []), vantageAlias(vantage)]);
      if (name === undefined) continue;
      if (this.names.get(root) !== name)
        facts.nodes.push({ name, addresses: [], source: TRAFFIC, score: 0.5 });
    }
    for (const [root, addresses] of members) {
      addresses.sort((a, b) => this.board.nodes.get(b)!.score - this.board.nodes.get(a)!.score);
      const best = this.board.nodes.get(addresses[0]!)!;
      facts.nodes.push({
        name: this.names.get(root),
        aliases: aliases.get(root) ?? [],
        addresses: addresses.map((address) => ({ address, role: 'address' })),
        vtepMacs: addresses.flatMap((address) => [...(this.board.vteps.get(address) ?? [])]),
        source: TRAFFIC,
        score: best.score,
        why: best.why,
      });
    }
  }
}

/** Every vantage that some evidence names. */
function vantagesOf(board: Board): Set<string> {
  const vantages = new Set(board.own.keys());
  const add = (where: WhereKey | undefined) => {
    if (where?.startsWith('v:') === true) vantages.add(where.slice(2));
  };
  for (const { wheres } of board.pods.values()) for (const key of wheres.keys()) add(key);
  for (const { where } of board.nodes.values()) add(where);
  return vantages;
}

/** Facts of a list of observations. */
export function inferFacts(observations: Iterable<TrafficObservation>): Facts {
  const inference = new TrafficInference();
  for (const observation of observations) inference.observe(observation);
  return inference.facts();
}
