/** Opening what -w writes: one file, several in turn, or the latest frames when they are wanted. */
import type { RotationOptions } from '../view/capture-rotation.ts';
import type { CaptureWriterOptions } from '../view/capture-writer.ts';
import type { FrameWriter } from '../view/capture-writer-contents.ts';
import type { RecentFrames, RecentOptions, Tell } from '../view/recent-frames.ts';

/**
 * The latest frames, written out into the file at the end and whenever they are wanted or SIGUSR2 comes before:
 * then the name is a time format, or a number follows it from the second time on.
 */
export async function openRecent(
  name: string,
  options: CaptureWriterOptions,
  recent: RecentOptions,
  tell: Tell,
): Promise<RecentFrames> {
  const { RecentFrames } = await import('../view/recent-frames.ts');
  const { formatOf, openCaptureWriter } = await import('../view/capture-writer.ts');
  const { fileTime, hasFileTime } = await import('../view/file-time.ts');
  const format = formatOf(name);
  let times = 0;
  const frames = new RecentFrames(
    recent,
    () => {
      const count = times++;
      const file = hasFileTime(name) ? fileTime(name, new Date()) : name + (count || '');
      return openCaptureWriter(file, { ...options, format });
    },
    tell,
  );
  process.on('SIGUSR2', () => frames.want());
  return frames;
}

/** A writer on the file, or on the files in turn. Rejects with a WriteError. */
export async function openWriter(
  file: string,
  options: CaptureWriterOptions,
  rotation: RotationOptions | undefined,
): Promise<FrameWriter> {
  if (rotation === undefined) {
    const { openCaptureWriter } = await import('../view/capture-writer.ts');
    return openCaptureWriter(file, options);
  }
  const { openRotation } = await import('../view/capture-rotation.ts');
  return openRotation(file, options, rotation);
}
