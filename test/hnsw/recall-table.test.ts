/* What a number of measured queries says of those to come. */
import { describe, expect, test } from 'vitest';
import { EFFORTS, limitsFor } from '#silt/hnsw/effort.js';
import { effortReaching, isotonic, RecallTable, valueAt } from '#silt/hnsw/recall-table.js';
import fc from '../support/properties.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const byEffort = fc.array(share, { minLength: EFFORTS.length, maxLength: EFFORTS.length });
const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value >= values[i - 1]!);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function tableOf(queries: readonly (readonly number[])[]): RecallTable {
  const table = new RecallTable();
  for (const recalls of queries) table.add([undefined, recalls]);
  return table;
}

describe('what is promised', () => {
  test('a rising sequence is made of any, of the same sum, and is left as it is where it rises', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1 }), (values) => {
        const risen = isotonic(values);
        expect(rises(risen.map((value) => value + 1e-12))).toBe(true);
        expect(sum(risen)).toBeCloseTo(sum(values), 9);
        const sorted = [...values].sort((a, b) => a - b);
        expect(isotonic(sorted)).toEqual(sorted);
      }),
    );
  });

  test('rises with the effort, and is less than the mean', () => {
    fc.assert(
      fc.property(fc.array(byEffort, { minLength: 1, maxLength: 20 }), (queries) => {
        const table = tableOf(queries);
        const promised = table.promised(1);
        expect(rises(promised)).toBe(true);
        expect(promised.every((value, i) => value < table.means(1)[i]!)).toBe(true);
      }),
    );
  });

  test('is more where more queries found the same', () => {
    const recalls = EFFORTS.map((_, i) => i / EFFORTS.length);
    const [few, many] = [8, 400].map((count) =>
      tableOf(Array.from({ length: count }, () => recalls)).promised(1),
    );
    expect(few!.every((value, i) => value < many![i]!)).toBe(true);
    // Of a hundred queries that all found everything, the next may still miss something.
    const all = tableOf(Array.from({ length: 100 }, () => EFFORTS.map(() => 1))).promised(1);
    expect(all.at(-1)).toBeLessThan(1);
    expect(all.at(-1)).toBeGreaterThan(0.995);
  });

  test('of many queries, the last ones count', () => {
    const table = new RecallTable();
    for (let i = 0; i < 1_000; i++) table.add([undefined, EFFORTS.map(() => 1)], 64);
    for (let i = 0; i < 200; i++) table.add([undefined, EFFORTS.map(() => 0.5)], 64);
    expect(table.count(1)).toBeCloseTo(64, 9);
    expect(table.means(1)[0]).toBeLessThan(0.53);
  });
});

test('between two efforts, recall is interpolated, there and back', () => {
  fc.assert(
    fc.property(byEffort, share, (values, target) => {
      const risen = [...values].sort((a, b) => a - b);
      const effort = effortReaching(target, risen);
      if (effort === undefined) expect(risen.at(-1)).toBeLessThan(target);
      else if (effort === EFFORTS[0]) expect(valueAt(effort, risen)).toBeGreaterThanOrEqual(target);
      else expect(valueAt(effort, risen)).toBeCloseTo(target, 6);
    }),
  );
});

test('the more effort, the wider the beam or the bound, and a beam holds k at least', () => {
  const any = { min: EFFORTS[0]!, max: EFFORTS.at(-1)!, noNaN: true };
  const k = fc.integer({ min: 1, max: 500 });
  fc.assert(
    fc.property(
      fc.double(any),
      fc.double(any),
      k,
      fc.integer({ min: 4_000, max: 10 ** 7 }),
      fc.double({ min: 0.1, max: 1_000, noNaN: true }),
      (a, b, some, live, growth) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((effort) =>
          limitsFor(effort, some, live, growth),
        );
        expect(less!.ef).toBeGreaterThanOrEqual(some);
        expect(less!.bound).toBeLessThanOrEqual(more!.bound);
        expect(less!.ef).toBeLessThanOrEqual(more!.ef);
      },
    ),
  );
});

test('what is promised between two measured efforts has a wider beam than the lesser of them, where the greater has', () => {
  for (const k of [1, 2, 3, 10, 37, 300])
    for (const [i, to] of EFFORTS.slice(1).entries()) {
      const from = EFFORTS[i]!;
      const [less, more] = [from, to].map((effort) => limitsFor(effort, k, 1e6, 4).ef);
      for (const share of [0.001, 0.3, 0.5, 0.9]) {
        const { ef } = limitsFor(from + share * (to - from), k, 1e6, 4);
        const least = Math.floor(less! * (more! / less!) ** share);
        expect(ef).toBeGreaterThanOrEqual(more! > less! ? least + (least < more! ? 1 : 0) : less!);
        expect(ef).toBeLessThanOrEqual(more!);
      }
    }
});
