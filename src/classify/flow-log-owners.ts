/**
 * What flow logs show of who owns an address. The AWS VPC CNI gives pods further addresses of a node's
 * interfaces; the log shows the interface's primary address in their place, and the packet's beside it.
 */
import { type AddressFact, type FactSource, type Facts, noFacts } from '../topology/facts.ts';
import { isPrivate, parseIp } from '../topology/ip.ts';
import type { Topology } from '../topology/topology.ts';
import type { FlowLogTable, LogEnd, LogFlow, LogInterface } from './flow-log-table.ts';

const SOURCE: FactSource = { kind: 'traffic', detail: 'flow logs' };
/** The log names the instance, and a source names the node on it. */
const NAMED_SCORE = 0.95;
/** An instance whose interface carries more addresses than its own is most likely a node, and they pods. */
const CARRIES_SCORE = 0.6;
/** Addresses behind interfaces that are told; more are left to the ranges that sources give. */
const ADDRESSES_MAX = 1 << 18;

/**
 * How an address relates to the one that the interface shows in its place: another address of the
 * interface, as a pod has; or one that only passes through, as at a NAT gateway or transit gateway.
 */
export type Standing = 'own' | 'carried' | 'passing';

/** Facts of the logs, weighed with what is known of the cluster beside them. */
export function flowLogFacts(table: FlowLogTable, known: Topology): Facts {
  const facts = noFacts();
  const instances = new Map<string, LogInterface[]>();
  for (const eni of table.interfaces.values()) {
    if (eni.instanceId === undefined || eni.primary === undefined) continue;
    const list = instances.get(eni.instanceId);
    if (list === undefined) instances.set(eni.instanceId, [eni]);
    else list.push(eni);
  }
  const carrying = carriedAddresses(table, known);
  for (const [instance, enis] of instances) {
    const node = nodeOfInstance(known, instance);
    const addresses = enis.map((eni) => ({ address: eni.primary!, role: 'eni' as const }));
    const ids = enis.map((eni) => eni.id).join(', ');
    if (node !== undefined) {
      const why = { code: 'log-names-instance', instance, node, interfaces: ids } as const;
      facts.nodes.push({ name: node, addresses, source: SOURCE, score: NAMED_SCORE, why });
    } else if (!known.complete.has('nodes') && enis.some((eni) => carrying.has(eni.id))) {
      const why = { code: 'log-carries-as-node', interfaces: ids, instance } as const;
      const as = { aliases: [instance], source: SOURCE, score: CARRIES_SCORE, why };
      facts.nodes.push({ ...as, addresses });
    } else for (const eni of enis) carrying.delete(eni.id);
  }
  for (const list of carrying.values()) facts.addresses.push(...list);
  return facts;
}

/** By interface: addresses that no source lists, and that it carries beside its own. */
function carriedAddresses(table: FlowLogTable, known: Topology): Map<string, AddressFact[]> {
  const carried = new Map<string, AddressFact[]>();
  const seen = new Set<string>();
  for (const flow of table.flows) {
    if (flow.interfaceId === undefined || flow.instanceId === undefined) continue;
    for (const end of flow.ends) {
      if (end.shown === undefined || seen.has(end.ip) || seen.size >= ADDRESSES_MAX) continue;
      if (standingOf(end, flow, known) !== 'carried') continue;
      seen.add(end.ip);
      if (known.ownerOf(end.ip).listed) continue;
      const list = carried.get(flow.interfaceId) ?? [];
      list.push({
        address: end.ip,
        kind: 'pod',
        role: 'pod',
        node: end.shown,
        interface: flow.interfaceId,
        source: SOURCE,
        score: CARRIES_SCORE,
        why: {
          code: 'log-carries-as-pod',
          interfaceId: flow.interfaceId,
          instance: flow.instanceId,
          shown: end.shown,
        },
      });
      carried.set(flow.interfaceId, list);
    }
  }
  return carried;
}

/** How the end's address relates to what the interface shows. */
export function standingOf(end: LogEnd, flow: LogFlow, topology: Topology): Standing {
  if (end.shown === undefined) return 'own';
  const owner = topology.ownerOf(end.ip);
  if (owner.kind === 'pod' || owner.kind === 'node') {
    const shown = topology.ownerOf(end.shown);
    const isOther = shown.kind === 'node' && shown.node !== owner.node && owner.node !== undefined;
    return shown.kind === 'loadbalancer' || isOther ? 'passing' : 'carried';
  }
  const words = parseIp(end.ip);
  const isOutside = words === undefined || (words.length === 1 && !isPrivate(words));
  return isOutside || flow.instanceId === undefined ? 'passing' : 'carried';
}

/** Name of the node on this EC2 instance: provider IDs end in it (`aws:///ap-northeast-2a/i-0123…`). */
export function nodeOfInstance(topology: Topology, instance: string): string | undefined {
  return topology.nodes.find(
    ({ providerId, aliases }) =>
      providerId === instance ||
      providerId?.endsWith(`/${instance}`) === true ||
      aliases.includes(instance),
  )?.name;
}
