/** Many short connections: what is kept of them does not grow. */
import assert from 'node:assert/strict';
import { GOES_ON, RunningConversations } from '../../src/classify/running.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { batch, reload } from '../support/frames.ts';

const CONNECTIONS = 20_000;
/** One a millisecond, put together every second. */
const TURN = 1000;
const REQUEST = new TextEncoder().encode('GET /n HTTP/1.1\r\nHost: web\r\n\r\n');

/** Flags, whether it is the server's, sequence and acknowledgment numbers behind the first, payload. */
const FRAMES: readonly [number, boolean, number, number, Uint8Array][] = [
  [0x02, false, 0, 0, new Uint8Array()],
  [0x12, true, 0, 1, new Uint8Array()],
  [0x10, false, 1, 1, new Uint8Array()],
  [0x18, false, 1, 1, REQUEST],
  [0x11, true, 1, 1 + REQUEST.length, new Uint8Array()],
  [0x11, false, 1 + REQUEST.length, 2, new Uint8Array()],
  [0x10, true, 2, 2 + REQUEST.length, new Uint8Array()],
];

function frameOf(n: number, k: number): Uint8Array {
  const [flags, back, seq, ack, payload] = FRAMES[k]!;
  const frame = new Uint8Array(54 + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  view.setUint16(14, 0x4500);
  view.setUint16(16, 40 + payload.length);
  view.setUint16(18, (8 * n + k) & 0xffff);
  view.setUint16(22, 0x4006);
  const [client, server] = [0x0a000000 + (n & 0x3fff), 0x0a640001];
  view.setUint32(26, back ? server : client);
  view.setUint32(30, back ? client : server);
  const port = 30_000 + ((n >> 14) % 30_000);
  view.setUint16(34, back ? 80 : port);
  view.setUint16(36, back ? port : 80);
  const base = Math.imul(n, 0x9e3779b1);
  view.setInt32(38, base + seq);
  view.setInt32(42, ack === 0 ? 0 : base + ack);
  view.setUint16(46, 0x5000 | flags);
  frame.set(payload, 54);
  return frame;
}

describe('a live capture of many short connections', () => {
  it('tells each once, and lets go of all that is kept of it', () => {
    const stage = new FlowStage(1 << 13);
    const running = new RunningConversations(stage, 60e9, { facts: [], conntrackTables: [] });
    const frames = batch(frameOf(0, 0));
    const packet = new Packet();
    const sizes: Record<string, number>[] = [];
    const ids = new Set<number>();
    let told = 0;
    const turn = (now: number): void => {
      running.update(now);
      for (let c = 0; c < running.count; c++) {
        if (running.stateOf(c) === GOES_ON) continue;
        told++;
        ids.add(running.idOf(c));
        if (told % 500 === 0) assert.equal(running.record(c).application?.protocol, 'http');
      }
      running.release(now);
      const { flows, prints, facts } = stage;
      sizes.push({ flows: flows.count, prints: prints.count, facts: facts.size });
    };
    for (let n = 0; n < CONNECTIONS; n++) {
      for (let k = 0; k < FRAMES.length; k++) {
        const time = { seconds: Math.floor(n / TURN), nanoseconds: (n % TURN) * 1e6 + k };
        reload(frames, frameOf(n, k), time);
        decode(frames, 0, packet);
        stage.observe(packet, frames, 0);
      }
      if ((n + 1) % TURN === 0) turn(((n + 1) / TURN) * 1e9);
    }
    turn(CONNECTIONS * 1e6 + 10e9);
    assert.equal(told, CONNECTIONS);
    assert.equal(ids.size, CONNECTIONS);
    assert.equal(stage.untracked, 0);
    assert.equal(running.evictedFlows, 0);
    for (const { flows, prints, facts } of sizes) {
      assert.ok(flows! <= 3 * TURN, `${flows} flows`);
      assert.ok(prints! <= 8 * 3 * TURN, `${prints} fingerprints`);
      assert.ok(facts! <= 3 * TURN, `${facts} facts`);
    }
    assert.deepEqual(sizes.at(-1), { flows: 0, prints: 0, facts: 0 });
  });
});
