/** Records written straight to bytes are what JSON.stringify makes of them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversationRecord, EvidenceRecord } from '../../src/classify/record.ts';
import { type ConversationJson, conversationJson } from '../../src/view/conversation-json.ts';
import { addRecord } from '../../src/view/record-json.ts';
import { TextBuffer } from '../../src/view/text-buffer.ts';
import type { Sentence } from '../../src/words/sentence.ts';

const FIXTURES = new URL('../../../fixtures/', import.meta.url).pathname;
const TEXTS = [
  '',
  '"',
  'a\\b',
  '\0\x1b[2J',
  'del\x7f',
  'é',
  '한글',
  '\u202egnp',
  '\ud800',
  '\u{e0041}',
];
const NUMBERS = [0, -0, 255, 256, 2 ** 31, 2 ** 53, -1, 0.5, 1e21, Number.NaN, Infinity];

/** Every record of the fixtures' expected outputs. */
function records(): ConversationRecord[] {
  return readdirSync(FIXTURES).flatMap((name) => {
    const expected = join(FIXTURES, name, 'expected');
    const files = readdirSync(join(FIXTURES, name)).includes('expected')
      ? readdirSync(expected).filter((file) => file.endsWith('.jsonl'))
      : [];
    return files.flatMap((file) =>
      readFileSync(join(expected, file), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"schema":"netlens.conversation/1"'))
        .map((line) => recordOf(JSON.parse(line) as ConversationJson)),
    );
  });
}

/** The record that has such words, as quotations. */
function recordOf({ troubles, evidence, unseen, ...rest }: ConversationJson): ConversationRecord {
  const quote = (text: string): Sentence => ({ code: 'quoted', text });
  const quoted = (list: ConversationJson['evidence']): EvidenceRecord[] =>
    list.map(({ rule, confidence, text }) => ({ rule, confidence, sentence: quote(text) }));
  return {
    ...rest,
    troubles: quoted(troubles),
    evidence: quoted(evidence),
    unseen: unseen.map(quote),
  };
}

/** The value with other texts and numbers in it, and everything that is null elsewhere now and then. */
function spoilt(value: unknown, n: { at: number }): unknown {
  n.at++;
  if (typeof value === 'string') return TEXTS[n.at % TEXTS.length]! + (n.at % 3 === 0 ? value : '');
  if (typeof value === 'number') return NUMBERS[n.at % NUMBERS.length];
  if (Array.isArray(value)) return value.map((one) => spoilt(one, n));
  if (value === null) return null;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, one]) => [
      key,
      key === 'code' ? one : spoilt(one, n),
    ]),
  );
}

function written(add: (text: TextBuffer) => void): string {
  const text = new TextBuffer(16);
  add(text);
  return Buffer.from(text.take()).toString('utf8');
}

function assertSame(record: ConversationRecord): void {
  const fast = written((text) => addRecord(text, record));
  assert.equal(
    fast,
    written((text) => text.json(conversationJson(record))),
  );
}

describe('a record as JSON', () => {
  it('is what JSON.stringify makes of it, for all conversations of the fixtures', () => {
    const all = records();
    assert.ok(all.length > 300, `only ${all.length} records`);
    for (const record of all) assertSame(record);
  });

  it('is so whatever texts and numbers it holds', () => {
    const n = { at: 0 };
    for (const record of records()) assertSame(spoilt(record, n) as ConversationRecord);
  });

  it('tells where it was read and how it stands with it', () => {
    const { schema, ...rest } = records()[0]!;
    assertSame({ schema, lifecycle: 'ended', ...rest });
    assertSame({ schema, source: 'flow-log', ...rest });
  });
});
