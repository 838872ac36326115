/** `netlens lab check`: captures read twice and judged against the exercise of a lab. */
import { LABS } from '../../lab/labs.ts';
import { type AnalyseOptions, analyse } from '../classify/analyse.ts';
import type { Conversations } from '../classify/conversations.ts';
import type { Exercise, Language } from '../exercise/exercise.ts';
import { FirstReading, SecondReading, type TaskResult } from '../exercise/judge.ts';
import { run, type Stage, Tally } from '../pipeline.ts';
import { openCaptures } from '../source/open.ts';
import type { Facts } from '../topology/facts.ts';
import { KubeObjects } from '../topology/kube-objects.ts';
import { Painter } from '../view/color.ts';
import { escapeText } from '../view/escape.ts';
import { judgementJson, showJudgement, showTasks } from '../view/exercise-text.ts';
import { Output, say } from '../view/output.ts';
import { languageOf } from '../words/language-names.ts';
import { wantsColor } from './conversations.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { type Interrupt, takeSignals } from './interrupt.ts';
import { knowledgeOptions, loadKnowledge, nodeAndPath } from './knowledge.ts';
import { exerciseOf, labNamed } from './lab-exercise.ts';

const STDOUT = 1;
const STDERR = 2;

interface Captures {
  readonly files: readonly string[];
  readonly nodes: readonly (string | undefined)[];
}

/** Judge, show, and yield the exit code: 1 when a task failed or a capture is damaged. */
export async function runCheck(
  name: string,
  words: readonly string[],
  given: Record<string, unknown>,
): Promise<number> {
  const lab = labNamed(name);
  const exercise = exerciseOf(lab.name);
  if (exercise === undefined) {
    const others = LABS.filter((one) => exerciseOf(one.name) !== undefined);
    const names = others.map((one) => one.name).join(', ');
    throw new UsageError(`lab check ${name}: it has no exercise; these have: ${names}`);
  }
  const language = (given.lang as Language | undefined) ?? languageOf(process.env);
  const output = new Output(STDOUT);
  const painter = new Painter(wantsColor(given.color as 'auto'));
  if (words.length === 0) {
    await say(output, showTasks(exercise, language, painter));
    return EXIT_DONE;
  }
  const captures = capturesOf(words);
  const options = knowledgeOptions(given);
  const knowledge = await loadKnowledge(options, captures.files);
  const isOwn = given.ownCluster === true || (knowledge.facts ?? []).length > 0;
  const labFacts = isOwn ? undefined : factsOf(lab.kube());
  const { damage, notes, results } = await judge(exercise, captures, knowledge, labFacts);
  const isJson = given.output === 'json';
  await say(
    output,
    isJson ? judgementJson(lab.name, results) : showJudgement(results, language, painter),
  );
  await report([...notes, ...damage]);
  return results.every(({ passed }) => passed) && damage.length === 0 ? EXIT_DONE : EXIT_FAILED;
}

function capturesOf(words: readonly string[]): Captures {
  if (words.includes('-')) {
    throw new UsageError('lab check: captures are read twice, so not from standard input');
  }
  const inputs = words.map((word) => nodeAndPath(word));
  return { files: inputs.map(({ path }) => path), nodes: inputs.map(({ node }) => node) };
}

/** What kubectl would tell of the lab's cluster. */
function factsOf(kube: Readonly<Record<string, unknown>>): Facts {
  const objects = new KubeObjects('kubectl');
  for (const [file, list] of Object.entries(kube)) {
    const { items } = list as { items: readonly unknown[] };
    for (const [i, item] of items.entries()) objects.add(item, `${file}: items[${i}]`);
  }
  return objects.facts();
}

interface Judgement {
  readonly results: readonly TaskResult[];
  readonly notes: readonly string[];
  readonly damage: readonly string[];
}

async function judge(
  exercise: Exercise,
  captures: Captures,
  knowledge: AnalyseOptions,
  lab: Facts | undefined,
): Promise<Judgement> {
  const interrupt = takeSignals();
  const first = new FirstReading();
  const { damage, names } = await readAll(captures, first, interrupt);
  first.flows.finish();
  const notes: string[] = [];
  let conversations = analyse(first.flows, {
    ...knowledge,
    names,
    facts: lab ? [lab] : (knowledge.facts ?? []),
  });
  if (lab !== undefined && !holdsPodsOf(lab, conversations)) {
    notes.push(
      'no pod of the lab is in these captures: judged as captures of another cluster; --kube-json tells its names',
    );
    conversations = analyse(first.flows, { ...knowledge, names });
  }
  const second = new SecondReading(exercise, conversations);
  await readAll(captures, second, interrupt);
  interrupt.release();
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
  return { results: second.results(), notes, damage };
}

async function readAll(
  { files, nodes }: Captures,
  stage: Stage,
  { signal }: Interrupt,
): Promise<{ damage: readonly string[]; names: NonNullable<AnalyseOptions['names']> }> {
  const source = await openCaptures(files, { nodes, signal });
  const limit = Number.POSITIVE_INFINITY;
  await run(source, stage, new Tally(), { filter: undefined, limit, signal });
  const damage = source.damage.map(({ message }) => message);
  const names = source.names.map((record) => ({ kind: 'name' as const, ...record }));
  await source.close();
  return { damage, names };
}

function holdsPodsOf(lab: Facts, conversations: Conversations): boolean {
  const addresses = new Set(lab.pods.flatMap((pod) => (pod.hostNetwork ? [] : pod.addresses)));
  for (let c = 0; c < conversations.count; c++) {
    const { client, server } = conversations.record(c);
    if (addresses.has(client.ip) || addresses.has(server.ip)) return true;
  }
  return false;
}

async function report(lines: readonly string[]): Promise<void> {
  const text = lines.map((line) => `netlens: ${escapeText(line)}\n`).join('');
  if (text !== '') await say(new Output(STDERR), text);
}
