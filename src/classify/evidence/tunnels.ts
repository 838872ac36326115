/** Why there is a tunnel, or why there is none where one might be expected. */
import type { Case } from '../case.ts';
import { encapsulationsOf } from '../encapsulation.ts';
import type { EncapsulationRecord, EvidenceRecord } from '../record.ts';
import { overheadOf } from '../wording.ts';

export function tunnels(one: Case): EvidenceRecord[] {
  const { run, client, server } = one;
  const seen = encapsulationsOf(run.stage, one.hops);
  if (seen.length > 0) return seen.map((tunnel) => present(one, tunnel));
  if (client.owner.kind !== 'pod' || server.owner.kind !== 'pod') return [];
  const from = client.owner.node;
  const to = server.owner.node;
  if (from === undefined || to === undefined) return [];
  if (from === to) {
    return [
      {
        rule: 'no-tunnel-same-node',
        confidence: 'certain',
        sentence: { code: 'no-tunnel-one-node', node: from },
      },
    ];
  }
  return absent(one, from, to);
}

function present(one: Case, tunnel: EncapsulationRecord): EvidenceRecord {
  const endAt = (ip: string) => ({ ip, node: one.run.topology.ownerOf(ip, one.atSeconds).node });
  const { type, id, outer } = tunnel;
  return {
    rule: `encapsulated-${type}`,
    confidence: 'certain',
    sentence: {
      code: 'tunnel',
      type,
      id,
      from: endAt(outer.src),
      to: endAt(outer.dst),
      overhead: overheadOf(type),
    },
  };
}

function absent(one: Case, from: string, to: string): EvidenceRecord[] {
  const { topology } = one.run;
  const pool = topology.poolOf(one.client.ip);
  const mode = pool?.ipipMode === 'CrossSubnet' || pool?.vxlanMode === 'CrossSubnet';
  if (mode && topology.sameSubnet(from, to) !== false) {
    return [
      {
        rule: 'no-tunnel-cross-subnet',
        confidence: 'certain',
        sentence: { code: 'no-tunnel-one-subnet', pool: pool?.name, from, to },
      },
    ];
  }
  const isVpc = topology.rangesOf(one.client.ip).some((range) => range.kind === 'vpc');
  if (isVpc) {
    return [
      {
        rule: 'no-tunnel-vpc-native',
        confidence: 'certain',
        sentence: { code: 'no-tunnel-in-vpc' },
      },
    ];
  }
  const nic = one.hops.some(
    (hop) => one.run.stage.flows.encapsulation(hop.flow) === 0 && hop.ttl === 63,
  );
  return nic
    ? [
        {
          rule: 'no-tunnel-seen',
          confidence: 'likely',
          sentence: { code: 'no-tunnel-seen' },
        },
      ]
    : [];
}
