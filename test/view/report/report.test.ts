import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ConversationRecord } from '../../../src/classify/record.ts';
import { NOTHING_READ } from '../../../src/pipeline.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { noFacts } from '../../../src/topology/facts.ts';
import { clusterModel } from '../../../src/view/diagram/cluster-model.ts';
import { ClusterTraffic } from '../../../src/view/diagram/cluster-traffic.ts';
import { JOURNEYS_MAX, reportHtml } from '../../../src/view/report/report-html.ts';
import { netlens, ROOT, withDirectory } from '../../cli/run.ts';
import { startChromium } from '../../support/chromium.ts';
import { recordsOfFixture } from '../../support/fixture-records.ts';
import { HOSTILE, hostileRecord } from '../../support/hostile-record.ts';

const FIXTURE = join(ROOT, 'fixtures/calico-ipip');

function pageOf(records: readonly ConversationRecord[], total = records.length): string {
  const traffic = new ClusterTraffic();
  for (const record of records) traffic.add(record);
  return reportHtml({
    records,
    total,
    cluster: clusterModel(buildTopology(noFacts()), traffic),
    ledger: { ...NOTHING_READ, conflicts: [...HOSTILE], damage: [...HOSTILE] },
    footer: HOSTILE,
    title: HOSTILE.join(' '),
    language: 'en',
  });
}

function hostilePage(): string {
  return pageOf(HOSTILE.map((text, i) => ({ ...hostileRecord(text), id: i + 1 })));
}

describe('report', () => {
  describe('as text', () => {
    it('names the digests of its only script and style, and lets nothing else run or load', () => {
      const html = hostilePage();
      const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
      assert.match(policy, /default-src &#39;none&#39;/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
      assert.equal(html.match(/<script/g)!.length, 1);
      assert.equal(html.match(/<style/g)!.length, 1);
      assert.doesNotMatch(html, /href="(?!#)/);
      const withoutValues = html.replace(/"[^"]*"/g, '""');
      assert.doesNotMatch(withoutValues, /<[^>]* (on\w+|style|src|srcdoc)=/);
    });

    it('holds a bounded part of very many conversations and says so', () => {
      const record = hostileRecord('many');
      const records = Array.from({ length: JOURNEYS_MAX + 50 }, (_, i) => ({
        ...record,
        id: i + 1,
      }));
      const html = pageOf(records, 1_000_000);
      assert.match(html, /holds 250 of 1000000 conversations/);
      assert.match(html, /drawn for 200 of the 250/);
      assert.equal(html.match(/Not drawn:/g)!.length, 50);
    });
  });

  describe('by command', () => {
    it('writes the page, and the same bytes again', async () => {
      await withDirectory((directory) => {
        const [a, b] = ['a.html', 'b.html'].map((name) => join(directory, name));
        const args = ['report', join(FIXTURE, 'any.pcapng'), '--kube-json', join(FIXTURE, 'kube')];
        const ran = netlens([...args, '-o', a!]);
        assert.equal(ran.code, 0, ran.err);
        assert.equal(ran.err, `${a}\n`);
        netlens([...args, '-o', b!]);
        assert.deepEqual(readFileSync(a!), readFileSync(b!));
        assert.equal(readFileSync(a!, 'utf8').match(/<details/g)!.length, 44);
      });
    });

    it('takes a filter and refuses what cannot be', async () => {
      await withDirectory((directory) => {
        const file = join(directory, 'r.html');
        const capture = join(FIXTURE, 'any.pcapng');
        assert.equal(netlens(['report', capture, '-o', file, 'label external']).code, 0);
        assert.equal(readFileSync(file, 'utf8').match(/<details/g)!.length, 8);
        assert.equal(netlens(['report', capture, '-o', 'report.pdf']).code, 2);
        assert.equal(netlens(['report', '-', '-o', file]).code, 2);
        assert.equal(netlens(['report', join(directory, 'none.pcap'), '-o', file]).code, 1);
        assert.equal(netlens(['report', '--help']).code, 0);
      });
    });
  });

  describe('in Chromium', function () {
    this.timeout(60_000);
    let browser: Browser;

    before(async function () {
      browser = await startChromium(this);
    });
    after(() => browser?.close());

    /** Open the page from the disk; fails on a message, an error, a dialog or a request of its own. */
    async function opened(
      html: string,
      use: (page: Page) => Promise<void>,
      options: BrowserContextOptions = {},
    ): Promise<void> {
      await withDirectory(async (directory) => {
        const file = join(directory, 'report.html');
        writeFileSync(file, html);
        const context = await browser.newContext(options);
        const page = await context.newPage();
        const happened: string[] = [];
        page.on('console', (message) => happened.push(message.text()));
        page.on('pageerror', (error) => happened.push(String(error)));
        page.on('dialog', (dialog) => happened.push(dialog.message()));
        page.on('request', (request) => happened.push(request.url()));
        const url = pathToFileURL(file).href;
        await page.goto(url);
        await use(page);
        const others = happened.filter((what) => what.split('#')[0] !== url);
        await context.close();
        assert.deepEqual(others, []);
      });
    }

    it('shows hostile names as text: nothing of them runs or becomes an element', async () => {
      await opened(hostilePage(), async (page) => {
        const names = await page.$$eval('*', (all) => [
          ...new Set(all.map((one) => one.tagName.toLowerCase())),
        ]);
        for (const name of ['iframe', 'object', 'embed', 'img', 'form', 'base', 'foreignobject']) {
          assert.ok(!names.includes(name), name);
        }
        assert.equal(await page.$$eval('script', (all) => all.length), 1);
        assert.equal(await page.$$eval('tbody tr', (all) => all.length), HOSTILE.length);
        const handlers = await page.$$eval('*', (all) =>
          all.flatMap((one) =>
            one.getAttributeNames().filter((name: string) => name.startsWith('on')),
          ),
        );
        assert.deepEqual(handlers, []);
      });
    });

    it('a script that gets into the page all the same does not run', async () => {
      const html = hostilePage().replace('</main>', '<script>console.log("ran")</script></main>');
      await assert.rejects(
        opened(html, async () => {}),
        /Content Security Policy/,
      );
    });

    it('searches and sorts, by keyboard too', async () => {
      const records = await recordsOfFixture(FIXTURE);
      await opened(pageOf(records), async (page) => {
        await page.fill('#search', 'dnat HTTP');
        const shown = await page.$$eval('tbody tr:not([hidden])', (rows) =>
          rows.map((row) => row.textContent ?? ''),
        );
        assert.ok(shown.length > 0 && shown.length < records.length);
        assert.ok(shown.every((row) => /dnat/i.test(row) && /http/i.test(row)));
        assert.equal(await page.textContent('#shown'), `${shown.length} / ${records.length}`);
        await page.fill('#search', '');
        const bytes = page.locator('th', { hasText: 'Bytes' });
        await bytes.locator('button').focus();
        await page.keyboard.press('Enter');
        assert.equal(await bytes.getAttribute('aria-sort'), 'ascending');
        const sorted = await page.evaluate<number[]>(
          "[...document.querySelectorAll('tbody tr')].map((row) => Number(row.cells[10].dataset.v))",
        );
        assert.deepEqual(
          sorted,
          [...sorted].sort((a, b) => a - b),
        );
        await page.keyboard.press('Space');
        assert.equal(await bytes.getAttribute('aria-sort'), 'descending');
      });
    });

    it('opens the journey that a row leads to', async () => {
      const records = await recordsOfFixture(FIXTURE);
      await opened(pageOf(records), async (page) => {
        await page.click('a[href="#c21"]');
        await page.waitForSelector('#c21[open] svg', { state: 'visible' });
        const label = await page.getAttribute('#c21 svg', 'aria-label');
        assert.match(label!, /^#21 /);
        assert.equal(await page.$$eval('details[open]', (all) => all.length), 1);
      });
    });

    it('is dark or light as the system is, and the other at a press', async () => {
      const records = await recordsOfFixture(FIXTURE);
      for (const colorScheme of ['dark', 'light'] as const) {
        await opened(
          pageOf(records),
          async (page) => {
            const colour = (): Promise<string> =>
              page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
            const before = await colour();
            assert.equal(before, colorScheme === 'dark' ? 'rgb(15, 21, 28)' : 'rgb(255, 255, 255)');
            await page.click('#theme');
            assert.notEqual(await colour(), before);
          },
          { colorScheme },
        );
      }
    });

    it('can be read without its script', async () => {
      const records = await recordsOfFixture(FIXTURE);
      await opened(
        pageOf(records),
        async (page) => {
          assert.equal(await page.locator('tbody tr:visible').count(), records.length);
          await page.click('#c21 > summary');
          assert.ok(await page.isVisible('#c21 svg'));
        },
        { javaScriptEnabled: false },
      );
    });
  });
});
