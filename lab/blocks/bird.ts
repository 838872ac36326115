/** BIRD 2 on every node in a full mesh, as Calico's confd templates configure it: /26 blocks over AS 64512. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNode } from './cluster.ts';
import { LabError, until } from './command.ts';
import { background, exec, ip, type Network } from './network.ts';

const AS = 64512;
const MESH_TIMEOUT_MS = 30_000;

/** How a node reaches another's block: through a tunnel device, or straight over the wire. */
export type Carriage = (from: ClusterNode, to: ClusterNode) => string | undefined;

function configuration(node: ClusterNode, nodes: readonly ClusterNode[]): string {
  const peers = nodes.filter((other) => other.name !== node.name);
  const mesh = peers.map(
    (peer) => `protocol bgp Mesh_${peer.ip.replaceAll('.', '_')} from bgp_template {
  neighbor ${peer.ip} as ${AS};
  ${node.ip < peer.ip ? '' : 'passive on;'}
}`,
  );
  return `router id ${node.ip};
log stderr { fatal, bug, error };
protocol device {}
protocol direct { disabled; }
protocol static { ipv4; route ${node.block} blackhole; }
filter calico_export { if source = RTS_STATIC then accept; if source = RTS_BGP then accept; reject; }
template bgp bgp_template {
  local ${node.ip} as ${AS};
  multihop;
  connect delay time 1;
  connect retry time 2;
  error wait time 2, 10;
  graceful restart;
  ipv4 { gateway recursive; import all; export filter calico_export; add paths on; };
}
${mesh.join('\n')}
`;
}

/** Starts BIRD on every node; resolves when every node has learned every other's block over BGP. */
export async function startMesh(network: Network, nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    const file = join(network.folder, `bird-${node.place}.conf`);
    writeFileSync(file, configuration(node, nodes));
    background(network, node.place, ['bird', '-f', '-c', file, '-s', socketOf(network, node)]);
  }
  await until('the BGP mesh', MESH_TIMEOUT_MS, () =>
    nodes.every((node) => learned(network, node).length >= nodes.length - 1) ? true : undefined,
  );
}

function socketOf(network: Network, node: ClusterNode): string {
  return join(network.folder, `bird-${node.place}.ctl`);
}

/** Blocks a node's BIRD has from BGP, each with its next hop. */
function learned(network: Network, node: ClusterNode): { block: string; via: string }[] {
  let text = '';
  try {
    const question = ['birdc', '-s', socketOf(network, node), 'show', 'route', 'all'];
    text = exec(network, node.place, question);
  } catch {
    return []; // BIRD is still starting
  }
  const routes: { block: string; via: string }[] = [];
  for (const part of text.split(/\n(?=\d+\.)/)) {
    const block = /^(\d+\.\d+\.\d+\.\d+\/\d+)/m.exec(part)?.[1];
    const via = /BGP\.next_hop: (\S+)/.exec(part)?.[1];
    if (block !== undefined && via !== undefined) routes.push({ block, via });
  }
  return routes;
}

/**
 * Routes to the other nodes' blocks as BGP told them, `proto bird`: over the tunnel device `carriage` names
 * (onlink, as Calico's BIRD does with krt_tunnel, which stock BIRD lacks), or over the wire when it names none.
 */
export function programRoutes(
  network: Network,
  nodes: readonly ClusterNode[],
  carriage: Carriage,
): void {
  for (const node of nodes) {
    for (const { block, via } of learned(network, node)) {
      const owner = nodes.find((other) => other.ip === via);
      if (owner === undefined) throw new LabError(`${node.name}: BGP next hop ${via} is no node`);
      const device = carriage(node, owner);
      const path = device === undefined ? '' : ` dev ${device} onlink`;
      ip(network, node.place, `route replace ${block} via ${via}${path} proto bird`);
    }
  }
}
