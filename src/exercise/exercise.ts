/** An exercise: what a learner's capture has to hold, task by task, as a YAML file says it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { compileFilter, type Filter } from '../filter/filter.ts';

const EXERCISE_SCHEMA = 'netlens.exercise/1';

/** The same text in each language. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

export type Language = keyof Text;

/** Frames, of conversations or of all; or conversations. At least one of the two filters is there. */
export interface Selection {
  /** Words that a conversation's record answers. */
  readonly conversations: Filter | undefined;
  /** Words that a frame answers. */
  readonly frames: Filter | undefined;
}

export interface Check extends Selection {
  /** What it shows. */
  readonly says: Text;
  readonly atLeast: number;
  readonly atMost: number;
}

/** Why a task failed, where something of the selection is in the capture. */
export interface Reason extends Selection {
  readonly says: Text;
}

export interface Task {
  readonly id: string;
  readonly title: Text;
  readonly checks: readonly Check[];
  readonly reasons: readonly Reason[];
  /** When no reason holds: what is missing, and what to do. */
  readonly otherwise: Text;
}

export interface Exercise {
  readonly lab: string;
  readonly tasks: readonly Task[];
}

/** An exercise file that cannot be used; the message starts with its name. */
export class ExerciseError extends Error {
  readonly code = 'NETLENS_EXERCISE';
}

const text = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) });
const filters = { conversations: z.string().optional(), frames: z.string().optional() };
const count = z.number().int().min(0);

const exerciseShape = z.strictObject({
  schema: z.literal(EXERCISE_SCHEMA),
  lab: z.string(),
  tasks: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]+$/, 'small letters, digits and hyphens'),
        title: text,
        checks: z
          .array(
            z.strictObject({
              says: text,
              ...filters,
              atLeast: count.optional(),
              atMost: count.optional(),
            }),
          )
          .min(1),
        reasons: z.array(z.strictObject({ says: text, ...filters })).default([]),
        otherwise: text,
      }),
    )
    .min(1),
});

/** The exercise of a file. Throws ExerciseError that names file and place of what is wrong. */
export function readExercise(path: string): Exercise {
  return parseExercise(readFileSync(path, 'utf8'), path);
}

/** `name` stands for the file in errors. */
export function parseExercise(yaml: string, name: string): Exercise {
  let document: unknown;
  try {
    document = parse(yaml);
  } catch (error) {
    throw new ExerciseError(`${name}: ${(error as Error).message.split('\n')[0]}`);
  }
  const { data, error } = exerciseShape.safeParse(document);
  if (data === undefined) {
    const issue = error.issues[0]!;
    throw new ExerciseError(`${name}: ${issue.path.join('.')}: ${issue.message}`);
  }
  return {
    lab: data.lab,
    tasks: data.tasks.map((task) => ({
      ...task,
      checks: task.checks.map((check) => ({
        ...selectionOf(check, `${name}: ${task.id}`),
        says: check.says,
        atLeast: check.atLeast ?? (check.atMost === undefined ? 1 : 0),
        atMost: check.atMost ?? Number.POSITIVE_INFINITY,
      })),
      reasons: task.reasons.map((reason) => ({
        ...selectionOf(reason, `${name}: ${task.id}`),
        says: reason.says,
      })),
    })),
  };
}

function selectionOf(
  given: { conversations?: string | undefined; frames?: string | undefined },
  where: string,
): Selection {
  const compile = (words: string | undefined): Filter | undefined => {
    if (words === undefined) return undefined;
    try {
      return compileFilter(words);
    } catch (error) {
      throw new ExerciseError(`${where}: ${words}: ${(error as Error).message}`);
    }
  };
  const conversations = compile(given.conversations);
  const frames = compile(given.frames);
  if (conversations === undefined && frames === undefined) {
    throw new ExerciseError(`${where}: neither conversations nor frames`);
  }
  if (conversations !== undefined && conversations.witnesses.length > 0) {
    const words = conversations.witnesses.join(', ');
    throw new ExerciseError(`${where}: ${words}: only a frame answers this, so it goes to frames`);
  }
  if (frames?.needsConversation === true) {
    throw new ExerciseError(`${where}: ${frames.text}: words of conversations go to conversations`);
  }
  return { conversations, frames };
}
