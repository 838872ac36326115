/** Pictures of a hostile capture in a real browser: nothing runs, nothing is fetched, everything is in its place. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CAPTURE, netlens } from '../cli/run.ts';
import { Browser } from '../support/browser.ts';
import { writeHostile } from '../support/hostile-capture.ts';
import { needTools } from '../support/skip.ts';

const VIEWS = ['conversations', 'packets', 'explain', 'topology'];

describe('pictures in a browser', function () {
  this.timeout(90_000);
  let browser: Browser | undefined;
  let directory = '';

  before(async function () {
    needTools(this, 'chromium');
    directory = mkdtempSync(join(tmpdir(), 'netlens-'));
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.close();
    if (directory !== '') rmSync(directory, { recursive: true });
  });

  it('of a hostile capture do nothing but show it', async () => {
    const { capture, dump } = writeHostile(directory);
    for (const view of VIEWS) {
      for (const format of ['svg', 'html']) {
        const file = join(directory, `${view}.${format}`);
        const args = ['shot', capture, '--kube-json', dump, '--view', view, '-o', file];
        assert.equal(netlens(args).code, 0);
        const { deeds, page } = await browser!.open(file);
        assert.deepEqual(deeds, [], `${view}.${format}`);
        const root = format === 'svg' ? 'svg' : 'html';
        assert.equal(await page.evaluate('document.documentElement.localName'), root);
        assert.equal(await page.locator('script, img, iframe, a, object').count(), 0);
        await page.close();
      }
    }
  });

  it('would be caught if they did anything', async () => {
    const file = join(directory, 'bad.html');
    writeFileSync(file, '<!doctype html><img src="http://127.0.0.1:1/x"><script>alert(1)</script>');
    const { deeds, page } = await browser!.open(file);
    assert.deepEqual(
      [...deeds]
        .map((deed) => deed.split(' ')[0])
        .sort()
        .slice(0, 3),
      ['console', 'dialog', 'request'],
    );
    await page.close();
  });

  it('have every row as wide as its cells, with whatever font there is', async () => {
    const file = join(directory, 'ko.svg');
    const args = ['shot', CAPTURE, '--lang', 'ko', '--columns', '100', '--rows', '20'];
    assert.equal(netlens([...args, '--title', '가'.repeat(50), '-o', file]).code, 0);
    const { page } = await browser!.open(file);
    const box = (await page.locator('text').first().boundingBox())!;
    assert.ok(Math.abs(box.width - 100 * 9) <= 9, `50 Hangul letters take ${box.width}`);
    await page.close();
    const html = join(directory, 'ko.html');
    netlens([...args, '--title', '가'.repeat(50), '-o', html]);
    const { page: other } = await browser!.open(html);
    const wide = (await other.locator('span').first().boundingBox())!;
    const letter = await other.evaluate(
      `(() => { const s = document.createElement('span'); s.textContent = 'm'.repeat(100);
        document.querySelector('pre').append(s); return s.getBoundingClientRect().width; })()`,
    );
    assert.ok(Math.abs(wide.width - (letter as number)) <= 2, `${wide.width} beside ${letter}`);
    await other.close();
  });
});
