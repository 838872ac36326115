/** A live capture on the terminal UI's engine that goes on: flows that are silent make room for new ones. */
import assert from 'node:assert/strict';
import type { FrameBatch } from '../../src/base/frames.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { PacketRow } from '../../src/view/model.ts';
import { batchOf } from '../support/frames.ts';
import { ethernet, ipv4, udp } from '../support/headers.ts';
import { MadeSource } from '../support/made-source.ts';

const FLOWS_MAX = 64;
const FLOWS = 1000;
const IPV4 = 0x0800;
const UDP = 17;

const datagram = (port: number): Uint8Array =>
  ethernet(IPV4, ipv4(UDP, udp(port, 77, Uint8Array.of(port >> 8, port))));

/** A datagram of each flow, and with each one of the first flow, which so never falls silent. */
function* datagrams(): Generator<FrameBatch> {
  for (let n = 0; n < FLOWS; n++) {
    yield batchOf([datagram(30_000), datagram(31_000 + n)], { seconds: 1000 + n });
  }
}

describe('a live capture that goes on', () => {
  let engine: Engine;

  before(async () => {
    engine = new Engine(new MadeSource(datagrams()), {
      inputs: ['made'],
      live: true,
      maxFlows: FLOWS_MAX,
    });
    await engine.conversations({ ...ALL, filter: 'udp port 30000' }); // at work while flows go
    await engine.settled();
  });

  after(() => engine.close());

  it('loses no frame of a new flow; what made room is counted', async () => {
    const { ledger, bounds, flows } = await engine.status();
    assert.equal(ledger.untrackedFrames, 0);
    assert.equal(ledger.flows, FLOWS + 1);
    assert.equal(ledger.conversations, FLOWS + 1);
    assert.equal(ledger.evictedFlows, FLOWS + 1 - flows);
    assert.ok(flows <= 0.75 * FLOWS_MAX + 2, `${flows}`);
    assert.deepEqual(bounds, [{ code: 'limit-room', flows: ledger.evictedFlows }]);
  });

  it('keeps the flow that never fell silent, with all that was counted of it', async () => {
    const { rows } = await engine.conversations({ ...ALL, filter: 'udp port 30000' });
    assert.equal(rows.length, 1);
    assert.equal(rows[0]!.client.port, 30_000);
    assert.equal(rows[0]!.packets.toServer, FLOWS);
    assert.ok(rows[0]!.hops.length === 1);
  });

  it('has every packet in the conversation that it is of, or in none', async () => {
    const { rows, total } = await engine.packets({ filter: '', from: 0, count: 2 * FLOWS });
    assert.equal(total, 2 * FLOWS);
    let inNone = 0;
    for (const row of rows) {
      if (row.conversation === null) inNone++;
      else assert.equal((await engine.record(row.conversation))!.client.port, portOf(row));
    }
    const { ledger } = await engine.status();
    assert.equal(inNone, ledger.evictedFlows);
    const { rows: kept } = await engine.conversations({ ...ALL, filter: 'udp port 30000' });
    const { id } = kept[0]!;
    const own = await engine.packets({ filter: '', conversation: id, from: 0, count: 10 });
    assert.equal(own.total, FLOWS);
  });
});

const ALL = { filter: '', sort: 'id', descending: false, from: 0, count: 100 } as const;

function portOf({ inner }: PacketRow): number {
  return inner!.sport;
}
