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
    const { message, position, length, hint } = error;
    return { fault: { message, position, length, hint: hint ?? null } };
  }
}

export function adviceOn(text: string, cursor: number): FilterAdvice {
  const result: Compiled = text.trim() === '' ? { fault: NO_FAULT } : compiled(text);
  const { words, at } = completeFilter(text, cursor);
  return {
    fault: 'fault' in result && result.fault !== NO_FAULT ? result.fault : null,
    ofConversations: 'filter' in result && result.filter.needsConversation,
    words,
    at,
  };
}

const NO_FAULT: FilterFault = { message: '', position: 0, length: 0, hint: null };
