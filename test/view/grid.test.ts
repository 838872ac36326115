import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BOLD, GROUND, Grid, groundOf, onGround, ROLE, roleOf } from '../../src/view/grid.ts';
import { widthOf } from '../../src/view/width.ts';

describe('Grid', () => {
  it('puts text into cells and clips it to its width and its row', () => {
    const grid = new Grid(10, 2);
    assert.equal(grid.put(0, 2, 'abcdef', ROLE.name, 3), 5);
    assert.equal(grid.put(1, 8, 'abcdef', ROLE.name), 10);
    assert.equal(grid.toText(), '  abc\n        ab\n');
    assert.equal(roleOf(grid.style[2]!), ROLE.name);
    assert.equal(roleOf(grid.style[5]!), ROLE.text);
  });

  it('gives a wide character two cells, and a space where only one is left', () => {
    const grid = new Grid(5, 1);
    assert.equal(grid.put(0, 0, '한글말', 0), 5);
    assert.deepEqual(grid.text, ['한', '', '글', '', ' ']);
  });

  it('leaves no half of a wide character that is written over', () => {
    const grid = new Grid(4, 1);
    grid.put(0, 0, '한글', 0);
    grid.put(0, 1, 'x', 0);
    assert.deepEqual(grid.text, [' ', 'x', '글', '']);
    grid.put(0, 2, 'y', 0);
    assert.deepEqual(grid.text, [' ', 'x', 'y', ' ']);
  });

  it('keeps combining marks with their letter, and gives a mark alone something to stand on', () => {
    const grid = new Grid(4, 1);
    grid.put(0, 0, 'e\u0301a', 0);
    assert.deepEqual(grid.text.slice(0, 2), ['e\u0301', 'a']);
    grid.put(0, 0, '\u0301', 0);
    assert.equal(grid.text[0], '\u25cc\u0301');
  });

  it('takes away marks that would stand on other lines', () => {
    const grid = new Grid(2, 1);
    grid.put(0, 0, `a${'\u0301'.repeat(50)}`, 0);
    assert.equal(grid.text[0], 'a');
  });

  it('shows control, format and bidirectional characters as escapes', () => {
    const grid = new Grid(40, 1);
    grid.put(0, 0, 'a\x1b[2J\u202eb\u05d0', 0);
    assert.equal(grid.rowText(0), 'a\\x1b[2J\\u202eb\\u05d0');
  });

  it('changes the ground and leaves role and attributes', () => {
    const grid = new Grid(3, 1);
    grid.put(0, 0, 'abc', ROLE.error | BOLD);
    grid.ground(0, 1, 1, 'selected');
    assert.equal(grid.style[1], ROLE.error | BOLD | GROUND.selected);
    assert.equal(groundOf(onGround(grid.style[1]!, 'none')), 0);
  });

  it('places another grid, with no half characters at the edges', () => {
    const from = new Grid(3, 1);
    from.put(0, 0, 'a한', ROLE.name);
    const grid = new Grid(4, 2);
    grid.place(from, 1, 2);
    assert.equal(grid.toText(), '\n  a\n');
    const wider = new Grid(6, 1);
    wider.place(from, 0, 2);
    assert.deepEqual(wider.text, [' ', ' ', 'a', '한', '', ' ']);
  });

  it('holds, whatever is put, characters as wide as their cells and nothing that steers', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '한글',
        '\x1b[31m',
        '{bold}',
        '\u202e',
        '👩‍👩‍👧',
        'é',
        '\u0301',
        '\ud800',
        '🇰🇷',
      ),
    );
    const puts = fc.array(fc.tuple(piece, fc.integer({ min: -3, max: 12 }), fc.nat(14)));
    fc.assert(
      fc.property(puts, (all) => {
        const grid = new Grid(10, 1);
        for (const [text, column, width] of all) grid.put(0, column, text, 0, width);
        for (let c = 0; c < 10; c++) {
          const text = grid.text[c]!;
          assert.ok(!/\p{C}/u.test(text), JSON.stringify(text));
          const isWide = c + 1 < 10 && grid.text[c + 1] === '';
          if (text === '') assert.ok(c > 0 && widthOf(grid.text[c - 1]!) === 2);
          else assert.equal(widthOf(text), isWide ? 2 : 1, JSON.stringify(text));
        }
      }),
    );
  });
});
