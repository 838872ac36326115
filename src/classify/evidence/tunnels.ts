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
        text: `no tunnel: both pods are on ${from}, which routes between their interfaces itself`,
      },
    ];
  }
  return absent(one, from, to);
}

function present(one: Case, tunnel: EncapsulationRecord): EvidenceRecord {
  const owner = (ip: string): string => {
    const { node } = one.run.topology.ownerOf(ip, one.atSeconds);
    return node === undefined || node === ip ? ip : `${node} (${ip})`;
  };
  const overhead = overheadOf(tunnel.type);
  const adds = overhead === undefined ? '' : `, which adds ${overhead} bytes to every packet`;
  const id = tunnel.id === null ? '' : ` ${tunnel.id}`;
  return {
    rule: `encapsulated-${tunnel.type}`,
    confidence: 'certain',
    text: `${tunnel.type}${id} between ${owner(tunnel.outer.src)} and ${owner(tunnel.outer.dst)}${adds}`,
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
        text: `no tunnel: ${pool?.name ?? 'the pool'} encapsulates between subnets only (CrossSubnet), and ${from} and ${to} share one`,
      },
    ];
  }
  const isVpc = topology.rangesOf(one.client.ip).some((range) => range.kind === 'vpc');
  if (isVpc) {
    return [
      {
        rule: 'no-tunnel-vpc-native',
        confidence: 'certain',
        text: 'no tunnel: pod addresses belong to the VPC, whose routers know them',
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
          text: "no tunnel was seen: the pods' addresses are routed between nodes as they are",
        },
      ]
    : [];
}
