/* Which colour a value has: those that most points have one each and the others one together, or numbers by ranges. */

/** Colours that can be told apart; what is rarer has one colour together. */
const COLOURS = 9;
const RANGES = 7;
/** Of numbers, so many different ones are ranges. */
const RANGES_FROM = 13;
/** Different values that are counted: what most points have is among the first of so many. */
const COUNTED = 20_000;
/** Numbers of which ranges are made. */
const SAMPLED = 50_000;
/** A legend shows the beginning of a text. */
const LABEL_LENGTH = 60;
/** Values that are looked at between two looks at the clock. */
const STEP = 512;

export const NOTHING = 0;

export type Value = string | number | boolean;

export function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export interface Scale {
  readonly ranges: boolean;
  /** The number of a colour, from 1; NOTHING for what has none. */
  codeOf(value: Value | undefined): number;
  /** What each colour means, from 1 on. The last one of a scale without ranges means all other values. */
  labels(): string[];
}

const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** By quantiles, so that each range has about as many points. The outer ones reach as far as numbers do that come later. */
function byRanges(sorted: Float64Array): Scale {
  const bounds: number[] = [];
  let [least, most] = [sorted[0]!, sorted.at(-1)!];
  for (let at = 1; at < RANGES; at++) {
    const bound = sorted[Math.floor((at * sorted.length) / RANGES)]!;
    if (bound > (bounds.at(-1) ?? least)) bounds.push(bound);
  }
  return {
    ranges: true,
    codeOf(value) {
      if (typeof value !== 'number') return NOTHING;
      [least, most] = [Math.min(least, value), Math.max(most, value)];
      let code = 1;
      while (code <= bounds.length && value >= bounds[code - 1]!) code++;
      return code;
    },
    labels() {
      const ends = [least, ...bounds, most];
      return ends.slice(1).map((end, i) => `${SHORT.format(ends[i]!)} to ${SHORT.format(end)}`);
    },
  };
}

function labelOf(value: Value): string {
  const text = String(value);
  if (text.trim() === '') return `"${text.slice(0, LABEL_LENGTH)}"`;
  return text.length > LABEL_LENGTH ? `${text.slice(0, LABEL_LENGTH - 1)}…` : text;
}

/** Those that most points have, at most so many, most frequent first. */
function* mostOf(counts: ReadonlyMap<Value, number>, many: number): Generator<void, Value[]> {
  const most: (readonly [value: Value, count: number])[] = [];
  const isBefore = ([a, n]: readonly [Value, number], [b, m]: readonly [Value, number]): boolean =>
    n > m || (n === m && String(a) < String(b));
  let seen = 0;
  for (const one of counts) {
    if (++seen % STEP === 0) yield;
    let at = most.length;
    while (at > 0 && isBefore(one, most[at - 1]!)) at--;
    if (at < many) most.splice(at, 0, one);
    if (most.length > many) most.pop();
  }
  return most.map(([value]) => value);
}

function byValues(named: readonly Value[], others: string): Scale {
  const codes = new Map(named.map((value, at) => [value, at + 1]));
  const rest = named.length + 1;
  return {
    ranges: false,
    codeOf: (value) => (value === undefined ? NOTHING : (codes.get(value) ?? rest)),
    labels: () => [...named.map(labelOf), others],
  };
}

/** The scale for some values, step by step. */
export function* scaleFor(values: readonly (Value | undefined)[]): Generator<void, Scale> {
  const counts = new Map<Value, number>();
  let areNumbers = true;
  for (const [i, value] of values.entries()) {
    if (i % STEP === 0) yield;
    if (value === undefined) continue;
    areNumbers &&= typeof value === 'number';
    const count = counts.get(value);
    if (count !== undefined || counts.size < COUNTED) counts.set(value, (count ?? 0) + 1);
  }
  if (areNumbers && counts.size >= RANGES_FROM) return byRanges(yield* sampled(values));
  const named = yield* mostOf(counts, counts.size > COLOURS + 1 ? COLOURS : COLOURS + 1);
  const others = counts.size - named.length;
  const isAll = counts.size < COUNTED && others > 0;
  return byValues(named, isAll ? `${others.toLocaleString('en')} others` : 'others');
}

/** Some of the numbers, sorted, with the least and the greatest of all. */
function* sampled(values: readonly (Value | undefined)[]): Generator<void, Float64Array> {
  const every = Math.ceil(values.length / SAMPLED);
  const some: number[] = [];
  let [least, most] = [Infinity, -Infinity];
  for (const [i, value] of values.entries()) {
    if (i % STEP === 0) yield;
    if (typeof value !== 'number') continue;
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    if (i % every === 0) some.push(value);
  }
  return Float64Array.from([least, ...some, most]).sort();
}
