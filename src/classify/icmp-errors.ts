/** ICMP errors by the tuple of the packet that they quote. */
import type { IcmpError } from '../flow/events.ts';
import type { FlowStage } from '../flow/observe.ts';
import type { TupleRecord } from './record.ts';

export class IcmpErrors {
  private readonly byTuple = new Map<string, IcmpError[]>();

  constructor(stage: FlowStage) {
    for (const error of stage.events.icmpErrors) {
      for (const quoted of error.quoted) {
        const key = keyOf(quoted.protocol, quoted.src, quoted.sport, quoted.dst, quoted.dport);
        const there = this.byTuple.get(key);
        if (there === undefined) this.byTuple.set(key, [error]);
        else there.push(error);
      }
    }
  }

  /** Errors that quote a packet of this tuple, in either direction. */
  about(protocol: number, tuple: TupleRecord): readonly IcmpError[] {
    if (this.byTuple.size === 0) return [];
    const { src, sport, dst, dport } = tuple;
    const there = this.byTuple.get(keyOf(protocol, src, sport, dst, dport)) ?? [];
    const back = this.byTuple.get(keyOf(protocol, dst, dport, src, sport)) ?? [];
    return [...there, ...back];
  }
}

function keyOf(protocol: number, src: string, sport: number, dst: string, dport: number): string {
  return `${protocol} ${src} ${sport} ${dst} ${dport}`;
}
