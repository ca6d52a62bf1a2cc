/* A full life of a collection, by the client in the process, as Qdrant's own clients have it. */
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';
import { withClient, withPoints } from '../../support/qdrant.js';

const POINTS = [
  { id: 1, vector: [0.05, 0.61, 0.76, 0.74], payload: { city: 'Berlin', count: 3 } },
  { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: ['Berlin', 'London'], count: 1 } },
  { id: 3, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: ['Berlin', 'Moscow'], count: 9 } },
  { id: 2 ** 53 - 1, vector: [0.18, 0.01, 0.85, 0.8], payload: { city: 'London' } },
  { id: '98A9A4B14EF246FB8315A97D874FE1D7', vector: [0.24, 0.18, 0.22, 0.44] },
];
const UUID = '98a9a4b1-4ef2-46fb-8315-a97d874fe1d7';

test('a collection is made, listed, described as it was given, and dropped', async () => {
  await withClient(async (client) => {
    const vectors = { size: 4, distance: 'Dot' } as const;
    const given = { vectors, optimizers_config: { default_segment_number: 2 }, replication_factor: 2 };
    expect(await client.createCollection('test', given)).toBe(true);
    expect(await client.getCollections()).toEqual({ collections: [{ name: 'test' }] });
    expect(await client.collectionExists('test')).toEqual({ exists: true });
    const { config, points_count, status, optimizer_status } = await client.getCollection('test');
    expect({ points_count, status, optimizer_status }).toEqual({
      points_count: 0,
      status: 'green',
      optimizer_status: 'ok',
    });
    expect(config.params.vectors).toEqual(vectors);
    expect(config.params.replication_factor).toBe(2);
    expect(config.optimizer_config.default_segment_number).toBe(2);
    expect(await client.deleteCollection('test')).toBe(true);
    expect(await client.deleteCollection('test')).toBe(false);
    expect(await client.collectionExists('test')).toEqual({ exists: false });
  });
});

test('points come back as they were written: floats as decimals, UUIDs in lower case', async () => {
  await withPoints(POINTS, async (client) => {
    const [second, first, named] = await client.retrieve('test', {
      ids: [2, 1, 99, UUID],
      with_vector: true,
    });
    expect(second).toEqual({ ...POINTS[1], vector: [0.19, 0.81, 0.75, 0.11] });
    expect(first).toEqual(POINTS[0]);
    expect(named).toEqual({ id: UUID, vector: [0.24, 0.18, 0.22, 0.44], payload: {} });
  });
});

test('ids beyond 2^53 are exact', async () => {
  await withPoints(POINTS, async (client) => {
    const id = 2n ** 53n + 1n;
    await client.upsert('test', { points: [{ id: id as never, vector: [1, 1, 1, 1] }] });
    expect(await client.retrieve('test', { ids: [id as never], with_payload: false })).toEqual([{ id }]);
    const { points } = await client.query('test', { query: [1, 1, 1, 1], limit: 1 });
    expect(points[0]!.id).toBe(id);
  });
});

test('queries find the nearest, filtered, with what is asked for', async () => {
  await withPoints(POINTS, async (client) => {
    const { points } = await client.query('test', {
      query: [0.2, 0.1, 0.9, 0.7],
      filter: { should: [{ key: 'city', match: { value: 'London' } }] },
      with_payload: ['city'],
      with_vector: true,
    });
    expect(points.map(({ id, payload }) => [id, payload])).toEqual([
      [2 ** 53 - 1, { city: 'London' }],
      [2, { city: ['Berlin', 'London'] }],
    ]);
    expect(points[0]!.score).toBeCloseTo(1.362, 5);
    expect(points[0]!.version).toBe(4);
    expect(points[1]!.vector).toEqual([0.19, 0.81, 0.75, 0.11]);
    const like = await client.query('test', { query: 1, limit: 2 });
    expect(like.points.map(({ id }) => id)).toEqual([3, 2 ** 53 - 1]);
  });
});

test('pages of a scroll have each point once, in the order of ids', async () => {
  await withPoints(POINTS, async (client) => {
    const seen: unknown[] = [];
    let offset: number | string | null | undefined;
    do {
      const page = await client.scroll('test', { limit: 2, with_payload: false, offset: offset ?? null });
      seen.push(...page.points.map(({ id }) => id));
      offset = page.next_page_offset;
    } while (offset !== null && offset !== undefined);
    expect(seen).toEqual([1, 2, 3, 2 ** 53 - 1, UUID]);
  });
});

test('payloads are set, overwritten, deleted and cleared, by ids and by filters', async () => {
  await withPoints(POINTS, async (client) => {
    await client.setPayload('test', { payload: { a: 1 }, points: [1] });
    await client.setPayload('test', { payload: { b: 2 }, key: 'x.y', points: [1] });
    await client.overwritePayload('test', { payload: { only: true }, filter: { must: { has_id: [2] } } });
    await client.deletePayload('test', { keys: ['city'], points: [3] });
    await client.clearPayload('test', { points: [2 ** 53 - 1] });
    const records = await client.retrieve('test', { ids: [1, 2, 3, 2 ** 53 - 1] });
    expect(records.map(({ payload }) => payload)).toEqual([
      { city: 'Berlin', count: 3, a: 1, x: { y: { b: 2 } } },
      { only: true },
      { count: 9 },
      {},
    ]);
  });
});

test('a batch is one commit: each operation finds what those before it left', async () => {
  await withPoints(POINTS, async (client) => {
    const results = await client.batchUpdate('test', {
      operations: [
        { delete: { points: [1] } },
        { upsert: { points: [{ id: 1, vector: [1, 1, 1, 1], payload: { again: true } }] } },
        { set_payload: { payload: { more: 1 }, filter: { must: { key: 'again', match: { value: true } } } } },
        { delete: { filter: { must: { key: 'count', range: { gte: 9 } } } } },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('completed'));
    expect(await client.count('test')).toEqual({ count: 4 });
    expect((await client.retrieve('test', { ids: [1] }))[0]!.payload).toEqual({ again: true, more: 1 });
  });
});

test('all of it is there again after the database was closed', async () => {
  await withFolder(async (path) => {
    {
      await using client = new QdrantClient({ path });
      await client.createCollection('test', {
        vectors: { size: 4, distance: 'Cosine' },
        metadata: { of: 'me' },
      });
      await client.upsert('test', { points: POINTS });
      await client.createPayloadIndex('test', {
        field_name: 'city',
        field_schema: { type: 'keyword', is_tenant: true },
      });
      await client.updateCollectionAliases({
        actions: [{ create_alias: { collection_name: 'test', alias_name: 'other' } }],
      });
    }
    await using client = new QdrantClient({ path });
    const { config, payload_schema } = await client.getCollection('other');
    expect(config.metadata).toEqual({ of: 'me' });
    expect(config.params.vectors).toEqual({ size: 4, distance: 'Cosine' });
    expect(payload_schema).toEqual({
      city: { data_type: 'keyword', points: 4, params: { type: 'keyword', is_tenant: true } },
    });
    expect(await client.count('other')).toEqual({ count: 5 });
    expect(await client.getCollections()).toEqual({ collections: [{ name: 'test' }] });
  });
});

test('vectors by name are dense, sparse or several; Cosine ones come back normalised; a point may be without', async () => {
  await withClient(async (client) => {
    await client.createCollection('named', {
      vectors: {
        a: { size: 2, distance: 'Cosine' },
        m: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
      },
      sparse_vectors: { s: {} },
    });
    await client.upsert('named', {
      points: [
        { id: 1, vector: { a: [3, 4], s: { indices: [4, 1], values: [0.1, 0.2] } } },
        { id: 2, vector: {} },
        {
          id: 3,
          vector: {
            m: [
              [1, 2],
              [3, 4],
            ],
          },
        },
      ],
    });
    const { points } = await client.scroll('named', { with_vector: true, with_payload: false });
    expect(points).toEqual([
      { id: 1, vector: { a: [0.6, 0.8], s: { indices: [1, 4], values: [0.2, 0.1] } } },
      { id: 2, vector: {} },
      {
        id: 3,
        vector: {
          m: [
            [1, 2],
            [3, 4],
          ],
        },
      },
    ]);
    const found = async (query: object): Promise<unknown> =>
      (await client.query('named', query)).points.map(({ id, score }) => [id, Math.round(score * 100) / 100]);
    expect(await found({ query: { indices: [4], values: [1] }, using: 's' })).toEqual([[1, 0.1]]);
    expect(await found({ query: [[1, 2]], using: 'm' })).toEqual([[3, 11]]);
    expect(await found({ query: [6, 8], using: 'a' })).toEqual([[1, 1]]);
    const prefetch = [
      { query: [6, 8], using: 'a' },
      { query: [[1, 2]], using: 'm' },
    ];
    expect(await found({ prefetch, query: { fusion: 'rrf' } })).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
  });
});

test('a collection gains a vector and loses it again', async () => {
  await withPoints(POINTS, async (client) => {
    await client.createVectorName('test', 'title', { dense: { size: 2, distance: 'Dot' } });
    await client.createVectorName('test', 'words', { sparse: { modifier: 'idf' } });
    const vectors = { '': { size: 4, distance: 'Dot' }, title: { size: 2, distance: 'Dot' } };
    const { params } = (await client.getCollection('test')).config;
    expect(params.vectors).toEqual(vectors);
    expect(params.sparse_vectors).toEqual({ words: { modifier: 'idf' } });
    await client.upsert('test', { points: [{ id: 1, vector: { '': [1, 2, 3, 4], title: [1, 2] } }] });
    const { points } = await client.query('test', { query: [1, 1], using: 'title', with_vector: ['title'] });
    expect(points).toEqual([{ id: 1, version: 6, score: 3, vector: { title: [1, 2] } }]);
    await client.deleteVectorName('test', 'title');
    await expect(client.query('test', { query: [1, 1], using: 'title' })).rejects.toMatchObject({
      status: 400,
    });
    expect((await client.getCollection('test')).config.params.vectors).toEqual(vectors['']);
    expect((await client.query('test', { query: [1, 1, 1, 1] })).points).toHaveLength(5);
  });
});

test('ids of a query may stand for points of another collection', async () => {
  await withPoints(POINTS, async (client) => {
    await client.createCollection('examples', { vectors: { like: { size: 4, distance: 'Cosine' } } });
    await client.upsert('examples', { points: [{ id: 7, vector: { like: [0, 0, 0, 2] } }] });
    const lookup_from = { collection: 'examples', vector: 'like' };
    const { points } = await client.query('test', { query: 7, lookup_from, limit: 1 });
    expect(points).toEqual([{ id: 3, version: 3, score: expect.closeTo(0.94, 5) }]);
    const prefetch = { query: { recommend: { positive: [7] } }, lookup_from, limit: 3 };
    const again = await client.query('test', { prefetch, query: [1, 0, 0, 0], limit: 1 });
    expect(again.points[0]!.id).toBe(3);
  });
});

test('groups have the best of each value, with the point of another collection whose id it is', async () => {
  await withClient(async (client) => {
    await client.createCollection('chunks', { vectors: { size: 1, distance: 'Dot' } });
    await client.createCollection('documents', { vectors: {} });
    await client.upsert('documents', { points: [{ id: 1, vector: {}, payload: { title: 'one' } }] });
    await client.upsert('chunks', {
      points: [1, 1, 2, 2, 1].map((of, id) => ({ id, vector: [id + 1], payload: { of } })),
    });
    const { groups } = await client.queryGroups('chunks', {
      query: [1],
      group_by: 'of',
      group_size: 2,
      with_lookup: 'documents',
    });
    expect(groups.map(({ id, hits, lookup }) => [id, hits.map((hit) => hit.id), lookup])).toEqual([
      [1, [4, 1], { id: 1, payload: { title: 'one' } }],
      [2, [3, 2], null],
    ]);
  });
});

test('values are counted, ordered by and compared with one another', async () => {
  await withPoints(POINTS, async (client) => {
    await client.createPayloadIndex('test', { field_name: 'city', field_schema: 'keyword' });
    await client.createPayloadIndex('test', { field_name: 'count', field_schema: 'integer' });
    expect((await client.facet('test', { key: 'city' })).hits).toEqual([
      { value: 'Berlin', count: 3 },
      { value: 'London', count: 2 },
      { value: 'Moscow', count: 1 },
    ]);
    const order_by = { key: 'count', direction: 'desc' } as const;
    const { points } = await client.scroll('test', { order_by, with_payload: false });
    expect(points).toEqual([
      { id: 3, order_value: 9 },
      { id: 1, order_value: 3 },
      { id: 2, order_value: 1 },
    ]);
    const { pairs } = await client.searchMatrixPairs('test', { sample: 5, limit: 1 });
    expect(pairs).toHaveLength(5);
    const { ids, scores, offsets_row, offsets_col } = await client.searchMatrixOffsets('test', {
      sample: 5,
      limit: 2,
    });
    expect(ids).toEqual([1, 2, 3, 2 ** 53 - 1, UUID]);
    expect(pairs.map(({ a }) => a)).toEqual(ids);
    expect(offsets_row).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    expect([scores.length, offsets_row.length, offsets_col.length]).toEqual([10, 10, 10]);
  });
});

test('insert_only and update_only write what they say, and update_filter replaces only what matches', async () => {
  await withPoints(POINTS, async (client) => {
    const vector = [9, 9, 9, 9];
    const points = [1, 50].map((id) => ({ id, vector, payload: { new: true } }));
    const news = async (): Promise<unknown[]> => {
      const filter = { must: { key: 'new', match: { value: true } } };
      return (await client.scroll('test', { filter })).points.map(({ id }) => id);
    };
    await client.upsert('test', { points, update_mode: 'insert_only' });
    expect(await news()).toEqual([50]);
    await client.delete('test', { points: [50] });
    await client.upsert('test', { points, update_mode: 'update_only' });
    expect(await news()).toEqual([1]);
    const update_filter = { must: { key: 'count', match: { value: 9 } } };
    await client.upsert('test', {
      points: [2, 3].map((id) => ({ id, vector, payload: { new: true } })),
      update_filter,
    });
    expect(await news()).toEqual([1, 3]);
  });
});

test('update_filter of vectors changes those of points that match, alone and in a batch', async () => {
  await withPoints(POINTS, async (client) => {
    const update_filter = { must: { key: 'count', match: { value: 9 } } };
    const to = (x: number) => [2, 3].map((id) => ({ id, vector: [x, 0, 0, 1] }));
    const vectors = async (): Promise<unknown[]> =>
      (await client.retrieve('test', { ids: [2, 3], with_vector: true })).map(({ vector }) => vector);
    await client.updateVectors('test', { points: to(7), update_filter });
    expect(await vectors()).toEqual([POINTS[1]!.vector, [7, 0, 0, 1]]);
    await client.batchUpdate('test', {
      operations: [
        { set_payload: { points: [2], payload: { count: 9 } } },
        { set_payload: { points: [3], payload: { count: 1 } } },
        { update_vectors: { points: to(8), update_filter } },
      ],
    });
    expect(await vectors()).toEqual([
      [8, 0, 0, 1],
      [7, 0, 0, 1],
    ]);
  });
});

test('a point may be without the unnamed vector, and is found by what else it has', async () => {
  await withPoints(POINTS, async (client) => {
    const points = [50, 51].map((id) => ({ id, vector: {}, payload: { bare: true } }));
    await Promise.all(points.map((point) => client.upsert('test', { points: [point] })));
    const filter = { must: { key: 'bare', match: { value: true } } };
    const bare = await client.scroll('test', { filter, with_vector: true });
    expect(bare.points).toEqual(points);
    const all = await client.query('test', { query: [1, 1, 1, 1], limit: 10, with_vector: true });
    expect(all.points).toHaveLength(5);
    expect(all.points[0]!.vector).toEqual(POINTS[2]!.vector);
    const [first] = await client.retrieve('test', { ids: [1], with_vector: true });
    expect(first).toEqual(POINTS[0]);
    const { params } = (await client.getCollection('test')).config;
    expect(params).toMatchObject({ vectors: { size: 4, distance: 'Dot' } });
    expect(params.sparse_vectors).toBeUndefined();
  });
});

test('vectors of a point are changed and deleted, and has_vector says who has one', async () => {
  await withClient(async (client) => {
    const of = { size: 2, distance: 'Dot' } as const;
    await client.createCollection('c', { vectors: { a: of, b: of } });
    const points = [1, 2].map((id) => ({ id, vector: { a: [id, 1] }, payload: { id } }));
    await client.upsert('c', { points });
    const having = async (has_vector: string): Promise<unknown[]> =>
      (await client.scroll('c', { filter: { must: { has_vector } } })).points.map(({ id }) => id);
    await client.updateVectors('c', { points: [{ id: 1, vector: { b: [5, 6] } }] });
    expect([await having('a'), await having('b'), await having('x')]).toEqual([[1, 2], [1], []]);
    await client.deleteVectors('c', { points: [1], vector: ['a'] });
    expect([await having('a'), await having('b')]).toEqual([[2], [1]]);
    await client.batchUpdate('c', {
      operations: [
        { update_vectors: { points: [{ id: 2, vector: { b: [7, 8] } }] } },
        { delete_vectors: { filter: { must: { has_vector: 'a' } }, vector: ['a'] } },
      ],
    });
    expect(await client.retrieve('c', { ids: [1, 2], with_vector: true })).toEqual([
      { id: 1, vector: { b: [5, 6] }, payload: { id: 1 } },
      { id: 2, vector: { b: [7, 8] }, payload: { id: 2 } },
    ]);
  });
});
