/**
 * How a test run is told: a line a file, failures in full, each skip with its reason, and as the very
 * last line `N passed, N failed` (`, N skipped` when there are any).
 */
import path from 'node:path';
import Mocha from 'mocha';

interface FileTally {
  passed: number;
  failed: number;
  skipped: number;
  ms: number;
}

class SummaryReporter extends Mocha.reporters.Base {
  private readonly files = new Map<string, FileTally>();
  private readonly skips = new Map<string, string[]>();
  private failedRunnables = 0;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on('pass', (test) => {
      const tally = this.tallyOf(test);
      tally.passed++;
      tally.ms += test.duration ?? 0;
    });
    runner.on('fail', (test) => {
      this.tallyOf(test).failed++;
      this.failedRunnables++;
    });
    runner.on('pending', (test) => {
      this.tallyOf(test).skipped++;
      const reason = reasonOf(test);
      const titles = this.skips.get(reason) ?? [];
      titles.push(test.fullTitle());
      this.skips.set(reason, titles);
    });
    runner.once('end', () => this.tell());
  }

  private tallyOf(test: Mocha.Runnable): FileTally {
    const file = path.relative(process.cwd(), test.file ?? test.parent?.file ?? '(unknown file)');
    let tally = this.files.get(file);
    if (tally === undefined) {
      tally = { passed: 0, failed: 0, skipped: 0, ms: 0 };
      this.files.set(file, tally);
    }
    return tally;
  }

  private tell(): void {
    let passed = 0;
    let skipped = 0;
    for (const [file, tally] of this.files) {
      passed += tally.passed;
      skipped += tally.skipped;
      console.log(`${counts(tally).padEnd(28)} ${String(tally.ms).padStart(6)} ms  ${file}`);
    }
    for (const [reason, titles] of this.skips) {
      console.log(`skipped: ${reason}`);
      for (const title of titles) console.log(`  - ${title}`);
    }
    if (this.failures.length > 0) this.epilogue();
    console.log(counts({ passed, failed: this.failedRunnables, skipped }));
  }
}

function counts(tally: { passed: number; failed: number; skipped: number }): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/** The reason that `skip` of test/support/skip.ts left on the test, its hook or a suite around it. */
function reasonOf(test: Mocha.Runnable): string {
  let holder: Mocha.Runnable | Mocha.Suite | undefined = test;
  while (holder !== undefined) {
    const reason = (holder as { skipBecause?: string }).skipBecause;
    if (reason !== undefined) return reason;
    holder = holder.parent;
  }
  return 'no reason given';
}

// biome-ignore lint/style/noDefaultExport: mocha takes a reporter from the default export
export default SummaryReporter;
