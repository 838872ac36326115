/** A node, or a hostNetwork pod with the node's address, talks inside the cluster. */

import { isInside, type LabelRule, showOwner, type Verdict, weakest } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** The rule; `isSentByNode` tells of a client that is a node whether it surely sent this itself. */
export function hostRule<Of extends Subject>(isSentByNode: (one: Of) => boolean): LabelRule<Of> {
  return (one) => host(one, isSentByNode(one));
}

function host(one: Subject, isSentByNode: boolean): Verdict | undefined {
  const { client, server } = one;
  const clientIsNode = client.owner.kind === 'node';
  const serverIsNode = server.owner.kind === 'node';
  if (!clientIsNode && !serverIsNode) return undefined;
  if (!isInside(client.owner) || !isInside(server.owner)) return undefined;
  // A node port dialled, the packet after DNAT not seen: the node is hardly the real server.
  if (one.unresolved !== undefined && serverIsNode) return undefined;
  const masked = maybeMasked(one, isSentByNode);
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
 * The node's address as source may hide a client: it masquerades what comes in by a node port, and what
 * its pods send to other nodes. Unless the TTL shows that the node sent this itself.
 */
function maybeMasked(
  one: Subject,
  isSentByNode: boolean,
): { confidence: 'guess' | 'likely'; text: string } | undefined {
  const { client, server, run, protocolName } = one;
  if (client.owner.kind !== 'node' || isSentByNode) return undefined;
  const behind = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find((s) => s.type === 'NodePort' || s.type === 'LoadBalancer');
  const open = behind ?? one.service?.service;
  if (open === undefined || (server.owner.kind === 'node' && behind === undefined))
    return undefined;
  return {
    confidence: 'guess',
    text: `it may also be a client of ${open.type} ${open.namespace}/${open.name} behind the node's masquerade: capture that node's NIC as well`,
  };
}
