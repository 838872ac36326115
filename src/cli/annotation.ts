/**
 * `capture --annotate`: a label is known when its conversation is, so a file gets its comments when it is finished:
 * a copy with them is made beside it in a thread, and takes its place in one step. Whatever happens before that, a
 * full disk or a kill, the file is whole as it was captured.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileWatcher } from '../view/capture-writer-contents.ts';
import { outputFault } from '../view/open-output.ts';
import { english } from '../words/say.ts';
import type { AnnotateReply } from './annotate-worker.ts';
import type { AnnotatedCopy } from './annotated-copy.ts';

/** Finished files that may wait for their comments. */
const WAITING_MAX = 4096;

interface Finished {
  readonly file: string;
  /** What it was when it was finished: nothing else may be replaced. */
  readonly was: Stats;
}

export class Annotation implements FileWatcher {
  frames = 0;
  commented = 0;
  /** Files that have comments. */
  files = 0;
  private readonly application: string;
  private readonly notice: (text: string) => void;
  /** Files that were begun and have no comments yet. */
  private readonly without = new Set<string>();
  private readonly waiting: Finished[] = [];
  private work: Promise<void> | undefined = undefined;
  /** The file being copied, and how that is given up. */
  private current: { readonly file: string; readonly giveUp: () => void } | undefined = undefined;

  /** `notice`: a line for the user. */
  constructor(application: string, notice: (text: string) => void) {
    this.application = application;
    this.notice = notice;
  }

  /** Files that were finished, or should have been, without comments. */
  get missing(): number {
    return this.without.size;
  }

  /** Some file waits for its comments. */
  get busy(): boolean {
    return this.work !== undefined;
  }

  begins(file: string): void {
    const at = this.waiting.findIndex((one) => one.file === file);
    if (at >= 0) this.waiting.splice(at, 1);
    if (this.current?.file === file) this.current.giveUp();
    this.without.add(file);
  }

  ended(file: string, frames: number): void {
    if (frames === 0) this.without.delete(file);
    else if (this.waiting.length >= WAITING_MAX) {
      this.notice(`${file}: has no comments: too many files wait for theirs`);
    } else {
      this.waiting.push({ file, was: statSync(file) });
      this.work ??= this.workOff();
    }
  }

  /** All files that were finished have their comments, or cannot have them. */
  async finish(): Promise<void> {
    await this.work;
  }

  /** Leave the files that still wait as they are. */
  cancel(): void {
    this.waiting.length = 0;
    this.current?.giveUp();
  }

  private async workOff(): Promise<void> {
    for (let one = this.waiting.shift(); one !== undefined; one = this.waiting.shift()) {
      try {
        await this.annotate(one);
      } catch (error) {
        const why = english(outputFault(error as NodeJS.ErrnoException));
        this.notice(`${one.file}: has no comments: ${why}`);
      }
    }
    this.work = undefined;
  }

  private async annotate({ file, was }: Finished): Promise<void> {
    const place = realpathSync(file); // of a symbolic link, what it leads to
    const copy = join(dirname(place), `.netlens-${randomBytes(8).toString('hex')}.pcapng`);
    closeSync(openSync(copy, 'wx', 0o600));
    try {
      const reply = await this.makeCopy({ file, copy, application: this.application });
      if (reply === undefined) return; // given up: it is being written anew, or nobody wants it
      if ('failure' in reply) throw new Error(reply.failure);
      if (!isSame(was, statSync(place))) throw new Error('somebody has changed it meanwhile');
      renameSync(copy, place);
      this.frames += reply.frames;
      this.commented += reply.commented;
      this.files++;
      this.without.delete(file);
      syncDirectory(dirname(place));
    } finally {
      rmSync(copy, { force: true });
    }
  }

  /** Undefined when it was given up. */
  private makeCopy(task: AnnotatedCopy): Promise<AnnotateReply | undefined> {
    return new Promise((resolve, reject) => {
      const url = new URL('./annotate-worker.js', import.meta.url);
      const worker = new Worker(url, { workerData: task });
      const end = (reply: AnnotateReply | undefined): void => {
        this.current = undefined;
        void worker.terminate().then(() => resolve(reply));
      };
      this.current = { file: task.file, giveUp: () => end(undefined) };
      worker.once('message', end);
      worker.once('error', (error) => {
        this.current = undefined;
        reject(error);
      });
    });
  }
}

/** The same file with the same content, as far as the system tells. */
function isSame(was: Stats, is: Stats): boolean {
  return (
    was.dev === is.dev && was.ino === is.ino && was.size === is.size && was.mtimeMs === is.mtimeMs
  );
}

/** The new name is on the disk too, where the system can do that. */
function syncDirectory(directory: string): void {
  try {
    const fd = openSync(directory, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    // the file itself is safe: after a crash it may be the one without comments
  }
}
