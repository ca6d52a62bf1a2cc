/* A collection is made with its parameters in one commit: wherever a process ends, there is none that has lost them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import type { CreateCollection } from '#silt/server/qdrant/api/collections.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
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
