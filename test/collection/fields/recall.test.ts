/* What is learned of several fields by itself. */
import { expect, test } from 'vitest';
import { withCollection } from '../../support/databases.js';
import { gaussianVectors } from '../../support/random.js';
import { until } from '../../support/steps.js';

test('the recall of each named field is measured by itself: the status tells it, and nothing fails', async () => {
  const field = { dimension: 8, metric: 'euclidean', hnsw: { efConstruction: 40 } } as const;
  const config = { vectors: { a: field, b: field, empty: field }, indexing: { threads: 1 } } as const;
  await withCollection('memory', config, async (points) => {
    const vectors = gaussianVectors(1, 1_500, 8);
    await points.upsert(
      vectors.map((vector, id) => ({ id, vector: id % 10 === 0 ? { a: vector } : { b: vector } })),
    );
    await points.buildNow();
    await until(() => points.status().recall !== null || points.status().lastError !== null);
    expect(points.status()).toMatchObject({ lastError: null, recall: { k: 10 } });
    expect(points.status().recall!.value).toBeGreaterThan(0.5);
  });
});
