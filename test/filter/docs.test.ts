/** docs/filter.md: every example in it is a filter, and every word of the language is in it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decode } from '../../src/decode/decode.ts';
import { Packet } from '../../src/decode/packet.ts';
import { FilterError } from '../../src/filter/error.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import * as words from '../../src/filter/words.ts';
import { batch } from '../support/frames.ts';
import * as h from '../support/headers.ts';

const page = readFileSync('docs/filter.md', 'utf8');
/** Rows of the tables below a heading, as cells. */
function rows(from: string, to: string): string[][] {
  const part = page.slice(page.indexOf(from), page.indexOf(to));
  return part
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|(---|\s*\|)/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const codeIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

describe('docs/filter.md', () => {
  it('shows examples that are filters', () => {
    const cells = [
      ...rows('## Words of tcpdump', '## Frames or conversations').map((row) => row[1] ?? ''),
    ];
    const blocks = [...page.matchAll(/\n {4}(tcp\[.*|icmp\[.*|ip\[.*|tcp port.*)/g)].map(
      (match) => match[1]!,
    );
    const examples = [...cells.flatMap(codeIn), ...blocks].filter((text) => text !== '-i any');
    for (const text of examples) assert.doesNotThrow(() => compileFilter(text), FilterError, text);
    assert.ok(examples.length > 80, `${examples.length}`);
  });

  it('tells the truth about the IPIP frame', () => {
    const inner = h.ipv4(6, h.tcp(40_000, 80, h.NOTHING), {
      src: [10, 244, 1, 10],
      dst: [10, 244, 2, 20],
    });
    const outer = h.ipv4(4, inner, { src: [192, 168, 10, 101], dst: [192, 168, 20, 100] });
    const frames = batch(h.ethernet(0x0800, outer));
    const packet = new Packet();
    decode(frames, 0, packet);
    const claims = rows('| filter | lets it through', '## Joining').filter((row) =>
      /^(yes|no)$/.test(row[1]!),
    );
    for (const [filter, answer] of claims) {
      const text = codeIn(filter!)[0]!;
      assert.equal(compileFilter(text).frame(packet, frames, 0), answer === 'yes', text);
    }
    assert.ok(claims.length >= 10);
  });

  it('names every word', () => {
    const all = [
      ...words.CONNECTIVES,
      ...words.STARTERS,
      ...words.LABELS,
      ...words.NAT_TYPES,
      ...words.ENCAPSULATIONS,
      ...Object.keys(words.SERVICES),
    ];
    const missing = all.filter((word) => !new RegExp(`[\`( ]${word}[\`) \\n]`).test(page));
    assert.deepEqual(missing, []);
  });
});
