/** Conversations put together again and again, and let go of when over, are those of one look at the end. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from '../../src/classify/analyse.ts';
import type { ConversationRecord } from '../../src/classify/record.ts';
import { GOES_ON, RunningConversations } from '../../src/classify/running.ts';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FlowStage } from '../../src/flow/observe.ts';
import { openCaptures } from '../../src/source/open.ts';
import type { Facts } from '../../src/topology/facts.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;
const IDLE_NS = 300e9;

interface Run {
  readonly records: ConversationRecord[];
  readonly running: RunningConversations;
  readonly stage: FlowStage;
  /** Most flows that lived at one time. */
  readonly most: number;
}

/** The fixture's frames, conversations put together every `every` frames. */
async function runLive(name: string, facts: Facts, every: number, limit = 1 << 14): Promise<Run> {
  const source = await openCaptures([join(FIXTURES, name, 'any.pcapng')]);
  const stage = new FlowStage(limit);
  const knowledge = { facts: [facts], conntrackTables: [] };
  const running = new RunningConversations(stage, IDLE_NS, knowledge, () => 0); // learning costs nothing
  const records: ConversationRecord[] = [];
  const packet = new Packet();
  let seen = 0;
  let most = 0;
  let now = 0;
  const turn = (last: boolean): void => {
    running.update(now);
    for (let c = 0; c < running.count; c++) {
      if (last || running.stateOf(c) !== GOES_ON) records.push(running.record(c));
    }
    running.release(now);
  };
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    for (let i = 0; i < frames.count; i++) {
      decode(frames, i, packet);
      stage.observe(packet, frames, i);
      now = (frames.seconds[i]! - stage.epochSeconds) * 1e9 + frames.nanoseconds[i]!;
      most = Math.max(most, stage.flows.count);
      if (++seen % every === 0) turn(false);
    }
  }
  await source.close();
  stage.finish();
  turn(true);
  return { records, running, stage, most };
}

async function atTheEnd(name: string, facts: Facts): Promise<ConversationRecord[]> {
  const source = await openCaptures([join(FIXTURES, name, 'any.pcapng')]);
  const stage = new FlowStage(1 << 14);
  const packet = new Packet();
  for (let frames = await source.next(); frames !== undefined; frames = await source.next()) {
    for (let i = 0; i < frames.count; i++) {
      decode(frames, i, packet);
      stage.observe(packet, frames, i);
    }
  }
  await source.close();
  stage.finish();
  const list = analyse(stage, { facts: [facts] });
  return Array.from({ length: list.count }, (_, c) => list.record(c));
}

/** Who and what, which names that the traffic teaches only later may change. */
function judgement({ label, client, server, service, translations, related }: ConversationRecord) {
  return JSON.stringify({ label, client, server, service, translations, related: related.length });
}

/** Tuples and counts alone. */
function counts({
  protocol,
  client,
  server,
  packets,
  bytes,
  tcp,
  application,
}: ConversationRecord) {
  const ends = `${client.ip} ${client.port} ${server.ip} ${server.port}`;
  return JSON.stringify({ protocol, ends, packets, bytes, tcp, application });
}

const names = readdirSync(FIXTURES).filter((name) =>
  readdirSync(join(FIXTURES, name)).includes('any.pcapng'),
);

describe('running conversations', () => {
  for (const name of names) {
    it(`${name}: let go of one by one, they are what one look at the end shows`, async () => {
      const facts = await readKubeJson([join(FIXTURES, name, 'kube')]);
      const { records, running, stage, most } = await runLive(name, facts, 50);
      const whole = await atTheEnd(name, facts);
      assert.deepEqual(records.map(counts).sort(), whole.map(counts).sort());
      const ids = records.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, 'a number is used once');
      assert.equal(running.evictedFlows, 0);
      assert.ok(most <= stage.flows.limit);
      const same = new Set(whole.map(judgement));
      const others = records.map(judgement).filter((one) => !same.has(one));
      assert.ok(others.length <= 0.05 * records.length, `told otherwise: ${others.join('\n')}`);
    });
  }

  it('a table that is nearly full is emptied of what was silent longest, and that is counted', async () => {
    const facts = await readKubeJson([join(FIXTURES, 'calico-ipip/kube')]);
    const { records, running, stage, most } = await runLive('calico-ipip', facts, 1, 64);
    assert.ok(running.evictedFlows > 0);
    assert.ok(most <= 64);
    assert.equal(stage.untracked, 0);
    assert.equal(records.length, running.ended + running.goingOn);
  });
});
