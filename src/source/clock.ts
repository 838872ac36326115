/**
 * 64-bit timestamps of a pcapng interface (if_tsresol, if_tsoffset) as seconds and nanoseconds, exact for
 * every resolution: finer ones are rounded down to the nanosecond. No BigInt: the value is four digits of
 * 16 bits, and no product or remainder below reaches 2^53.
 */
const BINARY = 0x80;
const DIGIT = 65_536;
const DIGITS = 4;

/** The digits under work; shared, for a clock uses them only within one call. */
const digits = new Float64Array(DIGITS);

function load(high: number, low: number): void {
  digits[3] = high >>> 16;
  digits[2] = high & 0xffff;
  digits[1] = low >>> 16;
  digits[0] = low & 0xffff;
}

/** Divide the digits in place by divisor, at most 10^10, and yield the remainder. */
function divide(divisor: number): number {
  let remainder = 0;
  for (let i = DIGITS - 1; i >= 0; i--) {
    const value = remainder * DIGIT + digits[i]!;
    const quotient = Math.floor(value / divisor);
    digits[i] = quotient;
    remainder = value - quotient * divisor;
  }
  return remainder;
}

/** The digits as one number, exact up to 2^53. */
function join(): number {
  return ((digits[3]! * DIGIT + digits[2]!) * DIGIT + digits[1]!) * DIGIT + digits[0]!;
}

export class Clock {
  /** The time set last: whole seconds since 1970, and 0..999_999_999. */
  seconds = 0;
  nanoseconds = 0;
  private readonly exponent: number;
  private readonly binary: boolean;
  private readonly offset: number;
  /** Units of a second and nanoseconds of a unit where both are whole numbers, else 0. */
  private readonly perSecond: number;
  private readonly perUnit: number;
  /** The value at which the second of the last time began; low may be negative. */
  private startHigh = -1;
  private startLow = 0;

  /** `resolution`: the byte of if_tsresol, 6 when absent; `offset`: seconds of if_tsoffset. */
  constructor(resolution: number, offset: number) {
    this.binary = (resolution & BINARY) !== 0;
    this.exponent = resolution & ~BINARY;
    this.offset = offset;
    const whole = !this.binary && this.exponent <= 9;
    this.perSecond = whole ? 10 ** this.exponent : 0;
    this.perUnit = whole ? 10 ** (9 - this.exponent) : 0;
  }

  /** Take the timestamp high * 2^32 + low, both unsigned. */
  set(high: number, low: number): void {
    const units = (high - this.startHigh) * 4_294_967_296 + (low - this.startLow);
    if (units >= 0 && units < this.perSecond) this.nanoseconds = units * this.perUnit;
    else if (this.binary) this.setBinary(high, low);
    else this.setDecimal(high, low);
  }

  private setDecimal(high: number, low: number): void {
    load(high, low);
    if (this.perUnit > 0) {
      const units = divide(this.perSecond);
      this.nanoseconds = units * this.perUnit;
      this.startHigh = high;
      this.startLow = low - units;
    } else {
      for (let left = this.exponent - 9; left > 0; left -= 9) divide(10 ** Math.min(left, 9));
      this.nanoseconds = divide(1e9);
    }
    this.seconds = join() + this.offset;
  }

  /** Seconds are the bits above the exponent; those below, times 10^9, shifted down, are the rest. */
  private setBinary(high: number, low: number): void {
    const { exponent } = this;
    load(high, low);
    let seconds = 0;
    let carry = 0; // fraction times 10^9, without the digits already shifted out
    for (let i = 0; i < DIGITS; i++) {
      const digit = digits[i]!;
      const bits = exponent - 16 * i; // of this digit that are fraction
      if (bits >= 16) carry = Math.floor((digit * 1e9 + carry) / DIGIT);
      else if (bits <= 0) seconds += digit * 2 ** -bits;
      else {
        const scale = 2 ** bits;
        seconds += Math.floor(digit / scale);
        carry = Math.floor(((digit % scale) * 1e9 + carry) / scale);
      }
    }
    this.nanoseconds = exponent > 64 ? Math.floor(carry / 2 ** (exponent - 64)) : carry;
    this.seconds = seconds + this.offset;
  }
}
