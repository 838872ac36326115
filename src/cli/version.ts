import { existsSync, readFileSync } from 'node:fs';

/** The package's version: package.json stands above the bundle, and one further above the single modules. */
export function version(): string {
  const bundled = new URL('../../package.json', import.meta.url);
  const path = existsSync(bundled) ? bundled : new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
