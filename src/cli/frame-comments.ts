/** `--annotate`: what is said of a frame's conversation, as the frame's comment. */
import type { FrameBatch } from '../base/frames.ts';
import { showComment, withComment } from '../view/frame-comment.ts';
import type { FirstRead } from './chosen-frames.ts';

/** Conversations whose words are kept. */
const COMMENTS_MAX = 1 << 16;

/** Puts the conversation of frame i, the one asked last, in its comment, in words that are made once. False when it is in none. */
export function commentsOf({
  conversation,
  record,
}: FirstRead): (frames: FrameBatch, i: number) => boolean {
  const known = new Map<number, string>();
  return (frames, i) => {
    const c = conversation();
    if (c < 0) return false;
    const comment = known.get(c) ?? showComment(record(c));
    if (known.size < COMMENTS_MAX) known.set(c, comment);
    frames.comments ??= new Map();
    frames.comments.set(i, withComment(frames.comments.get(i), comment));
    return true;
  };
}
