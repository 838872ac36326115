/** The highest TTL that a source's packets have at a place: that of what it sends itself, if it sends anything there. */
import { addressOf } from '../flow/addresses.ts';
import type { FlowStage } from '../flow/observe.ts';

/** Flows looked at. */
const FLOWS_MAX = 100_000;

export class SourceTtls {
  private readonly stage: FlowStage;
  /** By `place address`; made when first asked for. */
  private highest: Map<string, number> | undefined;

  constructor(stage: FlowStage) {
    this.stage = stage;
  }

  /** 0 = none seen. */
  at(place: number, address: string): number {
    this.highest ??= this.collect();
    return this.highest.get(`${place} ${address}`) ?? 0;
  }

  private collect(): Map<string, number> {
    const { flows } = this.stage;
    const highest = new Map<string, number>();
    for (let f = 0; f < flows.count && f < FLOWS_MAX; f++) {
      if (flows.encapsulation(f) !== 0) continue;
      for (let side = 0; side < 2; side++) {
        const ttl = flows.ttlBy(2 * f + side);
        const key = `${flows.place(f)} ${addressOf(flows, f, side)}`;
        if (ttl > (highest.get(key) ?? 0)) highest.set(key, ttl);
      }
    }
    return highest;
  }
}
