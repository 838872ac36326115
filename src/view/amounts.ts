/** Sizes, spans and moments for people: short, aligned by their owner, never more exact than known. */
import { zoneOffset } from './frames/clock.ts';

const SIZE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units: `540 B`, `1.7 kB`, `23 MB`. */
export function showSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 99.5 ? trimmed(value) : Math.round(value)} ${SIZE_UNITS[unit]}`;
}

/** A count with its thousands apart: `12,345`. */
export function showCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 frame`, `2 frames`; other plurals are given. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

/** A span in the unit that suits it: `188us`, `1.2ms`, `12s`, `2m05s`, `1h02m`, `3d04h`. */
export function showSpan(nanoseconds: number): string {
  const us = nanoseconds / 1000;
  if (us < 999.5) return us === 0 ? '0' : `${us < 9.95 ? trimmed(us) : Math.round(us)}us`;
  if (us < 999_500) return `${trimmed(us / 1000)}ms`;
  if (us < 59_950_000) return `${trimmed(us / 1e6)}s`;
  const seconds = Math.round(us / 1e6);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** One digit after the point below 100, none from there on. */
function trimmed(value: number): string {
  return value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}

/** Seconds since 1970 and nanoseconds of a record's time: RFC 3339, UTC, or a number beyond what a Date holds. */
export function parseTime(time: string): { seconds: number; nanoseconds: number } {
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? '0';
  const whole = time.replace(/\.\d+/, '');
  const seconds = /^-?\d+Z$/.test(whole) ? Number(whole.slice(0, -1)) : Date.parse(whole) / 1000;
  return { seconds, nanoseconds: Number(fraction.padEnd(9, '0')) };
}

/** Nanoseconds from one record time to another. */
export function spanOf(start: string, end: string): number {
  const a = parseTime(start);
  const b = parseTime(end);
  return (b.seconds - a.seconds) * 1e9 + (b.nanoseconds - a.nanoseconds);
}

/** Local time of day of a record's time, to the microsecond: `05:55:57.542305`. */
export function showTimeOfDay(time: string, digits = 6): string {
  const { seconds, nanoseconds } = parseTime(time);
  if (!Number.isFinite(seconds)) return time;
  const local = seconds + zoneOffset(seconds);
  const inDay = local - 86_400 * Math.floor(local / 86_400);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${two(Math.floor(inDay / 3600))}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`;
  return `${clock}.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;
}
