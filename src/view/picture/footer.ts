/** What stands below a picture: the captures, what is shown of how much, what was left out. */
import { createHash } from 'node:crypto';
import { countOf, showCount } from '../amounts.ts';
import type { Status } from '../model.ts';
import type { PictureRecord } from './record.ts';
import type { PictureRequest } from './request.ts';
import type { ScreenShot } from './screen.ts';

/** More captures than this are named together. */
const CAPTURES_NAMED_MAX = 4;

/** What stands below the picture. */
export function footerOf(
  { captures, knowledge, version: made }: PictureRecord,
  { filter, tag, timeZone }: PictureRequest,
  shot: ScreenShot,
  status: Status,
): string[] {
  const { from, of, rowsAre, to, total } = shot;
  const facts = digestFacts(captures);
  if (of !== undefined) {
    facts.push('packet' in of ? `packet ${of.packet}` : `conversation ${of.conversation}`);
  }
  if (rowsAre === 'conversations' || rowsAre === 'packets') {
    const shown = total === 0 ? 'none' : `${showCount(from + 1)}-${showCount(to)}`;
    facts.push(`shown: ${rowsAre} ${shown} of ${showCount(total)}`);
  } else if (to < total || from > 0) facts.push(`shown: lines ${from + 1}-${to} of ${total}`);
  facts.push(...runFacts(status, filter));
  if (knowledge.length > 0)
    facts.push(`with ${knowledge.map(({ name, option }) => `${option} ${name}`).join(', ')}`);
  facts.push(`times: ${timeZone}`, `netlens ${made}`);
  if (tag !== '') facts.push(`tag: ${tag}`);
  return facts;
}

function runFacts({ captureDrops, frames }: Status, filter: string): string[] {
  return [
    countOf(frames, 'frame'),
    `filter: ${filter === '' ? 'none' : filter}`,
    `drops: ${captureDrops < 0 ? 'not told' : showCount(captureDrops)}`,
  ];
}

function digestFacts(captures: PictureRecord['captures']): string[] {
  if (captures.length <= CAPTURES_NAMED_MAX) {
    return captures.map(({ name, sha256 }) => `${name} sha256 ${sha256}`);
  }
  // as `sha256sum FILES | sha256sum` prints it
  const lines = captures.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
  const all = createHash('sha256').update(lines).digest('hex');
  return [`${captures.length} captures, sha256 of their sha256sum ${all}`];
}

/** Below a screen of the terminal UI. */
export function screenFooter(record: PictureRecord, filter: string, status: Status): string[] {
  return [
    ...digestFacts(record.captures),
    ...runFacts(status, filter),
    `netlens ${record.version}`,
  ];
}
