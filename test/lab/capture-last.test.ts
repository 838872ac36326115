/** `capture --last` in a real terminal: a key writes the latest frames, other keys mean what they always mean. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { netlens, withDirectory } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Running, Wire } from '../support/wire.ts';
import { Tmux } from '../view/tui/tmux.ts';

const SHELL = 'bash --norc -i';
const PROMPT = /bash-[\d.]+[#$]\s*$/;

describe('netlens capture --last', function () {
  this.timeout(60_000);
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'ping', 'tmux', 'bash', 'stty', 'mount');
    wire = new Wire();
  });

  after(() => wire?.close());

  const countIn = (file: string): string => netlens(['read', file, '--count']).out;

  for (const { mode, words, isOn } of [
    {
      mode: 'lines of text',
      words: '--frames -o text',
      isOn: (screen: string) => screen.includes('capturing on'),
    },
    {
      mode: 'the table',
      words: '-o table',
      isOn: (screen: string) => screen.includes('Ctrl-C ends it'),
    },
  ]) {
    it(`writes on a key beside ${mode}; Ctrl-Z and Ctrl-C work, and the terminal is given back`, () =>
      withDirectory(async (folder) => {
        const file = join(folder, 'last.pcapng');
        const terminal = new Tmux(150, 30, SHELL, ['LC_ALL=C.UTF-8']);
        const capture = `${process.execPath} bin/netlens.js capture --netns ${wire.near} -i v0 --no-host --last 1h -w ${file} ${words} icmp`;
        try {
          await terminal.until((screen) => PROMPT.test(screen), 'the shell');
          const modes = execFileSync('stty', ['-a', '-F', terminal.flag('#{pane_tty}')]).toString();
          terminal.keys(capture, 'Enter');
          await terminal.until(
            (screen) => isOn(screen) && screen.includes('the key w, or kill'),
            'the capture',
          );
          wire.ping(3);
          await terminal.until((screen) => screen.includes('10.77.0.2'), 'the ping');
          terminal.keys('w');
          await terminal.until((screen) => screen.includes(`6 frames written to ${file}`), 'it');
          terminal.keys('C-z');
          await terminal.until((screen) => screen.includes('Stopped'), 'the shell again');
          assert.equal(terminal.flag('#{alternate_on}'), '0');
          terminal.keys('fg', 'Enter');
          await new Promise((resolve) => setTimeout(resolve, 300));
          wire.ping(2);
          await terminal.until(() => !existsSync(`${file}1`), 'nothing yet');
          terminal.keys('w');
          await terminal.until(() => existsSync(`${file}1`), 'the second file');
          terminal.keys('C-c');
          await terminal.until((screen) => screen.includes('Captured 10 frames'), 'the sum');
          await terminal.until((screen) => PROMPT.test(screen), 'the shell');
          const after = execFileSync('stty', ['-a', '-F', terminal.flag('#{pane_tty}')]).toString();
          assert.equal(after, modes);
        } finally {
          terminal.close();
        }
        assert.deepEqual([countIn(file), countIn(`${file}1`)], ['6 packets\n', '4 packets\n']);
      }));
  }

  it('gives the terminal back when Ctrl-C comes twice', () =>
    withDirectory(async (folder) => {
      const terminal = new Tmux(150, 30, SHELL, ['LC_ALL=C.UTF-8']);
      try {
        await terminal.until((screen) => PROMPT.test(screen), 'the shell');
        const modes = execFileSync('stty', ['-a', '-F', terminal.flag('#{pane_tty}')]).toString();
        const file = join(folder, 'x');
        const words = `-i v0 --no-host --last 1h -w ${file} -o table`;
        terminal.keys(
          `${process.execPath} bin/netlens.js capture --netns ${wire.near} ${words}`,
          'Enter',
        );
        await terminal.until((screen) => screen.includes('Ctrl-C ends it'), 'the capture');
        terminal.keys('C-c', 'C-c', 'C-c');
        await terminal.until((screen) => PROMPT.test(screen), 'the shell');
        const after = execFileSync('stty', ['-a', '-F', terminal.flag('#{pane_tty}')]).toString();
        assert.equal(after, modes);
        assert.equal(terminal.flag('#{alternate_on}'), '0');
      } finally {
        terminal.close();
      }
    }));

  it('goes on where the disk is full, says what was lost, and writes again when there is room', () =>
    withDirectory(async (folder) => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
      try {
        const file = join(disk, 'a');
        const words = ['-i', 'v1', '--no-host', '--last', '1h', '-w', file, '--print', '--frames'];
        const running = await Running.netlens(wire.far, [...words, 'icmp']);
        wire.ping(100);
        await running.until(() => running.out.match(/ICMP echo/g)?.length === 200);
        running.child.kill('SIGUSR2');
        await running.until(() => running.err.includes('the disk is full'));
        execFileSync('mount', ['-o', 'remount,size=1m', disk]);
        wire.ping(5);
        const { code, err } = await running.end();
        assert.equal(code, 130, err);
        assert.match(err, /10 frames written to .*\/a1/);
        const lost = Number(/Lost: (\d+) frames could not be written/.exec(err)?.[1]);
        const kept = readdirSync(disk).map(
          (name) => Number.parseInt(countIn(join(disk, name)), 10) || 0,
        );
        assert.equal(kept.length, 2, err);
        assert.equal(lost + kept[0]! + kept[1]!, 210, err);
        assert.ok(lost > 0);
      } finally {
        execFileSync('umount', [disk]);
      }
    }));
});
