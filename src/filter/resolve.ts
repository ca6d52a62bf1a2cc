/*
 * Which rows match a filter, as far as payload indexes can tell: a row is surely in, surely out, or its payload must
 * be read. Every condition comes to two sets, `sure` within `possible`, and what lies between them is undecided; where
 * there is nothing between, both are one array.
 */
import { andInto, clearBit, hasBit, invert, newBits, orInto, setAll, setBit, setRange } from './bits.js';
import type { Condition, Test } from './condition.js';
import type { Marked } from './payload-indexes.js';

export interface Bounds {
  readonly sure: Uint32Array;
  readonly possible: Uint32Array;
}

/** What is asked. Slots below `rows` are looked at. */
export interface Known {
  readonly rows: number;
  /** Adds the rows whose values at a path pass, or may; of how many slots no index can tell. */
  mark(path: string, test: Test, words: Uint32Array): Marked;
  /** The slot of a point that lives, by the key of its id as a string. */
  slotOf(key: string): number | undefined;
  /** The slots of points that have a vector in a field, in bits of the caller's own; undefined where that is not known. */
  present(field: number): Uint32Array | undefined;
}

function all(rows: number): Uint32Array {
  const words = newBits(rows);
  setAll(words, rows);
  return words;
}

function nothingKnown({ rows }: Known): Bounds {
  return { sure: newBits(rows), possible: all(rows) };
}

function exactly(words: Uint32Array): Bounds {
  return { sure: words, possible: words };
}

function fieldBounds(path: string, test: Test, known: Known): Bounds {
  const words = newBits(known.rows);
  const { upTo, stale, exact } = known.mark(path, test, words);
  if (exact && upTo >= known.rows && stale.size === 0) return exactly(words);
  const possible = words.slice();
  if (!exact) words.fill(0);
  setRange(possible, upTo, known.rows);
  for (const slot of stale) {
    if (slot >= known.rows) continue;
    clearBit(words, slot);
    setBit(possible, slot);
  }
  return { sure: words, possible };
}

function idBounds(keys: ReadonlySet<string>, known: Known): Bounds {
  const words = newBits(known.rows);
  for (const key of keys) {
    const slot = known.slotOf(key);
    if (slot !== undefined && slot < known.rows) setBit(words, slot);
  }
  return exactly(words);
}

/** Tests that hold for one element or not at all: of these alone, an index of `a[].b` tells what is within `a`. */
const OF_ELEMENTS: readonly Test['kind'][] = [
  'match',
  'except',
  'text',
  'text_any',
  'phrase',
  'contains',
  'prefix',
  'number',
  'datetime',
  'box',
  'circle',
  'polygon',
];

/** One object must meet all conditions, and an index tells whether there is an object for each of them. */
function nestedBounds(path: string, of: Condition, known: Known): Bounds {
  if (of.kind === 'field' && OF_ELEMENTS.includes(of.test.kind))
    return fieldBounds(`${path}.${of.path.text}`, of.test, known);
  if (of.kind !== 'all' || of.of.length === 0) return nothingKnown(known);
  const possible = all(known.rows);
  for (const one of of.of) andInto(possible, nestedBounds(path, one, known).possible);
  return { sure: newBits(known.rows), possible };
}

/** Combines in place: sets that are the same array on both sides stay one. */
function combine(into: Bounds, other: Bounds, by: (a: Uint32Array, b: Uint32Array) => void): Bounds {
  if (into.sure === into.possible && other.sure === other.possible) {
    by(into.sure, other.sure);
    return into;
  }
  const sure = into.sure === into.possible ? into.sure.slice() : into.sure;
  by(sure, other.sure);
  by(into.possible, other.possible);
  return { sure, possible: into.possible };
}

/** The rows that are in at least `count` of the sets. */
function inAtLeast(count: number, sets: readonly Uint32Array[], rows: number): Uint32Array {
  const words = newBits(rows);
  for (let slot = 0; slot < rows; slot++) {
    let left = count;
    for (const set of sets) if (hasBit(set, slot) && --left === 0) setBit(words, slot);
  }
  return words;
}

function someBounds(count: number, of: readonly Bounds[], known: Known): Bounds {
  const [first, ...others] = of;
  if (!first || count > of.length) return exactly(newBits(known.rows));
  if (count === 1) return others.reduce((bounds, one) => combine(bounds, one, orInto), first);
  const sure = inAtLeast(
    count,
    of.map((one) => one.sure),
    known.rows,
  );
  if (of.every((one) => one.sure === one.possible)) return exactly(sure);
  return {
    sure,
    possible: inAtLeast(
      count,
      of.map((one) => one.possible),
      known.rows,
    ),
  };
}

/** What is known of a condition. The sets are the caller's own. */
export function boundsOf(condition: Condition, known: Known): Bounds {
  const { rows } = known;
  switch (condition.kind) {
    case 'field':
      return fieldBounds(condition.path.text, condition.test, known);
    case 'id':
      return idBounds(condition.keys, known);
    case 'vector': {
      const present = known.present(condition.field);
      return present ? exactly(present) : nothingKnown(known);
    }
    case 'nested':
      return nestedBounds(condition.path.text, condition.of, known);
    case 'all':
      return condition.of
        .map((one) => boundsOf(one, known))
        .reduce((bounds, one) => combine(bounds, one, andInto), exactly(all(rows)));
    case 'some':
      return someBounds(
        condition.count,
        condition.of.map((one) => boundsOf(one, known)),
        known,
      );
    case 'not': {
      const { sure, possible } = boundsOf(condition.of, known);
      invert(sure, rows);
      if (possible === sure) return exactly(sure);
      invert(possible, rows);
      return { sure: possible, possible: sure };
    }
  }
}
