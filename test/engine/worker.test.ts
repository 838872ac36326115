/** The engine in a thread of its own answers as the one in this thread. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineClient } from '../../src/engine/engine-client.ts';
import { openEngine } from '../../src/engine/open.ts';
import { readKubeJson } from '../../src/topology/kube-json.ts';
import type { Model } from '../../src/view/model.ts';
import { sayIn } from '../../src/words/say.ts';
import { sentenceOf } from '../../src/words/sentence-error.ts';
import { captures } from '../support/fixtures.ts';

const FILTERS = ['', 'tcp port 80', 'label cross-node', 'sni *', 'prot'];

/** Many questions of each kind; what they yield, but for revisions and times. */
async function interview(model: Model): Promise<unknown[]> {
  await model.settled();
  const answers: unknown[] = [];
  for (const filter of FILTERS) {
    const sorted = { filter, sort: 'bytes', descending: true, from: 3, count: 20 } as const;
    const packets = { filter, from: 5, count: 30 };
    for (let i = 0; i < 2; i++) {
      await model.conversations(sorted);
      await model.packets(packets);
      await model.settled();
    }
    answers.push(await model.conversations(sorted), await model.packets(packets));
    answers.push(await model.rowOfConversation(2, sorted), await model.rowOfPacket(40, packets));
    const search = {
      in: packets,
      list: 'packets',
      text: 'seq',
      from: 7,
      backwards: false,
    } as const;
    answers.push(await model.search(search), await model.advise(filter, filter.length));
  }
  for (const id of [1, 2, 5, 100_000]) answers.push(await model.record(id), await model.stream(id));
  for (const packet of [0, 17, 100_000]) answers.push(await model.frame(packet));
  await model.topology();
  await model.settled();
  answers.push(await model.topology(), await model.statistics());
  const { revision: _, ...status } = await model.status();
  answers.push(status);
  return JSON.parse(JSON.stringify(answers, (key, value) => (key === 'revision' ? 0 : value)));
}

describe('engine in a thread', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'netlens-worker-'));
  after(() => rmSync(directory, { recursive: true }));

  it('answers as the one in this thread, with what is known of the cluster', async () => {
    const [, , , file] = captures();
    const facts = [await readKubeJson([path.join(path.dirname(file!), 'kube')])];
    const spec = { kind: 'files', files: [file!], knowledge: { facts } } as const;
    const client = await EngineClient.open(spec);
    const theirs = await interview(client);
    await client.close();
    const engine = await openEngine(spec);
    const ours = await interview(engine);
    await engine.close();
    assert.deepEqual(theirs, ours);
  });

  it('rejects with why a file cannot be written, to be told in any language', async () => {
    const [file] = captures();
    const client = await EngineClient.open({ kind: 'files', files: [file!] });
    const saving = client.save(path.join(directory, 'none/a.pcapng'), { filter: '' });
    await assert.rejects(saving, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'NETLENS_WRITE');
      assert.match(error.message, /none\/a\.pcapng: no such directory: make it first$/);
      assert.match(sayIn('ko')(sentenceOf(error)), /none\/a\.pcapng: 디렉터리가 없습니다\./);
      return true;
    });
    await client.close();
  });

  it('rejects with what the file is, when it is no capture, to be told in any language', async () => {
    const file = path.join(directory, 'no.pcap');
    writeFileSync(file, 'not a capture at all');
    const opening = EngineClient.open({ kind: 'files', files: [file] });
    await assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'NETLENS_NOT_A_CAPTURE');
      assert.match(error.message, /no\.pcap: is not a capture: .*it starts with 6e 6f 74 20$/);
      assert.match(
        sayIn('ko')(sentenceOf(error)),
        /no\.pcap: 캡처 파일이 아닙니다\. .*'6e 6f 74 20'/,
      );
      return true;
    });
  });

  it('tells of changes, and refuses once it is closed', async () => {
    const client = await EngineClient.open({ kind: 'files', files: captures().slice(0, 1) });
    const phase = new Promise((resolve) => {
      client.subscribe((status) => status.phase === 'complete' && resolve(status.phase));
    });
    assert.equal(await phase, 'complete');
    await client.close();
    await assert.rejects(client.status(), /closed/);
  });

  it('closes in the middle of reading', async () => {
    const client = await EngineClient.open({ kind: 'files', files: captures() });
    const page = client.packets({ filter: 'tcp', from: 0, count: 10 });
    await client.close();
    await page.catch(() => undefined);
  });
});
