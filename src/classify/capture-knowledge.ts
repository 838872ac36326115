/** What capture files themselves tell of the cluster: names, and the snapshots that netlens puts into its own. */
import type { Facts } from '../topology/facts.ts';
import type { AnalyseOptions } from './analyse.ts';
import type { NatTable } from './nat-tables.ts';

/** The part of a source that knows more than frames. */
export interface CaptureNotes {
  readonly names: readonly {
    readonly address: string;
    readonly name: string;
    readonly file: string;
  }[];
  /** The latest of each file. */
  readonly snapshots?: readonly { readonly file: string; readonly text: string }[];
}

/** `knowledge` with what the files say, which is believed less than what was given beside them. */
export async function withNotes(
  knowledge: AnalyseOptions,
  { names, snapshots = [] }: CaptureNotes,
): Promise<AnalyseOptions> {
  const observed = names.map((record) => ({ kind: 'name' as const, ...record }));
  if (snapshots.length === 0) return { ...knowledge, names: observed };
  const { readSnapshot } = await import('../topology/snapshot.ts');
  const facts: Facts[] = [...(knowledge.facts ?? [])];
  const conntrackTables: NatTable[] = [...(knowledge.conntrackTables ?? [])];
  for (const { file, text } of snapshots) {
    const read = readSnapshot(text, file);
    facts.push(read.facts);
    conntrackTables.push(...read.tables);
  }
  return { ...knowledge, facts, conntrackTables, names: observed };
}
