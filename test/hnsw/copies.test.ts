/* The table of rows that contain the same, against a plain list. */
import { expect, test, vi } from 'vitest';
import type { Arena } from '#silt/hnsw/arena.js';
import * as L from '#silt/kernel/layout.js';
import { fill, newArena } from '../support/arenas.js';
import { codeOf } from '../support/index.js';
import { BUILDS } from '../support/kernels.js';
import fc, { runs } from '../support/properties.js';

const SEED = Number(process.env['SILT_SEED'] ?? 1);
const shape = { dimension: 3, metric: L.EUCLIDEAN, codeKind: L.CODE_FLOAT };
const newRows = (): Arena => newArena(BUILDS[0]!, shape);

/** The rows offered for a query, those masked left out; at most `most` of them, and how many offers that took. */
function copiesOf(
  arena: Arena,
  query: readonly number[],
  most = Infinity,
): { rows: number[]; offers: number } {
  const rows: number[] = [];
  let offers = 0;
  arena.contents.setQuery(query);
  arena.copies.offer((row) => {
    offers++;
    if (!arena.isLive(row)) return 'drop';
    rows.push(row);
    return rows.length === most ? 'end' : 'next';
  });
  return { rows, offers };
}

const component = fc.constantFrom(0, -0, 1, 2);
const vector = fc.tuple(component, component, fc.constant(1));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: vector, times: fc.constantFrom(1, 1, 1, 40) }) },
  { weight: 3, arbitrary: fc.record({ mask: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ ask: vector, most: fc.constantFrom(1, 3, Infinity) }) },
  { weight: 1, arbitrary: fc.constant({ again: true }) },
);
const same = (a: readonly number[], b: readonly number[]): boolean => a.every((x, i) => x === b[i]);

test(`whatever is added and masked, the first live copies are offered in the order of writing: SILT_SEED=${SEED} npx vitest run test/hnsw/copies`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const arena = newRows();
      const rows: (readonly number[] | undefined)[] = [];
      const check = (query: readonly number[], most: number): void => {
        const expected = rows.flatMap((row, i) => (row && same(row, query) ? [i] : []));
        expect(copiesOf(arena, query, most).rows).toEqual(expected.slice(0, most));
      };
      for (const one of steps) {
        if ('add' in one) {
          const some = Array.from({ length: one.times }, () => one.add);
          fill(arena, some);
          rows.push(...some);
        } else if ('mask' in one) {
          if (rows.length > 0) arena.mask(one.mask % rows.length);
          if (rows.length > 0) rows[one.mask % rows.length] = undefined;
        } else if ('ask' in one) check(one.ask, one.most);
        else arena.copies.takeUp(arena.rows);
      }
      for (const x of [0, 1, 2]) for (const y of [0, 1, 2]) check([x, y, 1], Infinity);
      arena.close();
    }),
    { seed: SEED, numRuns: runs(150) },
  );
});

test('ten of 10,000 copies take ten offers, and masked ones are passed once', () => {
  const arena = newRows();
  fill(
    arena,
    Array.from({ length: 20_000 }, (_, i) => (i % 2 ? [1, 2, 3] : [i, i, 1])),
  );
  expect(copiesOf(arena, [1, 2, 3], 10)).toEqual({ rows: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19], offers: 10 });
  for (let row = 1; row < 15_000; row += 2) arena.mask(row);
  const rows = Array.from({ length: 10 }, (_, i) => 15_001 + 2 * i);
  expect(copiesOf(arena, [1, 2, 3], 10).rows).toEqual(rows);
  const again = copiesOf(arena, [1, 2, 3], 10);
  expect(again.rows).toEqual(rows);
  expect(again.offers).toBeLessThan(10 + 10); // one masked row at most is left in each part of the table
  arena.close();
});

test('the table takes 5.5 bytes a row, 13 where its last part has just begun, and four more in parts with copies', () => {
  const arena = newRows();
  const add = (count: number): void => {
    const from = arena.rows;
    fill(
      arena,
      Array.from({ length: count }, (_, i) => [from + i, 0, 1]),
    );
  };
  add(4_096 + 8_192);
  expect(arena.copies.bytes / arena.rows).toBe(5.5);
  add(1);
  const { bytes } = arena.copies;
  expect(bytes / arena.rows).toBeLessThan(13);
  fill(arena, [[arena.rows - 1, 0, 1]]);
  expect(arena.copies.bytes - bytes).toBe(4 * (16_384 + 1));
  arena.close();
});

/** Runs `work` where no table of more than 4,096 entries can be had. */
function withoutMemory<T>(work: () => T): T {
  class Failing extends Int32Array {
    constructor(...given: [number | ArrayBuffer, ...number[]]) {
      if (typeof given[0] === 'number' && given[0] > 4_096)
        throw new RangeError('Array buffer allocation failed');
      super(...(given as [ArrayBuffer]));
    }
  }
  vi.stubGlobal('Int32Array', Failing);
  try {
    return work();
  } finally {
    vi.unstubAllGlobals();
  }
}

test('where there is no memory for the table, a row is rejected before it is published', () => {
  const arena = newRows();
  fill(
    arena,
    Array.from({ length: 4_096 }, (_, i) => [i, 0, 1]),
  );
  expect(withoutMemory(() => codeOf(() => arena.stage(4_096, [1, 2, 3])))).toBe('OUT_OF_MEMORY');
  expect(arena.rows).toBe(4_096);
  fill(arena, [
    [1, 2, 3],
    [5, 0, 1],
  ]);
  expect(copiesOf(arena, [1, 2, 3]).rows).toEqual([4_096]);
  expect(copiesOf(arena, [5, 0, 1]).rows).toEqual([5, 4_097]);
  arena.close();
});

test('where there is no memory for copies, the last one is found', () => {
  const arena = newRows();
  const one = [1, 2, 3];
  fill(arena, [one]);
  withoutMemory(() => fill(arena, [one, [4, 5, 6], one]));
  expect(copiesOf(arena, one).rows).toEqual([3]);
  fill(arena, [one]);
  expect(copiesOf(arena, one).rows).toEqual([3, 4]);
  arena.close();
});
