/** Which accounts of a node are one node, and the address book that everything else resolves nodes with. */

import type { Sentence } from '../words/sentence.ts';
import { claimOf } from './claims.ts';
import { type FactSource, type Facts, type NodeFact, trustRank } from './facts.ts';
import { calicoVtepMac } from './hashes.ts';
import { canonicalIp, canonicalPrefix } from './ip.ts';
import type { Conflict, Node, NodeAddress, Pod } from './model.ts';

interface NodeAddressClaim extends NodeAddress {
  readonly node: string;
  readonly source: FactSource;
  readonly score: number;
  readonly why: Sentence | undefined;
}

export interface NodeDirectory {
  readonly addresses: readonly NodeAddressClaim[];
  readonly podCidrs: readonly {
    readonly cidr: string;
    readonly node: string;
    readonly source: FactSource;
    readonly score: number;
    readonly why: Sentence | undefined;
  }[];
  /** The name of the node that a name, an address or an alias means. A name nobody listed stands for itself. */
  resolve(reference: string | undefined): string | undefined;
  /** The node that has this canonical address as InternalIP or ExternalIP: pods with it share the node's network. */
  ownerOfPrimary(address: string): { readonly node: string; readonly rank: number } | undefined;
  /** Let a node known only as the place of a capture be the named one that runs its pods. */
  adopt(alias: string, node: string): void;
  withPods(pods: readonly Pod[]): Node[];
}

/** A node being put together; the first account, the most trusted, gives the name. */
interface Draft {
  name: string;
  named: boolean;
  aliases: Set<string>;
  addresses: NodeAddressClaim[];
  podCidrs: Map<string, NodeFact>;
  subnets: Set<string>;
  vtepMacs: Set<string>;
  first: NodeFact;
  asNumber: number | undefined;
  zone: string | undefined;
  providerId: string | undefined;
}

class Drafts {
  readonly byName = new Map<string, Draft>();
  private readonly byKey = new Map<string, Draft>();
  private readonly byMac = new Map<string, Draft>();
  private hashes: Map<string, Draft> | undefined;
  private readonly conflicts: Conflict[];
  private readonly problems: string[];

  constructor(conflicts: Conflict[], problems: string[]) {
    this.conflicts = conflicts;
    this.problems = problems;
  }

  find(reference: string): Draft | undefined {
    return (
      this.byName.get(reference) ??
      this.byKey.get(reference) ??
      this.byKey.get(canonicalIp(reference) ?? '')
    );
  }

  add(fact: NodeFact): void {
    const addresses: NodeAddress[] = [];
    for (const { address, role } of fact.addresses) {
      const canonical = canonicalIp(address);
      if (canonical !== undefined) addresses.push({ address: canonical, role });
      else
        this.problems.push(`${fact.source.detail}: not an IP address: ${JSON.stringify(address)}`);
    }
    const draft = this.draftFor(fact, addresses);
    if (draft !== undefined) this.fill(draft, fact, addresses);
  }

  /** The node that has the tunnel device of an account by address alone: as told, or by Calico's hash of its name. */
  private byVtep(fact: NodeFact): Draft | undefined {
    for (const mac of fact.vtepMacs ?? []) {
      const there = this.byMac.get(mac.toLowerCase()) ?? this.byHash().get(mac.toLowerCase());
      if (there !== undefined) return there;
    }
    return undefined;
  }

  /** Named nodes by the MAC that Calico derives from the name; made when first needed, all names being in. */
  private byHash(): Map<string, Draft> {
    if (this.hashes === undefined) {
      this.hashes = new Map();
      for (const draft of this.byName.values()) {
        if (!draft.named) continue;
        for (const suffix of ['', '-v6'])
          this.hashes.set(calicoVtepMac(draft.name + suffix), draft);
      }
    }
    return this.hashes;
  }

  /** Nothing is known of it but where a capture was made. */
  isPlace(draft: Draft): boolean {
    return !draft.named && draft.addresses.length === 0;
  }

  adopt(alias: string, name: string): void {
    const place = this.find(alias);
    const node = this.byName.get(name);
    if (place === undefined || node === undefined || place === node || !this.isPlace(place)) return;
    this.byName.delete(place.name);
    for (const key of [place.name, ...place.aliases]) {
      node.aliases.add(key);
      this.byKey.set(key, node);
    }
  }

  /** A node without a name goes by its main address, though a source may have told of its tunnel device first. */
  rename(): void {
    for (const draft of [...this.byName.values()]) {
      if (draft.named) continue;
      const main = draft.addresses.find(({ role }) => role === 'InternalIP' || role === 'address');
      if (main === undefined || main.address === draft.name || this.byName.has(main.address))
        continue;
      this.byName.delete(draft.name);
      draft.name = main.address;
      this.byName.set(draft.name, draft);
    }
  }

  private draftFor(fact: NodeFact, addresses: readonly NodeAddress[]): Draft | undefined {
    if (fact.name !== undefined)
      return this.byName.get(fact.name) ?? this.start(fact.name, true, fact);
    for (const { address } of addresses) {
      const there = this.byKey.get(address);
      if (there !== undefined) return there;
    }
    for (const alias of fact.aliases ?? []) {
      const there = this.byKey.get(alias);
      if (there !== undefined) return there;
    }
    const vtep = this.byVtep(fact);
    if (vtep !== undefined) return vtep;
    const name = addresses[0]?.address ?? fact.aliases?.[0];
    if (name === undefined) return undefined; // an account of nobody
    return this.start(name, false, fact);
  }

  private start(name: string, named: boolean, fact: NodeFact): Draft {
    const draft: Draft = {
      name,
      named,
      aliases: new Set(),
      addresses: [],
      podCidrs: new Map(),
      subnets: new Set(),
      vtepMacs: new Set(),
      first: fact,
      asNumber: undefined,
      zone: undefined,
      providerId: undefined,
    };
    this.byName.set(name, draft);
    return draft;
  }

  private fill(draft: Draft, fact: NodeFact, addresses: readonly NodeAddress[]): void {
    for (const { address, role } of addresses) {
      const holder = this.byKey.get(address);
      if (holder !== undefined && holder !== draft) {
        this.conflicts.push({
          subject: { code: 'conflict-over', kind: 'address', name: address },
          kept: claimOf('node', holder.name, holder.first.source),
          ignored: claimOf('node', draft.name, fact.source),
        });
        continue;
      }
      if (holder === draft && draft.addresses.some((a) => a.address === address)) continue;
      this.byKey.set(address, draft);
      const { source, score, why } = fact;
      draft.addresses.push({ node: draft.name, address, role, source, score, why });
    }
    for (const alias of fact.aliases ?? []) {
      draft.aliases.add(alias);
      if (!this.byKey.has(alias)) this.byKey.set(alias, draft);
    }
    for (const text of fact.podCidrs ?? []) {
      const cidr = canonicalPrefix(text);
      if (cidr === undefined)
        this.problems.push(`${fact.source.detail}: not an IP prefix: ${JSON.stringify(text)}`);
      else if (!draft.podCidrs.has(cidr)) draft.podCidrs.set(cidr, fact);
    }
    for (const text of fact.subnets ?? []) {
      const cidr = canonicalPrefix(text);
      if (cidr !== undefined && !/\/(32|128)$/.test(cidr)) draft.subnets.add(cidr);
    }
    for (const mac of fact.vtepMacs ?? []) {
      draft.vtepMacs.add(mac.toLowerCase());
      if (!this.byMac.has(mac.toLowerCase())) this.byMac.set(mac.toLowerCase(), draft);
    }
    draft.asNumber ??= fact.asNumber;
    draft.zone ??= fact.zone;
    draft.providerId ??= fact.providerId;
  }
}

/** Pods tell of nodes too: the node's name and, as host address, its InternalIP; readers give that as a NodeFact. */
export function mergeNodes(all: Facts, conflicts: Conflict[], problems: string[]): NodeDirectory {
  const drafts = new Drafts(conflicts, problems);
  const rank = (fact: NodeFact) => trustRank(fact.source.kind);
  const inOrder = [...all.nodes].sort((a, b) => rank(a) - rank(b) || b.score - a.score);
  // Named accounts first, so that an account by address alone finds the name.
  for (const fact of inOrder) if (fact.name !== undefined) drafts.add(fact);
  for (const fact of inOrder) if (fact.name === undefined) drafts.add(fact);

  drafts.rename();
  const list = () => [...drafts.byName.values()];
  const primary = new Map<string, { node: string; rank: number }>();
  for (const draft of list()) {
    for (const { address, role, source } of draft.addresses) {
      if (role !== 'InternalIP' && role !== 'ExternalIP' && role !== 'address') continue;
      primary.set(address, { node: draft.name, rank: trustRank(source.kind) });
    }
  }
  return {
    addresses: list().flatMap((draft) => draft.addresses.map((a) => ({ ...a, node: draft.name }))),
    podCidrs: list().flatMap((draft) =>
      [...draft.podCidrs].map(([cidr, { source, score, why }]) => ({
        cidr,
        node: draft.name,
        source,
        score,
        why,
      })),
    ),
    resolve: (reference) =>
      reference === undefined ? undefined : (drafts.find(reference)?.name ?? reference),
    ownerOfPrimary: (address) => primary.get(address),
    adopt: (alias, node) => drafts.adopt(alias, node),
    withPods: (pods) => finish(list(), pods, drafts),
  };
}

function finish(list: readonly Draft[], pods: readonly Pod[], drafts: Drafts): Node[] {
  const sharing = new Map<string, string[]>();
  for (const pod of pods) {
    if (!pod.hostNetwork || pod.ended) continue;
    // The address tells as well as the name, where a source gives no node.
    const name =
      pod.node ?? pod.addresses.map((a) => drafts.find(a)?.name).find((n) => n !== undefined);
    if (name === undefined) continue;
    const there = sharing.get(name);
    if (there === undefined) sharing.set(name, [`${pod.namespace}/${pod.name}`]);
    else there.push(`${pod.namespace}/${pod.name}`);
  }
  return list.map((draft) => ({
    name: draft.name,
    named: draft.named,
    aliases: [...draft.aliases],
    addresses: draft.addresses.map(({ address, role }) => ({ address, role })),
    podCidrs: [...draft.podCidrs.keys()],
    subnets: [...draft.subnets],
    vtepMacs: [...draft.vtepMacs],
    hostNetworkPods: sharing.get(draft.name) ?? [],
    asNumber: draft.asNumber,
    zone: draft.zone,
    providerId: draft.providerId,
    source: draft.first.source,
    score: draft.first.score,
    why: draft.first.why,
  }));
}
