/** One end is outside the cluster, a load balancer, or a node's client from there. */

import type { Direction } from '../record.ts';
import { isInside, isOutside, type Verdict, weakest } from '../rule.ts';
import type { Subject } from '../subject.ts';

export function external(one: Subject): Verdict | undefined {
  const { client, server } = one;
  const fromOutside = isOutside(client.owner);
  const toOutside = isOutside(server.owner) && !isOwnBalancer(one);
  if (!fromOutside && !toOutside) return undefined;
  const outer = fromOutside ? client : server;
  const other = fromOutside ? server : client;
  // What the other end is does not change the label, so only the outer end's owner weighs.
  return {
    label: 'external',
    direction: directionOf(one),
    confidence: weakest(outer.owner.confidence, isInside(other.owner) ? 'certain' : 'likely'),
    rule: 'an-end-is-outside',
    sentence: {
      code: 'outer-end',
      ip: outer.ip,
      isLoadBalancer: outer.owner.kind === 'loadbalancer',
      fromOutside,
    },
  };
}

/**
 * A pod or node dialled the load balancer's address of a Service: its own node rewrites that as it does a ClusterIP
 * (kube-proxy, ingress[].ipMode VIP), so it is not to be taken for traffic to outside.
 */
function isOwnBalancer({ client, unresolved }: Subject): boolean {
  return unresolved?.via === 'LoadBalancer' && isInside(client.owner);
}

function directionOf(one: Subject): Direction {
  const { client, server } = one;
  if (isOutside(client.owner)) return isInside(server.owner) ? 'ingress' : 'unknown';
  return isInside(client.owner) ? 'egress' : 'unknown';
}
