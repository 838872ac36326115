/** Debian's Chromium, headless, for tests of pages. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { inCi, skip } from './skip.ts';

const EXECUTABLE = '/usr/bin/chromium';
/** No sandbox, as tests run as root; no connections of the browser's own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Start it, or skip the suite where it is not installed; with CI=true that is a failure instead. */
export async function startChromium(context: Mocha.Context): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    const because = 'not installed: chromium';
    if (inCi) throw new Error(`${because} (CI installs every tool that a test needs)`);
    skip(context, because);
  }
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}
