/* The exact scan over coded rows: whatever it skips by their codes, the answer is the exact one. */
import { describe, expect, test } from 'vitest';
import * as L from '#silt/kernel/layout.js';
import { METRICS as ROWS_OF } from '#silt/kernel/metrics.js';
import { fill, newArena, scan } from '../../support/arenas.js';
import { BUILDS } from '../../support/kernels.js';
import { bruteForce, SCORES, tolerance } from '../../support/oracle.js';
import { gaussian, gaussianVector, gaussianVectors, type Random, randomOf } from '../../support/random.js';

type FloatMetric = 'cosine' | 'euclidean' | 'dot';

/** Kinds of data: neighbours far apart, near copies, one large component, very unlike lengths. */
const DATA: Record<string, (random: Random, dimension: number) => Float32Array> = {
  'far apart': gaussianVector,
  'near copies': (random, dimension) =>
    Float32Array.from({ length: dimension }, (_, i) => Math.sin(i) + 1e-3 * gaussian(random)),
  'one large component': (random, dimension) => {
    const v = gaussianVector(random, dimension).map((x) => 1e-3 * x);
    v[Math.floor(random() * dimension)] = 1;
    return v;
  },
  'unlike lengths': (random, dimension) => {
    const length = 10 ** (8 * random() - 4);
    return gaussianVector(random, dimension).map((x) => length * x);
  },
  'small offsets from far away': (random, dimension) =>
    Float32Array.from({ length: dimension }, () => 1000 + gaussian(random)),
};

describe.each(BUILDS)('$build', (code) => {
  const cases = Object.keys(DATA).flatMap((data) =>
    (['cosine', 'euclidean', 'dot'] as const).flatMap((metric) =>
      (['int8', 'int4'] as const).map((codes) => [metric, codes, data] as const),
    ),
  );

  function expectTruth(
    metric: FloatMetric,
    hits: [number, number][],
    rows: Float32Array[],
    query: Float32Array,
    k: number,
  ) {
    const truth = bruteForce(metric, rows.entries(), query, k);
    expect(hits.length).toBe(truth.length);
    for (const [i, [row, distance]] of hits.entries()) {
      const allowed = tolerance(metric, query, rows[row]!) + tolerance(metric, query, rows[truth[i]![0]]!);
      const score = ROWS_OF[metric].score(distance);
      const exact = SCORES[metric](query, rows[row]!);
      if (!(Math.abs(score - exact) <= allowed)) expect.fail(`row ${row}: ${score}, not ${exact}`);
      if (!(Math.abs(exact - truth[i]![1]) <= 2 * allowed))
        expect.fail(`k ${k}, rank ${i}: row ${row} at ${exact}, not row ${truth[i]![0]} at ${truth[i]![1]}`);
    }
  }

  test.each(cases)('%s on %s codes, %s', (metric, codes, data) => {
    const random = randomOf(1);
    for (const dimension of [40, 64, 100, 333]) {
      const codeKind = codes === 'int8' ? L.CODE_INT8 : L.CODE_INT4;
      const arena = newArena(code, { dimension, metric: ROWS_OF[metric].kind, codeKind });
      const rows = Array.from({ length: 300 }, () => DATA[data]!(random, dimension));
      fill(arena, rows);
      const queries = [DATA[data]!(random, dimension), gaussianVector(random, dimension), rows[17]!];
      for (const query of queries)
        for (const k of [1, 5, 40]) expectTruth(metric, scan(arena, query, { k }), rows, query, k);
    }
  });

  test.each(['euclidean', 'dot'] as const)('%s: a zero row among coded ones is not skipped', (metric) => {
    for (const codeKind of [L.CODE_INT8, L.CODE_INT4]) {
      const arena = newArena(code, { dimension: 64, metric: ROWS_OF[metric].kind, codeKind });
      const rows = gaussianVectors(2, 200, 64);
      rows[160] = new Float32Array(64);
      for (const row of rows) {
        // Each takes the place of a row that was coded before, and whose batch was rejected.
        arena.stage(arena.rows, gaussianVectors(arena.rows, 1, 64)[0]!);
        fill(arena, [row]);
      }
      for (const query of [rows[150]!, rows[160]!, gaussianVectors(9, 1, 64)[0]!.map((x) => 0.1 * x)]) {
        for (const k of [1, 5]) expectTruth(metric, scan(arena, query, { k }), rows, query, k);
      }
    }
  });
});
