import { describe, expect, test } from 'vitest';
import * as L from '#silt/kernel/layout.js';
import { distances, fill, newArena, pairQuery, walkQuery } from '../../support/arenas.js';
import { BUILDS, LENGTHS, ROTATED_LENGTHS } from '../../support/kernels.js';
import { gaussianVectors, integer, type Random, randomOf } from '../../support/random.js';

/*
 * A vector of integers up to 127 is its own int8 code, a query of integers up to 63 its own prepared query.
 * Then nothing is rounded, and the distance under `dot` is the negated integer product, in float32.
 */
const whole = (random: Random, length: number, most: number): number[] => {
  const v = Array.from({ length }, () => integer(random, -most, most + 1));
  v[integer(random, 0, length)] = random() < 0.5 ? most : -most;
  return v;
};

const product = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);

const ROWS = 7; // not a multiple of the four rows of one step

describe.each(BUILDS)('$build', (code) => {
  const shape = (dimension: number, codeKind: number, metric: number) => ({ dimension, codeKind, metric });

  test('int8: products of integers are exact at every length', () => {
    const random = randomOf(1);
    for (const dimension of LENGTHS) {
      const arena = newArena(code, shape(dimension, L.CODE_INT8, L.DOT));
      const rows = Array.from({ length: ROWS }, () => whole(random, dimension, 127));
      fill(arena, rows);
      const query = whole(random, dimension, 63);
      arena.setQuery(query);
      const { values } = distances(arena, walkQuery(arena), [...rows.keys()]);
      expect(values, `dimension ${dimension}`).toEqual(
        rows.map((row) => Math.fround(-product(query, row) + 0)),
      );
    }
  });

  test.each([1, -1])('int8: the largest codes of one sign do not overflow (%d)', (sign) => {
    for (const dimension of [1, 16, 17, 64, 1009, 4099]) {
      const arena = newArena(code, shape(dimension, L.CODE_INT8, L.DOT));
      fill(arena, [Array<number>(dimension).fill(127 * sign), Array<number>(dimension).fill(-127 * sign)]);
      arena.setQuery(Array<number>(dimension).fill(63));
      const { values } = distances(arena, walkQuery(arena), [0, 1]);
      expect(values).toEqual([
        Math.fround(-127 * 63 * dimension * sign),
        Math.fround(127 * 63 * dimension * sign),
      ]);
    }
  });

  test.each([L.DOT, L.EUCLIDEAN])('int8: a row as query knows its own code (metric %d)', (metric) => {
    const random = randomOf(2);
    for (const dimension of LENGTHS) {
      const arena = newArena(code, shape(dimension, L.CODE_INT8, metric));
      // Multiples of 127: a pair query is coded with 63 steps, and 127 × 63 / 127 is whole.
      const rows = Array.from({ length: ROWS }, () =>
        Array.from({ length: dimension }, () => 127 * integer(random, -1, 2)),
      );
      for (const row of rows) row[0] = 127;
      fill(arena, rows);
      arena.kernel.prepareFromCode(0, pairQuery(arena));
      const { values } = distances(arena, pairQuery(arena), [...rows.keys()]);
      for (const [i, row] of rows.entries()) {
        const dot = product(rows[0]!, row);
        const exact = metric === L.DOT ? -dot : product(rows[0]!, rows[0]!) + product(row, row) - 2 * dot;
        const scale = product(rows[0]!, rows[0]!) + product(row, row);
        expect(Math.abs(values[i]! - exact), `dimension ${dimension}`).toBeLessThanOrEqual(scale * 2 ** -21);
      }
    }
  });

  test('one row or many: the same distances, and nothing written behind a multiple of four', () => {
    for (const codeKind of [L.CODE_INT8, L.CODE_INT4]) {
      const arena = newArena(code, shape(100, codeKind, L.EUCLIDEAN));
      fill(arena, gaussianVectors(3, 20, 100));
      arena.setQuery(gaussianVectors(4, 1, 100)[0]!);
      const alone = Array.from({ length: 20 }, (_, i) => distances(arena, walkQuery(arena), [i]).values[0]!);
      for (let n = 1; n <= 20; n++) {
        const rows = Array.from({ length: n }, (_, i) => (7 * i) % 20);
        const { values, behind } = distances(arena, walkQuery(arena), rows);
        expect(values).toEqual(rows.map((row) => alone[row]!));
        expect(behind, `${n} rows`).toEqual([0xabcdef, 0xabcdef, 0xabcdef, 0xabcdef]);
      }
    }
  });

  test.each([L.CODE_INT8, L.CODE_INT4])('a zero vector is at distance 0 under dot (codes %d)', (codeKind) => {
    for (const dimension of [4, 7, 64, 100]) {
      const arena = newArena(code, shape(dimension, codeKind, L.DOT));
      fill(arena, [new Float32Array(dimension), new Float32Array(dimension).fill(1)]);
      arena.setQuery(new Float32Array(dimension));
      expect(distances(arena, walkQuery(arena), [0, 1]).values).toEqual([0, 0]);
      arena.setQuery(new Float32Array(dimension).fill(1));
      expect(distances(arena, walkQuery(arena), [0]).values).toEqual([0]);
    }
  });
});

test.each([
  ['int8', L.CODE_INT8],
  ['int4', L.CODE_INT4],
  ['float', L.CODE_FLOAT],
])('%s: the walk sees the same bits in every build, of queries and of rows', (_, codeKind) => {
  for (const dimension of codeKind === L.CODE_INT4 ? ROTATED_LENGTHS : LENGTHS) {
    const vectors = gaussianVectors(dimension, ROWS, dimension);
    const seen = BUILDS.map((code) => {
      const arena = newArena(code, { dimension, codeKind, metric: L.COSINE });
      fill(arena, vectors);
      const rows = [...vectors.keys()];
      arena.setQuery(gaussianVectors(999, 1, dimension)[0]!);
      const query = distances(arena, walkQuery(arena), rows).values;
      arena.kernel.prepareFromCode(3, pairQuery(arena));
      return [...query, ...distances(arena, pairQuery(arena), rows).values];
    });
    for (const values of seen) expect(values, `dimension ${dimension}`).toEqual(seen[0]);
  }
});
