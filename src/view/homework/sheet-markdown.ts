/** A homework sheet as Markdown, its diagrams as pictures beside it. */
import { type DiagramOptions, journeySvg } from '../diagram/journey-svg.ts';
import { escapeText } from '../escape.ts';
import type { FilledEvidence, FilledSheet } from './filled-sheet.ts';
import { SHEET_WORDS, type SheetWords } from './sheet-words.ts';

export interface MarkdownSheet {
  readonly text: string;
  /** SVG by number, from 1 on, as `pictureName` names them. */
  readonly pictures: ReadonlyMap<number, string>;
}

/** `pictureName` yields the path by which the text refers to picture n; without it there are none. */
export function sheetMarkdown(
  sheet: FilledSheet,
  options: DiagramOptions,
  pictureName: ((n: number) => string) | undefined,
): MarkdownSheet {
  const words = SHEET_WORDS[options.language];
  const pictures = new Map<number, string>();
  const title = options.title ?? sheet.title;
  const lines = [
    `# ${escapeMarkdown(title)}`,
    '',
    `**${words.question}:** ${escapeMarkdown(sheet.question)}`,
    '',
  ];
  sheet.evidence.forEach((evidence, i) => {
    lines.push(`## ${i + 1}. ${escapeMarkdown(evidence.heading)}`, '');
    if (evidence.finding === undefined) lines.push(...missing(evidence, words, sheet.source));
    else {
      const { journey } = evidence.finding;
      lines.push(...found(evidence.finding, words, sheet.source));
      if (journey !== undefined && pictureName !== undefined) {
        const n = pictures.size + 1;
        const { title: _, footer: __, ...look } = options;
        pictures.set(n, journeySvg(journey, look));
        lines.push(`![${words.journey} ${n}](<${pictureName(n).replace(/[<>\\]/g, '')}>)`, '');
      }
    }
  });
  lines.push(`## ${words.explanation}`, '');
  for (const text of sheet.explanation) lines.push(escapeMarkdown(text), '');
  for (const line of options.footer ?? []) lines.push(`<sub>${escapeMarkdown(line)}</sub>  `);
  return { text: `${lines.join('\n').trimEnd()}\n`, pictures };
}

function missing(
  { otherwise }: FilledEvidence,
  words: SheetWords,
  source: FilledSheet['source'],
): string[] {
  const text = `**${words.missing[source]}.** ${escapeMarkdown(otherwise.text)}`;
  return [text, '', ...fenced(otherwise.commands), ''];
}

function found(
  finding: NonNullable<FilledEvidence['finding']>,
  words: SheetWords,
  source: FilledSheet['source'],
): string[] {
  const lines = [`**${words.shown[source]}.** ${escapeMarkdown(finding.claim)}`, ''];
  if (finding.figures.length > 0) {
    lines.push(`| | ${words.figures} |`, '|---|---|');
    for (const [name, value] of finding.figures) {
      lines.push(`| ${escapeMarkdown(name)} | ${escapeMarkdown(value)} |`);
    }
    lines.push('');
  }
  if (finding.frames.length > 0) {
    lines.push(`${words.frames}:`, '', ...fenced(finding.frames.map(({ text }) => text)), '');
  }
  return lines;
}

/** A code block whose fence no line of it can close. */
function fenced(lines: readonly string[]): string[] {
  const safe = lines.map(escapeText);
  const longest = Math.max(
    2,
    ...safe.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [fence, ...safe, fence];
}

/**
 * Text that Markdown takes for nothing else (CommonMark 0.31 §2.4: backslash escapes), within a line:
 * signs that mean something at a line's beginning alone never stand there.
 */
export function escapeMarkdown(text: string): string {
  return escapeText(text).replace(/[\\`*_{}[\]#!|<>&~$]/g, '\\$&');
}
