/** The engine of `capture -o tui -w FILE` in a thread of its own, which writes the frames as they come. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LiveKnowledge } from '../engine/live-knowledge.ts';
import { type LiveSpec, openDevices } from '../engine/open.ts';
import type { Beside } from '../engine/reading.ts';
import { serveEngine } from '../engine/serve-engine.ts';
import type { LiveSource } from '../source/live/live-source.ts';
import type { RotationOptions } from '../view/capture-rotation.ts';
import { Both } from './both-stages.ts';
import { CaptureNotes } from './capture-notes.ts';
import { contentsOf } from './capture-writing.ts';
import { LiveNotes } from './live-notes.ts';
import { LiveWriteStage } from './live-write.ts';
import { openWriter } from './open-writers.ts';
import { version } from './version.ts';

/** What the thread is told: the capture, and where it is written. */
export interface WrittenCapture {
  readonly spec: LiveSpec;
  readonly file: string;
  readonly rotation: RotationOptions | undefined;
}

async function openFile(
  { spec, file, rotation }: WrittenCapture,
  source: LiveSource,
  knowledge: LiveKnowledge,
): Promise<Beside> {
  const notes = new CaptureNotes(spec.live.node);
  const application = `netlens ${version()}`;
  const settings = { contents: contentsOf(source, notes), application };
  const writer = await openWriter(file, settings, rotation);
  const writing = new LiveWriteStage(writer, new LiveNotes(notes, knowledge));
  return {
    file,
    around: (intake) => new Both(writing, intake),
    finish: () =>
      writing.close().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    get unwritten() {
      return writing.unwritten;
    },
  };
}

if (parentPort !== null) {
  const capture = workerData as WrittenCapture;
  void serveEngine(parentPort, () =>
    openDevices(capture.spec, (source, knowledge) => openFile(capture, source, knowledge)),
  );
}
