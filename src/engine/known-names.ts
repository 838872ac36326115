/** Names that a filter may want: those of the cluster and the capture, as far as they are known. */
import path from 'node:path';
import type { Reading } from './reading.ts';

/** Names that stand in a filter as they are, without quotes. */
const PLAIN = /^[\w.:@/-]+$/;

/** Names of this kind (`pod`, `node`, `iface`, …), sorted, each once. */
export function knownNames({ analysis, source }: Reading, kind: string): string[] {
  const topology = analysis.conversations?.run.topology;
  const names = new Set<string | undefined>();
  const add = (...more: (string | undefined)[]): void => {
    for (const name of more) names.add(name);
  };
  if (kind === 'iface') add(...source.interfaces.map(({ name }) => name));
  else if (kind === 'file') add(...source.interfaces.map(({ file }) => path.basename(file)));
  else if (kind === 'node') add(...(topology?.nodes ?? []).map(({ name }) => name));
  const owned = [...(topology?.pods ?? []), ...(topology?.services ?? [])];
  if (kind === 'ns') add(...owned.map(({ namespace }) => namespace));
  const objects = kind === 'pod' ? topology?.pods : kind === 'svc' ? topology?.services : undefined;
  add(...(objects ?? []).map(({ namespace, name }) => `${namespace}/${name}`));
  return [...names].filter((name): name is string => name !== undefined && PLAIN.test(name)).sort();
}
