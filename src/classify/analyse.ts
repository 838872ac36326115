/** From the flows of a finished read to its conversations: stitch, learn who owns what, lay out. */
import type { FlowStage } from '../flow/observe.ts';
import { type Stitching, type StitchOptions, stitch } from '../flow/stitch.ts';
import { buildTopology } from '../topology/build.ts';
import type { Facts } from '../topology/facts.ts';
import { inferFacts } from '../topology/infer.ts';
import type { NameObservation } from '../topology/observation.ts';
import type { Topology } from '../topology/topology.ts';
import { Conversations } from './conversations.ts';
import { IcmpErrors } from './icmp-errors.ts';
import { type NatTable, NatTables } from './nat-tables.ts';
import { observationsOf } from './observations.ts';
import { proxyFacts, proxyListeners } from './proxies.ts';
import { SourceTtls } from './source-ttls.ts';
import { Told } from './told.ts';
import { doubtUnmet } from './unmet-cluster.ts';
import { isNamedIn, Vantages } from './vantage.ts';

/** Devices of one host by interface index, for captures of `any`, which hold the index alone. */
export interface HostDevices {
  readonly node: string;
  readonly names: ReadonlyMap<number, string>;
}

export interface AnalyseOptions extends Omit<StitchOptions, 'conntrack'> {
  /** Connection tables of nodes: a further proof of translations. */
  readonly conntrackTables?: readonly NatTable[];
  /** What is known of the cluster beside the traffic, the most trusted first. */
  readonly facts?: readonly Facts[];
  readonly hosts?: readonly HostDevices[];
  /** Names that the capture files themselves give. */
  readonly names?: readonly NameObservation[];
}

export function analyse(stage: FlowStage, options: AnalyseOptions = {}): Conversations {
  nameDevices(stage, options.hosts ?? []);
  const nat = new NatTables(options.conntrackTables ?? []);
  const stitching = stitch(stage, { ...options, conntrack: nat.pairs(stage) });
  const inferred = inferFacts(observationsOf(stage, stitching, options.names ?? []));
  const given = doubtUnmet(stage, options.facts ?? []);
  const topology = buildTopology(...given, proxyFacts(stage), inferred);
  return conversationsOf(stage, nat, stitching, topology);
}

/** The conversations of flows that are joined already, in a cluster that is known. */
export function conversationsOf(
  stage: FlowStage,
  nat: NatTables,
  stitching: Stitching,
  topology: Topology,
): Conversations {
  const vantages = new Vantages(stage, topology);
  return new Conversations(
    {
      stage,
      nat,
      stitching,
      topology,
      vantages,
      sourceTtls: new SourceTtls(stage),
      icmpErrors: new IcmpErrors(stage),
      proxyListeners: proxyListeners(stage),
    },
    new Told(stage, stitching),
  );
}

/** A host's list is for the captures of its node: told, named in the file's path, or the only ones there are. */
function nameDevices(stage: FlowStage, hosts: readonly HostDevices[]): void {
  const isOnlyFile = stage.places.list.every(({ capture }) => capture.fileIndex === 0);
  stage.places.list.forEach(({ capture, ifindex }, place) => {
    if (ifindex === 0) return;
    const host =
      hosts.find(({ node }) => capture.node === node) ??
      hosts.find(({ node }) => isNamedIn(capture.file, node)) ??
      (hosts.length === 1 && isOnlyFile ? hosts[0] : undefined);
    const name = host?.names.get(ifindex);
    if (name !== undefined) stage.places.nameDevice(place, name);
  });
}
