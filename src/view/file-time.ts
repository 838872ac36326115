/** Times in the names of files, by the conversions of strftime(3) in the C locale and this machine's zone. */

const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

const DAY_MS = 86_400_000;

/** The name with each conversion filled in; unknown ones stay as they are. */
export function fileTime(name: string, at: Date): string {
  return name.replace(/%([a-zA-Z%])/g, (whole, letter: string) => conversion(letter, at) ?? whole);
}

/** There is a conversion in the name, so that files of different times have different names. */
export function hasFileTime(name: string): boolean {
  const zero = new Date(0);
  return [...name.matchAll(/%([a-zA-Z])/g)].some(
    ([, letter]) => conversion(letter!, zero) !== undefined,
  );
}

function conversion(letter: string, at: Date): string | undefined {
  if (letter === '%') return '%';
  const simple = COMPOSED[letter];
  if (simple !== undefined) return fileTime(simple, at);
  return PARTS[letter]?.(at);
}

const COMPOSED: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  h: '%b',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

const two = (value: number): string => String(value).padStart(2, '0');
const hour12 = (at: Date): number => at.getHours() % 12 || 12;
const dayOfYear = (at: Date): number => {
  const first = Date.UTC(at.getFullYear(), 0, 1);
  return (Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) - first) / DAY_MS;
};
/** Week of the year by its first Sunday (0) or Monday (1). */
const week = (at: Date, firstDay: number): number =>
  Math.floor((dayOfYear(at) + 7 - ((at.getDay() + 7 - firstDay) % 7)) / 7);

/** Year and week by ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(at: Date): { year: number; week: number } {
  const thursday = new Date(at.getFullYear(), at.getMonth(), at.getDate() + 4 - (at.getDay() || 7));
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

function zone(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

const PARTS: Readonly<Record<string, (at: Date) => string>> = {
  a: (at) => DAYS[at.getDay()]!.slice(0, 3),
  A: (at) => DAYS[at.getDay()]!,
  b: (at) => MONTHS[at.getMonth()]!.slice(0, 3),
  B: (at) => MONTHS[at.getMonth()]!,
  C: (at) => two(Math.floor(at.getFullYear() / 100)),
  d: (at) => two(at.getDate()),
  e: (at) => String(at.getDate()).padStart(2, ' '),
  g: (at) => two(isoWeek(at).year % 100),
  G: (at) => String(isoWeek(at).year),
  H: (at) => two(at.getHours()),
  I: (at) => two(hour12(at)),
  j: (at) => String(dayOfYear(at) + 1).padStart(3, '0'),
  k: (at) => String(at.getHours()).padStart(2, ' '),
  l: (at) => String(hour12(at)).padStart(2, ' '),
  m: (at) => two(at.getMonth() + 1),
  M: (at) => two(at.getMinutes()),
  p: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
  P: (at) => (at.getHours() < 12 ? 'am' : 'pm'),
  s: (at) => String(Math.floor(at.getTime() / 1000)),
  S: (at) => two(at.getSeconds()),
  u: (at) => String(at.getDay() || 7),
  U: (at) => two(week(at, 0)),
  V: (at) => two(isoWeek(at).week),
  w: (at) => String(at.getDay()),
  W: (at) => two(week(at, 1)),
  y: (at) => two(at.getFullYear() % 100),
  Y: (at) => String(at.getFullYear()),
  z: zone,
};
