/** A lab, and its exercise, by the name that the user gives. */
import { existsSync } from 'node:fs';
import type { Lab } from '../../lab/blocks/lab.ts';
import { LABS } from '../../lab/labs.ts';
import { type Exercise, readExercise } from '../exercise/exercise.ts';
import { nearest } from '../filter/error.ts';
import { packageFile } from '../package-root.ts';
import { UsageError } from './errors.ts';

/** Throws UsageError with the names there are, or the one probably meant. */
export function labNamed(name: string): Lab {
  const lab = LABS.find((candidate) => candidate.name === name);
  if (lab !== undefined) return lab;
  const names = LABS.map((candidate) => candidate.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new UsageError(`no lab ${name}; ${hint}`);
}

/** The exercise of a lab, undefined when it has none. */
export function exerciseOf(lab: string): Exercise | undefined {
  const path = packageFile('lab', 'exercises', `${lab}.yaml`);
  return existsSync(path) ? readExercise(path) : undefined;
}
