/* A full life of a collection, by the client in the process, as Qdrant's own clients have it. */
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';

const POINTS = [
  { id: 1, vector: [0.05, 0.61, 0.76, 0.74], payload: { city: 'Berlin', count: 3 } },
  { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: ['Berlin', 'London'], count: 1 } },
  { id: 3, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: ['Berlin', 'Moscow'], count: 9 } },
  { id: 2 ** 53 - 1, vector: [0.18, 0.01, 0.85, 0.8], payload: { city: 'London' } },
  { id: '98A9A4B14EF246FB8315A97D874FE1D7', vector: [0.24, 0.18, 0.22, 0.44] },
];
const UUID = '98a9a4b1-4ef2-46fb-8315-a97d874fe1d7';

async function withClient(run: (client: QdrantClient) => Promise<void>): Promise<void> {
  await using client = new QdrantClient({ location: ':memory:' });
  await run(client);
}

async function withPoints(run: (client: QdrantClient) => Promise<void>): Promise<void> {
  await withClient(async (client) => {
    await client.createCollection('test', { vectors: { size: 4, distance: 'Dot' } });
    await client.upsert('test', { points: POINTS });
    await run(client);
  });
}

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
  await withPoints(async (client) => {
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
  await withPoints(async (client) => {
    const id = 2n ** 53n + 1n;
    await client.upsert('test', { points: [{ id: id as never, vector: [1, 1, 1, 1] }] });
    expect(await client.retrieve('test', { ids: [id as never], with_payload: false })).toEqual([{ id }]);
    const { points } = await client.query('test', { query: [1, 1, 1, 1], limit: 1 });
    expect(points[0]!.id).toBe(id);
  });
});

test('queries find the nearest, filtered, with what is asked for', async () => {
  await withPoints(async (client) => {
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
    expect(points[0]!.version).toBe(0);
    expect(points[1]!.vector).toEqual([0.19, 0.81, 0.75, 0.11]);
    const like = await client.query('test', { query: 1, limit: 2 });
    expect(like.points.map(({ id }) => id)).toEqual([3, 2 ** 53 - 1]);
  });
});

test('pages of a scroll have each point once, in the order of ids', async () => {
  await withPoints(async (client) => {
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
  await withPoints(async (client) => {
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
  await withPoints(async (client) => {
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
