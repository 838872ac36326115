/** What holds of the flow table whatever frames it is given. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameBatch } from '../../src/base/frames.ts';
import { decode } from '../../src/decode/decode.ts';
import { LATER_FRAGMENT, Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { anyFrame } from '../support/arbitrary-frames.ts';
import { describeFlows, packetsCounted } from '../support/flows.ts';
import { reload } from '../support/frames.ts';
import * as h from '../support/headers.ts';

interface Step {
  readonly client: number;
  readonly server: number;
  readonly transport: 'tcp' | 'udp' | 'ping';
  readonly tunnel: 'none' | 'ipip' | 'vxlan' | 'ipv6';
  readonly back: boolean;
  readonly flags: number;
  readonly seq: number;
  readonly payload: number;
}

const steps = fc.array(
  fc.record<Step>({
    client: fc.nat(2),
    server: fc.nat(2),
    transport: fc.constantFrom('tcp', 'udp', 'ping'),
    tunnel: fc.constantFrom('none', 'ipip', 'vxlan', 'ipv6'),
    back: fc.boolean(),
    flags: fc.constantFrom(0x02, 0x12, 0x10, 0x18, 0x11, 0x04),
    seq: fc.nat(3000),
    payload: fc.nat(40),
  }),
  { minLength: 1, maxLength: 40 },
);

/** The packet of a step, in its direction or, when mirrored, in the other. */
function frameOf(step: Step, id: number, mirrored: boolean): Uint8Array {
  const back = step.back !== mirrored;
  const turn = <T>(a: T, b: T): [T, T] => (back ? [b, a] : [a, b]);
  const [src, dst] = turn([10, 1, 0, step.client], [10, 2, 0, step.server]);
  const [srcPort, dstPort] = turn(40_000 + step.client, 81 + step.server);
  const [from, to] = turn([192, 168, 0, 1], [192, 168, 0, 2]);
  const payload = new Uint8Array(step.payload).fill(0x61);
  const { flags, seq } = step;
  const body = {
    tcp: () => h.tcp(srcPort, dstPort, payload, { flags, seq }),
    udp: () => h.udp(srcPort, dstPort, payload),
    // an echo request means the same whichever way it goes: the identifier tells the flow
    ping: () => h.icmpEcho(8, 7, seq),
  }[step.transport]();
  const protocol = { tcp: 6, udp: 17, ping: 1 }[step.transport];
  const inner = h.ipv4(protocol, body, { src, dst, id, ttl: 64 });
  const outer = { src: from, dst: to, id };
  const inEthernet = h.ethernet(0x0800, inner);
  return {
    none: () => inEthernet,
    ipip: () => h.ethernet(0x0800, h.ipv4(4, inner, outer)),
    vxlan: () => h.ethernet(0x0800, h.ipv4(17, h.udp(50_000, 4789, h.vxlan(1, inEthernet)), outer)),
    ipv6: () => h.ethernet(0x86dd, ipv6Of(protocol, body, back)),
  }[step.tunnel]();
}

function ipv6Of(protocol: number, body: Uint8Array, back: boolean): Uint8Array {
  const [src, dst] = back ? [h.V6_B, h.V6_A] : [h.V6_A, h.V6_B];
  const [from, to] = back ? [9, 8] : [8, 9];
  if (protocol === 1) return h.ipv6(17, h.udp(from!, to!, body), { src, dst });
  return h.ipv6(protocol, body, { src, dst });
}

/** Later fragments in the list that `observeAll` was given last. */
let laterParts = 0;

function observeAll(all: readonly { bytes: Uint8Array; linktype: number; len?: number }[]) {
  const stage = new FlowStage(64);
  const frames = new FrameBatch(new Uint8Array(0));
  const packet = new Packet();
  all.forEach((frame, i) => {
    reload(frames, frame.bytes, { ...frame, nanoseconds: i * 1000 });
    decode(frames, 0, packet);
    if ((packet.notes & LATER_FRAGMENT) !== 0) laterParts++;
    stage.observe(packet, frames, 0);
  });
  stage.finish();
  return stage;
}

describe('the flow table', () => {
  it('counts every frame once: in a row, as a repeat, or as what it could not place', () => {
    fc.assert(
      fc.property(fc.array(anyFrame(), { maxLength: 120 }), (all) => {
        laterParts = 0;
        const stage = observeAll(all);
        const counted = packetsCounted(stage);
        // a later fragment of an outer packet is not counted again: its inner packet was
        const isCounted = counted.total <= all.length && counted.total >= all.length - laterParts;
        assert.ok(
          isCounted,
          `${all.length} frames, ${laterParts} later: ${JSON.stringify(counted)}`,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('has the same rows when every packet goes the other way', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const rows = (mirrored: boolean) =>
          describeFlows(
            observeAll(
              list.map((step, i) => ({ linktype: 1, bytes: frameOf(step, i + 1, mirrored) })),
            ),
          );
        assert.deepEqual(rows(true), rows(false));
      }),
      { numRuns: 500 },
    );
  });
});
