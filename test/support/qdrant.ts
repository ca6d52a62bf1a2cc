/* Qdrant's client on a database in memory. */
import type { PointStruct } from '#silt/server/qdrant/api/points.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';

export async function withClient(run: (client: QdrantClient) => Promise<void>): Promise<void> {
  await using client = new QdrantClient({ location: ':memory:' });
  await run(client);
}

/** The same with a collection `test` of points of four components. */
export function withPoints(
  points: PointStruct[],
  run: (client: QdrantClient) => Promise<void>,
): Promise<void> {
  return withClient(async (client) => {
    await client.createCollection('test', { vectors: { size: 4, distance: 'Dot' } });
    await client.upsert('test', { points });
    await run(client);
  });
}
