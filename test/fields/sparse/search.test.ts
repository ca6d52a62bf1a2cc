import { describe, expect, test } from 'vitest';
import { SparseIndex, type SparseValue } from '#silt/fields/sparse/sparse-index.js';
import { newPostingsTrace } from '#silt/kernel/postings-record.js';
import { bestOf, bitsWhere, liveWhere, searched } from '../../support/inverted.js';
import { BUILDS } from '../../support/kernels.js';
import * as fc from '../../support/properties.js';
import { integer, type Random, randomOf } from '../../support/random.js';

/** Indices are drawn from these, the first ones most often; those beyond 2^18 are hashed. */
const INDICES = Uint32Array.from({ length: 400 }, (_, i) => (i < 300 ? 7 * i : 2 ** 32 - 1 - 1_000 * i));

function randomVector(random: Random, count: number, signed: boolean): SparseValue {
  const chosen = new Set(Array.from({ length: count }, () => Math.floor(INDICES.length * random() ** 3)));
  const indices = [...chosen].map((i) => INDICES[i]!).sort((a, b) => a - b);
  // Few different weights, so that many scores are equal.
  const values = indices.map(() => (integer(random, 1, 9) / 4) * (signed && random() < 0.4 ? -1 : 1));
  return { indices, values: Float32Array.from(values) };
}

/** The dot product, as a reader of the definition would write it: undefined without an index in common. */
function naive(query: SparseValue, value: SparseValue): number | undefined {
  const weights = new Map(Array.from(value.indices, (index, i) => [index, value.values[i]!]));
  const common = Array.from(query.indices, (index, i) => ({ index, weight: query.values[i]! }))
    .filter(({ index }) => weights.has(index))
    .sort((a, b) => a.index - b.index);
  if (common.length === 0) return undefined;
  return common.reduce(
    (sum, { index, weight }) => Math.fround(sum + Math.fround(weight * weights.get(index)!)),
    0,
  );
}

describe.each(BUILDS)('$build', (code) => {
  /** Slots come with gaps, as those of points without a value in the field. */
  function filled(random: Random, count: number, signed: boolean, gap: number) {
    const index = new SparseIndex(code);
    const values = new Map<number, SparseValue>();
    let slot = 0;
    for (let i = 0; i < count; i++) {
      slot += 1 + (gap > 0 ? integer(random, 0, gap) : 0);
      const value = randomVector(random, integer(random, 0, 30), signed);
      index.add(slot, value);
      values.set(slot, value);
    }
    return { index, values, rows: slot + 1 };
  }

  function scoresOf(query: SparseValue, values: ReadonlyMap<number, SparseValue>): Map<number, number> {
    const scores = new Map<number, number>();
    for (const [slot, value] of values) {
      const score = naive(query, value);
      if (score !== undefined) scores.set(slot, score);
    }
    return scores;
  }

  test.each([
    ['weights above 0', false],
    ['weights of either sign', true],
  ])('the hits are those of an exact scan, bit for bit: %s, filters, deleted slots, any k', (_, signed) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.constantFrom(0, 3, 400),
        fc.constantFrom(1, 10, 100, 500),
        fc.constantFrom(1, 0.9, 0.3, 0.01),
        (seed, gap, k, share) => {
          const random = randomOf(seed);
          const { index, values, rows } = filled(random, 400, signed, gap);
          const live = liveWhere(rows, () => true);
          for (let i = 0; i < 4; i++) {
            const query = randomVector(random, integer(random, 1, 25), signed);
            const slots = {
              rows: i === 0 ? rows : integer(random, 1, rows),
              ...(share < 1 && { bits: bitsWhere(rows, () => random() < share) }),
            };
            const weighed = index.weigh(query, live);
            const scores = scoresOf(query, values);
            expect(searched(index, weighed, { k, ...slots })).toEqual(bestOf(scores, k, slots));
            const other = [...values].find(
              ([slot, value]) => index.score(weighed, value) !== scores.get(slot),
            );
            expect(other).toBeUndefined();
          }
        },
      ),
      { numRuns: fc.runs(60) },
    );
  });

  test('lists that cannot change the answer are left out, and the answer is the same', () => {
    // Indices that nearly every vector has with little weight, and rare ones with much.
    const random = randomOf(7);
    const index = new SparseIndex(code);
    const values = new Map<number, SparseValue>();
    for (let slot = 0; slot < 40_000; slot++) {
      const value = {
        indices: [1, 2, 3 + integer(random, 0, 200)],
        values: [random(), random(), 5 + 5 * random()].map(Math.fround),
      };
      index.add(slot, value);
      values.set(slot, value);
    }
    const query = { indices: [1, 2, 10, 20, 30], values: [0.5, 0.25, 2, 3, 1] };
    const rows = 40_000;
    const weighed = index.weigh(
      query,
      liveWhere(rows, () => true),
    );
    const scores = scoresOf(query, values);
    for (const k of [1, 10, 300]) {
      const bits = bitsWhere(rows, () => random() < 0.5);
      expect(searched(index, weighed, { k, rows })).toEqual(bestOf(scores, k, { rows }));
      expect(searched(index, weighed, { k, rows, bits })).toEqual(bestOf(scores, k, { rows, bits }));
    }
  });

  test('a vector without a common index is not a hit, one whose products add up to 0 is', () => {
    const index = new SparseIndex(code);
    index.add(0, { indices: [1, 2], values: [1, 1] });
    index.add(1, { indices: [3], values: [1] });
    index.add(2, { indices: [1], values: [-4] });
    index.add(5, { indices: [2], values: [0] });
    index.add(6, { indices: [], values: [] });
    const live = liveWhere(7, () => true);
    const query = index.weigh({ indices: [2, 1], values: [-1, 1] }, live);
    const hits = [
      { slot: 0, score: 0 },
      { slot: 5, score: 0 },
      { slot: 2, score: -4 },
    ];
    expect(searched(index, query, { k: 10, rows: 7 })).toEqual(hits);
    expect(searched(index, query, { k: 1, rows: 7 })).toEqual(hits.slice(0, 1));
    expect(searched(index, index.weigh({ indices: [9], values: [1] }, live), { k: 10, rows: 7 })).toEqual([]);
    expect(searched(index, index.weigh({ indices: [], values: [] }, live), { k: 10, rows: 7 })).toEqual([]);
  });

  test('a slot that is not behind all others is rejected, and leaves nothing behind', () => {
    const index = new SparseIndex(code);
    index.add(4, { indices: [1], values: [1] });
    for (const slot of [4, 3])
      expect(() => index.add(slot, { indices: [1], values: [9] })).toThrow(RangeError);
    const query = index.weigh(
      { indices: [1], values: [1] },
      liveWhere(5, () => true),
    );
    expect(searched(index, query, { k: 9, rows: 5 })).toEqual([{ slot: 4, score: 1 }]);
  });

  test('slots that were forgotten are as if never added, and may be added again with other values', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(0, 200), (seed, gap) => {
        const random = randomOf(seed);
        const { index, values, rows } = filled(random, 300, true, gap);
        const from = integer(random, 0, rows);
        index.forget(from);
        for (const slot of values.keys()) if (slot >= from) values.delete(slot);
        for (let slot = from; slot < rows; slot += 1 + integer(random, 0, 2 * gap + 2)) {
          const value = randomVector(random, 10, true);
          index.add(slot, value);
          values.set(slot, value);
        }
        const query = randomVector(random, 20, true);
        const weighed = index.weigh(
          query,
          liveWhere(rows, () => true),
        );
        const hits = searched(index, weighed, { k: 1_000, rows });
        expect(hits).toEqual(bestOf(scoresOf(query, values), 1_000, { rows }));
      }),
      { numRuns: fc.runs(40) },
    );
  });

  test('a search in slices finds what was there when it began, though vectors are added meanwhile', () => {
    const random = randomOf(3);
    const { index, values, rows } = filled(random, 300, false, 400);
    const query = randomVector(random, 20, false);
    const weighed = index.weigh(
      query,
      liveWhere(rows, () => true),
    );
    const expected = bestOf(scoresOf(query, values), 10, { rows });
    const search = index.searching(weighed, { k: 10, rows, isOver: () => true });
    let slices = 0;
    let slot = rows;
    for (let step = search.next(); ; step = search.next()) {
      if (step.done) {
        expect(step.value).toEqual(expected);
        break;
      }
      slices++;
      for (let i = 0; i < 200; i++) index.add(slot++, randomVector(random, 30, false));
      expect(searched(index, weighed, { k: 10, rows })).toEqual(expected);
    }
    expect(slices).toBeGreaterThan(2);
  });

  test('idf: rare indices of live vectors count more, by numbers that follow every deletion', () => {
    const random = randomOf(11);
    const index = new SparseIndex(code, { idf: true });
    const values = new Map<number, SparseValue>();
    const rows = 2_000;
    for (let slot = 0; slot < rows; slot++) {
      if (random() < 0.2) continue;
      values.set(slot, randomVector(random, 20, false));
      index.add(slot, values.get(slot)!);
    }
    let lives = (_: number): boolean => true;
    for (const share of [1, 0.7, 0.2]) {
      const dead = new Set([...values.keys()].filter(() => random() > share));
      lives = (slot) => !dead.has(slot);
      const live = liveWhere(rows, lives);
      const there = [...values].filter(([slot]) => lives(slot));
      const query = randomVector(random, 20, false);
      const weights = Array.from(query.indices, (i, at) => {
        const df = there.filter(([, value]) => Array.from(value.indices).includes(i)).length;
        expect(index.documentFrequency(i, live)).toBe(df);
        const idf = Math.log((there.length - df + 0.5) / (df + 0.5) + 1);
        return Math.fround(Math.fround(query.values[at]!) * idf);
      });
      const weighed = { indices: query.indices, values: weights };
      const expected = bestOf(scoresOf(weighed, values), 20, live);
      const hits = searched(index, index.weigh(query, live), { k: 20, ...live });
      expect(hits.map(({ slot }) => slot)).toEqual(expected.map(({ slot }) => slot));
      for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[i]!.score, 4);
    }
  });
});

test('every build counts the same: lists that make no hit alone are left in the windows behind', () => {
  const traces = BUILDS.map((code) => {
    const index = new SparseIndex(code);
    const rows = 3 * 16_384;
    for (let slot = 0; slot < rows; slot += 3)
      index.add(slot, slot < 60 ? { indices: [1, 2], values: [1, 100] } : { indices: [1], values: [1] });
    const live = liveWhere(rows, () => true);
    const trace = newPostingsTrace();
    const query = index.weigh({ indices: [2, 1], values: [1, 1] }, live, true);
    expect(query.terms.map(({ name, documents }) => [name, documents])).toEqual([
      [1, rows / 3],
      [2, 20],
    ]);
    expect(searched(index, query, { k: 5, rows, trace })).toHaveLength(5);
    return trace;
  });
  expect(traces[0]).toMatchObject({ windows: 3, left: [2, 0] });
  for (const trace of traces) expect(trace).toEqual(traces[0]);
});
