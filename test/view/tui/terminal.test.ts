/** The program in a real terminal (tmux): what it shows is the grid, and the terminal is given back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Model } from '../../../src/view/model.ts';
import { LANGUAGES, type LanguageName } from '../../../src/words/language-names.ts';
import { withDirectory } from '../../cli/run.ts';
import { needTools } from '../../support/skip.ts';
import { engineOn, ScreenDriver } from '../screens/screen-driver.ts';
import { Tmux } from './tmux.ts';

const FILE = 'fixtures/calico-ipip/any.pcapng';
const READ = `${process.execPath} bin/netlens.js read ${FILE} --kube-json fixtures/calico-ipip/kube`;
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
  [40, 10],
] as const;
/** What was opened lately is of no other test. */
const STATE = mkdtempSync(path.join(tmpdir(), 'netlens-state-'));
/** Keys that lead from view to view, each of them once. */
const TOUR = ['j', 'J', 'e', 'P', 'd', 'f', 't', 's', 'C'];

describe('the program in a terminal', function () {
  this.timeout(120_000);
  let model: Model;
  let terminal: Tmux | undefined;

  before(async function () {
    needTools(this, 'tmux');
    model = await engineOn('calico-ipip', 'any.pcapng');
  });

  after(async () => {
    await model?.close();
    rmSync(STATE, { recursive: true });
  });

  afterEach(() => {
    terminal?.close();
    terminal = undefined;
  });

  /** Keys to both, until the terminal shows what the grid holds. */
  async function tour(columns: number, rows: number, language: LanguageName): Promise<void> {
    terminal = new Tmux(columns, rows, `${READ} --lang ${language}`, ['LC_ALL=C.UTF-8', 'TZ=UTC']);
    const screen = await ScreenDriver.on(model, { columns, rows, language });
    const isShown = (shown: string): boolean =>
      `${shown.trimEnd()}\n` === `${screen.text().trimEnd()}\n`;
    await terminal.until(isShown, 'the first screen');
    for (const key of TOUR) {
      terminal.keys(key);
      await screen.press(key);
      try {
        await terminal.until(isShown, `after ${key}`);
      } catch (error) {
        assert.fail(`${(error as Error).message}\nthe grid:\n${screen.text()}`);
      }
    }
  }

  it('opens another capture on the same screen, and comes back to a mark in the first', async () => {
    terminal = new Tmux(100, 30, `${READ}`, ['LC_ALL=C.UTF-8', `XDG_STATE_HOME=${STATE}`]);
    await terminal.until((shown) => /44 of 44/.test(shown), 'the first capture');
    terminal.keys('5', 'j', 'm', 'A', ':load nofile', 'Enter');
    await terminal.until((shown) => /nofile: .*no such file/i.test(shown), 'why it is not opened');
    terminal.keys('j', 'k', ':load fixtures/calico-vx', 'Tab', 'any', 'Tab', 'Enter');
    await terminal.until((shown) => /opened: .*vxlan/.test(shown), 'the second capture');
    await terminal.until((shown) => /vxlan/.test(shown.split('\n').at(-2) ?? ''), 'its name');
    terminal.keys("'", 'A');
    await terminal.until((shown) => /opened: .*ipip/.test(shown), 'the first again');
    await terminal.until((shown) => /── Journey #6 /.test(shown), 'the marked conversation');
    terminal.keys(':recents', 'Enter');
    await terminal.until((shown) => /lately[\s\S]*ipip[\s\S]*vxlan/.test(shown), 'both');
  });

  for (const [columns, rows] of SIZES) {
    for (const language of LANGUAGES) {
      it(`shows every view as drawn at ${columns} x ${rows} (${language})`, () =>
        tour(columns, rows, language));
    }
  }

  it('writes a picture, asks before one is replaced, and says why it cannot', () =>
    withDirectory(async (directory) => {
      const file = path.join(directory, 'a.svg');
      terminal = new Tmux(200, 30, READ, ['TZ=UTC']);
      await terminal.until((shown) => shown.includes('44 of 44'), 'the list');
      terminal.keys(...`:screenshot ${file}`, 'Enter');
      await terminal.until((shown) => shown.includes(`picture in ${file}`), 'the picture');
      terminal.keys(...`:screenshot ${file}`, 'Enter');
      await terminal.until((shown) => /Replace .*a\.svg\? y/.test(shown), 'the question');
      const before = statSync(file).mtimeMs;
      terminal.keys('n');
      await terminal.until((shown) => !shown.includes('Replace'), 'the answer');
      assert.equal(statSync(file).mtimeMs, before);
      terminal.keys(...`:screenshot! ${file}`, 'Enter');
      await terminal.until((shown) => shown.includes(`picture in ${file}`), 'it again');
      assert.notEqual(statSync(file).mtimeMs, before);
      terminal.keys(...`:screenshot ${directory}/none/b.svg`, 'Enter');
      await terminal.until((shown) => shown.includes('no such directory: make it'), 'the advice');
    }));

  it('follows the size of the terminal, down to one too small and back', async () => {
    terminal = new Tmux(100, 30, READ, ['TZ=UTC']);
    await terminal.until((shown) => shown.includes('44 of 44'), 'the list');
    for (const [columns, rows] of [
      [18, 4],
      [300, 90],
      [60, 12],
    ] as const) {
      terminal.resize(columns, rows);
      const screen = await ScreenDriver.on(model, { columns, rows });
      await terminal.until((shown) => shown.trimEnd() === screen.text().trimEnd(), `${columns}`);
    }
  });

  it('gives the terminal back on q, and its exit code is 0', async () => {
    terminal = new Tmux(80, 24, `sh -c '${READ}; echo code $?; cat'`);
    await terminal.until((shown) => shown.includes('44 of 44'), 'the list');
    assert.equal(terminal.flag('#{alternate_on} #{cursor_flag} #{mouse_any_flag}'), '1 0 1');
    terminal.keys('q');
    await terminal.until((shown) => shown.includes('code 0'), 'the end');
    assert.equal(terminal.flag('#{alternate_on} #{cursor_flag} #{mouse_any_flag}'), '0 1 0');
  });

  it('stops with Ctrl-Z and comes back with fg', async () => {
    terminal = new Tmux(80, 24, 'bash --norc --noprofile', ['PS1=$ ']);
    terminal.keys(READ, 'Enter');
    await terminal.until((shown) => shown.includes('44 of 44'), 'the list');
    terminal.keys('C-z');
    await terminal.until((shown) => shown.includes('Stopped'), 'stopped');
    assert.equal(terminal.flag('#{alternate_on} #{cursor_flag}'), '0 1');
    terminal.keys('fg', 'Enter');
    await terminal.until((shown) => shown.includes('44 of 44'), 'back');
    terminal.keys('J');
    await terminal.until((shown) => shown.includes('client'), 'the journey');
  });

  it('gives the terminal back when it is ended by a signal', async () => {
    terminal = new Tmux(80, 24, `sh -c '${READ}; echo ended; cat'`);
    await terminal.until((shown) => shown.includes('44 of 44'), 'the list');
    const { execFileSync } = await import('node:child_process');
    const child = execFileSync('pgrep', ['-P', String(terminal.pid)], { encoding: 'utf8' });
    process.kill(Number(child.trim().split('\n')[0]), 'SIGTERM');
    await terminal.until((shown) => shown.includes('ended'), 'the end');
    assert.equal(terminal.flag('#{alternate_on} #{cursor_flag}'), '0 1');
  });

  it('gives the terminal back on a crash, and the error can be read', async () => {
    terminal = new Tmux(80, 24, `sh -c '${process.execPath} dist/test/view/tui/crash.js; cat'`);
    const shown = await terminal.until((text) => text.includes('crashed'), 'the error');
    assert.match(shown, /crashed: Cannot/);
    assert.equal(terminal.flag('#{alternate_on} #{cursor_flag} #{mouse_any_flag}'), '0 1 0');
  });

  for (const kind of ['dumb', '']) {
    it(`writes text where TERM is '${kind}'`, async () => {
      terminal = new Tmux(120, 30, `sh -c 'TERM=${kind} ${READ}; echo done; cat'`);
      const shown = await terminal.until((text) => text.includes('done'), 'text');
      assert.match(shown, /conversations? of \d+ flows/);
      assert.equal(terminal.flag('#{alternate_on}'), '0');
    });
  }

  it('says why a screen that was asked for cannot be', async () => {
    terminal = new Tmux(120, 10, `sh -c 'TERM=dumb ${READ} -o tui; echo code $?; cat'`);
    const shown = await terminal.until((text) => text.includes('code'), 'the refusal');
    assert.match(shown, /-o tui: TERM is dumb/);
    assert.match(shown, /code 2/);
  });
});
