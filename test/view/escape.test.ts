import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeCsv, escapeJson, escapeTags, escapeText, escapeXml } from '../../src/view/escape.ts';

/** What a terminal acts on or hides, and what passes for another letter's neighbour. */
const HOSTILE: readonly [what: string, text: string, shown: string][] = [
  ['a colour sequence', '\x1b[31mred', '\\x1b[31mred'],
  ['a title sequence', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
  ['the one-byte CSI of C1', '\x9b31m', '\\x9b31m'],
  ['line ends and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
  ['a bidi override', 'gnp\u202eexe', 'gnp\\u202eexe'],
  ['bidi isolates', '\u2066x\u2069', '\\u2066x\\u2069'],
  ['left and right marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ['zero widths', 'a\u200bb\u2060c\ufeffd', 'a\\u200bb\\u2060c\\ufeffd'],
  ['a soft hyphen', 'pay\u00adpal', 'pay\\xadpal'],
  ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
  ['tag characters', '\u{e0041}', '\\u{e0041}'],
  ['variation selectors', 'a\ufe0f', 'a\\ufe0f'],
  ['Hangul fillers', '\u3164\u115f', '\\u3164\\u115f'],
  ['a blank Braille pattern', '\u2800', '\\u2800'],
  ['odd spaces', 'a\u00a0b\u3000c', 'a\\xa0b\\u3000c'],
  ['private use', '\ue000', '\\ue000'],
  ['a lone surrogate', '\ud800x', '\\ud800x'],
  ['a backslash, so that no escape is forged', '\\x1b', '\\\\x1b'],
];

describe('escapeText', () => {
  for (const [what, text, shown] of HOSTILE) {
    it(`shows ${what} as visible ASCII`, () => assert.equal(escapeText(text), shown));
  }

  it('leaves readable text of any script as it is', () => {
    for (const text of [
      'web-0.default',
      '\uc11c\uc6b8',
      '\u6771\u4eac',
      'caf\u00e9',
      '\u{1f600}',
    ]) {
      assert.equal(escapeText(text), text);
    }
  });

  it('never lets a character through that steers or hides', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(
          escapeText(text),
          /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u,
        );
      }),
    );
  });

  it('shows different texts differently', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.equal(escapeText(a) === escapeText(b), a === b);
      }),
    );
  });
});

describe('escapeJson', () => {
  it('reads back as the same value and holds nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = escapeJson(JSON.stringify({ text }));
        assert.deepEqual(JSON.parse(json), { text });
        assert.doesNotMatch(json, /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      }),
    );
  });
});

describe('escapeCsv', () => {
  it('quotes commas and quotes (RFC 4180 section 2)', () => {
    assert.equal(escapeCsv('a,b'), '"a,b"');
    assert.equal(escapeCsv('say "hi"'), '"say ""hi"""');
    assert.equal(escapeCsv('plain'), 'plain');
  });

  it('turns what a spreadsheet would run into text', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\uff1d1']) {
      assert.equal(escapeCsv(text), `'${text}`);
    }
    assert.equal(escapeCsv('=HYPERLINK("http://x","y")'), `"'=HYPERLINK(""http://x"",""y"")"`);
  });

  it('keeps a row on its line', () => {
    assert.equal(escapeCsv('a\r\nb'), 'a\\r\\nb');
    assert.equal(escapeCsv('\t=1'), '\\t=1');
  });
});

describe('escapeTags and escapeXml', () => {
  it('turn markup into text', () => {
    assert.equal(escapeTags('{bold}x{/bold}'), '{open}bold{close}x{open}/bold{close}');
    assert.equal(escapeXml(`<a b="c" d='e'>&`), '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
    assert.equal(escapeXml('\x1b]0;x\x07'), '\\x1b]0;x\\x07');
  });
});
