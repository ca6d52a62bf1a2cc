/* Queries that name points: by their direction under Cosine, and without these points in what is found. */
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';

type Scores = [id: unknown, score: number][];

async function found(client: QdrantClient, name: string, request: object): Promise<Scores> {
  const { points } = await client.query(name, request);
  return points.map(({ id, score }) => [id, Math.round(score * 1000) / 1000]);
}

test('stored vectors under Cosine count by their direction: in a mean, and where another collection looks them up', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('cosine', { vectors: { size: 2, distance: 'Cosine' } });
  const vectors = [
    [100, 0],
    [0, 1],
    [1, 1],
    [1, 0.02],
  ];
  await client.upsert('cosine', { points: vectors.map((vector, at) => ({ id: at + 1, vector })) });
  expect(await found(client, 'cosine', { query: { recommend: { positive: [1, 2] } } })).toEqual([
    [3, 1],
    [4, 0.721],
  ]);
  // As they are given: this one is nearly all of the mean.
  const positive = [[100, 1], 2];
  expect((await found(client, 'cosine', { query: { recommend: { positive } } }))[0]![0]).toBe(4);
  await client.createCollection('dot', { vectors: { size: 2, distance: 'Dot' } });
  await client.upsert('dot', { points: [{ id: 7, vector: [1, 0] }] });
  const lookup_from = { collection: 'cosine' };
  expect(await found(client, 'dot', { query: 1, lookup_from })).toEqual([[7, 1]]);
});

test('no point that a query names is found, whichever step names it, but for one of another collection', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  for (const name of ['here', 'there']) {
    const vectors = { a: { size: 2, distance: 'Dot' }, b: { size: 2, distance: 'Dot' } } as const;
    await client.createCollection(name, { vectors });
    const points = [1, 2, 3, 4].map((id) => ({ id, vector: { a: [id, 1], b: [1, id] } }));
    await client.upsert(name, { points });
  }
  const ids = async (request: object): Promise<unknown[]> =>
    (await found(client, 'here', { using: 'a', ...request })).map(([id]) => id).sort();
  const [byId, byVector] = [4, [1, 0]].map((query) => ({ query, using: 'a' }));
  const query = { fusion: 'rrf' };
  expect(await ids({ prefetch: [byId, byVector], query })).toEqual([1, 2, 3]);
  expect(await ids({ prefetch: { prefetch: byId, query: [1, 1], using: 'a' }, query })).toEqual([1, 2, 3]);
  const filter = { must_not: { has_id: [1] } };
  expect(await ids({ prefetch: [byId, byVector], query, filter })).toEqual([2, 3]);
  const from = (collection: string): object => ({ collection, vector: 'b' });
  expect(await ids({ query: 4, lookup_from: from('here') })).toEqual([1, 2, 3]);
  expect(await ids({ query: 4, lookup_from: from('there') })).toEqual([1, 2, 3, 4]);
  const away = { ...byId, lookup_from: from('there') };
  expect(await ids({ prefetch: [away, byVector], query })).toEqual([1, 2, 3, 4]);
});
