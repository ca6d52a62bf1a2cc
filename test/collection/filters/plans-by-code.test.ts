/* Filtered searches of every kind of code, linked, pending, replaced, deleted and compacted, give what matches. */
import { describe, expect, test } from 'vitest';
import { type CollectionConfig, open } from '#silt/index.js';
import { someOf } from '../../support/amount.js';
import { FilterTwin } from '../../support/filtered.js';
import { below, fill, openBelow } from '../../support/numbered.js';
import { METRICS } from '../../support/oracle.js';
import { vectorsFor } from '../../support/random.js';

const K = 10;

const CODES: Record<string, CollectionConfig> = {
  'float32, cosine': { dimension: 24, metric: 'cosine' },
  'float32, manhattan': { dimension: 72, metric: 'manhattan' },
  'int8, euclidean': { dimension: 40, metric: 'euclidean' },
  'int4, dot': { dimension: 72, metric: 'dot' },
  'int4, cosine': { dimension: 72, metric: 'cosine' },
  'bits, hamming': { dimension: 128, metric: 'hamming' },
  'bits, jaccard': { dimension: 128, metric: 'jaccard' },
};
test('every metric has its turn', () => {
  expect(new Set(Object.values(CODES).map(({ metric }) => metric)).size).toBe(METRICS.length);
});

describe.each(someOf(Object.entries(CODES), 3))('%s', (_, shape) => {
  test.each(['memory', 'disk'] as const)('vectors: %s', async (vectors) => {
    const db = await open();
    const points = await db.createCollection('points', {
      ...shape,
      vectors,
      hnsw: { efConstruction: 50 },
      indexing: { threads: 2, paused: true },
    });
    const twin = new FilterTwin(points);
    const { metric } = points.config;
    await fill(twin, 2_600, shape.dimension!);
    const queries = vectorsFor(metric, 5, 8, shape.dimension!);
    const filters = [
      below('known', 30),
      below('known', 2_100),
      below('known', 2_500),
      openBelow(20),
      openBelow(900),
      openBelow(2_550),
      { must: [below('known', 1_500), openBelow(700)] },
      { must_not: [below('known', 100)] },
    ];
    const look = async (o: { ef?: number }): Promise<void> => {
      for (const [i, filter] of filters.entries()) {
        const matching = twin.matching(filter);
        for (const query of queries.slice(i % 4, (i % 4) + 2)) {
          await twin.expectSearch(filter, query, { k: K, ...o }, matching);
          await twin.expectSearch(filter, query, { k: 17, exact: true }, matching);
        }
      }
    };
    await look({}); // nothing is linked
    await points.buildNow();
    await look({});
    // Part waits, part is replaced, part is gone.
    await twin.put(
      vectorsFor(metric, 8, 300, shape.dimension!).map((vector, i) => ({
        id: 7 * i,
        vector,
        payload: { known: i * 8, open: 2_600 - i * 8 },
      })),
    );
    await twin.remove(Array.from({ length: 200 }, (__, i) => 7 * i + 3));
    await look({});
    await points.compact();
    await look({ ef: 200 });
    await twin.removeMatching(below('known', 1_300));
    await look({});
    expect(twin.recall.found / twin.recall.wanted).toBeGreaterThanOrEqual(0.95);
    await db.close();
  });
});
