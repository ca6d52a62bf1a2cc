/* T11: many identical vectors work, and do not hide the others. */
import { expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Metric } from '#silt/index.js';
import { numbered } from '../support/index.js';
import { gaussianVectors, integer, randomOf } from '../support/random.js';

const CASES: [Metric, number][] = [
  ['cosine', 10_000],
  ['euclidean', 2_000],
  ['manhattan', 2_000],
  ['dot', 2_000],
  ['hamming', 2_000],
  ['jaccard', 2_000],
];

test.each(CASES)('%s: %d identical vectors', (metric, count) => {
  const index = new HnswIndex({ dimension: 8, metric, efConstruction: 40 });
  const vector = Float32Array.of(1, 0, 1, 1, 0, 0.7, 0.1, 1);
  const builder = new AsyncIndexBuilder(index);
  builder.enqueue(Array.from({ length: count }, (_, i) => [i, vector]));
  expect(builder.flushSync()).toBe(count);
  for (const k of [1, 10, 200, count]) {
    const hits = index.search(vector, k);
    expect(hits).toHaveLength(k);
    expect(new Set(hits.map(([id]) => id)).size).toBe(k);
    for (const [, score] of hits) expect(score).toBe(hits[0]![1]);
  }
  const [other] = gaussianVectors(1, 1, 8);
  for (const [, score] of index.search(other!, 10)) expect(Number.isFinite(score)).toBe(true);
  expect(index.verify()).toMatchObject({ selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0 });
});

test.each(['before', 'among'])('identical vectors written %s others do not hide them', async (order) => {
  const index = new HnswIndex({ dimension: 16, metric: 'euclidean', threads: 1 });
  const others = numbered(gaussianVectors(2, 500, 16), 5000);
  const [same] = gaussianVectors(3, 1, 16);
  const rows: [number, Float32Array | readonly number[]][] = Array.from({ length: 3000 }, (_, i) => [
    i,
    same!,
  ]);
  if (order === 'before') rows.push(...others);
  else {
    const random = randomOf(4);
    for (const row of others) rows.splice(integer(random, 0, rows.length), 0, row);
  }
  await index.insertBatchParallel(rows);
  expect(index.verify()).toMatchObject({ ok: true, unreachable: 0 });
  const found = others.filter(([id, vector]) => index.search(vector, 1)[0]![0] === id);
  expect(found.length).toBeGreaterThanOrEqual(490);
});
