/** A node, or a hostNetwork pod with the node's address, talks inside the cluster. */

import { isInside, type LabelRule, ownerOf, type Verdict, weakest } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** The range of node ports unless a cluster's API server was told another. */
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_LAST = 32_767;
const FORWARDED: readonly string[] = ['tcp', 'udp', 'sctp'];

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
  // A node port dialled, the packet after DNAT not seen: the node is hardly the real server. What a node sends itself is the host's all the same.
  const isOwn = clientIsNode && isSentByNode;
  if (serverIsNode && !isOwn && mayBeNodePort(one)) return undefined;
  const behind = isOwn ? undefined : masquerading(one);
  if (behind !== undefined) {
    return {
      label: 'unknown',
      direction: 'unknown',
      confidence: 'guess',
      rule: 'node-may-masquerade',
      sentence: {
        code: 'node-or-masqueraded',
        client: ownerOf(client),
        server: ownerOf(server),
        service: behind,
      },
    };
  }
  return {
    label: 'host',
    direction: 'internal',
    confidence: weakest(client.owner.confidence, server.owner.confidence),
    rule: 'node-is-an-end',
    sentence: { code: 'node-end', client: ownerOf(client), server: ownerOf(server) },
  };
}

/** It is one, or lies in their range while nobody lists the Services. */
export function mayBeNodePort({ protocolName, run, server, unresolved }: Subject): boolean {
  if (unresolved !== undefined) return true;
  if (run.topology.complete.has('services') || !FORWARDED.includes(protocolName)) return false;
  return server.port >= NODE_PORT_FIRST && server.port <= NODE_PORT_LAST;
}

/**
 * The Service whose clients the node's address as source may hide: a node masquerades what comes in by a node
 * port, and what its pods send to other nodes.
 */
function masquerading(one: Subject): string | undefined {
  const { client, server, run, protocolName } = one;
  if (client.owner.kind !== 'node') return undefined;
  const behind = run.topology
    .servicesBehind(server.ip, server.port, protocolName)
    .find((s) => s.type === 'NodePort' || s.type === 'LoadBalancer');
  const open = behind ?? one.service?.service;
  if (open === undefined || (server.owner.kind === 'node' && behind === undefined))
    return undefined;
  return `${open.type} ${open.namespace}/${open.name}`;
}
