/** What is taken away from the built decoder, one piece a mutant: checks of lengths, bounds, clamps. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Mutant {
  /** Built file, absolute. */
  readonly file: string;
  /** 1-based, of the built file; TypeScript's output keeps the order, not the numbers. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/** A comparison with one of these is a check of length. */
const LENGTH_WORD = /\b(end|\w+End|\w*[lL]en\w*|length|captureEnd|\w+_LEN\w*|\w+_MAX|count)\b/;

/** Built files whose checks are taken away. */
export function targets(): string[] {
  const root = path.resolve('dist/src/decode');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js') && !/index\.js$|fields\.js$/.test(file))
    .map((file) => path.join(root, file))
    .sort();
}

/** Every mutant of one file, in order of place. */
export function mutantsOf(file: string): Mutant[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found: Mutant[] = [];
  lines.forEach((before, i) => {
    for (const after of variantsOf(before)) found.push({ file, line: i + 1, before, after });
  });
  return found;
}

function variantsOf(line: string): string[] {
  if (/^\s*(\/\/|\*|\/\*|import|export const \w+ = \d)/.test(line)) return [];
  const variants: string[] = [];
  const condition = conditionOf(line, 'if (');
  if (condition !== undefined && /[<>]/.test(condition) && LENGTH_WORD.test(condition)) {
    variants.push(line.replace(`if (${condition})`, `if (false && (${condition}))`));
    for (const part of condition.split(/ \|\| /)) {
      if (part === condition || !/[<>]/.test(part) || !LENGTH_WORD.test(part)) continue;
      if (balanced(part)) variants.push(line.replace(part, 'false'));
    }
  }
  const bound = /(\w+) \+ (\w+) <= (\w*[eE]nd)\b/.exec(line);
  if (bound !== null && condition === undefined) {
    variants.push(line.replace(bound[0], `${bound[1]} <= ${bound[3]}`));
  }
  const clamp = /(\w+) < (\w*[eE]nd) \? \1 : \2/.exec(line);
  if (clamp !== null) variants.push(line.replace(clamp[0], clamp[1]!));
  const min = /Math\.min\(([^(),]+), ([^(),]+)\)/.exec(line);
  if (min !== null) variants.push(line.replace(min[0], min[1]!), line.replace(min[0], min[2]!));
  return variants;
}

/** The text between `keyword` and the parenthesis that closes it, or undefined. */
function conditionOf(line: string, keyword: string): string | undefined {
  const at = line.indexOf(keyword);
  if (at < 0) return undefined;
  let depth = 1;
  for (let i = at + keyword.length; i < line.length; i++) {
    if (line[i] === '(') depth++;
    if (line[i] === ')' && --depth === 0) return line.slice(at + keyword.length, i);
  }
  return undefined;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')' && --depth < 0) return false;
  }
  return depth === 0;
}
