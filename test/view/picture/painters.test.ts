import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeJson } from '../../../src/view/escape.ts';
import { BOLD, Grid, onGround, ROLE, UNDERLINE } from '../../../src/view/grid.ts';
import { ansiOf } from '../../../src/view/picture/ansi.ts';
import { compose } from '../../../src/view/picture/compose.ts';
import { drawable } from '../../../src/view/picture/drawable.ts';
import { htmlOf } from '../../../src/view/picture/html.ts';
import { pngOf } from '../../../src/view/picture/png.ts';
import { chunksOf, textIn, withTexts } from '../../../src/view/picture/png-text.ts';
import { runsOf } from '../../../src/view/picture/runs.ts';
import { CELL_WIDTH, MARGIN, svgOf } from '../../../src/view/picture/svg.ts';
import { themeNamed } from '../../../src/view/theme.ts';
import { THEME_NAMES } from '../../../src/view/theme-names.ts';
import { HOSTILE } from '../../support/hostile-record.ts';
import { readXml } from '../../support/xml.ts';

const EXPECTED = 'fixtures/pictures';
const TEXT = { title: 'a <title> & more', record: '{"a":"</metadata>"}' };

/** Every kind of cell: letters, lines, Hangul, marks, grounds, attributes. */
function sample(): Grid {
  const grid = new Grid(40, 7);
  grid.put(0, 0, ' netlens'.padEnd(40), onGround(ROLE.text | BOLD, 'bar'));
  grid.put(1, 0, `\u250c${'\u2500'.repeat(18)}\u2510 \u2581\u2583\u2588`, ROLE.border);
  grid.put(2, 0, '172.16.158.1:80', ROLE.address);
  grid.put(2, 16, 'S same-node', ROLE['label.same-node'] | BOLD);
  grid.put(3, 0, '같은 노드 pod1 대화', ROLE.name);
  grid.put(4, 0, 'e\u0301 caf\u00e9 \u2190 \u2192 \u25b6', ROLE.text | UNDERLINE);
  grid.put(5, 0, '<script>&amp;"\'</text>', onGround(ROLE.nat, 'callout'));
  grid.put(6, 30, 'right', ROLE.dim);
  return grid;
}

describe('painters', () => {
  it('split a row into runs that take all of its cells', () => {
    const grid = sample();
    for (let row = 0; row < grid.rows; row++) {
      let column = 0;
      for (const run of runsOf(grid, row)) {
        assert.equal(run.column, column);
        column += run.columns;
      }
      assert.equal(column, grid.columns);
      const text = runsOf(grid, row).map((run) => run.text);
      assert.equal(text.join('').trimEnd(), grid.rowText(row));
    }
  });

  for (const theme of THEME_NAMES) {
    it(`paint the SVG that is expected, ${theme} (GOLDEN=1 rewrites)`, () => {
      const svg = svgOf(sample(), themeNamed(theme), TEXT);
      const path = join(EXPECTED, `cells-${theme}.svg`);
      if (process.env.GOLDEN === '1') writeFileSync(path, svg);
      assert.ok(existsSync(path), path);
      assert.equal(svg, readFileSync(path, 'utf8'));
    });
  }

  it('put every character of an SVG on its cell, whatever font shows it', () => {
    const spans = readXml(svgOf(sample(), themeNamed('dark'), TEXT)).filter(
      ({ name }) => name === 'tspan',
    );
    const hangul = spans.find(({ attributes }) => attributes.get('font-size') === '16');
    assert.equal(hangul!.attributes.get('x'), `${MARGIN + 1} ${MARGIN + 2 * CELL_WIDTH + 1}`);
    const first = spans[0]!.attributes;
    assert.equal(first.get('textLength'), String(40 * CELL_WIDTH));
  });

  it('keep the words of each line together, to be selected and copied', () => {
    const svg = svgOf(sample(), themeNamed('dark'), TEXT);
    const lines = [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, row]) =>
      row!.replace(/<[^>]*>/g, ''),
    );
    assert.equal(lines[2]!.trimEnd(), '172.16.158.1:80 S same-node');
    assert.equal(lines[3]!.trimEnd(), '같은 노드 pod1 대화');
  });

  it('paint hostile text as text in SVG and HTML', () => {
    for (const text of HOSTILE) {
      const grid = new Grid(60, 1);
      grid.put(0, 0, text.slice(0, 500), ROLE.text);
      const record = escapeJson(JSON.stringify({ text }));
      const svg = svgOf(grid, themeNamed('dark'), { title: text.slice(0, 500), record });
      const names = new Set(readXml(svg).map(({ name }) => name));
      for (const name of ['script', 'image', 'a', 'foreignObject']) assert.ok(!names.has(name));
      const html = htmlOf(grid, themeNamed('dark'), {
        ...TEXT,
        title: text.slice(0, 500),
        language: 'en',
      });
      assert.doesNotMatch(html, /<(script|img|svg|a|iframe)\b/);
    }
  });

  it('allow an HTML page its own style and nothing else', () => {
    const html = htmlOf(sample(), themeNamed('light'), { ...TEXT, language: 'ko' });
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(html.includes(`content="default-src 'none'; style-src 'sha256-${hash}';`));
    assert.match(html, /^<!doctype html>\n<html lang="ko">/);
    assert.doesNotMatch(html, /\bstyle="|\son\w+=|https?:/);
  });

  it('write nothing to a terminal but colours and the cells', () => {
    const grid = sample();
    const ansi = ansiOf(grid, themeNamed('dark'));
    const sgr = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
    const bare = ansi.replace(sgr, '');
    assert.equal(bare.replace(/ +$/gm, ''), grid.toText());
    assert.ok(!ansiOf(grid, themeNamed('none')).includes('38;2'));
  });

  it('keep texts in a PNG that can be read back', () => {
    const svg = svgOf(sample(), themeNamed('dark'), TEXT);
    const png = withTexts(pngOf(svg, 1), [
      { keyword: 'Title', text: '제목' },
      { keyword: 'netlens-picture', text: '{"a":1}' },
    ]);
    assert.equal(textIn(png, 'netlens-picture'), '{"a":1}');
    assert.equal(textIn(png, 'Title'), '제목');
    assert.equal(textIn(png, 'Comment'), undefined);
    const types = chunksOf(png).map(({ type }) => type);
    assert.deepEqual(
      [types[0], types[1], types[2], types.at(-1)],
      ['IHDR', 'iTXt', 'iTXt', 'IEND'],
    );
    for (let length = 0; length < png.length; length += 97)
      textIn(png.subarray(0, length), 'Title');
  });

  it('paint a PNG of the same bytes twice, a box for what no font has', () => {
    const grid = sample();
    assert.equal(drawable(grid), grid);
    const svg = svgOf(grid, themeNamed('dark'), TEXT);
    assert.deepEqual(pngOf(svg, 1), pngOf(svg, 1));
    const odd = new Grid(10, 1);
    odd.put(0, 0, 'a\u{1f980}\u0f40b', ROLE.text);
    assert.equal(drawable(odd).rowText(0), 'a\ufffd\ufffdb');
  });
});

describe('a composed picture', () => {
  const screen = sample();

  it('has the title above, marked rows lit, notes and facts below', () => {
    const grid = compose({
      screen,
      title: 'Homework 3',
      marks: [{ number: 12, note: 'outer header', row: 2 }],
      footer: ['a.pcap sha256 00', 'filter: none', 'tag: kim'],
    });
    const lines = grid.toText().split('\n');
    assert.equal(lines[0], 'Homework 3');
    assert.equal(lines[4], screen.rowText(2));
    assert.equal(lines[10], '\u25b6 12  outer header');
    assert.match(lines[11]!, /^\u2500{40}$/);
    assert.equal(lines[12], 'a.pcap sha256 00   filter: none');
    assert.equal(lines[13], 'tag: kim');
  });

  it('breaks what is longer than a line and loses none of it', () => {
    const long = `${'word '.repeat(30)}${'x'.repeat(100)}가나다라`;
    const grid = compose({ screen, title: '', marks: [], footer: [long] });
    const below = grid.toText().split('\n').slice(8).join('').replaceAll(' ', '');
    assert.equal(below, long.replaceAll(' ', ''));
  });

  it('escapes what users and files say', () => {
    const grid = compose({ screen, title: 'a\x1b[2J\u202eb', marks: [], footer: ['\x07'] });
    assert.match(grid.rowText(0), /^a\\x1b\[2J\\u202eb$/);
  });
});
