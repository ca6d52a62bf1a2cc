/* Dense sets of slots do what sets do. */
import { describe, expect, test } from 'vitest';
import { countOnes } from '#silt/base/ones.js';
import {
  andInto,
  andNotInto,
  bitsOf,
  countBelow,
  forEachBit,
  hasBit,
  invert,
  meet,
  newBits,
  orBelow,
  orDifference,
  orInto,
  setAll,
  setBit,
  setRange,
  setSlots,
} from '#silt/filter/bits.js';
import {
  assert,
  property,
  runs,
  sample,
  tuple,
  uniqueArray,
  integer as whole,
} from '../support/properties.js';

function bitsWith(size: number, slots: Iterable<number>): Uint32Array {
  const words = newBits(size);
  for (const slot of slots) setBit(words, slot);
  return words;
}

const sizes = [0, 1, 31, 32, 33, 63, 64, 65, 100];

/** Two sets of slots below a size. */
const pairs = tuple(
  whole({ min: 1, max: 200 }),
  uniqueArray(whole({ min: 0, max: 199 })),
  uniqueArray(whole({ min: 0, max: 199 })),
).map(([size, a, b]) => ({
  size,
  a: new Set(a.filter((slot) => slot < size)),
  b: new Set(b.filter((slot) => slot < size)),
}));

const ascending = (slots: Iterable<number>): number[] => [...slots].sort((a, b) => a - b);

test('what is set is there, is counted, and comes back in order', () => {
  assert(
    property(pairs, ({ size, a }) => {
      const words = bitsWith(size, a);
      const visited: number[] = [];
      forEachBit(words, (slot) => visited.push(slot));
      expect(visited).toEqual(ascending(a));
      expect([...bitsOf(words)]).toEqual(visited);
      expect(countOnes(words)).toBe(a.size);
      for (let slot = 0; slot < size; slot++) expect(hasBit(words, slot)).toBe(a.has(slot));
    }),
  );
});

describe.each([
  ['orInto', orInto, (a: boolean, b: boolean) => a || b],
  ['andInto', andInto, (a: boolean, b: boolean) => a && b],
  ['andNotInto', andNotInto, (a: boolean, b: boolean) => a && !b],
] as const)('%s', (_, combine, of) => {
  test('is the same slot by slot', () => {
    assert(
      property(pairs, ({ size, a, b }) => {
        const words = bitsWith(size, a);
        combine(words, bitsWith(size, b));
        const slots = Array.from({ length: size }, (_, slot) => slot);
        expect([...bitsOf(words)]).toEqual(slots.filter((slot) => of(a.has(slot), b.has(slot))));
      }),
    );
  });
});

test('parts of sets are added, whatever slots the sets cover', () => {
  assert(
    property(pairs, whole({ min: 0, max: 200 }), ({ size, a, b }, covered) => {
      const some = bitsWith(
        covered,
        [...a].filter((slot) => slot < covered),
      );
      const without = bitsWith(200, b);
      const kept = [...a].filter((slot) => slot < covered);
      for (const end of [size, Math.ceil(size / 2)]) {
        const there = [...b].filter((slot) => slot < end && slot % 3 === 0);
        const union = bitsWith(end, there);
        orBelow(union, some, end);
        const below = kept.filter((slot) => slot < end);
        expect([...bitsOf(union)]).toEqual(ascending(new Set([...there, ...below])));
        const difference = bitsWith(end, there);
        orDifference(difference, some, without, end);
        const rest = below.filter((slot) => !b.has(slot));
        expect([...bitsOf(difference)]).toEqual(ascending(new Set([...there, ...rest])));
      }
    }),
  );
});

test('the first slots of a list are added', () => {
  const slots = Uint32Array.of(3, 3, 64, 7, 31, 32, 99, 5, 6);
  for (let count = 0; count <= slots.length; count++) {
    const words = newBits(100);
    setSlots(words, slots, count);
    expect([...bitsOf(words)]).toEqual(ascending(new Set(slots.subarray(0, count))));
  }
});

test('how many slots of a list are below another', () => {
  const slots = Uint32Array.of(2, 3, 3, 7, 40, 41);
  for (let count = 0; count <= slots.length; count++)
    for (let size = 0; size < 50; size++)
      expect(countBelow(slots, count, size)).toBe(
        slots.subarray(0, count).filter((slot) => slot < size).length,
      );
});

test('sets meet that have a slot in common', () => {
  for (const { size, a, b } of sample(pairs, { numRuns: runs(200), seed: 1 }))
    expect(meet(bitsWith(size, a), bitsWith(size, b))).toBe([...a].some((slot) => b.has(slot)));
});

test('a range of any ends', () => {
  for (let from = 0; from <= 100; from++) {
    for (let to = 0; to <= 100; to++) {
      const words = newBits(100);
      setRange(words, from, to);
      expect([...bitsOf(words)]).toEqual(Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i));
    }
  }
});

test.each(sizes)('of %i slots, all and none are opposites, and no bit is set behind', (size) => {
  const words = newBits(size);
  setAll(words, size);
  expect([...bitsOf(words)]).toEqual(Array.from({ length: size }, (_, slot) => slot));
  invert(words, size);
  expect(countOnes(words)).toBe(0);
  invert(words, size);
  expect(countOnes(words)).toBe(size);
});
