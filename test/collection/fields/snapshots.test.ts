/* Each field has a snapshot of its own. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { withCollection } from '../../support/databases.js';
import { gaussianVectors } from '../../support/random.js';
import { until } from '../../support/steps.js';

test('a snapshot is written where a quarter of its own field has changed, and not because of others', async () => {
  const field = { dimension: 4, metric: 'euclidean', hnsw: { efConstruction: 20 } } as const;
  const config = { vectors: { a: field, b: field }, indexing: { threads: 1, paused: true } } as const;
  const written: string[] = [];
  const onSnapshot = (message: unknown): void => {
    written.push((message as { path: string }).path.replace(/^.*\/\d+\./, ''));
  };
  subscribe('silt:snapshot', onSnapshot);
  try {
    await withCollection('disk', config, async (points) => {
      const vectors = gaussianVectors(1, 1_200, 4);
      const write = async (name: 'a' | 'b', from: number, count: number): Promise<void> => {
        await points.upsert(
          vectors.slice(0, count).map((vector, i) => ({ id: from + i, vector: { [name]: vector } })),
        );
        await points.buildNow();
      };
      await write('a', 0, 1_200);
      await until(() => written.length > 0);
      const [a] = written;
      written.length = 0;
      for (let round = 1; round < 4; round++) {
        await points.upsert(vectors.map((_, i) => ({ id: 10_000 * round + i })));
        await write('b', 5_000 * round, 1);
      }
      await write('b', 90_000, 1_200);
      await until(() => written.length > 0);
      expect(written).not.toContain(a);
      expect(points.status().lastError).toBeNull();
    });
  } finally {
    unsubscribe('silt:snapshot', onSnapshot);
  }
});
