import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DirectionSet } from '../../src/classify/direction-set.ts';
import { addressOf, portOf } from '../../src/flow/addresses.ts';
import { FAMILY_V4, FAMILY_V6, FlowKey, FlowTable, NO_FLOW } from '../../src/flow/flow-table.ts';

const small = fc.integer({ min: 0, max: 2 });
const port = fc.constantFrom(80, 443, 32_767, 32_768, 50_001, 50_002);
const flow = fc.tuple(small, small, fc.boolean(), small, small, small, port, port);

/** What a direction tells, as text. */
function told(flows: FlowTable, fd: number): string {
  const f = fd >> 1;
  const side = fd & 1;
  const ports = [portOf(flows, f, side), portOf(flows, f, 1 - side)].map((p) =>
    p < 32_768 ? p : 0,
  );
  const ends = [addressOf(flows, f, side), addressOf(flows, f, 1 - side)];
  return [flows.place(f), flows.encapsulation(f), flows.kind(f), ...ends, ...ports].join(' ');
}

describe('the set of directions that tell something', () => {
  it('has one of those that tell the same, numbered in order', () => {
    fc.assert(
      fc.property(fc.array(flow, { maxLength: 60 }), (rows) => {
        const flows = new FlowTable(rows.length);
        const key = new FlowKey();
        for (const [place, encapsulation, isV6, upper, src, dst, sport, dport] of rows) {
          Object.assign(key, { place, encapsulation, kind: (isV6 ? FAMILY_V6 : FAMILY_V4) | 6 });
          Object.assign(key, {
            src0: isV6 ? upper : 0,
            dst1: isV6 ? upper : 0,
            src3: src,
            dst3: dst,
          });
          key.ports = (sport << 16) | dport;
          if (flows.find(key) === NO_FLOW) flows.add(key, NO_FLOW);
        }
        const set = new DirectionSet(flows, 2 * rows.length);
        const numbers = new Map<string, number>();
        for (let fd = 0; fd < 2 * flows.count; fd++) {
          const text = told(flows, fd);
          if (!numbers.has(text)) numbers.set(text, numbers.size);
          assert.equal(set.add(fd), numbers.get(text));
        }
        assert.equal(set.size, numbers.size);
      }),
    );
  });
});
