/* `indexed_only`: what waits to be indexed is left out, where that is much. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';

test('indexed_only leaves out what is not indexed, once that is more than the thresholds', async () => {
  await using database = await open();
  await using client = new QdrantClient({ database });
  await client.createCollection('c', {
    vectors: { size: 4, distance: 'Euclid' },
    optimizers_config: { indexing_threshold: 1 }, // kilobytes: 64 vectors
    hnsw_config: { full_scan_threshold: 1 },
  });
  const write = (from: number, to: number): Promise<unknown> =>
    client.upsert('c', {
      points: Array.from({ length: to - from }, (_, i) => ({ id: from + i, vector: [from + i, 0, 0, 0] })),
    });
  const found = async (params: object): Promise<unknown[]> => {
    const [{ points }, [searched]] = await Promise.all([
      client.query('c', { query: [1_000, 0, 0, 0], limit: 1, params }),
      client.searchBatch('c', { searches: [{ vector: [1_000, 0, 0, 0], limit: 1, params }] }),
    ]);
    return [...points, ...searched!].map(({ id }) => id);
  };
  await write(0, 100);
  const collection = database.collection('c');
  await collection.buildNow();
  collection.pauseIndexing();
  await write(100, 160);
  expect(await found({ indexed_only: true })).toEqual([159, 159]);
  await write(160, 200);
  expect(await found({})).toEqual([199, 199]);
  expect(await found({ indexed_only: true })).toEqual([99, 99]);
  expect(await found({ indexed_only: true, exact: true })).toEqual([99, 99]);
  await client.updateCollection('c', { optimizers_config: { indexing_threshold: 0 } });
  expect(await found({ indexed_only: true })).toEqual([199, 199]);
});
