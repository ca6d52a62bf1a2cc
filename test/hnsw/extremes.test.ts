/* Magnitudes that leave float32 arithmetic: such rows are never linked, and found exactly all the same. */
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Id, type Metric } from '#silt/index.js';
import { idsOf, numbered, type Rows } from '../support/index.js';
import { bruteForce, SCORES, tolerance } from '../support/oracle.js';
import { gaussian, gaussianVectors, randomOf, vectorsFor } from '../support/random.js';

const FLOAT_METRICS = ['cosine', 'euclidean', 'manhattan', 'dot'] as const;

/** Exact but for ties as far as float32 can tell, and nothing infinite or NaN. */
function expectTruth(index: HnswIndex, rows: Rows, metric: Metric, query: Float32Array, k: number): void {
  const hits = index.search(query, k);
  const truth = bruteForce(metric, rows, query, k);
  expect(hits.length).toBe(truth.length);
  for (const [i, [id, score]] of hits.entries()) {
    expect(Number.isFinite(score), `score ${score}`).toBe(true);
    const exact = SCORES[metric](query, rows.get(id)!);
    const allowed = tolerance(metric, query, rows.get(id)!);
    if (!(Math.abs(score - exact) <= allowed)) expect.fail(`id ${id}: ${score}, not ${exact}`);
    const [other, best] = truth[i]!;
    if (Math.abs(exact - best) > 2 * (allowed + tolerance(metric, query, rows.get(other)!)))
      expect.fail(`rank ${i} of ${k}: ${id} at ${exact}, not ${other} at ${best}`);
  }
}

describe.each(FLOAT_METRICS)('%s', (metric) => {
  test.each([1e30, 1e20, 1e-20, 1e-30])(
    'all rows of magnitude %d: the order is exact for every k',
    (scale) => {
      const index = new HnswIndex({ dimension: 6, metric, threads: 1 });
      const rows: Rows = new Map(numbered(gaussianVectors(1, 60, 6).map((v) => v.map((x) => scale * x))));
      for (const [id, vector] of rows) index.insert(id, vector);
      for (const v of gaussianVectors(2, 5, 6)) {
        for (const k of [1, 3, 10, 60])
          expectTruth(
            index,
            rows,
            metric,
            v.map((x) => scale * x),
            k,
          );
      }
    },
  );

  test('rows of every magnitude among ordinary ones', async () => {
    const index = new HnswIndex({ dimension: 40, metric, threads: 1, efConstruction: 60 });
    const builder = new AsyncIndexBuilder(index);
    const random = randomOf(3);
    const rows: Rows = new Map<Id, Float32Array>();
    const wide = new Set<Id>();
    for (let id = 0; id < 400; id++) {
      const exponent = id % 10 === 0 ? [30, -30, 20, -20, 37][(id / 10) % 5]! : 0;
      if (exponent !== 0) wide.add(id);
      rows.set(
        id,
        Float32Array.from({ length: 40 }, () => 10 ** exponent * gaussian(random) * 0.1),
      );
    }
    builder.enqueue([...rows]);
    const report = await builder.triggerBuildAsync();
    expect(report.linked).toBe(400 - wide.size);
    expect(builder.bufferLength).toBe(0);
    // Never linked, so always in the buffer's window; and found like any other.
    const inWindow = builder.searchBuffer(rows.get(1)! as Float32Array, 400);
    expect(new Set(idsOf(inWindow))).toEqual(wide);
    for (const id of wide) {
      const own = rows.get(id)! as Float32Array;
      const hits = index.search(own, 5);
      for (const [, score] of hits) expect(Number.isFinite(score)).toBe(true);
      if (metric !== 'dot') expect(hits[0]![0]).toBe(id);
    }
    for (const vector of gaussianVectors(4, 5, 40)) {
      expectTruth(index, rows, metric, vector, 400);
      for (const scale of [1e30, 1e-30])
        expectTruth(
          index,
          rows,
          metric,
          vector.map((x) => x * scale),
          400,
        );
    }
    expect(index.verify().ok).toBe(true);
  });

  test('wide rows are replaced and removed like any other', () => {
    const index = new HnswIndex({ dimension: 4, metric, threads: 1 });
    const builder = new AsyncIndexBuilder(index);
    index.insert(1, [1e30, 0, 0, 0]);
    index.insert(2, [0, 1, 0, 0]);
    index.insert(1, [0, 0, 1, 0]);
    expect(index.search([1, 0, 0, 0], 5).every(([, score]) => Math.abs(score) < 3)).toBe(true);
    index.insert(2, [0, 1e-30, 0, 0]);
    expect(index.size).toBe(2);
    expect(idsOf(index.search([0, 1, 0, 0], 5)).sort()).toEqual([1, 2]);
    expect(index.remove(2)).toBe(true);
    expect(idsOf(index.search([0, 1, 0, 0], 5))).toEqual([1]);
    builder.enqueue([[3, [3e38, 3e38, 3e38, 3e38]]]);
    expect(builder.drainBuffer()).toEqual([[3, Float32Array.of(3e38, 3e38, 3e38, 3e38)]]);
    expect(index.size).toBe(1);
  });
});

test.each(FLOAT_METRICS)('%s: wide rows do not spoil the codes of the others', (metric) => {
  const index = new HnswIndex({ dimension: 100, metric, threads: 1, efConstruction: 60 });
  const rows: Rows = new Map(numbered(vectorsFor(metric, 1, 1500, 100)));
  for (let id = 3; id < 1500; id += 100)
    rows.set(
      id,
      (rows.get(id) as Float32Array).map((x) => 1e30 * x),
    );
  const builder = new AsyncIndexBuilder(index);
  builder.enqueue([...rows]);
  expect(builder.flushSync()).toBe(1485);
  const ordinary = new Map([...rows].filter(([id]) => Number(id) % 100 !== 3));
  for (const vector of vectorsFor(metric, 2, 10, 100)) {
    const filter = (id: Id): boolean => Number(id) % 100 !== 3;
    const truth = idsOf(bruteForce(metric, ordinary, vector, 10));
    const found = idsOf(index.search(vector, 10, { ef: 100, filter }));
    expect(found.filter((id) => truth.includes(id)).length).toBeGreaterThanOrEqual(9);
  }
});

test.each(['hamming', 'jaccard'] as const)('%s knows no magnitudes', (metric) => {
  const index = new HnswIndex({ dimension: 4, metric, threads: 1 });
  index.insert(1, [1e30, 1e-30, 0, 1]);
  index.insert(2, [0, 1e30, 1e30, 0]);
  expect(new AsyncIndexBuilder(index).bufferLength).toBe(0);
  expect(index.search([1e30, 0, 0, 3e38], 1)).toEqual([[1, metric === 'hamming' ? 0 : 1]]);
});
