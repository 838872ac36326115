/** Tunnels around a conversation, as records. */
import type { Hop } from '../flow/journey.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { EncapsulationRecord } from './record.ts';

/** The tunnel right around the hop's packets, as the client's packets travel in it; null = none. */
export function encapsulationOf(stage: FlowStage, hop: Hop): EncapsulationRecord | null {
  const { flows } = stage;
  const tunnel = stage.encapsulations.list[flows.encapsulation(hop.flow)];
  if (tunnel === undefined) return null;
  const id = flows.tunnelIdBy(2 * hop.flow + hop.toServer);
  const back = flows.tunnelIdBy(2 * hop.flow + 1 - hop.toServer);
  return {
    type: tunnel.type,
    outer: flows.tunnelForwardIs(hop.flow, hop.toServer)
      ? { src: tunnel.a, dst: tunnel.b }
      : { src: tunnel.b, dst: tunnel.a },
    id: id >= 0 ? id : back >= 0 ? back : null,
  };
}

/** Every tunnel that some hop was in, each once. */
export function encapsulationsOf(stage: FlowStage, hops: readonly Hop[]): EncapsulationRecord[] {
  const records: EncapsulationRecord[] = [];
  for (const hop of hops) {
    const record = encapsulationOf(stage, hop);
    if (record === null) continue;
    const isKnown = records.some(
      (r) =>
        r.type === record.type &&
        r.outer.src === record.outer.src &&
        r.outer.dst === record.outer.dst,
    );
    if (!isKnown) records.push(record);
  }
  return records;
}
