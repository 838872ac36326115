/** Debian's Chromium without a window, for pages that we write: nothing of it reaches a network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page did that it should not have done. */
export interface Opened {
  readonly page: Page;
  /** Scripts run, dialogs shown, requests made, errors: one line each. */
  readonly deeds: readonly string[];
}

export class Browser {
  private readonly directory: string;
  private readonly context: BrowserContext;

  private constructor(directory: string, context: BrowserContext) {
    this.directory = directory;
    this.context = context;
  }

  static async start(): Promise<Browser> {
    const directory = mkdtempSync(join(tmpdir(), 'netlens-chromium-'));
    const context = await chromium.launchPersistentContext(directory, {
      executablePath: EXECUTABLE,
      args: FLAGS,
    });
    return new Browser(directory, context);
  }

  /** Open a file, and write down all that it does besides being shown. */
  async open(file: string): Promise<Opened> {
    const page = await this.context.newPage();
    const deeds: string[] = [];
    const url = pathToFileURL(file).href;
    page.on('dialog', (dialog) => {
      deeds.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => deeds.push(`error ${error.message}`));
    page.on('console', (message) => deeds.push(`console ${message.text()}`));
    page.on('request', (request) => {
      if (request.url() !== url) deeds.push(`request ${request.url()}`);
    });
    await page.goto(url);
    return { page, deeds };
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
