/* What payload indexes are compared with: a loop over all rows that says in the fewest words what a test means. */
import { bitsOf, newBits } from '#silt/filter/bits.js';
import type { Interval, Test } from '#silt/filter/condition.js';
import { microsecondsOf } from '#silt/filter/datetime.js';
import { inBox, inCircle, placeOf } from '#silt/filter/geo.js';
import type { ValueIndex } from '#silt/filter/indexes/value-index.js';
import { inPolygon } from '#silt/filter/polygon.js';
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
  if (test.kind === 'polygon') return place !== undefined && inPolygon(place, test);
  if (typeof element !== 'string') return false;
  if (test.kind === 'prefix') return element.startsWith(test.text);
  if (test.kind !== 'text' && test.kind !== 'text_any' && test.kind !== 'phrase') return false;
  const wanted = wordsOf(test.text);
  const has = (word: string): boolean => wordsOf(element).includes(word);
  if (test.kind === 'text_any') return wanted.some(has);
  if (test.kind === 'text') return wanted.length > 0 && wanted.every(has);
  return wanted.length > 0 && ` ${wordsOf(element).join(' ')} `.includes(` ${wanted.join(' ')} `);
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

/**
 * The rows below `rows` that pass, by an index: of its candidates, those that do. Undefined where it cannot tell, and has
 * marked nothing.
 */
export function marked(
  index: ValueIndex,
  test: Test,
  rows: number,
  values: readonly Values[] = [],
): number[] | undefined {
  const words = newBits(rows);
  const told = index.mark(test, words, rows);
  const found = [...bitsOf(words)];
  if (told === 'exact') return found;
  if (told === 'candidates') return found.filter((slot) => passes(test, values[slot]!));
  if (found.length > 0) throw new Error('marked, and said it could not tell');
  return undefined;
}

/** Whether the index of a kind is to serve a test, whatever the rows are. */
export function isServed(kind: ValueIndex['kind'], test: Test): boolean {
  if (test.kind === 'empty' || test.kind === 'null') return true;
  const types = 'values' in test ? new Set([...test.values].map((value) => typeof value)) : new Set();
  const only = (type: string): boolean => [...types].every((one) => one === type);
  const lists = test.kind === 'match' || test.kind === 'except';
  if (kind === 'keyword' || kind === 'uuid') return test.kind === 'prefix' || (lists && only('string'));
  if (kind === 'integer' || kind === 'float') return test.kind === 'number' || (lists && only('number'));
  if (kind === 'bool') return test.kind === 'match' && only('boolean');
  if (kind === 'geo') return ['box', 'circle', 'polygon'].includes(test.kind);
  if (kind === 'text') return ['text', 'text_any', 'phrase'].includes(test.kind);
  return test.kind === kind;
}
