/*
 * Finds arrays of numbers in the bytes of a JSON text, such as vectors, and parses them to the same float64 values as JSON.parse,
 * in two thirds of the time: most bytes of requests with vectors are in such arrays. Whatever is not plainly an array of numbers is
 * left to JSON.parse, with its errors.
 *
 * A number of up to 15 digits is one division of two exact float64 values, which rounds correctly. Up to 18 digits, the digits are
 * held as the sum of two float64 values, and the quotient is computed to about 100 bits. If that is too close to the middle
 * between two float64 values, or for more digits, `Number` decides.
 */

const SPACE = 32;
const NEWLINE = 10;
const RETURN = 13;
const TAB = 9;
const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const MINUS = 45;
const PLUS = 43;
const ZERO = 48;
const OPENS = 91;
const CLOSES = 93;
/** As differences from ZERO. */
const POINT = 46 - ZERO;
const SMALL_E = 101 - ZERO;
const LARGE_E = 69 - ZERO;

/** Integers from here on may be ids, which need more than a float64. */
const EXACT = 2 ** 53;

/** The powers of ten that are exact float64 values. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** As many decimal digits as 32 bits have room for. */
const PART_DIGITS = 9;

/** Splits a float64 into two halves of 26 bits, whose products are exact (Dekker 1971). */
const SPLIT = 2 ** 27 + 1;
const upper = (value: number): number => {
  const large = SPLIT * value;
  return large - (large - value);
};
const UPPERS = POWERS.map(upper);

/** Far more than the error of `quotient`, and far less than half of a float64's last digit. */
const SLACK = 2 ** -95;

/**
 * An integer of up to 18 digits, divided by a power of ten; NaN if the rounding is not certain. `high` is the integer within 2^31,
 * `low` its lowest 32 bits.
 */
function quotient(high: number, low: number, power: number): number {
  const by = POWERS[power]!;
  const first = high / by;
  const product = first * by;
  const a = upper(first);
  const b = UPPERS[power]!;
  const c = first - a;
  const d = by - b;
  const error = a * b - product + a * d + c * b + c * d;
  const rest = (low - (high | 0)) | 0;
  const second = (high - product - error + rest) / by;
  const slack = first * SLACK;
  const value = first + (second + slack);
  return value === first + (second - slack) ? value : Number.NaN;
}

/** Where what was read last ends. */
let end = 0;

/** The number that begins at `from`; NaN for what is none. */
function numberAt(bytes: Buffer, from: number): number {
  const negative = bytes[from] === MINUS;
  const start = negative ? from + 1 : from;
  let at = start;
  // Nine digits fit into 32 bits, whose arithmetic takes half the time of float64.
  let head = 0;
  let headDigits = 0;
  let tail = 0;
  let tailDigits = 0;
  let point = 0;
  let digit = bytes[at]! - ZERO;
  for (; ; digit = bytes[++at]! - ZERO) {
    if (digit >= 0 && digit <= 9) {
      if (headDigits < PART_DIGITS) {
        head = (Math.imul(head, 10) + digit) | 0;
        if (head !== 0) headDigits++;
      } else {
        tail = (Math.imul(tail, 10) + digit) | 0;
        tailDigits++;
      }
    } else if (digit === POINT && point === 0 && at > start) point = at + 1;
    else break;
  }
  const whole = point === 0 ? at : point - 1;
  if (whole === start || point === at || (whole > start + 1 && bytes[start] === ZERO)) return Number.NaN;
  let power = point === 0 ? 0 : at - point;
  if (digit === SMALL_E || digit === LARGE_E) {
    power -= exponentAt(bytes, at + 1);
    at = end;
  }
  end = at;
  const value = tailDigits > PART_DIGITS ? Number.NaN : scaled(head, tail, tailDigits, power);
  if (Number.isNaN(value)) return Number(bytes.toString('latin1', from, at));
  return negative ? -value : value;
}

/** The digits of `head`, then those of `tail`, divided by a power of ten; NaN where `Number` must decide. */
function scaled(head: number, tail: number, tailDigits: number, power: number): number {
  if (!(power >= 0 && power < POWERS.length)) return Number.NaN;
  const high = head * POWERS[tailDigits]! + tail;
  if (high < EXACT) return high / POWERS[power]!;
  const low = (Math.imul(head, POWERS[tailDigits]!) + tail) | 0;
  return quotient(high, low, power);
}

/** The exponent that begins at `from`; NaN without digits. */
function exponentAt(bytes: Buffer, from: number): number {
  let at = from;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  const start = at;
  let exponent = 0;
  for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO)
    exponent = exponent * 10 + digit;
  end = at;
  if (at === start) return Number.NaN;
  return negative ? -exponent : exponent;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (let sign = bytes[at]!; sign <= SPACE; sign = bytes[++at]!)
    if (sign !== SPACE && sign !== NEWLINE && sign !== RETURN && sign !== TAB) break;
  return at;
}

/** Shorter arrays are left to JSON.parse. */
const LEAST = 16;

/** The array whose bracket is at `from`; undefined if it is short, or has anything but numbers below 2^53 in it. */
function arrayAt(bytes: Buffer, from: number): number[] | undefined {
  const numbers: number[] = [];
  let at = from;
  do {
    const value = numberAt(bytes, afterSpace(bytes, at + 1));
    if (!(value < EXACT && value > -EXACT)) return undefined;
    numbers.push(value);
    at = afterSpace(bytes, end);
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSES || numbers.length < LEAST) return undefined;
  end = at + 1;
  return numbers;
}

/** The index after the string literal that begins at `from`. */
function afterString(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return bytes.length;
}

/** How many bytes outside of arrays are looked at, beside as many as there are in arrays: of what has few, this is given up soon. */
const OUTSIDE_MOST = 1_024;

export interface Cut {
  /** The text with a string for each array: `mark`, and its number. */
  readonly text: string;
  readonly arrays: readonly number[][];
}

/** Takes the arrays of numbers out of a JSON text in UTF-8. Undefined if most of it is something else. */
export function withoutNumbers(bytes: Buffer, mark: string): Cut | undefined {
  const arrays: number[][] = [];
  let text = '';
  let done = 0;
  let within = 0;
  for (let at = 0; at < bytes.length; ) {
    const sign = bytes[at];
    if (sign === QUOTE) at = afterString(bytes, at);
    else if (sign !== OPENS) at++;
    else {
      const numbers = arrayAt(bytes, at);
      if (numbers) {
        text += `${bytes.toString('utf8', done, at)}"${mark}${arrays.length}"`;
        arrays.push(numbers);
        within += end - at;
        done = end;
        at = end;
      } else at++;
    }
    if (at - within > OUTSIDE_MOST + within) return undefined;
  }
  return arrays.length === 0 ? undefined : { text: text + bytes.toString('utf8', done), arrays };
}
