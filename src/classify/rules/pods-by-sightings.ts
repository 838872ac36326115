/** Both real ends are pods, and who runs where is not told for both: what was seen on the way may still tell. */
import type { Case } from '../case.ts';
import { isUnlisted, type Verdict, weakest } from '../rule.ts';
import { meetAtOneHost, tunnelDeviceOf, tunnelsBetweenNodes } from '../sightings.ts';

export function podsBySightings(one: Case): Verdict | undefined {
  const { client, server } = one;
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return undefined;
  if (isUnlisted(client.owner) || isUnlisted(server.owner)) return undefined; // nobody's address
  const tunnel = tunnelsBetweenNodes(one);
  if (tunnel !== undefined) {
    return {
      label: 'cross-node',
      direction: 'internal',
      confidence: weakest('likely', client.owner.confidence, server.owner.confidence),
      rule: 'tunnel-between-nodes',
      sentence: { code: 'pods-across-tunnel', tunnel: tunnel.type, ...tunnel.outer },
    };
  }
  const device = tunnelDeviceOf(one);
  if (device !== undefined) {
    return {
      label: 'cross-node',
      direction: 'internal',
      confidence: weakest('likely', client.owner.confidence, server.owner.confidence),
      rule: 'on-tunnel-device',
      sentence: { code: 'pods-across-device', device },
    };
  }
  const frames = meetAtOneHost(one);
  if (frames === undefined) return undefined;
  return {
    label: 'same-node',
    direction: 'internal',
    confidence: weakest('likely', client.owner.confidence, server.owner.confidence),
    rule: 'both-pods-at-one-host',
    sentence: { code: 'pods-at-one-host', ...frames },
  };
}
