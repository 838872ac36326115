/** `netlens lab`: small clusters of network namespaces to learn on, and exercises to check captures against. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { LabPlace, LabUp } from '../../lab/blocks/lab.ts';
import { Output, say } from '../view/output.ts';
import { LANGUAGES } from '../words/language-names.ts';
import { EXIT_DONE, UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import { addKnowledgeOptions } from './knowledge.ts';

const STDOUT = 1;
/** How long the traffic of a lab goes on unless told. */
const TRAFFIC_DEFAULT = '10m';
const SECONDS_MAX = 24 * 3600;

const EXAMPLES = `
A lab is a cluster of network namespaces on this machine (root, Linux): nodes, pods, services, real
routing, NAT and tunnels, with traffic going on. Nothing outside its namespaces is touched.

Examples:
  netlens lab list                               the labs, what is up, what each needs
  sudo netlens lab up calico-ipip                build it, with traffic for ten minutes
  sudo netlens capture --netns nl-calico-ipip-w1 -i any -w w1.pcapng
  netlens lab check calico-ipip w1.pcapng         is all in it that the exercise asks for?
  netlens lab check calico-ipip                  what the exercise asks for
  sudo netlens lab down calico-ipip              all of it gone, also after a kill

netlens lab VERB --help shows the options of one.`;

const CHECK_EXAMPLES = `
The lab's own cluster is known; captures of another cluster are judged by what they show, and by
what --kube-json or --topology tell of it.

Examples:
  netlens lab check calico-ipip w1.pcap w0=other.pcap      captures of two nodes
  netlens lab check calico-ipip mine.pcap --kube-json dump/
  netlens lab check calico-ipip w1.pcap --lang ko -o json

Exit codes: 0 every task passed, 1 one did not, 2 wrong usage.`;

/** Run the command; yields the exit code. */
export async function runLab(argv: readonly string[]): Promise<number> {
  let code: number = EXIT_DONE;
  const command = defineLab((exitCode) => {
    code = exitCode;
  });
  if (argv.length === 0) {
    command.outputHelp();
    return EXIT_DONE;
  }
  try {
    await command.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_DONE;
    const [first = ''] = error.message.replace(/^error: /, '').split('\n');
    throw new UsageError(`${first}; netlens help lab shows all`);
  }
  return code;
}

function defineLab(done: (exitCode: number) => void): Command {
  const lab = new Command('netlens lab')
    .usage('VERB [NAME] [OPTIONS]')
    .description('Labs to learn on: build one, capture in it, have the capture checked.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES);
  verb(lab);
  addVerb(lab, 'list', '', 'the labs, what is up, and what each needs').action(list);
  addVerb(lab, 'up', 'NAME', 'build a lab and leave it up, with traffic going on')
    .argument('<name>')
    .addOption(
      new Option('--traffic <duration>', 'how long its traffic goes on, as 90s, 10m, 2h')
        .argParser(checkedDuration)
        .default(TRAFFIC_DEFAULT),
    )
    .option('--no-traffic', 'only what its daemons do by themselves')
    .action(up);
  addVerb(lab, 'down', '[NAME...]', 'take a lab down, also what a killed run left')
    .argument('[names...]')
    .option('--all', 'every lab of which something is there')
    .action(down);
  addCheck(lab, done);
  addVerb(lab, 'run', 'NAME', 'build a lab, make its traffic once, keep the captures')
    .argument('<name>')
    .option('--out <directory>', 'where captures, kubectl JSON and truth.json go; default NAME')
    .action(run);
  return lab;
}

function addCheck(lab: Command, done: (exitCode: number) => void): void {
  const check = addVerb(
    lab,
    'check',
    'NAME [CAPTURE...]',
    'judge captures against the exercise of a lab',
  )
    .argument('<name>')
    .argument('[captures...]')
    .addHelpText('after', CHECK_EXAMPLES)
    .option('--own-cluster', "captures of another cluster: forget the lab's addresses")
    .addOption(new Option('--lang <language>', 'language; by LANG if not given').choices(LANGUAGES))
    .addOption(
      new Option('-o, --output <format>', 'how to show it')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
    );
  addKnowledgeOptions(check);
  check.action(async (name: string, captures: string[], options: Record<string, unknown>) => {
    const { runCheck } = await import('./lab-check.ts');
    done(await runCheck(name, captures, options));
  });
}

function addVerb(lab: Command, name: string, words: string, summary: string): Command {
  const sentence = `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
  const command = lab.command(name).usage(`${words} [OPTIONS]`.trim());
  return verb(command.description(sentence).summary(summary));
}

function verb(command: Command): Command {
  return tidyHelp(command)
    .configureHelp({ ...command.configureHelp(), subcommandTerm: (one) => one.name() })
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .helpOption('-h, --help', 'this text');
}

function checkedDuration(text: string): string {
  secondsOf(text);
  return text;
}

function secondsOf(text: string): number {
  const match = /^(\d+)([smh]?)$/.exec(text);
  const unit = { s: 1, m: 60, h: 3600 }[match?.[2] || 's']!;
  const seconds = match === null ? 0 : Number(match[1]) * unit;
  if (seconds < 1 || seconds > SECONDS_MAX) {
    throw new InvalidArgumentError('a duration such as 90s, 10m or 2h, at most 24h');
  }
  return seconds;
}

async function list(): Promise<void> {
  const { LABS } = await import('../../lab/labs.ts');
  const { missingFor } = await import('../../lab/blocks/lab.ts');
  const { namespacesOfLab, upState } = await import('../../lab/blocks/network.ts');
  const { exerciseOf } = await import('./lab-exercise.ts');
  const { showColumns } = await import('../view/columns-text.ts');
  const rows = LABS.map((lab) => {
    const missing = missingFor(lab);
    const left = missing.includes('ip') ? 0 : namespacesOfLab(lab.name).length;
    const state = left === 0 ? undefined : upState(lab.name);
    const tasks = exerciseOf(lab.name)?.tasks.length;
    return {
      name: lab.name,
      summary: lab.summary,
      state: left === 0 ? '' : state === undefined ? 'remains' : 'up',
      tasks: tasks === undefined ? '' : `${tasks} tasks`,
      needs: missing.join(' '),
    };
  });
  const columns = [
    { heading: 'LAB', cell: (row: (typeof rows)[number]) => row.name },
    { heading: 'STATE', cell: (row: (typeof rows)[number]) => row.state },
    { heading: 'EXERCISE', cell: (row: (typeof rows)[number]) => row.tasks },
    { heading: 'NEEDS', cell: (row: (typeof rows)[number]) => row.needs },
    { heading: 'WHAT IT IS', cell: (row: (typeof rows)[number]) => row.summary },
  ].filter(({ cell, heading }) => heading !== 'NEEDS' || rows.some((row) => cell(row) !== ''));
  const remains = rows.some(({ state }) => state === 'remains')
    ? '\nremains: left by a run that was killed; netlens lab down NAME clears it\n'
    : '';
  await say(new Output(STDOUT), showColumns(columns, rows) + remains);
}

async function up(name: string, { traffic }: { traffic: string | false }): Promise<void> {
  const { upLab } = await import('../../lab/blocks/lab.ts');
  const { exerciseOf, labNamed } = await import('./lab-exercise.ts');
  const lab = labNamed(name);
  const seconds = traffic === false ? 0 : secondsOf(traffic);
  const made = await upLab(lab, seconds);
  const { showColumns } = await import('../view/columns-text.ts');
  const places = showColumns(
    [
      { heading: 'WHO', cell: ({ name }) => name },
      { heading: 'WHAT', cell: ({ on, what }) => (on === '' ? what : `${what} on ${on}`) },
      { heading: 'ADDRESS', cell: ({ ip }) => ip },
      { heading: 'NAMESPACE', cell: ({ namespace }) => namespace },
    ],
    made.places,
  );
  await say(
    new Output(STDOUT),
    `${places}\n${nextSteps(made, exerciseOf(lab.name) !== undefined)}`,
  );
}

/** What to do with a lab that is up. */
function nextSteps(
  { kubeFolder, lab, namespaces, places, state }: LabUp,
  isExercise: boolean,
): string {
  const until = state.trafficUntil;
  const going =
    until === null ? 'no traffic of its own' : `traffic until ${until.slice(11, 19)} UTC`;
  const pods = places.filter(({ what }) => what === 'pod');
  // where most is said, or else where most pods are
  const podsOn = (name: string): number =>
    pods.filter(({ on }) => on === name).reduce((sum, { calls }) => sum + 1 + 100 * calls, 0);
  const [node] = places
    .filter(({ what }) => what === 'node')
    .sort((a, b) => podsOn(b.name) - podsOn(a.name)) as [LabPlace];
  const near = pods.find(({ on }) => on === node.name) ?? pods[0]!;
  const far = pods.find(({ on }) => on !== near.on) ?? near;
  const steps = [
    [`sudo netlens capture --netns ${node.namespace} -i any -w ${lab}.pcapng`, 'capture on a node'],
    [`sudo ip netns exec ${near.namespace} ping -c 2 ${far.ip}`, 'say something in a pod'],
    [`netlens read ${lab}.pcapng --kube-json ${kubeFolder}`, 'read it, with names'],
    ...(isExercise
      ? [[`netlens lab check ${lab} ${lab}.pcapng`, 'is all of the exercise in it?']]
      : []),
    [`sudo netlens lab down ${lab}`, 'take it down'],
  ] as const;
  const lines = steps.map(([command, why]) => `  ${why}:\n    ${command}\n`);
  return `${lab} is up: ${namespaces.length} namespaces, ${going}.\n${lines.join('')}`;
}

async function down(names: readonly string[], { all }: { all?: true }): Promise<void> {
  const { LABS } = await import('../../lab/labs.ts');
  const { labNamed } = await import('./lab-exercise.ts');
  const { downLab } = await import('../../lab/blocks/lab.ts');
  const { namespacesOfLab } = await import('../../lab/blocks/network.ts');
  if (names.length === 0 && all !== true) {
    throw new UsageError('lab down: which lab? give its name, or --all');
  }
  const labs =
    all === true
      ? LABS.filter((lab) => namespacesOfLab(lab.name).length > 0)
      : names.map((name) => labNamed(name));
  const output = new Output(STDOUT);
  if (labs.length === 0) await say(output, 'no lab is up\n');
  for (const lab of labs) {
    const count = await downLab(lab);
    const what = count === 0 ? 'was not up' : `is down: ${count} namespaces deleted`;
    await say(output, `${lab.name} ${what}\n`);
  }
}

async function run(name: string, { out }: { out?: string }): Promise<void> {
  const { labNamed } = await import('./lab-exercise.ts');
  const { runLab: runIntoFixture } = await import('../../lab/blocks/lab.ts');
  const lab = labNamed(name);
  const folder = out ?? lab.name;
  const { conversations } = await runIntoFixture(lab, folder);
  await say(
    new Output(STDOUT),
    `${folder}: ${conversations.length} conversations, every one seen with the outer headers expected\n`,
  );
}
