/* What the exact scan computes: distances of every metric, in order, at every length. */
import { describe, expect, test } from 'vitest';
import { type Metric, metric as metricOf } from '#silt/index.js';
import * as L from '#silt/kernel/layout.js';
import { METRIC_NAMES, METRICS as ROWS_OF } from '#silt/kernel/metrics.js';
import { distances, fill, newArena, scan, walkQuery } from '../../support/arenas.js';
import { BUILDS, LENGTHS } from '../../support/kernels.js';
import { METRICS, SCORES, tolerance } from '../../support/oracle.js';
import {
  bitVectors,
  gaussianVector,
  gaussianVectors,
  integer,
  randomOf,
  vectorsFor,
} from '../../support/random.js';

const isBits = (metric: Metric): boolean => metric === 'hamming' || metric === 'jaccard';
const kindOf = (metric: Metric): number => ROWS_OF[metric].kind;
const shapeOf = (metric: Metric, dimension: number) => ({
  dimension,
  metric: kindOf(metric),
  codeKind: isBits(metric) ? L.CODE_BITS : L.CODE_FLOAT,
});

test('the oracle knows every metric of the table', () => {
  expect([...METRIC_NAMES].sort()).toEqual([...METRICS].sort());
});

test.each(METRICS)('%s: the functions of metric() agree with the naive ones', (name) => {
  for (const dimension of LENGTHS) {
    const [a, b] = gaussianVectors(dimension, 2, dimension) as [Float32Array, Float32Array];
    a[0] = 0.5; // no set bit, under the metrics on bits
    for (const [x, y] of [vectorsFor(name, dimension, 2, dimension), [a, b]] as Float32Array[][])
      expect(metricOf(name).calculate(x!, y!)).toBeCloseTo(SCORES[name](x!, y!), 10);
  }
});

describe.each(BUILDS)('$build', (code) => {
  test.each(METRICS)('%s: scores at every length', (metric) => {
    for (const dimension of LENGTHS) {
      const vectors = vectorsFor(metric, dimension, 5, dimension);
      const query = vectorsFor(metric, dimension + 5000, 1, dimension)[0]!;
      const arena = newArena(code, shapeOf(metric, dimension));
      fill(arena, vectors);
      for (const [row, distance] of scan(arena, query, { k: 5 })) {
        const score = ROWS_OF[metric].score(distance);
        const exact = SCORES[metric](query, vectors[row]!);
        const off = Math.abs(score - exact);
        if (!(off <= tolerance(metric, query, vectors[row]!)))
          expect.fail(`dimension ${dimension}, row ${row}: ${score}, not ${exact}`);
      }
    }
  });

  test.each(['hamming', 'jaccard'] as const)(
    '%s: the walk sees the exact distance, at every length',
    (metric) => {
      for (const dimension of LENGTHS) {
        const vectors = bitVectors(dimension, 6, dimension, 0.3);
        const arena = newArena(code, shapeOf(metric, dimension));
        fill(arena, vectors);
        arena.setQuery(vectors[2]!);
        const { values } = distances(arena, walkQuery(arena), [...vectors.keys()]);
        for (const [row, distance] of values.entries()) {
          const off = Math.abs(ROWS_OF[metric].score(distance) - SCORES[metric](vectors[2]!, vectors[row]!));
          expect(off).toBeLessThanOrEqual(metric === 'hamming' ? 0 : 2 ** -23);
        }
      }
    },
  );

  test('a component above 0.5 is a set bit, one of 0.5 is not', () => {
    const arena = newArena(code, shapeOf('hamming', 4));
    fill(arena, [[0.5, 0.500001, -3, 7]]);
    expect(scan(arena, [0, 1, 0, 1], { k: 1 })).toEqual([[0, 0]]);
    expect(scan(arena, [1, 0, 0, 1], { k: 1 })).toEqual([[0, 2]]);
  });

  test('jaccard of two empty sets is 1, of an empty and another 0', () => {
    const arena = newArena(code, shapeOf('jaccard', 20));
    fill(arena, [new Float32Array(20), new Float32Array(20).fill(1)]);
    expect(scan(arena, new Float32Array(20), { k: 2 })).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test('a scan gives the k nearest, nearest first, ties by row, for every k', () => {
    const random = randomOf(1);
    const vectors = Array.from({ length: 60 }, () => [integer(random, 0, 4), integer(random, 0, 4)]);
    const arena = newArena(code, shapeOf('euclidean', 2));
    fill(arena, vectors);
    const query = [1.5, 0.25];
    const all = vectors
      .map((v, row): [number, number] => [row, (v[0]! - query[0]!) ** 2 + (v[1]! - query[1]!) ** 2])
      .sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    for (let k = 1; k <= 70; k++) expect(scan(arena, query, { k })).toEqual(all.slice(0, k));
    expect(scan(arena, query, { k: 9, from: 20, to: 41 })).toEqual(
      all.filter(([row]) => row >= 20 && row < 41).slice(0, 9),
    );
  });

  test('a second scan joins the first, and doubles no row', () => {
    const arena = newArena(code, shapeOf('euclidean', 8));
    fill(arena, gaussianVectors(1, 40, 8));
    const query = gaussianVector(randomOf(2), 8);
    const whole = scan(arena, query, { k: 10 });
    const first = scan(arena, query, { k: 10, to: 25 });
    expect(scan(arena, query, { k: 10, from: 15, into: first.length })).toEqual(whole);
  });

  test('rows with a state to be skipped are left out, and so are those the filter refuses', () => {
    const asked = new Set<number>();
    const accept = (row: number): number => {
      asked.add(row);
      return row % 3 === 0 ? 1 : 0;
    };
    const arena = newArena(code, shapeOf('euclidean', 2), accept);
    fill(
      arena,
      Array.from({ length: 30 }, (_, i) => [i, 0]),
    );
    for (let row = 0; row < 30; row += 2) arena.mask(row);
    const hits = scan(arena, [0, 0], { k: 30, skip: L.MASKED, filtered: true });
    expect(hits.map(([row]) => row)).toEqual([3, 9, 15, 21, 27]);
    expect([...asked].every((row) => row % 2 === 1)).toBe(true);
    expect(scan(arena, [0, 0], { k: 30, skip: L.MASKED }).length).toBe(15);
  });

  test('states: bits are set, read and swapped atomically, each call telling what was there', () => {
    const arena = newArena(code, shapeOf('euclidean', 2));
    fill(arena, [[1, 2]]);
    const { kernel } = arena;
    expect(kernel.stateGet(0)).toBe(0);
    expect(kernel.stateSet(0, L.LINKED)).toBe(0);
    expect(kernel.stateSet(0, L.MASKED)).toBe(L.LINKED);
    expect(kernel.stateSwap(0, 0, L.QUARANTINED)).toBe(L.LINKED | L.MASKED);
    expect(kernel.stateGet(0)).toBe(L.LINKED | L.MASKED);
    expect(kernel.stateSwap(0, L.LINKED | L.MASKED, L.QUARANTINED)).toBe(L.LINKED | L.MASKED);
    kernel.stateClear(0, L.QUARANTINED);
    expect(kernel.stateGet(0)).toBe(0);
  });

  test('locks of a dead owner are released, those of others are not', () => {
    const arena = newArena(code, shapeOf('euclidean', 2));
    fill(
      arena,
      Array.from({ length: 40 }, (_, i) => [i, i]),
    );
    const { geometry, memory, kernel } = arena;
    const locks = new Uint32Array(
      memory.buffer,
      geometry.blocks + geometry.descriptor[L.D_SEC_LOCKS / 4]!,
      40,
    );
    const entry = new Uint32Array(memory.buffer, L.DESC + L.D_ENTRY_LOCK, 1);
    locks[3] = 2;
    locks[39] = 2;
    locks[4] = 3;
    entry[0] = 2;
    expect(kernel.releaseLocks(2)).toBe(3);
    expect([...locks].filter((owner) => owner !== 0)).toEqual([3]);
    expect(entry[0]).toBe(0);
  });
});

test.each(METRICS)('%s: every build computes the same bits', (metric) => {
  for (const dimension of LENGTHS) {
    const vectors = vectorsFor(metric, dimension, 5, dimension);
    const results = BUILDS.map((code) => {
      const arena = newArena(code, shapeOf(metric, dimension));
      fill(arena, vectors);
      return scan(arena, vectors[1]!, { k: 5 });
    });
    for (const result of results) expect(result).toEqual(results[0]);
  }
});
