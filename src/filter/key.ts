/*
 * What tells a checked filter from others: a text that two conditions share only if they ask the same. It is made
 * from the condition and not from what the caller wrote, by hand and not by JSON, so that neither a `toJSON` on a
 * class or a patched prototype nor a getter can make two filters one.
 */
import type { Condition, Interval, Test } from './condition.js';
import type { Ring } from './edges.js';

export interface FilterKey {
  readonly text: string;
  /** About what the condition and this text take in memory, in bytes. */
  readonly bytes: number;
}

/** What a value of a set takes beside its characters, about: the set's entry and the value's own header. */
const VALUE_BYTES = 64;

/** Quotes a string. Of a primitive, JSON calls no `toJSON`. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

function listed(values: ReadonlySet<unknown>): string {
  let text = '';
  for (const value of values) text += `${scalar(value)},`;
  return `[${text}]`;
}

function interval({ from, to, withFrom, withTo }: Interval): string {
  return `${withFrom ? '[' : '('}${from} ${to}${withTo ? ']' : ')'}`;
}

function ring({ lats, lons }: Ring): string {
  return `${lats.join()};${lons.join()}`;
}

function testKey(test: Test): string {
  switch (test.kind) {
    case 'match':
    case 'except':
      return `${test.kind}${listed(test.values)}`;
    case 'text':
    case 'text_any':
    case 'phrase':
    case 'contains':
    case 'prefix':
      return `${test.kind}${quoted(test.text)}`;
    case 'number':
    case 'datetime':
    case 'count':
      return `${test.kind}${interval(test.range)}`;
    case 'box':
      return `box ${test.north} ${test.south} ${test.west} ${test.east}`;
    case 'circle':
      return `circle ${test.lat} ${test.lon} ${test.radius}`;
    case 'polygon':
      return `polygon ${[test.exterior, ...test.interiors].map(ring).join(' but ')}`;
    case 'empty':
    case 'null':
      return `${test.kind} ${test.is}`;
  }
}

function textOf(condition: Condition): string {
  switch (condition.kind) {
    case 'field':
      return `${quoted(condition.path.text)} ${testKey(condition.test)}`;
    case 'id':
      return `id${listed(condition.keys)}`;
    case 'vector':
      return `vector ${condition.field}`;
    case 'nested':
      return `nested ${quoted(condition.path.text)} (${textOf(condition.of)})`;
    case 'all':
      return `all(${condition.of.map(textOf).join(';')})`;
    case 'some':
      return `some ${condition.count}(${condition.of.map(textOf).join(';')})`;
    case 'not':
      return `not(${textOf(condition.of)})`;
  }
}

/** Values in the sets of a condition. */
function valuesIn(condition: Condition): number {
  switch (condition.kind) {
    case 'field': {
      const { test } = condition;
      return test.kind === 'match' || test.kind === 'except' ? test.values.size : 1;
    }
    case 'id':
      return condition.keys.size;
    case 'vector':
      return 1;
    case 'nested':
    case 'not':
      return valuesIn(condition.of);
    case 'all':
    case 'some':
      return condition.of.reduce((sum, one) => sum + valuesIn(one), 1);
  }
}

export function keyOf(condition: Condition): FilterKey {
  const text = textOf(condition);
  // The text, and the strings of the condition: two bytes a character at most, each.
  return { text, bytes: 4 * text.length + VALUE_BYTES * valuesIn(condition) };
}
