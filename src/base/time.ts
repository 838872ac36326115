/** Capture times as text: RFC 3339 in UTC with all nine digits of the nanoseconds. */
import type { Nanoseconds } from './units.ts';

let cachedSecond = Number.NaN;
let cachedText = '';

/** `2026-11-22T05:55:57.542305000Z`. Seconds outside what a Date can hold are shown as a number. */
export function showTime(seconds: number, nanoseconds: number): string {
  if (seconds !== cachedSecond) {
    cachedSecond = seconds;
    const date = new Date(seconds * 1000);
    cachedText = Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().slice(0, -5);
  }
  return `${cachedText}.${String(nanoseconds).padStart(9, '0')}Z`;
}

/** The same for a time counted from a whole second. */
export function showTimeSince(epochSeconds: number, since: Nanoseconds): string {
  const whole = Math.floor(since / 1e9);
  return showTime(epochSeconds + whole, Math.round(since - whole * 1e9));
}
