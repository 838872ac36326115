/** A model whose every text from outside is hostile: what files, packets and clusters could hold at worst. */
import type { Model } from '../../../src/view/model.ts';

export const HOSTILE: readonly string[] = [
  '\x1b[2J\x1b[31mred\x1b]52;c;ZXZpbA==\x07',
  '\x9b31mred\x9d0;title\x9c',
  '{bold}{red-fg}tags{/}',
  '\u202eevil\u2066\u200b\u2069',
  '한글漢字テスト'.repeat(20),
  `e${'\u0301'.repeat(60)}`,
  '\u0301\u0302alone',
  '\u05d0\u05d1\u05d2 \u0627\u0628',
  '\ud800 half \udfff',
  'line\r\nline\ttab\x00nul\x7f',
  'A'.repeat(5000),
  '',
  '👩\u200d👩\u200d👧🇰🇷',
  '<script>alert(1)</script>',
  'back\\slash',
];

/** Texts that are words of ours, or times: the rest is from outside. */
const OURS = new Set([
  'schema',
  'code',
  'label',
  'confidence',
  'direction',
  'kind',
  'phase',
  'time',
  'first',
  'last',
  'start',
  'end',
]);

/** Kinds of application records. */
const APPLICATIONS = new Set(['dns', 'http', 'http2', 'tls', 'bgp']);

function isOurs(key: string, value: string): boolean {
  return OURS.has(key) || (key === 'protocol' && APPLICATIONS.has(value));
}

function poison(value: unknown, key: string, at: { next: number }): unknown {
  if (typeof value === 'string')
    return isOurs(key, value) ? value : HOSTILE[at.next++ % HOSTILE.length];
  if (Array.isArray(value)) return value.map((one) => poison(one, key, at));
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poison(v, k, at)]));
}

/** The model with other texts in its answers; questions go on unchanged. */
export function poisoned(model: Model): Model {
  const at = { next: 0 };
  return new Proxy(model, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      if (name === 'subscribe') return () => () => {};
      return async (...given: unknown[]) =>
        poison(await (member as (...of: unknown[]) => unknown).apply(target, given), '', at);
    },
  });
}
