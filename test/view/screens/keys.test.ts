import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { messagesIn } from '../../../src/view/messages/language.ts';
import { COMMANDS } from '../../../src/view/screens/commands.ts';
import { ACTIONS, actionOf, BINDINGS, showKeys } from '../../../src/view/screens/keys.ts';
import { helpLines } from '../../../src/view/screens/overlays.ts';
import { LANGUAGES } from '../../../src/words/language-names.ts';
import { keysPage } from './keys-page.ts';

const sequences = ACTIONS.flatMap((action) => BINDINGS[action].keys.map((keys) => [keys, action]));

describe('keys', () => {
  it('mean one thing each, and none is the start of another', () => {
    const seen = new Map<string, string>();
    for (const [keys, action] of sequences) {
      assert.equal(seen.get(keys!), undefined, `${keys}: ${action}`);
      seen.set(keys!, action!);
    }
    for (const keys of seen.keys()) {
      for (const other of seen.keys())
        assert.ok(!other.startsWith(`${keys} `), `${keys}, ${other}`);
    }
  });

  it('lead to their actions, key by key', () => {
    assert.equal(actionOf(['g']), 'more');
    assert.equal(actionOf(['g', 'g']), 'first');
    assert.equal(actionOf(['C-w', '=']), 'reset-split');
    assert.equal(actionOf(['x']), undefined);
  });

  it('are those of docs/keys.md (npm run golden rewrites)', () => {
    assert.equal(readFileSync('docs/keys.md', 'utf8'), keysPage());
  });

  for (const language of LANGUAGES) {
    it(`are all in the help overlay, with every command (${language})`, () => {
      const lines = helpLines(messagesIn(language)).map(({ spans }) =>
        spans.map(({ text }) => text).join(''),
      );
      for (const action of ACTIONS) {
        const keys = showKeys(BINDINGS[action].keys[0]);
        const told = messagesIn(language).actions[action];
        assert.ok(
          lines.some((line) => line.startsWith(keys) && line.includes(told)),
          action,
        );
      }
      for (const command of Object.keys(COMMANDS)) {
        assert.ok(
          lines.some((line) => line.startsWith(`${command} `)),
          command,
        );
      }
    });
  }
});
