/** Time stamps as tcpdump writes them, local time (TZ), from seconds and nanoseconds since 1970. */
import type { TextBuffer } from '../text-buffer.ts';

/** tcpdump's none, -t, -tt, -ttt, -tttt, -ttttt. */
export type TimeStyle = 'time' | 'none' | 'epoch' | 'since-previous' | 'date' | 'since-first';

const COLON = 58;
const DOT = 46;
const MINUS = 45;
const SPACE = 32;
/** Zones change their offset only on a quarter of an hour. */
const QUARTER = 900;
const DAY = 86_400;
/** The last second that a Date can hold. */
const SECONDS_MAX = 8.64e12;

/** Seconds to add to UTC for local time at this moment; 0 beyond what a Date can hold. */
export function zoneOffset(seconds: number): number {
  if (Math.abs(seconds) > SECONDS_MAX) return 0;
  return -60 * new Date(1000 * seconds).getTimezoneOffset();
}

export class Clock {
  private readonly style: TimeStyle;
  private readonly nano: boolean;
  /** The quarter of an hour that `offset` is known for. */
  private quarter = Number.NaN;
  private offset = 0;
  /** The second whose text is in `text`. */
  private second = Number.NaN;
  private readonly text = new Uint8Array(32);
  private textLen = 0;
  /** Time of the first and of the previous frame; NaN before there was one. */
  private firstSeconds = Number.NaN;
  private firstNanos = 0;
  private previousSeconds = Number.NaN;
  private previousNanos = 0;

  constructor(style: TimeStyle, nano: boolean) {
    this.style = style;
    this.nano = nano;
  }

  /** The stamp and a space, or nothing with style `none`. */
  show(out: TextBuffer, seconds: number, nanos: number): void {
    if (Number.isNaN(this.firstSeconds)) {
      this.firstSeconds = this.previousSeconds = seconds;
      this.firstNanos = this.previousNanos = nanos;
    }
    switch (this.style) {
      case 'none':
        return;
      case 'time':
      case 'date':
        if (seconds !== this.second) this.render(seconds);
        out.copy(this.text, 0, this.textLen);
        this.fraction(out, nanos);
        break;
      case 'epoch':
        out.uint(seconds);
        this.fraction(out, nanos);
        break;
      case 'since-previous':
        this.delta(out, seconds - this.previousSeconds, nanos - this.previousNanos);
        this.previousSeconds = seconds;
        this.previousNanos = nanos;
        break;
      case 'since-first':
        this.delta(out, seconds - this.firstSeconds, nanos - this.firstNanos);
    }
    out.char(SPACE);
  }

  private fraction(out: TextBuffer, nanos: number): void {
    out.char(DOT);
    if (this.nano) out.padded(nanos, 9);
    else out.padded((nanos / 1000) | 0, 6);
  }

  /** Difference of two times, hours to fraction, a minus or a space before it. */
  private delta(out: TextBuffer, seconds: number, nanos: number): void {
    const negative = seconds < 0 || (seconds === 0 && nanos < 0);
    let s = negative ? -seconds : seconds;
    let n = negative ? -nanos : nanos;
    if (n < 0) {
      n += 1e9;
      s--;
    }
    out.char(negative ? MINUS : SPACE);
    const hours = Math.floor(s / 3600);
    if (hours < 10) out.char(48);
    out.uint(hours);
    minutes(out, s - 3600 * hours);
    this.fraction(out, n);
  }

  /** Local date, where asked for, and time of day to the second, into `text`. */
  private render(seconds: number): void {
    const quarter = Math.floor(seconds / QUARTER);
    if (quarter !== this.quarter) {
      this.quarter = quarter;
      this.offset = zoneOffset(seconds);
    }
    this.second = seconds;
    const local = seconds + this.offset;
    const inDay = local - DAY * Math.floor(local / DAY);
    const two = (n: number): string => String(n).padStart(2, '0');
    const hour = Math.floor(inDay / 3600);
    const time = `${two(hour)}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`;
    const text = this.style === 'date' ? `${showDate(local)} ${time}` : time;
    for (let i = 0; i < text.length; i++) this.text[i] = text.charCodeAt(i);
    this.textLen = text.length;
  }
}

/** Year, month and day of a local time in seconds; days since 1970 beyond what a Date can hold. */
function showDate(local: number): string {
  if (Math.abs(local) > SECONDS_MAX) return `day ${Math.floor(local / DAY)}`;
  return new Date(1000 * local).toISOString().replace(/T.*/, '');
}

function minutes(out: TextBuffer, seconds: number): void {
  out.char(COLON);
  out.padded(Math.floor(seconds / 60), 2);
  out.char(COLON);
  out.padded(seconds % 60, 2);
}
