/** `-w` of `netlens capture`: the frames into a file or several, shown as well where that was asked for. */
import { release, type } from 'node:os';
import type { CaptureInterface } from '../base/frames.ts';
import type { Ledger } from '../classify/record.ts';
import { type FrameFilter, NOTHING_READ } from '../pipeline.ts';
import type { LiveSource } from '../source/live/live-source.ts';
import { countOf, showSpan } from '../view/amounts.ts';
import type { CaptureContents, FrameWriter } from '../view/capture-writer-contents.ts';
import type { Annotation } from './annotation.ts';
import { Both } from './both-stages.ts';
import { CaptureNotes } from './capture-notes.ts';
import type { CaptureContext, CaptureTask } from './capture-tasks.ts';
import { KeyPress } from './key-press.ts';
import { LiveNotes } from './live-notes.ts';
import { LiveWriteStage } from './live-write.ts';
import { openRecent, openWriter } from './open-writers.ts';
import { version } from './version.ts';

/** Writes out what --last keeps. */
const WRITE_KEY = 'w';

/** Write what comes; `shown` is told of it too. Rejects with what cannot be written to. */
export async function writeTask(
  file: string,
  context: CaptureContext,
  shown: CaptureTask | undefined,
  filter: FrameFilter | undefined,
): Promise<CaptureTask> {
  const { annotate } = context.options;
  const application = `netlens ${version()}`;
  let annotation: Annotation | undefined;
  if (annotate) {
    const { Annotation } = await import('./annotation.ts');
    annotation = new Annotation(application, (text) => context.notices.say(text));
  }
  const { writing, key } = await openWriting(file, context, application, annotation);
  return {
    stage: shown === undefined ? writing : new Both(writing, shown.stage),
    filter,
    async finish(counted): Promise<Ledger> {
      key?.release();
      const failure = await writing.close().then(
        () => undefined,
        (error: Error) => error,
      );
      const ledger = (await shown?.finish(counted)) ?? { ...NOTHING_READ, ...counted };
      if (failure !== undefined) ledger.damage.push(failure.message);
      if (ledger.live !== undefined) ledger.live.unwritten = writing.unwritten;
      if (annotation !== undefined) await finishComments(annotation, context, ledger);
      return ledger;
    },
  };
}

async function openWriting(
  file: string,
  context: CaptureContext,
  application: string,
  watcher: Annotation | undefined,
): Promise<{ writing: LiveWriteStage; key: KeyPress | undefined }> {
  const { source, options, knowledge } = context;
  const notes = new CaptureNotes(options.node);
  const contents = contentsOf(source, notes);
  const { recent, rotation } = options;
  const settings = { contents, application, watcher };
  let writer: FrameWriter;
  let key: KeyPress | undefined;
  if (recent === undefined) writer = await openWriter(file, settings, rotation);
  else {
    const frames = await openRecent(file, settings, recent, (outcome) => tell(outcome, context));
    key = KeyPress.on(WRITE_KEY, () => frames.want());
    const span = showSpan(1e9 * recent.seconds);
    const how = `kill -USR2 ${process.pid}`;
    const also = key === undefined ? how : `the key ${WRITE_KEY}, or ${how},`;
    context.notices.say(`${also} writes the latest ${span} into ${file}; so does the end`);
    writer = frames;
  }
  return { writing: new LiveWriteStage(writer, new LiveNotes(notes, knowledge)), key };
}

/** What a file of this capture is made of. */
export function contentsOf({ interfaces }: LiveSource, notes: CaptureNotes): CaptureContents {
  const { names, snapshots } = notes;
  const section = { hardware: undefined, os: `${type()} ${release()}`, comments: [] };
  const describe = (face: CaptureInterface): string | undefined => notes.describe(face);
  return { interfaces, sections: [section], names, snapshots, describe };
}

/** What has come of writing out the latest frames. */
function tell(
  outcome: { readonly file: string; readonly frames: number } | Error,
  { notices }: CaptureContext,
): void {
  if (outcome instanceof Error) notices.say(outcome.message);
  else notices.say(`${countOf(outcome.frames, 'frame')} written to ${outcome.file}`);
}

/** Wait for the comments of the last files, unless the user has enough of it. */
async function finishComments(
  annotation: Annotation,
  { interrupt, notices }: CaptureContext,
  { live }: Ledger,
): Promise<void> {
  if (annotation.busy) notices.say('comments are put on the frames; Ctrl-C leaves them away');
  interrupt.givesUp = () => annotation.cancel();
  await annotation.finish();
  interrupt.givesUp = undefined;
  const { frames, commented, files, missing } = annotation;
  if (files > 0) {
    notices.say(
      `comments on ${commented} of ${countOf(frames, 'frame')} in ${countOf(files, 'file')}`,
    );
  }
  if (live !== undefined && missing > 0) live.uncommented = missing;
}
