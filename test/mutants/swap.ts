/** Module hooks, in a thread of their own: the file of the mutant loads with one line changed. */
import type { LoadFnOutput, LoadHook } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutants.ts';

let mutant: Mutant | undefined;
let url = '';

export function initialize(data: Mutant): void {
  mutant = data;
  url = pathToFileURL(data.file).href;
}

export const load: LoadHook = async (specifier, context, nextLoad): Promise<LoadFnOutput> => {
  const loaded = await nextLoad(specifier, context);
  if (specifier !== url || mutant === undefined) return loaded;
  const lines = String(loaded.source).split('\n');
  if (lines[mutant.line - 1] !== mutant.before) throw new Error(`${url}: not the line to change`);
  lines[mutant.line - 1] = mutant.after;
  return { ...loaded, source: lines.join('\n') };
};
