/** A node, or a hostNetwork pod with the node's address, talks inside the cluster. */
import type { Case } from '../case.ts';
import { isInside, showOwner, type Verdict, weakest } from '../rule.ts';

export function host(one: Case): Verdict | undefined {
  const { client, server } = one;
  const clientIsNode = client.owner.kind === 'node';
  const serverIsNode = server.owner.kind === 'node';
  if (!clientIsNode && !serverIsNode) return undefined;
  if (!isInside(client.owner) || !isInside(server.owner)) return undefined;
  // A node port dialled, the packet after DNAT not seen: the node is hardly the real server.
  if (one.service !== undefined && one.tuples.length === 1 && serverIsNode) return undefined;
  const masked = maybeMasked(one);
  const known = weakest(client.owner.confidence, server.owner.confidence);
  return {
    label: 'host',
    direction: 'internal',
    confidence: masked === undefined ? known : weakest(known, masked.confidence),
    rule: 'node-is-an-end',
    text: `${showOwner(client)} to ${showOwner(server)}: a node is an end${masked === undefined ? '' : `; ${masked.text}`}`,
  };
}

/**
 * The node's address as source may hide a client: kube-proxy masquerades what comes in by a node port
 * of a Service with externalTrafficPolicy Cluster, and the packet before that was not seen.
 */
function maybeMasked(one: Case): { confidence: 'guess' | 'likely'; text: string } | undefined {
  const { client, server, run, protocolName } = one;
  if (client.owner.kind !== 'node' || server.owner.kind !== 'pod') return undefined;
  if (client.owner.node === server.owner.node && one.hops[0]!.ttl === 64) return undefined; // sent by the host itself
  const open = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find(
      (s) =>
        s.externalTrafficPolicy !== 'Local' && (s.type === 'NodePort' || s.type === 'LoadBalancer'),
    );
  if (open === undefined) return undefined;
  return {
    confidence: 'guess',
    text: `it may also be a client of ${open.type} ${open.namespace}/${open.name} behind the node's masquerade: capture the node's NIC as well`,
  };
}
