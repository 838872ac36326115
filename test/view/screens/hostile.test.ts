import assert from 'node:assert/strict';
import type { Grid } from '../../../src/view/grid.ts';
import type { Model } from '../../../src/view/model.ts';
import { VIEWS } from '../../../src/view/screens/state.ts';
import { themeNamed } from '../../../src/view/theme.ts';
import { TerminalPainter } from '../../../src/view/tui/terminal-painter.ts';
import { widthOf } from '../../../src/view/width.ts';
import { Random } from '../../support/random.ts';
import { poisoned } from './poisoned-model.ts';
import { randomEvent } from './random-user.ts';
import { engineOn, ScreenDriver } from './screen-driver.ts';

const ESCAPE = '\x1b';
/** Events of the short soak; npm run soak goes on for minutes. */
const EVENTS = 300;

/** Every cell holds one plain character as wide as its place. */
function assertClean(grid: Grid, of: string): void {
  for (let at = 0; at < grid.text.length; at++) {
    const text = grid.text[at]!;
    if (text === '') continue;
    assert.ok(!/[\p{C}\u0590-\u08ff]/u.test(text), `${of}: ${JSON.stringify(text)}`);
    const isWide = (at + 1) % grid.columns !== 0 && grid.text[at + 1] === '';
    assert.equal(widthOf(text), isWide ? 2 : 1, `${of}: ${JSON.stringify(text)}`);
  }
}

describe('screens of hostile captures and users', function () {
  this.timeout(60_000);
  let engine: Model;
  let model: Model;

  before(async () => {
    engine = await engineOn('calico-ipip', 'captures/k8s-w1.any.pcap');
    model = poisoned(engine);
  });

  after(async () => {
    await engine.close();
  });

  for (const view of VIEWS) {
    it(`${view}: no control, format or right-to-left character, no broken cell`, async () => {
      for (const [columns, rows] of [
        [80, 24],
        [200, 50],
        [40, 10],
      ] as const) {
        const screen = await ScreenDriver.on(model, { columns, rows });
        await screen.press('2', '2', 'j');
        const keys = { detail: 'd', packets: 'P', journey: 'J', topology: 't' } as const;
        const others = { statistics: 's', explain: 'e', stream: 'f', conversations: 'C' } as const;
        await screen.press({ ...keys, ...others }[view]);
        assert.equal(screen.state.view, view);
        assertClean(screen.grid(), `${view} at ${columns} x ${rows}`);
        await screen.press('tab', 'j', 'enter', 'j', 'l');
        assertClean(screen.grid(), `${view} at ${columns} x ${rows}`);
      }
    });
  }

  it('the bytes for a terminal hold no sequences but the painter’s own', async () => {
    const screen = await ScreenDriver.on(model);
    const bytes = new TerminalPainter(256, themeNamed('dark')).paint(screen.grid());
    const own = new RegExp(`${ESCAPE}\\[(?:[\\d;]*m|\\d+;\\d+H|2J)`, 'g');
    assert.ok(!/\p{Cc}/u.test(bytes.replace(own, '')));
  });

  it('survives a user who presses anything', async () => {
    const random = new Random(20_261_122);
    const screen = await ScreenDriver.on(model);
    for (let i = 0; i < EVENTS; i++) {
      await screen.happen(randomEvent(random));
      if (i % 10 === 0) assertClean(screen.grid(), `event ${i}`);
    }
  });
});
