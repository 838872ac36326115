/** Capture files on the terminal UI: the engine that reads them, and the screen that shows it. */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { Filter } from '../filter/filter.ts';
import { showLedger } from '../view/ledger-text.ts';
import type { Model } from '../view/model.ts';
import { keepRecent, recentsFile } from '../view/tui/recent-files.ts';
import type { RunOptions } from '../view/tui/run.ts';
import { EXIT_DONE, EXIT_FAILED, UsageError } from './errors.ts';
import type { Inputs } from './inputs.ts';
import { loadKnowledge } from './knowledge.ts';
import type { PictureInputs } from './picture-record.ts';
import type { ReadOptions } from './read-options.ts';

/** The keyboard when standard input brings the capture. */
const CONTROLLING_TERMINAL = '/dev/tty';

/** Show the files until the user quits; yields the exit code. */
export async function runOnScreen(
  options: ReadOptions,
  inputs: Inputs,
  filter: Filter | undefined,
): Promise<number> {
  const { EngineClient } = await import('../engine/engine-client.ts');
  const { follow, maxFlows } = options;
  const open = async (files: readonly string[], nodes: Inputs['nodes']): Promise<Shown> => {
    const knowledge = await loadKnowledge(options.knowledge, files);
    const spec = { kind: 'files', files, nodes, follow, knowledge, maxFlows } as const;
    const opening = EngineClient.open(spec);
    const [model] = await Promise.all([opening, loadScreen()]);
    keepRecent(recentsFile(process.env), files);
    return { model, captured: { files, nodes, knowledge: options.knowledge } };
  };
  let shown = await open(inputs.files, inputs.nodes);
  try {
    await showModel(shown, { ...options, filter: filter?.text ?? '' }, async (files) => {
      shown = await open(files, []);
      return shown;
    });
    const { ledger } = await shown.model.status();
    if (ledger.damage.length > 0) process.stderr.write(showLedger(ledger));
    return ledger.damage.length > 0 ? EXIT_FAILED : EXIT_DONE;
  } finally {
    await shown.model.close();
  }
}

/** What is on the screen: the captures, and the model that reads them. */
export interface Shown {
  readonly model: Model;
  readonly captured: PictureInputs;
}

/** What of the command line tells how the screen looks at first. */
interface Looks extends Pick<ReadOptions, 'language' | 'theme' | 'names' | 'sort'> {
  /** Text of the views' filter. */
  readonly filter: string;
}

/** Show the model until the user quits, or others that `open` opens; pictures name the captures that they are of. */
export async function showModel(
  first: Shown,
  looks: Looks,
  open?: (files: readonly string[]) => Promise<Shown>,
): Promise<void> {
  const { language, theme, names, sort, filter } = looks;
  let shown = first;
  const load = async (files: readonly string[]): Promise<Model> => {
    shown = await open!(files);
    return shown.model;
  };
  const { runScreen } = await loadScreen();
  return runScreen(first.model, {
    stdin: keyboard(),
    stdout: process.stdout as RunOptions['stdout'],
    language,
    theme,
    ends: names ? 'both' : 'addresses',
    sort,
    filter,
    load: open && load,
    picture: async (file, grid, state, replaces) => {
      const { pictureScreen } = await import('./picture.ts');
      const status = await shown.model.status();
      return pictureScreen(shown.captured, file, grid, state, { status, replaces });
    },
  });
}

/** It takes as long to load as the engine's thread to start: both at one time. */
function loadScreen(): Promise<typeof import('../view/tui/run.ts')> {
  return import('../view/tui/run.ts');
}

function keyboard(): ReadStream {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync(CONTROLLING_TERMINAL, 'r'));
  } catch {
    throw new UsageError('-o tui: there is no terminal to read keys from');
  }
}
