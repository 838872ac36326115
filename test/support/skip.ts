/** Leaving tests out, never silently: the reporter prints every reason. */
import { spawnSync } from 'node:child_process';

/** True where every tool is promised: a missing one is a failure there, not a reason to skip. */
export const inCi = process.env.CI === 'true';

/** Skip the running test, or from a `before` hook its whole suite, and say why. */
export function skip(context: Mocha.Context, because: string): never {
  const runnable = context.runnable() as Mocha.Runnable & { type?: string };
  const holder = runnable.type === 'hook' ? runnable.parent : runnable;
  (holder as { skipBecause?: string }).skipBecause = because;
  return context.skip();
}

/** Skip unless these programs are on the path; with CI=true a missing one fails the test instead. */
export function needTools(context: Mocha.Context, ...tools: string[]): void {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) return;
  const because = `not installed: ${missing.join(', ')}`;
  if (inCi) throw new Error(`${because} (CI installs every tool that a test needs)`);
  skip(context, because);
}

/** Skip unless the tests run as root; with CI=true that is a failure instead. */
export function needRoot(context: Mocha.Context): void {
  if (process.getuid?.() === 0) return;
  if (inCi) throw new Error('not root (CI runs as root)');
  skip(context, 'needs root');
}

export function hasTool(tool: string): boolean {
  return spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', tool]).status === 0;
}
