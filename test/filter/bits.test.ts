/* Dense sets of slots do what sets do. */
import { assert, property, sample, tuple, uniqueArray, integer as whole } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  andInto,
  andNotInto,
  bitsOf,
  countBits,
  forEachBit,
  hasBit,
  invert,
  meet,
  newBits,
  orInto,
  setAll,
  setBit,
  setRange,
} from '#silt/filter/bits.js';

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
      expect(countBits(words)).toBe(a.size);
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

test('sets meet that have a slot in common', () => {
  for (const { size, a, b } of sample(pairs, { numRuns: 200, seed: 1 }))
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
  expect(countBits(words)).toBe(0);
  invert(words, size);
  expect(countBits(words)).toBe(size);
});
