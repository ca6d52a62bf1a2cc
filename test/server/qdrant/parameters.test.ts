/* Parameters of requests that change answers in Qdrant change them here. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { Service } from '#silt/server/qdrant/service.js';
import { withServer } from '../http/served.js';
import { say } from './cases.js';

const VECTORS = { size: 2, distance: 'Dot' } as const;

test('words of other lengths than a text index has do not count', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', {});
  const texts = ['a cat sat', 'the cat', 'extraordinary', 'ÀÉ'];
  await client.upsert('c', {
    points: texts.map((text, id) => ({ id, vector: {}, payload: { of: [{ text }] } })),
  });
  const found = async (match: object): Promise<unknown> =>
    (await client.scroll('c', { filter: { must: { key: 'of[].text', match: say(match) } } })).points.map(
      ({ id }) => id,
    );
  const index = (lengths: object): Promise<unknown> =>
    client.createPayloadIndex('c', {
      field_name: 'of[].text',
      field_schema: say({ type: 'text', ...lengths }),
    });
  await index({ min_token_len: 2, max_token_len: 10 });
  expect(await found({ text: 'cat A' })).toEqual([0, 1]);
  expect(await found({ text: 'cat extraordinary' })).toEqual([0, 1]);
  expect(await found({ text: 'cat sat extraordinary' })).toEqual([0]);
  expect(await found({ text_any: 'a the extraordinary' })).toEqual([1]);
  expect(await found({ text: 'a extraordinary' })).toEqual([]);
  expect(await found({ text_any: 'a' })).toEqual([]);
  expect(await found({ text: 'àé' })).toEqual([3]);
  const inner = { must: { key: 'text', match: { text: 'a sat' } } };
  expect(await client.count('c', { filter: { must: { nested: { key: 'of', filter: inner } } } })).toEqual({
    count: 1,
  });
  await index({ max_token_len: 0 });
  expect(await found({ text: 'cat' })).toEqual([]);
  await index({ min_token_len: null });
  expect(await found({ text: 'cat a' })).toEqual([0]);
  expect(await found({ phrase: 'a cat' })).toEqual([0]);
});

test('without a graph, as m of 0 asks, all points are compared', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  const without = { hnsw_config: { m: 0 } };
  await client.createCollection('c', {
    vectors: { a: VECTORS, b: { ...VECTORS, hnsw_config: { m: 8 } } },
    ...without,
  });
  const view = async (name: string): Promise<boolean> =>
    (await Service.over(database)).view('c').vector(name).exactBelow === Number.POSITIVE_INFINITY;
  expect([await view('a'), await view('b')]).toEqual([true, false]);
  await client.updateCollection('c', { vectors: { b: without } });
  expect(await view('b')).toBe(true);
  expect((await client.getCollection('c')).config.hnsw_config.m).toBe(0);
});

test('a shard key is not found, wherever it is asked for', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS });
  await client.upsert('c', { points: [{ id: 1, vector: [1, 2] }], shard_key: null });
  const shard_key = 'mine';
  const asked = {
    upsert: client.upsert('c', { points: [{ id: 2, vector: [1, 2] }], shard_key }),
    delete: client.delete('c', { points: [1], shard_key }),
    batch: client.batchUpdate('c', { operations: [{ delete: { points: [1], shard_key: [shard_key] } }] }),
    scroll: client.scroll('c', { shard_key: { target: shard_key, fallback: 'other' } }),
    query: client.query('c', { query: [1, 2], shard_key }),
    queries: client.queryBatch('c', { searches: [{ query: [1, 2] }, { query: [1, 2], shard_key }] }),
    prefetch: client.query('c', {
      prefetch: { query: 1, lookup_from: { collection: 'c', shard_key } },
      query: { fusion: 'rrf' },
    }),
    count: client.count('c', { shard_key }),
  };
  for (const [name, call] of Object.entries(asked))
    await expect(call, name).rejects.toMatchObject({
      status: 400,
      data: { status: { error: 'Wrong input: Shard key "mine" not found' } },
    });
  expect((await client.scroll('c', {})).points.map(({ id }) => id)).toEqual([1]);
});

test('a member that a request does not have is ignored, whatever it is', () =>
  withServer({}, async (_, ask) => {
    await ask('PUT', '/collections/c', { vectors: VECTORS, shard_key: 'mine' });
    for (const other of [5, [null], { a: 1 }]) {
      const body = { operations: other, searches: other };
      expect(await ask('POST', '/collections/c/points/count', body)).toMatchObject({ result: { count: 0 } });
      expect(await ask('PATCH', '/collections/c', { ...body, shard_key: 'mine' })).toMatchObject({
        result: true,
      });
    }
  }));

test('members are known by the other names that Qdrant takes for them', () =>
  withServer({}, async (_, ask) => {
    await ask('PUT', '/collections/c', { vectors: VECTORS });
    await ask('PUT', '/collections/c/points?wait=true', {
      points: [1, 2].map((id) => ({ id, vector: [id, 1] })),
    });
    const points = '/collections/c/points';
    const both = [{ vector: [2, 1] }];
    const search = { vector: [1, 0], top: 1, with_vectors: true };
    expect((await ask('POST', `${points}/search`, search)).result).toMatchObject(both);
    expect((await ask('POST', `${points}/search`, search)).result).toHaveLength(1);
    expect((await ask('POST', `${points}/search/batch`, { searches: [search] })).result).toMatchObject([
      both,
    ]);
    expect((await ask('POST', points, { ids: [2], with_vectors: true })).result).toMatchObject(both);
    expect(await ask('POST', `${points}/search`, { ...search, limit: 1 })).toMatchObject({
      status: 400,
      error: 'Format error in JSON body: duplicate field `limit`',
    });
  }));

test('an index that is built is told with the lists that are asked for', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS });
  const lists = async (given?: string): Promise<string[]> =>
    Object.keys(await client.getOptimizations('c', given === undefined ? {} : { with: given }));
  expect(await lists()).toEqual(['summary', 'running']);
  expect(await lists('completed, queued')).toEqual(['summary', 'running', 'queued', 'completed']);
  expect(await lists('idle_segments')).toEqual(['summary', 'running', 'idle_segments']);
  await expect(lists('running')).rejects.toMatchObject({
    data: { status: { error: "Wrong input: Unknown field in 'with' parameter: running" } },
  });
});

test('what is told anonymously has no names', () =>
  withServer({}, async (_, ask) => {
    await ask('PUT', '/collections/secret', { vectors: { hidden: VECTORS } });
    for (const path of ['/telemetry', '/metrics']) {
      const { text } = await ask('GET', `${path}?anonymize=false`);
      expect(text).toContain('secret');
      const { text: told, status } = await ask('GET', `${path}?anonymize=true`);
      expect([status, told.length > text.length / 2]).toEqual([200, true]);
      expect(told).not.toMatch(/secret|hidden/);
    }
  }));

test('a read ends when its time is over', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', {});
  const payload = { texts: Array.from({ length: 20 }, (_, i) => `some text ${i}`) };
  await client.upsert('c', {
    points: Array.from({ length: 2_000 }, (_, id) => ({ id, vector: {}, payload })),
  });
  // Each reads all payloads, as none is the filter of another: two minutes, were all of them asked.
  const searches = Array.from({ length: 10_000 }, (_, i) => ({
    filter: { must_not: { key: 'texts[]', match: { text: `another ${i}` } } },
    query: { sample: 'random' } as const,
    limit: 1,
  }));
  await expect(client.queryBatch('c', { searches, timeout: 1 })).rejects.toMatchObject({
    status: 408,
    data: { status: { error: "Timeout: Operation 'query_batch_points' timed out after 1s" } },
  });
  expect(await client.count('c', { timeout: 10_000_000 })).toEqual({ count: 2_000 });
});
