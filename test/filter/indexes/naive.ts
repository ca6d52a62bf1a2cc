/* What payload indexes are compared with: a loop over all rows that says in the fewest words what a test means. */
import { bitsOf, newBits } from '#silt/filter/bits.js';
import type { Interval, Test } from '#silt/filter/condition.js';
import { microsecondsOf } from '#silt/filter/datetime.js';
import { inBox, inCircle, placeOf } from '#silt/filter/geo.js';
import type { ValueIndex } from '#silt/filter/indexes/value-index.js';
import { wordsOf } from '#silt/filter/words.js';

/** The raw values at a path of a row. */
export type Values = readonly unknown[];

const isNull = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.some((element) => element === null));
const isEmpty = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

function within(x: unknown, { from, to, withFrom, withTo }: Interval): boolean {
  return typeof x === 'number' && (withFrom ? x >= from : x > from) && (withTo ? x <= to : x < to);
}

function elementPasses(test: Test, element: unknown): boolean {
  const place = placeOf(element);
  if (test.kind === 'match') return [...test.values].some((value) => value === element);
  if (test.kind === 'except') return element !== null && [...test.values].every((value) => value !== element);
  if (test.kind === 'number') return within(element, test.range);
  if (test.kind === 'datetime')
    return typeof element === 'string' && within(microsecondsOf(element), test.range);
  if (test.kind === 'box') return place !== undefined && inBox(place, test);
  if (test.kind === 'circle') return place !== undefined && inCircle(place, test);
  if (test.kind !== 'text' || typeof element !== 'string') return false;
  const wanted = wordsOf(test.text);
  return wanted.length > 0 && wanted.every((word) => wordsOf(element).includes(word));
}

function passes(test: Test, values: Values): boolean {
  if (test.kind === 'empty') return values.every(isEmpty) === test.is;
  if (test.kind === 'null') return values.some(isNull) === test.is;
  return values
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .some((element) => elementPasses(test, element));
}

export function naive(test: Test, rows: readonly Values[]): number[] {
  return [...rows.keys()].filter((slot) => passes(test, rows[slot]!));
}

/** The rows below `rows` that an index marks; undefined where it cannot tell, and has marked nothing. */
export function marked(index: ValueIndex, test: Test, rows: number): number[] | undefined {
  const words = newBits(rows);
  const found = [...(index.mark(test, words, rows) ? bitsOf(words) : [])];
  if (index.mark(test, words, rows)) return found;
  if (words.some((word) => word !== 0)) throw new Error('marked, and said it could not tell');
  return undefined;
}

/** Whether the index of a kind is to serve a test, whatever the rows are. */
export function isServed(kind: ValueIndex['kind'], test: Test): boolean {
  if (test.kind === 'empty' || test.kind === 'null') return true;
  const types = 'values' in test ? new Set([...test.values].map((value) => typeof value)) : new Set();
  const only = (type: string): boolean => [...types].every((one) => one === type);
  const lists = test.kind === 'match' || test.kind === 'except';
  if (kind === 'keyword') return lists && only('string');
  if (kind === 'integer' || kind === 'float') return test.kind === 'number' || (lists && only('number'));
  if (kind === 'bool') return test.kind === 'match' && only('boolean');
  if (kind === 'geo') return test.kind === 'box' || test.kind === 'circle';
  return test.kind === kind;
}
