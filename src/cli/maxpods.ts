/** `netlens maxpods`: how many pods EC2 instance types hold under the VPC CNI, and how many a cluster's nodes do. */
import { Command, CommanderError, Option } from 'commander';
import type { InstanceLimits } from '../topology/eni-limits.ts';
import type { AddressMode } from '../topology/max-pods.ts';
import type { Density } from '../topology/pod-density.ts';
import { escapeText } from '../view/escape.ts';
import { Output, say } from '../view/output.ts';
import { EXIT_DONE, UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';

const STDOUT = 1;
const STDERR = 2;
/** Names offered in place of an unknown type. */
const NEAREST_MAX = 5;

interface MaxPodsOptions {
  /** Types or patterns such as `t3.*`; none = all, when no cluster is given either. */
  readonly types: readonly string[];
  readonly mode: Partial<AddressMode>;
  readonly kubeJson: readonly string[];
  readonly format: 'table' | 'json';
}

const EXAMPLES = `
Every pod under the AWS VPC CNI takes an address of one of the node's network interfaces (ENIs), so
the instance type limits the pods: ENIs x (IPv4 addresses of each - 1) + 2.

Examples:
  netlens maxpods t3.medium                        3 x (6 - 1) + 2 = 17
  netlens maxpods t3.medium --prefix-delegation    with a /28 in place of each address
  netlens maxpods 'm5.*' c6i.large                 a family and a type
  netlens maxpods                                  every type there is
  netlens maxpods --kube-json dump/                a cluster's nodes: their pods against their limits
  netlens maxpods m7g.large -o json                for programs

To make a dump: kubectl get nodes,pods -A -o json > dump/cluster.json`;

/** Run the command; yields the exit code. */
export async function runMaxPods(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options === undefined) return EXIT_DONE;
  const types = await typesOf(options);
  const density = await densityOf(options);
  const { maxPodsOf } = await import('../topology/max-pods.ts');
  const mode = {
    prefixDelegation: options.mode.prefixDelegation ?? false,
    customNetworking: options.mode.customNetworking ?? false,
  };
  const limits = types.map((type) => maxPodsOf(type, mode));
  let text = '';
  if (options.format === 'json') {
    const { maxPodsJson } = await import('../view/max-pods-json.ts');
    text = maxPodsJson(limits, mode, density);
  } else {
    const { showDensity, showMaxPods } = await import('../view/max-pods-text.ts');
    const parts: string[] = [];
    if (limits.length > 0) parts.push(showMaxPods(limits, mode));
    if (density !== undefined) parts.push(showDensity(density));
    text = parts.join('\n');
  }
  await say(new Output(STDOUT), text);
  return EXIT_DONE;
}

function parse(argv: readonly string[]): MaxPodsOptions | undefined {
  const command = tidyHelp(new Command('netlens maxpods'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[types...]')
    .usage('[OPTIONS] [INSTANCE-TYPE...]')
    .description('Show how many pods an EC2 instance type can hold under the AWS VPC CNI, and why.')
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .option('--prefix-delegation', 'pods get addresses of /28 prefixes (Nitro instances)')
    .option('--custom-networking', 'pods are in other subnets: none on the primary ENI')
    .option(
      '--kube-json <path>',
      'kubectl get nodes,pods -A -o json: a file or a directory; shows each node',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .addOption(
      new Option('-o, --output <format>', 'how to show it')
        .choices(['table', 'json'])
        .default('table'),
    );
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const [first = ''] = error.message.replace(/^error: /, '').split('\n');
    throw new UsageError(`${first}; netlens help maxpods shows all`);
  }
  const { prefixDelegation, customNetworking, kubeJson, output } = command.opts();
  return {
    types: command.args,
    mode: { prefixDelegation, customNetworking },
    kubeJson,
    format: output,
  };
}

/** The types that the words mean, each once, in the order asked for. */
async function typesOf({ kubeJson, types }: MaxPodsOptions): Promise<InstanceLimits[]> {
  const { instanceLimits } = await import('../topology/eni-limits.ts');
  const { globTest } = await import('../filter/glob.ts');
  const known = instanceLimits();
  const words = types.length === 0 && kubeJson.length === 0 ? ['*'] : types;
  const found = new Set<InstanceLimits>();
  for (const word of words) {
    const fits = globTest(word.toLowerCase());
    const matching = [...known.values()].filter(({ instanceType }) => fits(instanceType));
    if (matching.length === 0) throw await unknownType(word, [...known.keys()]);
    for (const type of matching) found.add(type);
  }
  return [...found];
}

async function unknownType(word: string, known: readonly string[]): Promise<UsageError> {
  const { editDistance } = await import('../filter/error.ts');
  const asked = word.toLowerCase().slice(0, 40);
  const [family = ''] = asked.split('.');
  const distance = (type: string): number =>
    editDistance(asked, type) - (type.startsWith(`${family}.`) ? 2 : 0);
  const near = [...known].sort((a, b) => distance(a) - distance(b)).slice(0, NEAREST_MAX);
  return new UsageError(
    `${word}: not among the ${known.length} instance types known; near it: ${near.join(', ')}`,
  );
}

async function densityOf({ kubeJson, mode }: MaxPodsOptions): Promise<Density | undefined> {
  if (kubeJson.length === 0) return undefined;
  const { readKubeJson } = await import('../topology/kube-json.ts');
  const { podDensity } = await import('../topology/pod-density.ts');
  const facts = await readKubeJson(kubeJson);
  const density = podDensity(facts, mode);
  if (density.nodes.length === 0) {
    throw new UsageError(
      `${kubeJson.join(', ')}: no node and no pod on one; kubectl get nodes,pods -A -o json prints them`,
    );
  }
  const problems = facts.problems.map((line) => `netlens: ${escapeText(line)}\n`);
  await say(new Output(STDERR), problems.join(''));
  return density;
}
