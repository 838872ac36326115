import assert from 'node:assert/strict';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { GROUND, Grid, ROLE } from '../../../src/view/grid.ts';
import { themeNamed } from '../../../src/view/theme.ts';
import { colorDepthOf, TerminalPainter } from '../../../src/view/tui/terminal-painter.ts';

const COLUMNS = 24;
const ROWS = 4;

/** What a real terminal's screen holds after the bytes. */
async function write(
  terminal: InstanceType<typeof xterm.Terminal>,
  bytes: string,
): Promise<string[]> {
  await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  return Array.from({ length: ROWS }, (_, row) =>
    terminal.buffer.active.getLine(row)!.translateToString(true).trimEnd(),
  );
}

function terminalOf(): InstanceType<typeof xterm.Terminal> {
  return new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
}

function gridOf(puts: readonly (readonly [string, number, number, number])[]): Grid {
  const grid = new Grid(COLUMNS, ROWS);
  for (const [text, row, column, style] of puts) grid.put(row, column, text, style);
  return grid;
}

describe('TerminalPainter', () => {
  it('makes a terminal show the grid, whatever it showed before', async () => {
    const text = fc.constantFrom('abc', '한글', '│─╮', 'e\u0301x', '……', 'wide 漢 end', ' ');
    const put = fc.tuple(
      text,
      fc.nat(ROWS - 1),
      fc.nat(COLUMNS - 1),
      fc.constantFrom(ROLE.text, ROLE.error, ROLE.name | GROUND.selected),
    );
    const screens = fc.array(fc.array(put, { maxLength: 8 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(screens, async (all) => {
        const terminal = terminalOf();
        const painter = new TerminalPainter(256, themeNamed('dark'));
        for (const puts of all) {
          const grid = gridOf(puts);
          const shown = await write(terminal, painter.paint(grid));
          assert.deepEqual(
            shown,
            Array.from({ length: ROWS }, (_, row) => grid.rowText(row)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('writes nothing when nothing changed, and only the cells that did', () => {
    const painter = new TerminalPainter(256, themeNamed('dark'));
    const grid = gridOf([['hello', 0, 0, 0]]);
    painter.paint(grid);
    assert.equal(painter.paint(gridOf([['hello', 0, 0, 0]])), '');
    const bytes = painter.paint(gridOf([['hallo', 0, 0, 0]]));
    assert.match(bytes, /\[1;2H/);
    assert.ok(bytes.length < 60, JSON.stringify(bytes));
  });

  it('says colours in what the terminal has', () => {
    const grid = gridOf([['x', 0, 0, ROLE.error]]);
    const paint = (depth: 1 | 8 | 16 | 256 | 24): string =>
      new TerminalPainter(depth, themeNamed('dark')).paint(grid);
    assert.match(paint(24), /38;2;255;128;128/);
    assert.match(paint(256), /38;5;\d+;48;5;\d+/);
    assert.match(paint(16), /;91;40/);
    assert.match(paint(8), /\[0;1;31;40/);
    assert.ok(!/3[0-9];|[34]8;/.test(paint(1)));
    assert.ok(!new TerminalPainter(256, themeNamed('none')).paint(grid).includes('38;5'));
  });

  it('tells the colours of a terminal from its environment', () => {
    assert.equal(colorDepthOf({ COLORTERM: 'truecolor' }, 256), 24);
    assert.equal(colorDepthOf({}, 256), 256);
    assert.equal(colorDepthOf({}, 8), 8);
    assert.equal(colorDepthOf({ NO_COLOR: '1', COLORTERM: 'truecolor' }, 256), 1);
  });
});
