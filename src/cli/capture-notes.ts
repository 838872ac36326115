/** What goes into a capture file beside frames, so that the file alone tells names and labels: see base/snapshot-block.ts. */
import type { CaptureInterface } from '../base/frames.ts';
import type { NatTable } from '../classify/nat-tables.ts';
import { buildTopology } from '../topology/build.ts';
import type { Facts } from '../topology/facts.ts';
import { showSnapshot } from '../topology/snapshot.ts';
import type { Topology } from '../topology/topology.ts';
import { namesIn } from '../view/names.ts';
import { version } from './version.ts';

interface Name {
  readonly address: string;
  readonly name: string;
}

export class CaptureNotes {
  /** Grow as more becomes known; a name that changed is there again. */
  readonly names: Name[] = [];
  readonly snapshots: { readonly text: string }[] = [];
  private readonly told = new Map<string, string>();
  private readonly node: string | undefined;
  private topology: Topology | undefined = undefined;
  private facts: readonly Facts[] = [];

  /** `node`: where the frames are captured, when that is here. */
  constructor(node?: string) {
    this.node = node;
  }

  /** Names that another source tells, the first `from` of which were taken before. Yields how many there are. */
  follow(names: readonly Name[], from: number): number {
    for (let i = from; i < names.length; i++) this.name(names[i]!);
    return names.length;
  }

  /** The cluster is known as follows from now on: its names come before the frames that are written next. */
  know(facts: readonly Facts[]): void {
    this.facts = facts;
    this.topology = buildTopology(...facts);
    const lookup = namesIn(this.topology);
    for (const address of addressesIn(facts)) {
      const name = lookup(address);
      if (name !== undefined && name !== address) this.name({ address, name });
    }
  }

  /** All that is known, with connections, once more as a whole: it takes the place of what was kept before. */
  keep(tables: readonly NatTable[]): void {
    const { topology } = this;
    if (topology === undefined) return;
    const taken = Date.now() / 1000;
    const application = `netlens ${version()}`;
    this.snapshots.push({ text: showSnapshot({ taken, application, topology, tables }) });
  }

  /** Node, and pod at the other end of a veth, of a device captured here. */
  describe(face: CaptureInterface): string | undefined {
    if (this.node === undefined) return face.description;
    const words = [`node=${this.node}`];
    for (const facts of this.facts) {
      for (const { kind, interface: device, address } of facts.addresses) {
        if (kind !== 'pod' || device !== face.name) continue;
        const { name, namespace } = this.topology!.ownerOf(address);
        if (name !== undefined && name !== address) words.push(`pod=${namespace ?? ''}/${name}`);
        words.push(`ip=${address}`);
      }
    }
    if (face.description !== undefined) words.push(face.description);
    return words.join(' ');
  }

  private name({ address, name }: Name): void {
    if (this.told.get(address) === name) return;
    this.told.set(address, name);
    this.names.push({ address, name });
  }
}

function addressesIn(facts: readonly Facts[]): Set<string> {
  const all = new Set<string>();
  for (const { nodes, pods, services, addresses, names } of facts) {
    for (const node of nodes) for (const { address } of node.addresses) all.add(address);
    for (const pod of pods) if (!pod.hostNetwork) for (const one of pod.addresses) all.add(one);
    for (const service of services) {
      for (const one of [...service.clusterIps, ...service.externalIps]) all.add(one);
    }
    for (const { address } of [...addresses, ...names]) all.add(address);
  }
  return all;
}
