/* What is kept of collections beside their points: aliases and parameters, whatever else happens to the collection. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { Service } from '#silt/server/qdrant/service.js';
import { withFolder } from '../../support/files.js';
import { say } from './cases.js';

const VECTORS = { size: 2, distance: 'Dot' } as const;
const create_alias = (alias_name: string, collection_name: string): object => ({
  create_alias: { alias_name, collection_name },
});

async function alias(client: QdrantClient, ...actions: object[]): Promise<void> {
  await client.updateCollectionAliases({ actions: say(actions) });
}

test('a name is of a collection or an alias, of two that ask for it at once', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('p', { vectors: VECTORS });
  const asked = (name: string): Promise<boolean>[] => [
    client.createCollection(name, { vectors: { size: 3, distance: 'Dot' } }),
    client.updateCollectionAliases({ actions: [say(create_alias(name, 'p'))] }),
  ];
  const first = await Promise.allSettled(asked('x'));
  expect(first.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  const second = await Promise.allSettled(asked('y').reverse());
  expect(second.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const { aliases } = await client.getAliases();
  const names = (await client.getCollections()).collections.map(({ name }) => name);
  expect(names.filter((name) => aliases.some(({ alias_name }) => alias_name === name))).toEqual([]);
  const twice = await Promise.allSettled([
    client.createCollection('tw', {}),
    client.createCollection('tw', {}),
  ]);
  expect(twice[1]).toMatchObject({
    reason: { data: { status: { error: 'Wrong input: Collection `tw` already exists!' } } },
  });
});

test('an alias ends with its collection, and is not of the next one of that name', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  await client.createCollection('p', { vectors: VECTORS });
  await alias(client, create_alias('a', 'p'));
  expect(await client.count('a')).toEqual({ count: 0 });
  await database.dropCollection('p');
  expect(await client.getAliases()).toEqual({ aliases: [] });
  await client.createCollection('p', { vectors: VECTORS });
  await expect(client.count('a')).rejects.toMatchObject({ status: 404 });
  expect(await client.getCollectionAliases('p')).toEqual({ aliases: [] });
  // Its name is free.
  await client.createCollection('a', { vectors: VECTORS });
  expect(await client.getCollections()).toMatchObject({ collections: [{ name: 'a' }, { name: 'p' }] });
});

test('a collection may have any number of aliases, which all go with it', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('p', { vectors: VECTORS });
  await alias(client, ...Array.from({ length: 1_100 }, (_, i) => create_alias(`a${i}`, 'p')));
  expect((await client.getAliases()).aliases).toHaveLength(1_100);
  expect(await client.deleteCollection('p')).toBe(true);
  expect(await client.getAliases()).toEqual({ aliases: [] });
  await client.createCollection('a7', { vectors: VECTORS });
});

test('indexing is paused after the database was opened again where its parameters say so, and not where they did', async () => {
  await withFolder(async (path) => {
    const states = async (client: QdrantClient): Promise<unknown> =>
      Promise.all(['on', 'off'].map(async (name) => (await client.getCollection(name)).status));
    {
      await using client = new QdrantClient({ path });
      const optimizers_config = { indexing_threshold: 0 };
      await client.createCollection('on', { vectors: VECTORS, optimizers_config });
      await client.createCollection('off', { vectors: VECTORS });
      for (const name of ['on', 'off']) await client.upsert(name, { points: [{ id: 1, vector: [1, 2] }] });
      expect((await client.getCollection('on')).status).toBe('grey');
      await client.updateCollection('on', { optimizers_config: { indexing_threshold: 20_000 } });
      await client.updateCollection('off', { optimizers_config });
    }
    await using client = new QdrantClient({ path });
    for (const name of ['on', 'off']) await client.upsert(name, { points: [{ id: 2, vector: [1, 2] }] });
    const [on, off] = (await states(client)) as string[];
    expect(on).not.toBe('grey');
    expect(off).toBe('grey');
  });
});

test('which vectors there are the collection says, not what was kept of them', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  const vectors = { a: { ...VECTORS, on_disk: true }, b: VECTORS };
  await client.createCollection('c', { vectors, metadata: { of: 'me' } });
  const collection = database.collection('c');
  await collection.dropField('b');
  await collection.createField('m', { vector: { dimension: 2, metric: 'dot', multi: true } });
  await collection.createField('s', { sparse: { modifier: 'idf' } });
  const { params, metadata } = (await client.getCollection('c')).config;
  const m = { ...VECTORS, multivector_config: { comparator: 'max_sim' } };
  expect(params.vectors).toEqual({ a: vectors.a, m });
  expect(params.sparse_vectors).toEqual({ s: { modifier: 'idf' } });
  expect(metadata).toEqual({ of: 'me' });
  await client.deleteVectorName('c', 's');
  expect((await client.getCollection('c')).config.params).not.toHaveProperty('sparse_vectors');
  await database.createCollection('unnamed', {
    vectors: { 'qdrant:unnamed': { dimension: 2, metric: 'dot', multi: true } },
  });
  expect((await client.getCollection('unnamed')).config.params.vectors).toEqual(m);
});

test('what no request has is not kept, and each vector says from which size on its graph is used', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  const vectors = {
    a: { ...VECTORS, hnsw_config: { full_scan_threshold: 10 } },
    b: VECTORS,
  };
  const hnsw_config = { full_scan_threshold: 20 };
  await client.createCollection('c', { vectors, hnsw_config, ...say<object>({ unheard: 1 }) });
  await client.updateCollection('c', say({ unheard: { of: 1 } }));
  const view = (await Service.over(database)).view('c');
  expect(view.given).not.toHaveProperty('unheard');
  const [a, b] = ['a', 'b'].map((name) => view.vector(name).exactBelow);
  expect([a, b]).toEqual([1_280, 2_560]);
});

test('names that objects inherit are names like others', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { a: VECTORS } });
  await expect(
    client.updateCollection('c', { vectors: { constructor: { on_disk: true } } as never }),
  ).rejects.toMatchObject({ status: 400 });
  const inherited = JSON.parse('{ "__proto__": [1, 2], "toString": [3, 4] }');
  const vectors = JSON.parse(JSON.stringify(inherited), (_, value) =>
    Array.isArray(value) ? VECTORS : value,
  );
  await client.createCollection('inherited', { vectors });
  expect((await client.getCollection('inherited')).config.params.vectors).toEqual(vectors);
  await client.upsert('inherited', { points: [{ id: 1, vector: inherited }] });
  const [point] = await client.retrieve('inherited', { ids: [1], with_vector: true });
  expect(JSON.stringify(point!.vector)).toBe(JSON.stringify(inherited));
  await client.createPayloadIndex('c', { field_name: 'constructor', field_schema: 'keyword' });
  expect((await client.getCollection('c')).payload_schema).toEqual({
    constructor: { data_type: 'keyword', points: 0 },
  });
});

test('a collection that cannot be kept as it was given is not made', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 80; i++) deep = { deep };
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  for (const metadata of [deep, circular, { big: 2n ** 60n }]) {
    await expect(client.createCollection('c', { vectors: VECTORS, metadata })).rejects.toMatchObject({
      status: 400,
    });
    expect(await client.collectionExists('c')).toEqual({ exists: false });
  }
});

test('a collection that is renamed by other means keeps its parameters and its aliases', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  await client.createCollection('p', { vectors: VECTORS, metadata: { of: 'p' } });
  await alias(client, create_alias('a', 'p'));
  await database.renameCollection('p', 'q');
  const metadata = async (name: string): Promise<unknown> =>
    (await client.getCollection(name)).config.metadata;
  expect([await metadata('q'), await metadata('a')]).toEqual([{ of: 'p' }, { of: 'p' }]);
  expect(await client.getCollectionAliases('q')).toEqual({
    aliases: [{ alias_name: 'a', collection_name: 'q' }],
  });
  await client.updateCollection('q', { metadata: { of: 'q' } });
  await database.renameCollection('q', 'p');
  expect([await metadata('p'), await metadata('a')]).toEqual([{ of: 'q' }, { of: 'q' }]);
  await client.deleteCollection('p');
  expect(await client.getAliases()).toEqual({ aliases: [] });
});

test('a path is the same however it is written', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('p', { vectors: VECTORS });
  await client.createPayloadIndex('p', { field_name: '"n"', field_schema: 'keyword' });
  await client.createPayloadIndex('p', { field_name: 'n', field_schema: { type: 'integer', lookup: true } });
  expect((await client.getCollection('p')).payload_schema).toEqual({
    n: { data_type: 'integer', params: { type: 'integer', lookup: true }, points: 0 },
  });
  expect(await client.facet('p', { key: '"n"' })).toEqual({ hits: [] });
  await client.deletePayloadIndex('p', '"n"');
  expect((await client.getCollection('p')).payload_schema).toEqual({});
});

test('UUIDs are counted in one form, and other texts at the path of their index are not', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('p', { vectors: {} });
  await client.createPayloadIndex('p', { field_name: 'u', field_schema: 'uuid' });
  const values = ['550E8400E29B41D4A716446655440000', '550e8400-e29b-41d4-a716-446655440001', 'other'];
  await client.upsert('p', { points: values.map((u, id) => ({ id, vector: {}, payload: { u } })) });
  const hits = [0, 1].map((last) => ({ value: `550e8400-e29b-41d4-a716-44665544000${last}`, count: 1 }));
  expect(await client.facet('p', { key: 'u' })).toEqual({ hits });
});

test('the edges of a box are outside, and one that is upside down holds nothing', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('p', { vectors: {} });
  const places = [
    [0, 0],
    [0, 5],
    [5, 5],
    [5, 180],
    [5, -175],
  ];
  await client.upsert('p', {
    points: places.map(([lat, lon], id) => ({ id, vector: {}, payload: { at: { lat, lon } } })),
  });
  const within = async (north: number, west: number, south: number, east: number): Promise<unknown> => {
    const corners = { top_left: { lat: north, lon: west }, bottom_right: { lat: south, lon: east } };
    const filter = { must: { key: 'at', geo_bounding_box: corners } };
    return (await client.scroll('p', { filter })).points.map(({ id }) => id);
  };
  expect(await within(5, -1, -1, 5)).toEqual([0]);
  expect(await within(5.1, -1, -1, 5.1)).toEqual([0, 1, 2]);
  expect(await within(-1, -1, 5, 6)).toEqual([]);
  expect(await within(1, 0, -1, 0)).toEqual([]);
  expect(await within(6, 179, 4, -174)).toEqual([3, 4]);
  expect(await within(6, 180, 4, -175)).toEqual([]);
});
