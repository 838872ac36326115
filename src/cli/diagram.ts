/** `netlens shot --diagram` and `--homework`: drawn pictures and sheets of what captures show. */
import { basename, dirname, join } from 'node:path';
import type { ConversationRecord } from '../classify/record.ts';
import type { DiagramOptions } from '../view/diagram/journey-svg.ts';
import { DIAGRAM_WORDS } from '../view/diagram/words.ts';
import { escapeText } from '../view/escape.ts';
import type { Preset } from '../view/homework/sheet.ts';
import { Output, say } from '../view/output.ts';
import { type DiagramCommand, parseDiagram } from './diagram-options.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import { fileDigest } from './file-digest.ts';
import { inputsOf } from './inputs.ts';
import { takeSignals } from './interrupt.ts';
import { loadKnowledge } from './knowledge.ts';
import { type CaptureFiles, type Learned, readWhole } from './learn.ts';
import { putFile } from './put-file.ts';
import { version } from './version.ts';

const STDOUT = 1;
const STDERR = 2;
/** Captures named in the footer, each with its digest. */
const CAPTURES_NAMED = 4;

/** Nothing in the captures is what was asked for: exit code 1. */
class NothingFits extends Error {
  readonly code = 'NETLENS_NOTHING';
}

/** Run the command; yields the exit code. */
export async function runDiagram(argv: readonly string[]): Promise<number> {
  const command = parseDiagram(argv);
  if (command === undefined) return EXIT_DONE;
  if (command.homework === 'list') return listPresets(command);
  const preset = await presetOf(command);
  const { words, filterWords } = command;
  const needsNone = preset?.needsNoCapture === true && words.length === 0;
  const { files, nodes, filterText } = needsNone
    ? { files: [], nodes: [], filterText: '' }
    : await inputsOf({ words, files: [], filterWords });
  if (files.includes('-')) {
    throw new UsageError(
      'shot: a picture names its capture by SHA-256, so save the pipe to a file first',
    );
  }
  const interrupt = takeSignals();
  try {
    const captures = { files, nodes };
    if (preset !== undefined && filterText !== '') {
      throw new UsageError(`--homework takes no filter: ${filterText}`);
    }
    const exitCode =
      preset === undefined
        ? await drawDiagram(command, captures, filterText, interrupt.signal)
        : await writeSheet(command, preset, captures, interrupt.signal);
    return interrupt.exitCode ?? exitCode;
  } finally {
    interrupt.release();
  }
}

/** The sheet asked for; undefined = a diagram is. */
async function presetOf({ homework }: DiagramCommand): Promise<Preset | undefined> {
  if (homework === undefined) return undefined;
  const { PRESETS, presetNamed } = await import('../view/homework/presets.ts');
  const preset = presetNamed(homework);
  if (preset !== undefined) return preset;
  const names = PRESETS.map(({ name }) => name);
  const { nearest } = await import('../filter/error.ts');
  const near = nearest(homework, names);
  const hint = near === undefined ? `one of ${names.join(', ')}` : `did you mean ${near}?`;
  throw new UsageError(`--homework ${homework}: no such sheet; ${hint}`);
}

async function listPresets({ language }: DiagramCommand): Promise<number> {
  const { PRESETS } = await import('../view/homework/presets.ts');
  const width = Math.max(...PRESETS.map(({ name }) => name.length));
  const lines = PRESETS.map(({ name, title }) => `${name.padEnd(width)}  ${title[language]}\n`);
  await say(new Output(STDOUT), lines.join(''));
  return EXIT_DONE;
}

async function drawDiagram(
  command: DiagramCommand,
  captures: CaptureFiles,
  filterText: string,
  signal: AbortSignal,
): Promise<number> {
  const { compileFilter } = await import('../filter/filter.ts');
  const filter = filterText === '' ? undefined : compileFilter(filterText);
  const knowledge = await loadKnowledge(command.knowledge, captures.files);
  const learned = await readWhole(captures, knowledge, signal, filter);
  const facts = filterText === '' ? [] : [`filter: ${filterText}`];
  const options = await lookOf(command, captures, learned, [
    ...facts,
    ...endedEarly(command, signal),
  ]);
  const { mermaid, svg } =
    command.view === 'journey'
      ? await journey(command, learned, options)
      : await topology(command, learned, options);
  if (command.format === 'mmd') await putFile(command.output, mermaid());
  else await putPicture(command, svg());
  return conclude(learned);
}

interface Drawn {
  readonly svg: () => string;
  readonly mermaid: () => string;
}

async function journey(
  { conversation, language }: DiagramCommand,
  learned: Learned,
  options: DiagramOptions,
): Promise<Drawn> {
  const record = conversation === undefined ? mostSeen(learned) : numbered(learned, conversation);
  const { journeySvg } = await import('../view/diagram/journey-svg.ts');
  const { journeyMermaid } = await import('../view/diagram/journey-mermaid.ts');
  return {
    svg: () => journeySvg(record, options),
    mermaid: () => journeyMermaid(record, language),
  };
}

function numbered(
  { conversations: { count }, ...learned }: Learned,
  id: number,
): ConversationRecord {
  if (id <= count) return learned.recordOf(id - 1);
  throw new UsageError(`--conversation ${id}: no such conversation; there are ${count}`);
}

/** The chosen conversation that was seen at most places. */
function mostSeen({ conversations, chooses, recordOf }: Learned): ConversationRecord {
  let best = -1;
  let most = 0;
  const { start } = conversations.run.stitching;
  for (let c = 0; c < conversations.count; c++) {
    const places = start[c + 1]! - start[c]!;
    if (places <= most || !chooses(c)) continue;
    best = c;
    most = places;
  }
  if (best < 0) {
    const why = conversations.count === 0 ? '' : ' is what the filter asks for';
    throw new NothingFits(`no conversation in the captures${why}`);
  }
  return recordOf(best);
}

async function topology(
  { language }: DiagramCommand,
  { conversations, chooses, recordOf }: Learned,
  options: DiagramOptions,
): Promise<Drawn> {
  const { ClusterTraffic } = await import('../view/diagram/cluster-traffic.ts');
  const { clusterModel } = await import('../view/diagram/cluster-model.ts');
  const { topologySvg } = await import('../view/diagram/topology-svg.ts');
  const { topologyMermaid } = await import('../view/diagram/topology-mermaid.ts');
  const traffic = new ClusterTraffic();
  for (let c = 0; c < conversations.count; c++) if (chooses(c)) traffic.add(recordOf(c));
  const model = clusterModel(conversations.run.topology, traffic);
  return {
    svg: () => topologySvg(model, options),
    mermaid: () => topologyMermaid(model, language),
  };
}

async function writeSheet(
  command: DiagramCommand,
  preset: Preset,
  captures: CaptureFiles,
  signal: AbortSignal,
): Promise<number> {
  const { makeSheet } = await import('./homework.ts');
  const made = await makeSheet(preset, captures, command.knowledge, command, signal);
  const { sheet, learned, notes } = made;
  const options = await lookOf(command, captures, learned, [
    ...notes,
    ...endedEarly(command, signal),
  ]);
  if (command.format !== 'md') {
    const { sheetSvg } = await import('../view/homework/sheet-svg.ts');
    await putPicture(command, sheetSvg(sheet, options));
    return conclude(learned);
  }
  const { sheetMarkdown } = await import('../view/homework/sheet-markdown.ts');
  const { output } = command;
  const stem = output === undefined ? undefined : basename(output).replace(/\.md$/i, '');
  const nameOf = stem === undefined ? undefined : (n: number): string => `${stem}-${n}.svg`;
  const { text, pictures } = sheetMarkdown(sheet, options, nameOf);
  for (const [n, svg] of pictures) await putFile(join(dirname(output!), nameOf!(n)), svg);
  await putFile(output, text);
  return conclude(learned);
}

/** Said in the footer after Ctrl-C: the picture is of what was read by then. */
function endedEarly({ language }: DiagramCommand, { aborted }: AbortSignal): string[] {
  return aborted ? [DIAGRAM_WORDS[language].footer.endedEarly] : [];
}

/** Language, colours, and a footer that says what the picture is made of. */
async function lookOf(
  command: DiagramCommand,
  { files }: CaptureFiles,
  { ledger }: Learned,
  facts: readonly string[],
): Promise<DiagramOptions> {
  const { language, theme, tag, title } = command;
  const footer: string[] = [];
  for (const file of files.slice(0, CAPTURES_NAMED)) {
    footer.push(`${basename(file)} sha256 ${await fileDigest(file)}`);
  }
  const rest = files.length - CAPTURES_NAMED;
  const words = DIAGRAM_WORDS[language].footer;
  if (rest > 0) footer.push(words.moreCaptures(rest));
  const drops = ledger.captureDrops ?? -1;
  footer.push(
    [
      words.frames(ledger.frames ?? 0),
      words.drops(drops),
      ...facts,
      `netlens ${version()}`,
      ...(tag === '' ? [] : [words.tag(tag)]),
    ].join(' · '),
  );
  return { language, theme, footer, ...(title === undefined ? {} : { title }) };
}

async function putPicture({ format, output, scale }: DiagramCommand, svg: string): Promise<void> {
  if (format === 'svg') return putFile(output, svg);
  const { pngOf } = await import('../view/picture/png.ts');
  return putFile(output, pngOf(svg, scale));
}

/** What was damaged goes to standard error. */
async function conclude({ ledger: { damage = [] } }: Learned): Promise<number> {
  if (damage.length === 0) return EXIT_DONE;
  const lines = damage.map((line) => `netlens: ${escapeText(line)}\n`);
  await say(new Output(STDERR), lines.join(''));
  return EXIT_FAILED;
}
