import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { keyEventOf, mouseEventOf } from '../../../src/view/tui/blessed-events.ts';
import { TerminalInput } from '../../../src/view/tui/terminal-input.ts';
import { themeOf, whyNoScreen } from '../../../src/view/tui/terminal-kind.ts';

/** What comes out of reads, each as one chunk; `waitMs` after the last. */
async function passed(
  reads: readonly string[],
  waitMs = 0,
): Promise<{ chunks: string[]; pastes: string[] }> {
  const keyboard = new PassThrough();
  const pastes: string[] = [];
  const chunks: string[] = [];
  const input = new TerminalInput(keyboard as unknown as ReadStream, (text) => pastes.push(text));
  input.on('data', (bytes: Buffer) => chunks.push(bytes.toString('utf8')));
  for (const read of reads) {
    keyboard.write(read);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  input.release();
  return { chunks, pastes };
}

describe('TerminalInput', () => {
  it('joins a sequence that came in two reads', async () => {
    assert.deepEqual((await passed(['\x1b', '[A'])).chunks, ['\x1b[A']);
    assert.deepEqual((await passed(['\x1b[<0;1', '2;3M'])).chunks, ['\x1b[<0;12;3M']);
  });

  it('takes an escape that nothing follows for the key', async () => {
    assert.deepEqual((await passed(['\x1b'], 120)).chunks, ['\x1b']);
  });

  it('passes a mouse report alone, and the keys around it', async () => {
    const { chunks } = await passed(['j\x1b[<0;5;6Mk']);
    assert.deepEqual(chunks, ['j', '\x1b[<0;5;6M', 'k']);
  });

  it('tells pasted text apart from keys, over several reads', async () => {
    const { chunks, pastes } = await passed(['a\x1b[200~port', ' 80\nq\x1b[201~b']);
    assert.deepEqual(pastes, ['port 80\nq']);
    assert.deepEqual(chunks, ['a', 'b']);
  });

  it('keeps a character whose bytes come in two reads', async () => {
    const keyboard = new PassThrough();
    const chunks: string[] = [];
    const input = new TerminalInput(keyboard as unknown as ReadStream, () => {});
    input.on('data', (bytes: Buffer) => chunks.push(bytes.toString('utf8')));
    const bytes = Buffer.from('한', 'utf8');
    for (const part of [bytes.subarray(0, 1), bytes.subarray(1)]) {
      keyboard.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(chunks, ['한']);
    input.release();
  });
});

describe('keys and mouse of blessed', () => {
  const keyOf = (text: string | undefined, key: object): string | undefined => {
    const event = keyEventOf(text, key);
    return event?.kind === 'key' ? event.key : undefined;
  };

  it('are named as the key table names them', () => {
    assert.equal(keyOf('j', { name: 'j', full: 'j' }), 'j');
    assert.equal(keyOf('G', { name: 'g', shift: true, full: 'S-g' }), 'G');
    assert.equal(keyOf('\x17', { name: 'w', ctrl: true, full: 'C-w' }), 'C-w');
    assert.equal(keyOf('\r', { name: 'return', full: 'return' }), 'enter');
    assert.equal(keyOf('\r', { name: 'enter', full: 'enter' }), undefined);
    assert.equal(keyOf(undefined, { name: 'tab', shift: true, full: 'S-tab' }), 'S-tab');
    assert.equal(keyOf(' ', { name: 'space', full: 'space' }), 'space');
    assert.equal(keyOf('글', {}), '글');
    assert.equal(keyOf(undefined, {}), undefined);
  });

  it('leave out movements and buttons let go', () => {
    assert.equal(mouseEventOf({ action: 'mouseup', x: 1, y: 2 }), undefined);
    const event = mouseEventOf({ action: 'wheelup', x: 3, y: 4 });
    assert.deepEqual(event, { kind: 'mouse', action: 'wheel-up', row: 4, column: 3 });
  });
});

describe('the kind of terminal', () => {
  const tty = { isTTY: true };

  it('decides whether there is a screen', () => {
    assert.equal(whyNoScreen(tty, tty, { TERM: 'xterm' }), undefined);
    assert.match(whyNoScreen(tty, tty, {})!, /TERM is not set/);
    assert.match(whyNoScreen(tty, tty, { TERM: 'dumb' })!, /dumb/);
    assert.match(whyNoScreen({}, tty, { TERM: 'xterm' })!, /input/);
    assert.match(whyNoScreen(tty, {}, { TERM: 'xterm' })!, /output/);
  });

  it('decides the theme', () => {
    assert.equal(themeOf({ NO_COLOR: '1', NETLENS_THEME: 'light' }), 'none');
    assert.equal(themeOf({ NETLENS_THEME: 'safe' }), 'safe');
    assert.equal(themeOf({ COLORFGBG: '0;15' }), 'light');
    assert.equal(themeOf({ COLORFGBG: '15;0' }), 'dark');
    assert.equal(themeOf({}), 'dark');
  });
});
