/** Filters as typed: compiled, or what is wrong with them. */
import { completeFilter } from '../filter/complete.ts';
import { FilterError } from '../filter/error.ts';
import { compileFilter, type Filter } from '../filter/filter.ts';
import type { FilterAdvice, FilterFault } from '../view/model.ts';

export type Compiled = { readonly filter: Filter } | { readonly fault: FilterFault };

export function compiled(text: string): Compiled {
  try {
    return { filter: compileFilter(text) };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { problem, position, length, advice } = error;
    return { fault: { problem, position, length, hint: advice ?? null } };
  }
}

/** Names shown of those that fit. */
const NAMES_MAX = 50;

/** `namesOf`: names of a kind that are known. */
export function adviceOn(
  text: string,
  cursor: number,
  namesOf: (kind: string) => readonly string[],
): FilterAdvice {
  const result = text.trim() === '' ? undefined : compiled(text);
  const typed = /[^\s()]*$/.exec(text.slice(0, cursor))![0]; // a name may hold a slash, a word does not
  const { nameOf } = completeFilter(text, cursor - typed.length);
  const names = nameOf === undefined ? [] : namesOf(nameOf).filter((name) => fits(name, typed));
  const { words, at } =
    names.length > 0
      ? { words: names.slice(0, NAMES_MAX), at: cursor - typed.length }
      : completeFilter(text, cursor);
  return {
    fault: result !== undefined && 'fault' in result ? result.fault : null,
    ofConversations: result !== undefined && 'filter' in result && result.filter.needsConversation,
    words,
    at,
  };
}

/** By its beginning, or by that of its part behind the namespace. */
function fits(name: string, typed: string): boolean {
  return name.startsWith(typed) || name.slice(name.indexOf('/') + 1).startsWith(typed);
}
