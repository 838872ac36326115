/** The captures of the labs that are kept with the sources. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve('fixtures');

/** Every fixture's capture of all interfaces, sorted. */
export function captures(): string[] {
  return readdirSync(ROOT)
    .sort()
    .map((name) => path.join(ROOT, name, 'any.pcapng'))
    .filter((file) => existsSync(file));
}

/** The pcap files of one fixture, one for each interface. */
export function interfaceCaptures(fixture: string): string[] {
  const directory = path.join(ROOT, fixture, 'captures');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((name) => path.join(directory, name));
}
