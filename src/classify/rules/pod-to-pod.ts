/** Both real ends are pods, and the node of each is known: one, or two. */
import { isUnlisted, ownerOf, type Verdict, weakest } from '../rule.ts';
import type { Subject } from '../subject.ts';

export function podToPod(one: Subject): Verdict | undefined {
  const { client, server } = one;
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return undefined;
  if (isUnlisted(client.owner) || isUnlisted(server.owner)) return undefined; // nobody's address
  const known = weakest(client.owner.confidence, server.owner.confidence);
  // Undefined too for nodes known only as where a capture was made: two captures may be of one node.
  const isSame = one.run.topology.sameNode(client.owner.node, server.owner.node);
  if (isSame !== undefined) {
    return {
      label: isSame ? 'same-node' : 'cross-node',
      direction: 'internal',
      confidence: known,
      rule: isSame ? 'pods-on-one-node' : 'pods-on-two-nodes',
      sentence: {
        code: 'pods-on-nodes',
        client: ownerOf(client),
        server: ownerOf(server),
        same: isSame,
      },
    };
  }
  return undefined;
}
