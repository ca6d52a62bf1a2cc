/* A collection is made with its parameters in one commit: wherever a process ends, there is none that has lost them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import type { CollectionInfo, CreateCollection } from '#silt/server/qdrant/api/collections.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { Service } from '#silt/server/qdrant/service.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { ROOT } from '../../support/sources.js';
import { newMemoryStore, openWith } from '../../support/stores.js';

const GIVEN: CreateCollection = {
  vectors: { size: 2, distance: 'Dot', on_disk: true },
  hnsw_config: { full_scan_threshold: 9 },
  optimizers_config: { indexing_threshold: 0 },
  metadata: { of: 'me' },
};

/** What is told of the collection `c`; undefined where there is none. */
async function told(client: QdrantClient): Promise<unknown> {
  if (!(await client.collectionExists('c')).exists) return undefined;
  const { config } = await client.getCollection('c');
  return [config.params.vectors, config.hnsw_config.full_scan_threshold, config.metadata];
}

const WHOLE = [GIVEN.vectors, 9, GIVEN.metadata];

test('of a collection whose making fails at any commit, there is nothing, or all of it', async () => {
  const seen: unknown[] = [];
  for (let commits = 0; ; commits++) {
    const store = newMemoryStore();
    const failing = new FaultyStore(store, commits, 'before', Number.POSITIVE_INFINITY);
    const client = new QdrantClient({ database: await openWith(failing) });
    const isMade = await client.createCollection('c', GIVEN).catch(() => false);
    await using after = await openWith(store);
    seen.push(await told(new QdrantClient({ database: after })));
    if (isMade) break;
  }
  expect(seen).toEqual([undefined, WHOLE]);
});

/** What there is behind `change` of a collection `c`, for every commit of it that may be the first to fail. */
async function behindFailures(change: (client: QdrantClient) => Promise<unknown>): Promise<CollectionInfo[]> {
  const seen: CollectionInfo[] = [];
  for (let commits = 0; ; commits++) {
    const store = newMemoryStore();
    const failing = new FaultyStore(store, 0, 'before', 0);
    const client = new QdrantClient({ database: await openWith(failing) });
    await client.createCollection('c', GIVEN);
    await client.createPayloadIndex('c', {
      field_name: 'old',
      field_schema: { type: 'keyword', on_disk: true },
    });
    failing.failNext(Number.POSITIVE_INFINITY, commits);
    const isMade = await change(client).catch(() => undefined);
    await using after = await openWith(store);
    seen.push(await new QdrantClient({ database: after }).getCollection('c'));
    if (isMade) return seen;
  }
}

test('of a payload index whose making fails at any commit, there is nothing, or all of it', async () => {
  const params = { type: 'integer', lookup: true, range: false } as const;
  const seen = await behindFailures((client) =>
    client.createPayloadIndex('c', { field_name: 'n', field_schema: params }),
  );
  const indexes = seen.map(({ payload_schema }) => payload_schema['n']);
  expect(new Set(indexes.slice(0, -1))).toEqual(new Set([undefined]));
  expect(indexes.at(-1)).toEqual({ data_type: 'integer', params, points: 0 });
});

test('an index in the place of another never has the parameters of that one', async () => {
  const params = { type: 'integer', lookup: true } as const;
  const seen = await behindFailures((client) =>
    client.createPayloadIndex('c', { field_name: 'old', field_schema: params }),
  );
  for (const { payload_schema } of seen) {
    const { data_type, params: told } = payload_schema['old'] ?? {};
    if (told) expect(told.type).toBe(data_type);
  }
  expect(seen.at(-1)!.payload_schema['old']).toEqual({ data_type: 'integer', params, points: 0 });
});

test('of a vector whose making fails at any commit, there is nothing, or all of it', async () => {
  const dense = { size: 3, distance: 'Euclid', datatype: 'float16' } as const;
  const seen = await behindFailures((client) => client.createVectorName('c', 'v', { dense }));
  const vectors = seen.map(({ config }) => config.params.vectors as Record<string, unknown>);
  expect(vectors.slice(0, -1)).toEqual(vectors.slice(0, -1).map(() => GIVEN.vectors));
  expect(vectors.at(-1)).toEqual({ '': GIVEN.vectors, v: dense });
});

test('parameters of a vector that was never made are not those of another of its name', async () => {
  const failing = new FaultyStore(newMemoryStore(), 0, 'before', 0);
  const database = await openWith(failing);
  const client = new QdrantClient({ database });
  await client.createCollection('c', GIVEN);
  failing.failNext(1, 1);
  const dense = { size: 3, distance: 'Euclid', datatype: 'float16' } as const;
  await expect(client.createVectorName('c', 'v', { dense })).rejects.toThrow();
  await database.collection('c').createField('v', { vector: { dimension: 4, metric: 'dot' } });
  const { config } = await client.getCollection('c');
  expect(config.params.vectors).toEqual({ '': GIVEN.vectors, v: { size: 4, distance: 'Dot' } });
});

test('from which size on a graph is used is not said by another vector of that name, which is gone', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  const hnsw_config = { full_scan_threshold: 1 };
  await client.createCollection('c', { vectors: { v: { size: 1, distance: 'Dot', hnsw_config } } });
  const exactBelow = async (): Promise<number> =>
    (await Service.over(database)).view('c').vector('v').exactBelow;
  expect(await exactBelow()).toBe(1_024 / 4);
  const collection = database.collection('c');
  await collection.createField('other', { sparse: {} });
  await collection.dropField('v');
  await collection.createField('v', { vector: { dimension: 2, metric: 'dot' } });
  expect(await exactBelow()).toBe((10_000 * 1_024) / 8);
});

test('a process that is killed behind the commit of a collection leaves it with its parameters', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await (await open(path)).close();
    const client = pathToFileURL(join(ROOT, 'dist/server/qdrant/index.js')).href;
    const script = `
      import { QdrantClient } from ${JSON.stringify(client)};
      await new QdrantClient({ path: process.argv[1] }).createCollection('c', ${JSON.stringify(GIVEN)});`;
    const arms = pathToFileURL(join(ROOT, 'test/crash/arm.mjs')).href;
    const child = spawn(process.execPath, ['--import', arms, '--input-type=module', '-e', script, path], {
      stdio: 'inherit',
      env: { ...process.env, SILT_TEST_CRASH_AT: 'committed:0' },
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    await using after = new QdrantClient({ path });
    expect(await told(after)).toEqual(WHOLE);
    // Indexing is paused, as its parameters say.
    await after.upsert('c', { points: [{ id: 1, vector: [1, 2] }] });
    expect((await after.getCollection('c')).status).toBe('grey');
  }));

test('parameters stay with a collection that is renamed, and change as others do', async () => {
  await using database = await open();
  const client = new QdrantClient({ database });
  await client.createCollection('p', GIVEN);
  await database.renameCollection('p', 'c');
  expect(await told(client)).toEqual(WHOLE);
  await client.updateCollection('c', { metadata: { of: 'you' } });
  expect(await told(client)).toEqual([GIVEN.vectors, 9, { of: 'you' }]);
  await client.deleteCollection('c');
  await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } });
  expect(await told(client)).toEqual([{ size: 2, distance: 'Dot' }, 10_000, undefined]);
  // What no request made has nothing of it.
  await database.dropCollection('c');
  await database.createCollection('c', { dimension: 2, metric: 'dot' });
  expect(await told(client)).toEqual([{ size: 2, distance: 'Dot' }, 10_000, undefined]);
});
