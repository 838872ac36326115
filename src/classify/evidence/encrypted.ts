/** Packets whose inside nobody here can read. */
import { ESP, WIREGUARD } from '../../base/protocol-numbers.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';

export function encrypted(one: Case): EvidenceRecord[] {
  const deepest = one.run.stage.flows.deepest(one.hops[0]!.flow);
  if (deepest !== WIREGUARD && deepest !== ESP) return [];
  const name = deepest === WIREGUARD ? 'WireGuard' : 'ESP';
  const areNodes = one.client.owner.kind === 'node' && one.server.owner.kind === 'node';
  return [
    {
      rule: 'encrypted',
      confidence: 'certain',
      text: `encrypted ${areNodes ? 'between nodes' : 'on the way'} by ${name}: the conversations inside are seen only where they are plain, as on ${deepest === WIREGUARD ? 'the WireGuard device' : "the pods' interfaces"}`,
    },
  ];
}
