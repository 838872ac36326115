/** Careful reading of JSON that others wrote: every step may be missing or of another type. */

/** The value at the end of the path, undefined as soon as a step is not an object that has it. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** A non-empty string. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The elements, none when it is no array. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The strings among the elements. */
export function textsAt(value: unknown, ...path: readonly string[]): string[] {
  return listAt(value, ...path).filter(
    (item) => typeof item === 'string' && item !== '',
  ) as string[];
}

/** The entries of an object, none when it is no object. */
export function entriesAt(value: unknown, ...path: readonly string[]): [string, unknown][] {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? Object.entries(found)
    : [];
}

/** Seconds since 1970 UTC of an RFC 3339 time, or of the text Go gives a time (`2026-05-16 12:34:56.789 +0000 UTC`). */
export function timeAt(value: unknown, ...path: readonly string[]): number | undefined {
  const text = textAt(value, ...path);
  if (text === undefined) return undefined;
  const ms = Date.parse(text.replace(/^(\S+) (\S+) \+0000 UTC.*$/, '$1T$2Z'));
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

/** JSON inside a string, undefined when it is none. */
export function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
