/** `capture --annotate` in a thread of its own, so that frames are taken meanwhile. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { WriteError } from '../view/capture-writer-contents.ts';
import { type AnnotatedCopy, type Commented, writeAnnotated } from './annotated-copy.ts';

/** What the thread says at its end. */
export type AnnotateReply = Commented | { readonly failure: string };

/** Frames that come are more urgent: on Linux this is the priority of the calling thread alone. */
const NICE = 10;

if (process.platform === 'linux') setPriority(0, NICE);
let reply: AnnotateReply;
try {
  reply = await writeAnnotated(workerData as AnnotatedCopy);
} catch (error) {
  reply = { failure: whyNot(error as Error) };
}
parentPort?.postMessage(reply);

/** Of the copy nobody has heard, and it is no more: what was wrong with it counts. */
function whyNot(error: Error): string {
  if (!(error instanceof WriteError)) return error.message;
  return error.message.slice(error.file.length + 2).split(': ')[0]!;
}
