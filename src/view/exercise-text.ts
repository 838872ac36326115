/** How a learner's captures were judged: task by task, with the frames that show it, or why it failed. */
import type { Exercise, Language, Text } from '../exercise/exercise.ts';
import type { CheckResult, FrameName, TaskResult } from '../exercise/judge.ts';
import type { Painter } from './color.ts';
import { escapeText } from './escape.ts';

interface Words {
  readonly passed: string;
  readonly failed: string;
  readonly frames: (count: number) => string;
  readonly conversations: (count: number) => string;
  readonly wanted: (check: CheckResult['check']) => string;
  readonly why: string;
  readonly total: (passed: number, all: number) => string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    passed: 'PASS',
    failed: 'FAIL',
    frames: (count) => `${count} ${count === 1 ? 'frame' : 'frames'}`,
    conversations: (count) => `${count} ${count === 1 ? 'conversation' : 'conversations'}`,
    wanted: ({ atLeast, atMost }) =>
      atMost < Number.POSITIVE_INFINITY ? `at most ${atMost} wanted` : `at least ${atLeast} wanted`,
    why: 'why',
    total: (passed, all) => `${passed} of ${all} tasks passed`,
  },
  ko: {
    passed: '통과',
    failed: '실패',
    frames: (count) => `프레임 ${count}개`,
    conversations: (count) => `대화 ${count}개`,
    wanted: ({ atLeast, atMost }) =>
      atMost < Number.POSITIVE_INFINITY ? `${atMost}개 이하여야 함` : `${atLeast}개 이상이어야 함`,
    why: '이유',
    total: (passed, all) => `과제 ${all}개 중 ${passed}개 통과`,
  },
};

/** What an exercise asks for, before anything is captured. */
export function showTasks(exercise: Exercise, language: Language, painter: Painter): string {
  return exercise.tasks
    .map(({ checks, title }, i) => {
      const wanted = checks.map(({ says }) => `      ${says[language]}\n`).join('');
      return `  ${i + 1}.  ${painter.bold(title[language])}\n${wanted}`;
    })
    .join('');
}

/** The judgement, its last line the total. */
export function showJudgement(
  results: readonly TaskResult[],
  language: Language,
  painter: Painter,
): string {
  const words = WORDS[language];
  const say = (text: Text): string => text[language];
  const mark = (passed: boolean): string =>
    passed ? painter.good(words.passed) : painter.trouble(words.failed);
  let all = '';
  for (const { checks, passed, reason, reasonFrames, task } of results) {
    all += `${mark(passed)}  ${painter.bold(say(task.title))}\n`;
    for (const result of checks) {
      all += `      ${result.passed ? '+' : '-'} ${say(result.check.says)}: ${counted(result, words)}\n`;
    }
    if (passed) continue;
    const why = reason === undefined ? task.otherwise : reason.says;
    const shown = named(reasonFrames);
    all += `      ${words.why}: ${say(why)}${shown === '' ? '' : ` (${shown})`}\n`;
  }
  const passed = results.filter((result) => result.passed).length;
  return `${all}${words.total(passed, results.length)}\n`;
}

function counted({ check, count, frames, passed }: CheckResult, words: Words): string {
  const found = (check.frames === undefined ? words.conversations : words.frames)(count);
  const wanted = passed ? '' : `, ${words.wanted(check)}`;
  const shown = named(frames);
  const more = check.frames !== undefined && count > frames.length ? ', …' : '';
  return `${found}${wanted}${shown === '' ? '' : ` (${shown}${more})`}`;
}

/** `w1.pcap 12, 15; w0.pcap 3` */
function named(frames: readonly FrameName[]): string {
  const byFile = new Map<string, number[]>();
  for (const { file, number } of frames) {
    const numbers = byFile.get(file);
    if (numbers === undefined) byFile.set(file, [number]);
    else numbers.push(number);
  }
  return [...byFile]
    .map(([file, numbers]) => `${escapeText(lastPart(file))} ${numbers.join(', ')}`)
    .join('; ');
}

function lastPart(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** The same for programs, schema netlens.judgement/1: one line. */
export function judgementJson(lab: string, results: readonly TaskResult[]): string {
  const tasks = results.map(({ checks, passed, reason, reasonFrames, task }) => ({
    id: task.id,
    title: task.title,
    passed,
    checks: checks.map(({ check, count, frames, passed: fits }) => ({
      says: check.says,
      passed: fits,
      count,
      atLeast: check.atLeast,
      atMost: Number.isFinite(check.atMost) ? check.atMost : null,
      frames,
    })),
    reason: passed ? null : (reason?.says ?? task.otherwise),
    reasonFrames,
  }));
  const passed = tasks.every((task) => task.passed);
  return `${JSON.stringify({ schema: 'netlens.judgement/1', lab, passed, tasks })}\n`;
}
