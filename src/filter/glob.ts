/** Names with `*` in them. */

/** Whether `text` fits `pattern`, in which `*` stands for any run of characters, also none. Linear in practice. */
export function globTest(pattern: string): (text: string) => boolean {
  const starAt = pattern.indexOf('*');
  if (starAt < 0) return (text) => text === pattern;
  if (starAt === pattern.length - 1) {
    const prefix = pattern.slice(0, -1);
    return (text) => text.startsWith(prefix);
  }
  const parts = pattern.split('*');
  const first = parts[0]!;
  const last = parts[parts.length - 1]!;
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A host name: letter case does not count, nor does a final dot. */
export function hostNameTest(pattern: string): (name: string) => boolean {
  const test = globTest(pattern);
  return (name) => {
    const lower = name.toLowerCase();
    return test(lower.endsWith('.') ? lower.slice(0, -1) : lower);
  };
}
