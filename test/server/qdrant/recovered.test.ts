/* A collection that is recovered from a snapshot has the parameters and aliases of the snapshot from the commit on that makes it so. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { FULL, someOf } from '../../support/amount.js';
import { withFolder } from '../../support/files.js';
import { ROOT } from '../../support/sources.js';

/** How many commits there are before the one that ends it. The collection is there with the second. */
const COMMITS = FULL ? [0, 1, 2, 3] : [1, 2];

const VECTORS = { size: 2, distance: 'Dot' } as const;

const SCRIPT = `
  import { QdrantClient } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/server/qdrant/index.js')).href)};
  const [path, name, location] = process.argv.slice(1);
  const client = new QdrantClient({ path });
  await client.recoverSnapshot(name, { location });
  await client.close();`;

/** A database of a collection `a`, with a snapshot of what it was before. Returns where that is, within the folder. */
async function prepare(path: string): Promise<string> {
  await using client = new QdrantClient({ path });
  const hnsw_config = { ef_construct: 77, full_scan_threshold: 5_000 };
  await client.createCollection('a', { vectors: VECTORS, hnsw_config, metadata: { of: 'snapshot' } });
  const field_schema = { type: 'integer', lookup: true, range: false } as const;
  await client.createPayloadIndex('a', { field_name: 'n', field_schema });
  await client.upsert('a', { points: [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { n: id } })) });
  const named = (alias_name: string): object => ({ create_alias: { alias_name, collection_name: 'a' } });
  await client.updateCollectionAliases({ actions: ['x', 'y'].map(named) as never });
  const { name } = (await client.createSnapshot('a'))!;
  await client.updateCollectionAliases({ actions: [{ delete_alias: { alias_name: 'y' } }] });
  await client.updateCollection('a', { metadata: { of: 'before' }, hnsw_config: { full_scan_threshold: 9 } });
  await client.deletePayloadIndex('a', 'n');
  await client.delete('a', { points: [1, 2] });
  return join('qdrant-snapshots/collections/c-a', name);
}

/** All that is told of the collections. */
async function told(client: QdrantClient): Promise<Record<string, unknown>> {
  const { collections } = await client.getCollections();
  const out: Record<string, unknown> = {};
  for (const { name } of collections) {
    const { config, payload_schema, points_count } = await client.getCollection(name);
    const { aliases } = await client.getCollectionAliases(name);
    out[name] = [config, payload_schema, points_count, aliases.map(({ alias_name }) => alias_name).sort()];
  }
  return out;
}

async function toldOf(path: string): Promise<Record<string, unknown>> {
  await using client = new QdrantClient({ path });
  return await told(client);
}

test.each(someOf(['a', 'b'], 2))(
  'killed at any commit of a recovery of %s, all of it is as before or as in the snapshot',
  (name) =>
    withFolder(async (folder) => {
      const path = join(folder, 'db');
      const location = await prepare(path);
      const before = await toldOf(path);
      const copies = join(folder, 'copies');
      const states: unknown[] = [];
      // Of a recovery that is not killed, nothing is between.
      for (const passes of [...COMMITS, 99]) {
        const copy = join(copies, String(passes));
        cpSync(path, copy, { recursive: true, filter: (from) => !from.includes('holder') });
        const file = pathToFileURL(join(copy, location)).href;
        const arms = pathToFileURL(join(ROOT, 'test/crash/arm.mjs')).href;
        const child = spawn(
          process.execPath,
          ['--import', arms, '--input-type=module', '-e', SCRIPT, copy, name, file],
          {
            stdio: ['ignore', 'inherit', 'inherit'],
            env: { ...process.env, SILT_TEST_CRASH_AT: `committed:${passes}` },
          },
        );
        const [code] = await once(child, 'exit');
        states.push(await toldOf(copy));
        if (code === 0) break;
      }
      const after = states.at(-1) as typeof before;
      const own = after[name] as [{ metadata: object }, object, number, string[]];
      expect([own[0].metadata, own[2]]).toEqual([{ of: 'snapshot' }, 3]);
      expect(own[3]).toEqual(name === 'a' ? ['x', 'y'] : ['y']);
      const kinds = states.map((state) =>
        JSON.stringify(state) === JSON.stringify(before)
          ? 'before'
          : JSON.stringify(state) === JSON.stringify(after)
            ? 'after'
            : state,
      );
      expect(kinds.filter((kind) => kind !== 'before' && kind !== 'after')).toEqual([]);
      expect(kinds.slice(-2)).toEqual(['after', 'after']);
      expect(kinds[0]).toBe(FULL ? 'before' : 'after');
    }),
);

test('a snapshot that is restored by other means has its parameters, too', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const file = join(path, await prepare(path));
    await using database = await open(path);
    const client = new QdrantClient({ database });
    await database.restoreCollection('a', file, { replace: true });
    expect((await client.getCollection('a')).config.metadata).toEqual({ of: 'snapshot' });
    await client.updateCollection('a', { metadata: { of: 'me' } });
    await database.restoreCollection('a', file, { replace: true });
    expect((await client.getCollection('a')).config.metadata).toEqual({ of: 'snapshot' });
  }));
