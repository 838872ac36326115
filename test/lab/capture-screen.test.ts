/** A live capture on the terminal UI, in a real terminal. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openCaptures } from '../../src/source/open.ts';
import { netlens, withDirectory } from '../cli/run.ts';
import { needRoot, needTools } from '../support/skip.ts';
import { Wire } from '../support/wire.ts';
import { Tmux } from '../view/tui/tmux.ts';

describe('netlens capture on a terminal', () => {
  let wire: Wire;

  before(function () {
    needRoot(this);
    needTools(this, 'ip', 'ping', 'tmux');
    wire = new Wire();
  });

  after(() => wire?.close());

  it('shows conversations as they come, stops, saves what was captured, and gives the terminal back', () =>
    withDirectory(async (directory) => {
      const saved = path.join(directory, 'saved.pcapng');
      const command = `${process.execPath} bin/netlens.js capture --lang en --netns ${wire.near} -i v0 icmp`;
      const terminal = new Tmux(120, 30, command, ['LC_ALL=C.UTF-8']);
      try {
        await terminal.until((screen) => screen.includes('LIVE'), 'the screen');
        wire.ping(10);
        await terminal.until(
          (screen) => /icmp +10\.77\.0\.1 +10\.77\.0\.2/.test(screen),
          'the ping',
        );
        await terminal.until((screen) => /LIVE +20 frames/.test(screen), 'all of it');
        terminal.keys('C-c');
        await terminal.until((screen) => !screen.includes('LIVE'), 'the end of the capture');
        terminal.keys('q');
        await terminal.until((screen) => screen.includes('y / n'), 'the question');
        terminal.keys('n');
        terminal.keys(...`:save ${saved}`, 'Enter');
        await terminal.until((screen) => screen.includes('20 packets saved'), 'saving');
        terminal.keys('q');
        await terminal.until((screen) => screen.includes('Captured 20 frames'), 'the ledger');
        assert.equal(terminal.flag('#{alternate_on}'), '0');
      } finally {
        terminal.close();
      }
      assert.ok(existsSync(saved));
      const source = await openCaptures([saved]);
      assert.equal((await source.next())?.count, 20);
      await source.close();
    }));

  it('writes all frames into a file that describes itself, beside the screen', () =>
    withDirectory(async (directory) => {
      const file = path.join(directory, 'all.pcapng');
      const words = `-o tui --lang en --node k8s-w1 -i v1 -w ${file} icmp`;
      const command = `ip netns exec ${wire.far} ${process.execPath} bin/netlens.js capture ${words}`;
      const terminal = new Tmux(120, 30, command, ['LC_ALL=C.UTF-8']);
      try {
        await terminal.until((screen) => screen.includes('LIVE'), 'the screen');
        wire.ping(10);
        await terminal.until((screen) => /LIVE +20 frames/.test(screen), 'all of it');
        terminal.keys('q'); // nothing is lost: no question
        await terminal.until((screen) => screen.includes('Captured 20 frames'), 'the ledger');
        assert.match(terminal.screen(), /Lost: nothing/);
      } finally {
        terminal.close();
      }
      const source = await openCaptures([file]);
      assert.equal((await source.next())?.count, 20);
      assert.equal(await source.next(), undefined);
      await source.close();
      assert.deepEqual(source.damage, []);
      assert.equal(source.interfaces[0]!.received, 20);
      assert.ok(
        source.names.some(({ address, name }) => `${address} ${name}` === '10.77.0.2 k8s-w1'),
      );
      assert.equal(source.snapshots?.length, 1);
    }));

  it('asks this machine again when its addresses change', async () => {
    const words = '--lang en --node k8s-w1 -i v1 icmp';
    const command = `ip netns exec ${wire.far} ${process.execPath} bin/netlens.js capture ${words}`;
    const terminal = new Tmux(120, 30, command, ['LC_ALL=C.UTF-8']);
    try {
      await terminal.until((screen) => screen.includes('LIVE'), 'the screen');
      wire.inside(wire.far, 'ip', ['addr', 'add', '10.77.0.9/32', 'dev', 'v1']);
      wire.ping(3, '10.77.0.9');
      await terminal.until((screen) => screen.includes('k8s-w1 10.77.0.9'), 'the new name');
    } finally {
      terminal.close();
    }
  });

  it('refuses what is not for a screen, with what to do', () => {
    const { code, err } = netlens(['capture', '-o', 'tui', '-w', 'x', '--last', '5m']);
    assert.equal(code, 2);
    assert.match(err, /-o tui: --last is not for it; :save in it/);
  });
});
