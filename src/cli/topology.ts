/** `netlens topology`: all that is known of who owns which address, and from where, as YAML that --topology takes. */
import { isatty } from 'node:tty';
import { Command, CommanderError, Option } from 'commander';
import type { AnalyseOptions } from '../classify/analyse.ts';
import type { Owner } from '../topology/model.ts';
import type { Topology } from '../topology/topology.ts';
import { escapeText } from '../view/escape.ts';
import { Output, say } from '../view/output.ts';
import { english } from '../words/say.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import {
  addKnowledgeOptions,
  type KnowledgeOptions,
  knowledgeOptions,
  loadKnowledge,
  nodeAndPath,
} from './knowledge.ts';

const STDOUT = 1;
const STDERR = 2;

interface TopologyOptions {
  readonly captures: readonly string[];
  readonly knowledge: KnowledgeOptions;
  readonly format: 'yaml' | 'json';
  readonly who: readonly string[];
  readonly flowLogFormat: string | undefined;
}

const EXAMPLES = `
Every fact stands with its source. A line without "source:" in a file that is read back means that
the file itself vouches for it; with one, it keeps the trust of that source.

Examples:
  netlens topology --kube-json dump/ > topology.yaml      kubectl's output as one file
  netlens topology node1.pcapng node2.pcapng              what the traffic alone shows
  netlens topology --kube-json dump/ --who 10.244.1.7     whose address is that, and why
  netlens topology --host --kube                          this node and the API server

To make a dump: kubectl get pods,nodes,services,endpointslices -A -o json > dump/cluster.json`;

/** Run the command; yields the exit code. */
export async function runTopology(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options === undefined) return EXIT_DONE;
  const files = options.captures.map((word) => nodeAndPath(word).path);
  const knowledge = await loadKnowledge(options.knowledge, files);
  const { topology, damage } = await gather(options, knowledge);
  const output = new Output(STDOUT);
  const asksWho = options.who.length > 0;
  await say(
    output,
    asksWho ? await answers(topology, options.who) : await whole(topology, options.format),
  );
  await report(topology, damage, asksWho || options.format === 'json');
  return damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function parse(argv: readonly string[]): TopologyOptions | undefined {
  const command = tidyHelp(new Command('netlens topology'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument(
      '[captures...]',
      'captures to learn from, NODE=FILE to name where one was made; or VPC flow logs',
    )
    .usage('[OPTIONS] [CAPTURE...]')
    .description(
      'Show who owns which address: nodes, pods, services, ranges, names, each with its source.',
    )
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .addOption(
      new Option('-o, --output <format>', 'yaml, or json')
        .choices(['yaml', 'json'])
        .default('yaml'),
    )
    .option(
      '--who <address>',
      'only say whose address this is, and why; may be repeated',
      (value: string, all: string[] | undefined) => [...(all ?? []), value],
    )
    .option(
      '--flow-log-format <fields>',
      'order of the fields of VPC flow logs without a header, as the console writes it',
    );
  addKnowledgeOptions(command);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const [first = ''] = error.message.replace(/^error: /, '').split('\n');
    throw new UsageError(`${first}; netlens help topology shows all`);
  }
  const given = command.opts<Record<string, unknown>>();
  const knowledge = knowledgeOptions(given);
  const { topology, kubeJson, hostJson, kube, host } = knowledge;
  const paths = topology.length + kubeJson.length + hostJson.length + command.args.length;
  if (paths === 0 && !kube && !host) {
    throw new UsageError(
      'topology: no source; give --kube-json, --kube, --host, --topology or capture files (netlens help topology)',
    );
  }
  return {
    captures: command.args,
    knowledge,
    format: given.output as 'yaml' | 'json',
    who: (given.who as string[] | undefined) ?? [],
    flowLogFormat: given.flowLogFormat as string | undefined,
  };
}

/** The topology of all sources, the captures read when there are any. */
async function gather(
  options: TopologyOptions,
  knowledge: AnalyseOptions,
): Promise<{ topology: Topology; damage: readonly string[] }> {
  if (options.captures.length === 0) {
    const { buildTopology } = await import('../topology/build.ts');
    return { topology: buildTopology(...(knowledge.facts ?? [])), damage: [] };
  }
  const { learnFromCaptures } = await import('./learn.ts');
  return learnFromCaptures(options.captures, knowledge, options.flowLogFormat);
}

async function whole(topology: Topology, format: 'yaml' | 'json'): Promise<string> {
  const { showTopology, topologyDocument } = await import('../topology/show.ts');
  if (format === 'yaml') return showTopology(topology);
  const { escapeJson } = await import('../view/escape.ts');
  const lines = JSON.stringify(topologyDocument(topology), null, 1).split('\n');
  return `${lines.map(escapeJson).join('\n')}\n`;
}

/** A line for each address: whose, how sure, why, and its names. */
async function answers(topology: Topology, addresses: readonly string[]): Promise<string> {
  const { canonicalIp } = await import('../topology/ip.ts');
  let text = '';
  for (const asked of addresses) {
    if (canonicalIp(asked) === undefined) throw new UsageError(`--who ${asked}: not an IP address`);
    const owner = topology.ownerOf(asked);
    const conflict = owner.conflict === undefined ? '' : `; but ${english(owner.conflict)}`;
    const names = topology.namesOf(owner.address).map(({ name }) => name);
    const called = names.length === 0 ? '' : ` [${names.join(', ')}]`;
    text += `${escapeText(`${owner.address} is ${describe(owner)}${called} (${owner.confidence}): ${english(owner.why)}${conflict}`)}\n`;
  }
  return text;
}

/** `pod default/web-0 on k8s-w1`, `node k8s-w1 (tunnel, hostNetwork: 7 pods)`, `external (public)`, `unknown (private)`. */
export function describe(owner: Owner): string {
  const name = owner.namespace === undefined ? owner.name : `${owner.namespace}/${owner.name}`;
  const named = `${owner.kind}${name === undefined ? '' : ` ${name}`}`;
  if (owner.kind === 'pod') return `${named}${owner.node === undefined ? '' : ` on ${owner.node}`}`;
  const notes = owner.role === owner.kind ? [] : [owner.role];
  if (owner.hostNetworkPods > 0) notes.push(`hostNetwork: ${owner.hostNetworkPods} pods`);
  return `${named}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** On stderr: what was damaged, and what the output itself does not show. */
async function report(topology: Topology, damage: readonly string[], bare: boolean): Promise<void> {
  const lines = damage.map((line) => `netlens: ${line}`);
  if (bare) lines.push(...topology.problems);
  const { conflicts, problems } = topology;
  if (!bare && isatty(STDERR) && conflicts.length + problems.length > 0) {
    lines.push(
      `${conflicts.length} conflicts, ${problems.length} problems: see the end of the output`,
    );
  }
  if (lines.length > 0)
    await say(new Output(STDERR), lines.map((line) => `${escapeText(line)}\n`).join(''));
}
