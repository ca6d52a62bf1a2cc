/* What of points is given back: the vectors that were asked for, each point once, scores where nothing was compared. */
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';

const VECTORS = { size: 2, distance: 'Dot' } as const;

test('points read by ids have the vectors that were asked for, and come once', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { a: VECTORS, b: VECTORS } });
  await client.upsert('c', { points: [{ id: 1, vector: { a: [1, 2], b: [3, 4] }, payload: { of: 1 } }] });
  const point = { id: 1, vector: { a: [1, 2] } };
  for (const with_payload of [false, ['none']])
    expect(await client.retrieve('c', { ids: [1, 1], with_vector: ['a'], with_payload })).toEqual([
      with_payload ? { ...point, payload: {} } : point,
    ]);
  const with_lookup = { collection: 'c', with_vectors: ['b'], with_payload: false };
  const { groups } = await client.queryGroups('c', {
    query: [1, 1],
    using: 'a',
    group_by: 'of',
    with_lookup,
  });
  expect(groups[0]!.lookup).toEqual({ id: 1, vector: { b: [3, 4] } });
});

test('the unnamed vector of a point that has no other is given without a name', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS, sparse_vectors: { s: {} } });
  const s = { indices: [1], values: [1] };
  const points = [
    { id: 1, vector: [1, 2] },
    { id: 2, vector: { '': [1, 2], s } },
  ];
  await client.upsert('c', { points });
  expect((await client.scroll('c', { with_vector: true, with_payload: false })).points).toEqual(points);
});

test('points in an order score 1, a sample has no offset, and none of some conditions always hold', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS });
  await client.createPayloadIndex('c', { field_name: 'n', field_schema: 'integer' });
  await client.upsert('c', {
    points: [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { n: id } })),
  });
  const ordered = await client.query('c', { query: { order_by: { key: 'n', direction: 'desc' } } });
  expect(ordered.points.map(({ id, score }) => [id, score])).toEqual([
    [3, 1],
    [2, 1],
    [1, 1],
  ]);
  const sample = await client.query('c', { query: { sample: 'random' }, limit: 2, offset: 100 });
  expect(sample.points).toHaveLength(2);
  const min_should = { conditions: [{ key: 'n', match: { value: 9 } }], min_count: 0 };
  expect(await client.count('c', { filter: { min_should } })).toEqual({ count: 3 });
});

test('null deletes a member that is set; overwriting takes no key; points that are there change beside absent ones', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS });
  await client.upsert('c', { points: [{ id: 1, vector: [1, 2], payload: { a: 1, b: 2 } }] });
  const payload = async (): Promise<unknown> => (await client.retrieve('c', { ids: [1] }))[0]!.payload;
  await client.setPayload('c', { payload: { a: null }, points: [1] });
  expect(await payload()).toEqual({ b: 2 });
  await client.overwritePayload('c', { payload: { c: 3 }, key: 'b', points: [1, 1] });
  expect(await payload()).toEqual({ c: 3 });
  await expect(client.setPayload('c', { payload: { d: 4 }, points: [7, 1] })).rejects.toMatchObject({
    status: 404,
  });
  expect(await payload()).toEqual({ c: 3, d: 4 });
});

test('scores are written as float32 has them, by the fewest decimals', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { size: 2, distance: 'Cosine' } });
  await client.upsert('c', {
    points: [
      { id: 1, vector: [0.8, 0.6] },
      { id: 2, vector: [0.6, 0.8] },
    ],
  });
  const { points } = await client.query('c', { query: [1, 0] });
  expect(points.map(({ score }) => score)).toEqual([0.8, 0.6]);
});
