import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRESETS } from '../../src/view/homework/presets.ts';
import { writeHostile } from '../support/hostile-capture.ts';
import { readXml } from '../support/xml.ts';
import { CAPTURE, netlens, withDirectory } from './run.ts';

const OURS = ['svg', 'title', 'desc', 'rect', 'path', 'circle', 'text', 'g'];

function assertOurs(svg: string): void {
  const names = new Set(readXml(svg).map(({ name }) => name));
  assert.deepEqual(
    [...names].filter((name) => !OURS.includes(name)),
    [],
  );
}

describe('netlens shot --diagram', function () {
  this.timeout(60_000);

  it('draws the same bytes again, as SVG, PNG and Mermaid', async () => {
    await withDirectory((directory) => {
      for (const view of ['journey', 'topology']) {
        for (const end of ['svg', 'png', 'mmd']) {
          const [a, b] = ['a', 'b'].map((name) => join(directory, `${name}-${view}.${end}`));
          for (const file of [a!, b!]) {
            const ran = netlens(['shot', CAPTURE, '--diagram', '--view', view, '-o', file]);
            assert.equal(ran.code, 0, ran.err);
          }
          assert.deepEqual(readFileSync(a!), readFileSync(b!));
        }
      }
    });
  });

  it('takes the conversation of the number, or one that the filter chooses', () => {
    const numbered = netlens(['shot', CAPTURE, '--diagram', '--conversation', '23']);
    assert.match(numbered.out, /%% #35;23 /);
    const chosen = netlens(['shot', CAPTURE, '--diagram', 'label same-node and nat dnat']);
    assert.match(chosen.out, /DNAT/);
    assert.doesNotMatch(chosen.out, /IPIP/);
  });

  it('says in the footer what it is made of', async () => {
    await withDirectory((directory) => {
      const file = join(directory, 'a.svg');
      netlens(['shot', CAPTURE, '--diagram', '--tag', 'kim', '-o', file, 'port 80']);
      const svg = readFileSync(file, 'utf8');
      assert.match(svg, /any\.pcapng sha256 [0-9a-f]{64}/);
      assert.match(svg, /filter: port 80 · netlens [\d.]+ · tag: kim/);
    });
  });

  it('says what to do where the file cannot be written', async () => {
    await withDirectory((directory) => {
      for (const [name, ...args] of [
        ['a.svg', 'shot', CAPTURE, '--diagram'],
        ['a.md', 'shot', CAPTURE, '--homework', 'same-node'],
        ['a.html', 'report', CAPTURE],
      ]) {
        const { code, err } = netlens([...args, '-o', join(directory, 'none', name!)]);
        assert.equal(code, 1, err);
        assert.match(err, /none\/a(-1)?\.(svg|html): no such directory: make it first/);
      }
    });
  });

  it('escapes a hostile capture and cluster in every output', async () => {
    await withDirectory((directory) => {
      const { capture, dump } = writeHostile(directory);
      const known = [capture, '--kube-json', dump];
      const run = (args: readonly string[], output: string): string => {
        const path = join(directory, output);
        const ran = netlens(['shot', ...known, ...args, '-o', path]);
        assert.equal(ran.code, 0, ran.err);
        return readFileSync(path, 'utf8');
      };
      for (const id of [1, 2, 3]) {
        assertOurs(run(['--diagram', '--conversation', String(id)], 'journey.svg'));
      }
      assertOurs(run(['--diagram', '--view', 'topology', '--lang', 'ko'], 'topology.svg'));
      for (const { name } of PRESETS) {
        assertOurs(run(['--homework', name], `${name}.svg`));
      }
      run(['--homework', 'snat'], 'snat.md');
      const page = join(directory, 'report.html');
      const ran = netlens(['report', ...known, '-o', page]);
      assert.equal(ran.code, 0, ran.err);
      assert.equal(readFileSync(page, 'utf8').match(/<script/g)!.length, 1);
      const stray = readdirSync(directory).filter((name) => /^(passwd|etc)$/.test(name));
      assert.deepEqual(stray, []);
    });
  });
});
