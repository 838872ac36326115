/** Both real ends are pods: on one node, or on two. */
import type { Case } from '../case.ts';
import { isUnlisted, showOwner, type Verdict, weakest } from '../rule.ts';
import { meetAtOneHost, tunnelsBetweenNodes } from '../sightings.ts';

export function podToPod(one: Case): Verdict | undefined {
  const { client, server } = one;
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return undefined;
  if (isUnlisted(client.owner) || isUnlisted(server.owner)) return undefined; // nobody's address
  const known = weakest(client.owner.confidence, server.owner.confidence);
  const from = client.owner.node;
  const to = server.owner.node;
  if (from !== undefined && to !== undefined) {
    const isSame = from === to;
    return {
      label: isSame ? 'same-node' : 'cross-node',
      direction: 'internal',
      confidence: known,
      rule: isSame ? 'pods-on-one-node' : 'pods-on-two-nodes',
      text: `${showOwner(client)} and ${showOwner(server)} are ${isSame ? 'on one node' : 'on different nodes'}`,
    };
  }
  return bySightings(one);
}

/** Who runs where is not told for both: what was seen on the way may still tell. */
function bySightings(one: Case): Verdict | undefined {
  const tunnel = tunnelsBetweenNodes(one);
  if (tunnel !== undefined) {
    return {
      label: 'cross-node',
      direction: 'internal',
      confidence: weakest('likely', one.client.owner.confidence, one.server.owner.confidence),
      rule: 'tunnel-between-nodes',
      text: `it travels in ${tunnel.type} from ${tunnel.outer.src} to ${tunnel.outer.dst}, so its pods are on different nodes`,
    };
  }
  const host = meetAtOneHost(one);
  if (host === undefined) return undefined;
  return {
    label: 'same-node',
    direction: 'internal',
    confidence: weakest('likely', one.client.owner.confidence, one.server.owner.confidence),
    rule: 'both-pods-at-one-host',
    text: host,
  };
}
