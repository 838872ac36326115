/** The topology of an analysis as views draw it. */
import type { Conversations } from '../classify/conversations.ts';
import type { Topology } from '../topology/topology.ts';
import type { TopologyTunnel, TopologyView } from '../view/topology-view.ts';
import type { Survey } from './survey.ts';

export const NO_TOPOLOGY: TopologyView = {
  progress: 0,
  nodes: [],
  pods: [],
  services: [],
  ranges: [],
  tunnels: [],
  edges: [],
  leftOut: 0,
  conflicts: [],
};

export function topologyView(conversations: Conversations, survey: Survey): TopologyView {
  const { topology } = conversations.run;
  return {
    progress: survey.progress,
    ...objectsOf(topology),
    tunnels: tunnelsOf(conversations),
    edges: survey.edgeList(),
    leftOut: survey.edgesLeftOut,
    conflicts: topology.conflicts.map((conflict) => ({ code: 'conflict' as const, ...conflict })),
  };
}

function objectsOf(
  topology: Topology,
): Pick<TopologyView, 'nodes' | 'pods' | 'services' | 'ranges'> {
  return {
    nodes: topology.nodes.map((node) => ({
      name: node.name,
      addresses: node.addresses.map(({ address }) => address),
      podCidrs: node.podCidrs,
      named: node.named,
    })),
    pods: topology.pods.map((pod) => ({
      namespace: pod.namespace,
      name: pod.name,
      addresses: pod.addresses,
      node: pod.node ?? null,
      interface: pod.interface ?? null,
      hostNetwork: pod.hostNetwork,
    })),
    services: topology.services.map((service) => ({
      namespace: service.namespace,
      name: service.name,
      type: service.type,
      addresses: [
        ...service.clusterIps,
        ...service.externalIps,
        ...service.ingress.map(({ ip, hostname }) => ip ?? hostname ?? ''),
      ].filter((address) => address !== ''),
      ports: service.ports.map(
        ({ port, nodePort, protocol }) =>
          `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol.toLowerCase()}`,
      ),
      endpoints: topology.endpointsOf(service)?.map(({ address }) => address) ?? null,
    })),
    ranges: topology.ranges.map((range) => ({
      cidr: range.cidr,
      kind: range.kind,
      name: range.name ?? null,
      node: range.node ?? null,
    })),
  };
}

/** Tunnels with what went through them, at the place that saw most of it: each packet counted once. */
function tunnelsOf({ run }: Conversations): TopologyTunnel[] {
  const { flows, encapsulations } = run.stage;
  const seen = new Map<string, { packets: number; bytes: number }>();
  for (let f = 0; f < flows.count; f++) {
    const number = flows.encapsulation(f);
    if (encapsulations.list[number] === undefined) continue;
    const key = `${number} ${flows.place(f)}`;
    let sum = seen.get(key);
    if (sum === undefined) {
      sum = { packets: 0, bytes: 0 };
      seen.set(key, sum);
    }
    sum.packets += flows.packetsBy(2 * f) + flows.packetsBy(2 * f + 1);
    sum.bytes += flows.bytesBy(2 * f) + flows.bytesBy(2 * f + 1);
  }
  const most = new Map<number, { packets: number; bytes: number }>();
  for (const [key, sum] of seen) {
    const number = Number(key.split(' ')[0]);
    if (sum.packets > (most.get(number)?.packets ?? -1)) most.set(number, sum);
  }
  return [...most]
    .map(([number, sum]) => {
      const { type, a, b } = encapsulations.list[number]!;
      return { type, src: a, dst: b, ...sum };
    })
    .sort((x, y) => y.bytes - x.bytes);
}
