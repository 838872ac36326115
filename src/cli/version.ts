import { readFileSync } from 'node:fs';
import { packageFile } from '../package-root.ts';

/** The package's version. */
export function version(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string })
    .version;
}

/** Whether the command line asks for the version and nothing else. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv[0] === '-V' || argv[0] === '--version';
}

/** The answer. */
export function showVersion(): string {
  return `netlens ${version()}\n`;
}
