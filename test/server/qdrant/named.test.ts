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

test('sparse vectors, several vectors and feedback are examples as dense ones are', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('all', {
    vectors: {
      dense: { size: 2, distance: 'Dot' },
      many: { size: 2, distance: 'Euclid', multivector_config: { comparator: 'max_sim' } },
    },
    sparse_vectors: { sparse: {} },
  });
  const points = [1, 2, 3, 4].map((id) => ({
    id,
    vector: {
      dense: [id, 1],
      many: [
        [id, 0],
        [0, id],
      ],
      sparse: { indices: [id, 9], values: [1, id] },
    },
  }));
  await client.upsert('all', { points });
  const like = { indices: [9], values: [1] };
  const by = (using: string, query: object) => found(client, 'all', { using, query });
  // 2 x 1 - 1 at index 9, and -1 at index 1, which no other has.
  expect(await by('sparse', { recommend: { positive: [like], negative: [1] } })).toEqual([
    [4, 4],
    [3, 3],
    [2, 2],
  ]);
  const strategy = 'best_score';
  const best = await by('many', { recommend: { positive: [2], negative: [4], strategy } });
  expect(best.map(([id]) => id)).toEqual([1, 3]);
  // Squares are added up, and the root is taken.
  expect(
    await by('many', [
      [1, 0],
      [0, 3],
    ] as never),
  ).toEqual([
    [2, Math.round(Math.sqrt(1 + 1) * 1000) / 1000],
    [1, 2],
    [3, 2],
    [4, Math.round(Math.sqrt(9 + 1) * 1000) / 1000],
  ]);
  const relevance_feedback = {
    target: [1, 0],
    feedback: [
      { example: 1, score: 0.5 },
      { example: [0, 2], score: 1 },
    ],
    strategy: { naive: { a: 1, b: 1, c: 4 } },
  };
  // s(target) + .5 x 4 x (2 - s(1)), s(1) = id + 1
  expect(await by('dense', { relevance_feedback })).toEqual(
    [2, 3, 4].map((id) => [id, id + 2 * (2 - id - 1)]),
  );
});

test('points in the order of their ids, of a value or at random have the score 1', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: {} });
  await client.createPayloadIndex('c', { field_name: 'n', field_schema: 'integer' });
  await client.upsert('c', { points: [1, 2].map((id) => ({ id, vector: {}, payload: { n: -id } })) });
  const [first, second] = [1, 2].map((id) => [id, 1]);
  expect(await found(client, 'c', {})).toEqual([first, second]);
  expect(await found(client, 'c', { query: { order_by: 'n' } })).toEqual([second, first]);
  expect((await found(client, 'c', { query: { sample: 'random' } })).sort()).toEqual([first, second]);
});

test('a search by zeros under Cosine gives all that have the vector, each with the score 0', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { a: { size: 2, distance: 'Cosine' } } });
  const points = [3, 1, 2].map((id) => ({ id, vector: id === 2 ? {} : { a: [id, 1] }, payload: { id } }));
  await client.upsert('c', { points });
  const [using, zeros] = ['a', [0, 1e-60]];
  const all = [
    [1, 0],
    [3, 0],
  ];
  expect(await found(client, 'c', { query: zeros, using })).toEqual(all);
  expect(await found(client, 'c', { query: { nearest: zeros }, using, limit: 1 })).toEqual(all.slice(0, 1));
  const prefetch = { query: [1, 0], using, limit: 1 };
  expect(await found(client, 'c', { query: zeros, using, prefetch })).toEqual([[3, 0]]);
  expect(await found(client, 'c', { query: zeros, using, score_threshold: 0.1 })).toEqual([]);
  const filter = { must: { key: 'id', match: { value: 3 } } };
  expect(await found(client, 'c', { query: zeros, using, filter })).toEqual([[3, 0]]);
});
