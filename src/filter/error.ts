/** What is wrong with a filter, where in its text, and which word was probably meant. */

import { english } from '../words/say.ts';
import type { Sentence } from '../words/sentence.ts';

/** The most columns of the filter's text shown around the fault. */
const WINDOW_MAX = 100;

/** A filter that cannot be understood or is not supported: the user's to correct (exit code 2). */
export class FilterError extends Error {
  /** Stable, for programs. */
  readonly code = 'NETLENS_FILTER';
  /** The whole filter as given. */
  readonly text: string;
  /** The fault is text[position, position + length); at the end of the text, length is 0. */
  readonly position: number;
  readonly length: number;
  readonly problem: Sentence;
  /** What to write instead; undefined when nothing is close. */
  readonly advice: Sentence | undefined;

  /** The message is in English. */
  constructor(
    text: string,
    position: number,
    length: number,
    problem: Sentence,
    advice?: Sentence,
  ) {
    super(`filter: ${printable(english(problem))}`);
    this.name = 'FilterError';
    this.text = text;
    this.position = position;
    this.length = length;
    this.problem = problem;
    this.advice = advice;
  }

  /** The advice in English. */
  get hint(): string | undefined {
    return this.advice === undefined ? undefined : printable(english(this.advice));
  }

  /**
   * The message, then the filter's text with the fault underlined and the hint beside it: three lines
   * without a newline at the end, safe to print on a terminal.
   */
  show(): string {
    const line = [...printable(this.text)];
    const from = [...printable(this.text.slice(0, this.position))].length;
    const len = [...printable(this.text.slice(this.position, this.position + this.length))].length;
    const start = Math.max(0, Math.min(from - (WINDOW_MAX >> 1), line.length - WINDOW_MAX));
    const shown = line.slice(start, start + WINDOW_MAX);
    const before = (start > 0 ? '...' : '') + shown.slice(0, from - start).join('');
    const under = shown.slice(from - start, from - start + len).join('');
    const after = shown.slice(from - start + len).join('');
    const end = start + WINDOW_MAX < line.length ? '...' : '';
    const mark = `^${'~'.repeat(Math.max(0, columns(under) - 1))}`;
    const hint = this.hint === undefined ? '' : ` ${this.hint}`;
    return `${this.message}\n  ${before}${under}${after}${end}\n  ${' '.repeat(columns(before))}${mark}${hint}`;
  }
}

/** Control, format and bidirectional characters as `?`, so that each character of the text stays one. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;

/** Terminal columns: East Asian wide characters and emoji take two, combining marks none. */
function columns(text: string): number {
  let count = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    count += WIDE.test(character) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
  }
  return count;
}

/** The candidate that `word`, of three letters or more, is most probably a slip of: at most one edit in three letters. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length < 3 || word.length > 40) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate);
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i++) rows.push([i]);
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    const row = rows[i]!;
    const above = rows[i - 1]!;
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + differs);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      }
      row[j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}
