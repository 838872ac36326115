/** What was observed so far, each distinct thing once: what a live capture still knows when the flows are gone. */
import type { TrafficObservation } from '../topology/observation.ts';

/** What was seen again longest ago makes room. */
const OBSERVED_MAX = 50_000;

export class Observed {
  /** Grows with everything new. */
  revision = 0;
  /** In the order in which they were seen last. */
  private readonly byKey = new Map<string, TrafficObservation>();

  add(observations: Iterable<TrafficObservation>): void {
    for (const one of observations) {
      const key = JSON.stringify({ ...one, packets: 0 });
      if (!this.byKey.delete(key)) this.revision++;
      this.byKey.set(key, one);
    }
    for (const key of this.byKey.keys()) {
      if (this.byKey.size <= OBSERVED_MAX) return;
      this.byKey.delete(key);
    }
  }

  values(): IterableIterator<TrafficObservation> {
    return this.byKey.values();
  }
}
