/* Vectors whose squares leave float32: told apart by the verdict, compared in float64. */
import { describe, expect, test } from 'vitest';
import * as L from '#silt/kernel/layout.js';
import { fill, newArena, scan } from '../../support/arenas.js';
import { BUILDS } from '../../support/kernels.js';
import { SCORES } from '../../support/oracle.js';
import { gaussianVectors } from '../../support/random.js';

describe.each(BUILDS)('$build', (code) => {
  const arenaOf = (metric: number, dimension: number) =>
    newArena(code, { dimension, metric, codeKind: L.CODE_FLOAT });

  test.each([
    [[1, 2, 3], L.VECTOR_OK],
    [[0, 0, 0], L.VECTOR_ZERO],
    [[-0, 0, -0], L.VECTOR_ZERO],
    [[1, Number.NaN, 3], L.VECTOR_NOT_FINITE],
    [[1, Number.POSITIVE_INFINITY, 3], L.VECTOR_NOT_FINITE],
    [[Number.NEGATIVE_INFINITY, 1, 3], L.VECTOR_NOT_FINITE],
    [[1, 1, 1e39], L.VECTOR_NOT_FINITE], // overflows float32
    [[1, 1, 1e30], L.VECTOR_WIDE],
    [[3e38, 3e38, 3e38], L.VECTOR_WIDE],
    [[1e-30, 0, 0], L.VECTOR_WIDE],
    [[1e-45, 0, 0], L.VECTOR_WIDE],
    [[1e15, 1e-30, 1], L.VECTOR_OK],
  ])('%j has verdict %d, as a row and as a query', (vector, verdict) => {
    for (const codeKind of [L.CODE_FLOAT, L.CODE_INT8, L.CODE_INT4]) {
      const arena = newArena(code, { dimension: 3, metric: L.EUCLIDEAN, codeKind });
      expect(arena.stage(0, vector)).toBe(verdict);
      expect(arena.setQuery(vector)).toBe(verdict);
    }
  });

  test('every position of a component that is not finite is noticed', () => {
    for (const dimension of [1, 3, 4, 8, 31, 32, 100]) {
      const arena = arenaOf(L.EUCLIDEAN, dimension);
      for (let at = 0; at < dimension; at++) {
        const vector = new Float32Array(dimension).fill(1);
        vector[at] = Number.NaN;
        expect(arena.stage(0, vector)).toBe(L.VECTOR_NOT_FINITE);
      }
    }
  });

  test.each([1e30, 1e-30, 1e-44])('cosine does not depend on the magnitude %d', (scale) => {
    const vectors = gaussianVectors(1, 20, 10);
    const arena = arenaOf(L.COSINE, 10);
    fill(
      arena,
      vectors.map((v) => v.map((x) => scale * x)),
    );
    for (const [row, distance] of scan(arena, vectors[3]!, { k: 20 })) {
      // 1e-44 leaves about three bits of a component.
      const allowed = scale < 1e-40 ? 0.2 : 1e-6;
      expect(Math.abs(1 - distance - SCORES.cosine(vectors[3]!, vectors[row]!))).toBeLessThan(allowed);
    }
    const scaled = vectors[3]!.map((x) => scale * x);
    expect(scan(arena, scaled, { k: 1 })[0]![0]).toBe(3);
  });

  test.each([L.EUCLIDEAN, L.DOT, L.COSINE])('no distance is infinite or NaN (metric %d)', (metric) => {
    const arena = arenaOf(metric, 2);
    fill(arena, [
      [3e38, -3e38],
      [-3e38, 3e38],
      [1e-45, 0],
      [1, 1],
    ]);
    for (const query of [
      [3e38, 3e38],
      [-3e38, 3e38],
      [1e-45, 1e-45],
      [1, 2],
    ]) {
      const hits = scan(arena, query, { k: 4 });
      expect(hits.length).toBe(4);
      for (const [, distance] of hits) expect(Number.isFinite(distance)).toBe(true);
    }
  });
});
