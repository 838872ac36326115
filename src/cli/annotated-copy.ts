/** A capture file once more, with each frame's conversation and label in its comment; all else stays as it was. */
import { open } from 'node:fs/promises';
import { run, Tally } from '../pipeline.ts';
import { openCaptures } from '../source/open.ts';
import { openCaptureWriter } from '../view/capture-writer.ts';
import { firstRead } from './chosen-frames.ts';
import { commentsOf } from './frame-comments.ts';
import { WriteStage } from './write-stage.ts';

export interface AnnotatedCopy {
  readonly file: string;
  /** Where the copy goes: a file that is there, and empty. */
  readonly copy: string;
  readonly application: string;
}

/** Of the frames in the copy, those that have a comment of ours. */
export interface Commented {
  readonly frames: number;
  readonly commented: number;
}

/** Write the copy, safe on the disk when this resolves. Rejects with what prevents it; the copy is then not whole. */
export async function writeAnnotated({
  file,
  copy,
  application,
}: AnnotatedCopy): Promise<Commented> {
  const { signal } = new AbortController();
  const settings = { maxFlows: undefined, knowledge: {}, signal };
  const conversations = await firstRead(await openCaptures([file]), undefined, settings);
  const source = await openCaptures([file]);
  const { interfaces, names, sections = [], snapshots = [] } = source;
  const contents = { interfaces, names, sections, snapshots };
  const writer = await openCaptureWriter(copy, { contents, application, format: 'pcapng' });
  const comment = commentsOf(conversations);
  let commented = 0;
  const stage = new WriteStage(writer, {
    annotate: (frames, i) => {
      if (comment(frames, i)) commented++;
    },
    beforeFlush: () => {},
  });
  const { filter } = conversations;
  await run(source, stage, new Tally(), { filter, limit: Number.POSITIVE_INFINITY, signal });
  await stage.close();
  await source.close();
  if (source.damage.length > 0) throw source.damage[0]!;
  await likeTheFirst(file, copy);
  return { frames: writer.frames, commented };
}

/** Whose file the copy is, who may read it, and that it is on the disk. */
async function likeTheFirst(file: string, copy: string): Promise<void> {
  const [first, second] = [await open(file, 'r'), await open(copy, 'r+')];
  try {
    const { mode, uid, gid } = await first.stat();
    const own = await second.stat();
    if (own.uid !== uid || own.gid !== gid) await second.chown(uid, gid);
    await second.chmod(mode & 0o7777);
    await second.sync();
  } finally {
    await first.close();
    await second.close();
  }
}
