/** Packets whose inside nobody here can read. */
import { ESP, WIREGUARD } from '../../base/protocol-numbers.ts';
import type { Case } from '../case.ts';
import type { EvidenceRecord } from '../record.ts';

export function encrypted(one: Case): EvidenceRecord[] {
  const deepest = one.run.stage.flows.deepest(one.hops[0]!.flow);
  if (deepest !== WIREGUARD && deepest !== ESP) return [];
  const by = deepest === WIREGUARD ? 'WireGuard' : 'ESP';
  const betweenNodes = one.client.owner.kind === 'node' && one.server.owner.kind === 'node';
  return [
    {
      rule: 'encrypted',
      confidence: 'certain',
      sentence: { code: 'encrypted', by, betweenNodes },
    },
  ];
}
