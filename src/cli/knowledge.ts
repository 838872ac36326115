/** What the user knows of the cluster beside the capture: the options that tell it, and reading them. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { AnalyseOptions, HostDevices } from '../classify/analyse.ts';
import type { NatTable } from '../classify/nat-tables.ts';
import type { Facts } from '../topology/facts.ts';
import { escapeText } from '../view/escape.ts';
import { UsageError } from './errors.ts';

export interface KnowledgeOptions {
  readonly topology: readonly string[];
  readonly kubeJson: readonly string[];
  readonly kube: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly host: boolean;
  readonly hostJson: readonly string[];
  readonly conntrack: readonly string[];
  readonly skew: readonly string[];
}

/** Add the options to a command's help: of one that reads files, or of one that captures on this machine. */
export function addKnowledgeOptions(command: Command, what: 'files' | 'live' = 'files'): void {
  addClusterOptions(command);
  if (what === 'live') {
    command.option('--no-host', "do not ask this machine's kernel: addresses, routes, conntrack");
    return;
  }
  command
    .option('--host', "ask this machine's kernel: addresses, routes, neighbours, conntrack")
    .option(
      '--host-json <[node=]path>',
      'output of ip -j addr, route, neigh, link of a node',
      append,
      [],
    )
    .option('--conntrack <[node=]file>', 'output of conntrack -L -o extended of a node', append, [])
    .option(
      '--skew <file=seconds>',
      "add to a file's times; estimated where not given",
      append,
      [],
    );
}

function addClusterOptions(command: Command): void {
  command
    .option('--topology <file>', 'who owns which address, as YAML; may be repeated', append, [])
    .option(
      '--kube-json <path>',
      'kubectl get … -o json: a file or a directory of them',
      append,
      [],
    )
    .option('--kube', 'ask the Kubernetes API (kubeconfig, or in a cluster)')
    .option('--kubeconfig <file>', 'the kubeconfig for --kube')
    .option('--context <name>', 'the context of the kubeconfig for --kube');
}

export function knowledgeOptions(given: Record<string, unknown>): KnowledgeOptions {
  return {
    topology: given.topology as string[],
    kubeJson: given.kubeJson as string[],
    kube: given.kube === true || given.kubeconfig !== undefined || given.context !== undefined,
    kubeconfig: given.kubeconfig as string | undefined,
    context: given.context as string | undefined,
    host: given.host === true,
    hostJson: (given.hostJson as string[] | undefined) ?? [],
    conntrack: (given.conntrack as string[] | undefined) ?? [],
    skew: (given.skew as string[] | undefined) ?? [],
  };
}

/** What files alone tell, for a capture that asks the rest again and again. */
export function loadFiles(options: KnowledgeOptions): Promise<AnalyseOptions> {
  return loadKnowledge({ ...options, kube: false, host: false }, []);
}

/** Read all of it, the most trusted first. `files` are the captures, for --skew. Rejects with what cannot be read. */
export async function loadKnowledge(
  options: KnowledgeOptions,
  files: readonly string[],
): Promise<AnalyseOptions> {
  const facts: Facts[] = [];
  const hosts: HostDevices[] = [];
  if (options.topology.length > 0) {
    const { readTopologyFile } = await import('../topology/file.ts');
    for (const file of options.topology) facts.push(readTopologyFile(file));
  }
  if (options.kubeJson.length > 0) {
    const { readKubeJson } = await import('../topology/kube-json.ts');
    facts.push(await readKubeJson(options.kubeJson));
  }
  if (options.kube) {
    const { connectKube } = await import('../topology/kube-connect.ts');
    const { readKubeApi } = await import('../topology/kube-api.ts');
    facts.push(await readKubeApi(await connectKube(options)));
  }
  const tables = await readConntrack(options.conntrack);
  if (options.host) {
    const { readHost, readHostConntrack } = await import('../topology/host-run.ts');
    const known = await readHost();
    const table = await readHostConntrack();
    known.problems.push(...table.problems);
    facts.push(known);
    tables.push({
      name: 'conntrack of this machine',
      node: known.nodes[0]?.name,
      entries: table.entries,
    });
  }
  if (options.hostJson.length > 0) {
    const { nodeOfPath, readHostFiles } = await import('../topology/host-run.ts');
    for (const word of options.hostJson) {
      const { node, path } = nodeAndPath(word);
      const host = node ?? nodeOfPath(path);
      const known = readHostFiles([path], host);
      facts.push(known);
      hosts.push({ node: host, names: new Map(known.devices.map((d) => [d.index, d.name])) });
    }
  }
  return {
    facts,
    hosts,
    conntrackTables: tables,
    corrections: corrections(options.skew, files),
  };
}

async function readConntrack(words: readonly string[]): Promise<NatTable[]> {
  if (words.length === 0) return [];
  const { parseConntrack } = await import('../topology/conntrack.ts');
  return words.map((word) => {
    const { node, path } = nodeAndPath(word);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new UsageError(
        `--conntrack ${escapeText(path)}: ${(error as Error).message.replace(/, .*/, '')}`,
      );
    }
    const { entries, problems } = parseConntrack(text, path);
    if (entries.length === 0) {
      const what = problems[0] ?? `${path}: holds no entry`;
      throw new UsageError(
        `--conntrack ${escapeText(what)}; conntrack -L -o extended writes one a line`,
      );
    }
    return { name: path, node, entries };
  });
}

/** NODE=PATH, unless a file has that whole name. */
export function nodeAndPath(word: string): { node: string | undefined; path: string } {
  const sign = word.indexOf('=');
  if (sign <= 0 || existsSync(word)) return { node: undefined, path: word };
  return { node: word.slice(0, sign), path: word.slice(sign + 1) };
}

/** Nanoseconds to add to the times of files, by their index. */
function corrections(words: readonly string[], files: readonly string[]): Map<number, number> {
  const byFile = new Map<number, number>();
  for (const word of words) {
    const sign = word.lastIndexOf('=');
    const seconds = Number(word.slice(sign + 1));
    if (sign <= 0 || word.slice(sign + 1).trim() === '' || !Number.isFinite(seconds)) {
      throw new UsageError(
        `--skew ${escapeText(word)}: FILE=SECONDS is expected, as w2.pcap=-0.25`,
      );
    }
    const name = word.slice(0, sign);
    const index = files.findIndex((file) => file === name || basename(file) === name);
    if (index < 0) throw new UsageError(`--skew ${word}: no such file among those read`);
    byFile.set(index, seconds * 1e9);
  }
  return byFile;
}

function append(value: string, all: string[]): string[] {
  return [...all, value];
}
