/**
 * What was known of the cluster at one time, as the text that a capture file carries: JSON, the topology
 * in it as `netlens topology` prints it and `--topology` reads it. Imports zod and yaml: load it when needed.
 */
import { z } from 'zod';
import { SNAPSHOT_SCHEMA } from '../base/snapshot-block.ts';
import { type ConntrackEntry, parseConntrack } from './conntrack.ts';
import { showConntrack } from './conntrack-text.ts';
import { type Facts, noFacts } from './facts.ts';
import { parseTopology } from './file.ts';
import { showTopology } from './show.ts';
import type { Topology } from './topology.ts';

/** A node's connections. */
export interface ConnectionTable {
  /** Where it was read, for people. */
  readonly name: string;
  readonly node: string | undefined;
  readonly entries: readonly ConntrackEntry[];
}

export interface Snapshot {
  /** Seconds since 1970 UTC. */
  readonly taken: number;
  /** Who wrote it: name and version. */
  readonly application: string;
  readonly topology: Topology;
  readonly tables: readonly ConnectionTable[];
}

/** What a snapshot in a file tells. */
export interface SnapshotFacts {
  readonly facts: Facts;
  readonly tables: readonly ConnectionTable[];
}

/** Tables in one file: one for each node, and more than there are nodes. */
const TABLES_MAX = 10_000;

/** The longest topology read from a capture file, characters: some 50,000 pods. */
const TOPOLOGY_MAX = 16 << 20;

const text = z.string();
const schema = z.object({
  schema: z.literal(SNAPSHOT_SCHEMA),
  taken: z.iso.datetime().optional(),
  application: text.max(200).optional(),
  topology: text.max(TOPOLOGY_MAX),
  conntrack: z
    .array(z.object({ name: text.max(200), node: text.max(253).optional(), entries: text }))
    .max(TABLES_MAX)
    .default([]),
});

export function showSnapshot({ taken, application, topology, tables }: Snapshot): string {
  return JSON.stringify({
    schema: SNAPSHOT_SCHEMA,
    taken: new Date(1000 * taken).toISOString(),
    application,
    topology: showTopology(topology),
    conntrack: tables.map(({ name, node, entries }) => ({
      name,
      node,
      entries: showConntrack(entries),
    })),
  } satisfies z.input<typeof schema>);
}

/**
 * What the text of a snapshot in `file` says. Never throws: what is wrong with it is in the facts'
 * problems, and the rest counts.
 */
export function readSnapshot(content: string, file: string): SnapshotFacts {
  const name = `snapshot in ${file}`;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return nothing(`${name}: no JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return nothing(
      `${name}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`,
    );
  }
  const { topology, conntrack } = parsed.data;
  const problems: string[] = [];
  const tables = conntrack.map((table): ConnectionTable => {
    const where = `${table.name}, in ${file}`;
    const { entries, problems: odd } = parseConntrack(table.entries, where);
    problems.push(...odd.slice(0, 1));
    return { name: where, node: table.node, entries };
  });
  try {
    const facts = parseTopology(topology, name);
    facts.problems.push(...problems);
    return { facts, tables };
  } catch (error) {
    return { ...nothing((error as Error).message), tables };
  }
}

function nothing(problem: string): SnapshotFacts {
  const facts = noFacts();
  facts.problems.push(problem);
  return { facts, tables: [] };
}
