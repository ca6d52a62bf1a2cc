/* Two servers of one database: each has its own folder of snapshots, and its own limits. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';
import { askerOf, POINTS } from './served.js';

const OF_TEST = '/collections/test/snapshots';

test('servers of one database keep their snapshots and limits apart', () =>
  withFolder(async (folder) => {
    await using database = await open(join(folder, 'db'));
    await using one = await serve({ database, port: 0, limits: { uploadBytes: 1_024 } });
    await using other = await serve({ database, port: 0, snapshotsPath: join(folder, 'other') });
    const [ask, askOther] = [askerOf(one.url), askerOf(other.url)];
    await ask('PUT', '/collections/test', { vectors: { size: 4, distance: 'Dot' } });
    const points = Array.from({ length: 100 }, (_, id) => ({ ...POINTS[0], id }));
    await ask('PUT', '/collections/test/points?wait=true', { points });
    const made = await askOther('POST', OF_TEST);
    expect(made.status).toBe(200);
    const { name } = made.result as { name: string };
    expect((await askOther('GET', OF_TEST)).result).toHaveLength(1);
    // Not of the first, nor of a client in the process.
    expect((await ask('GET', OF_TEST)).result).toEqual([]);
    expect((await ask('GET', `${OF_TEST}/${name}`)).status).toBe(404);
    expect(await new QdrantClient({ database }).listSnapshots('test')).toEqual([]);
    const location = `${other.url}${OF_TEST}/${name}`;
    expect((await ask('PUT', `${OF_TEST}/recover`, { location })).status).toBe(413);
    expect((await askOther('PUT', `${OF_TEST}/recover`, { location })).status).toBe(200);
  }));

test('a snapshot is made whole while another server of the database begins', () =>
  withFolder(async (folder) => {
    await using database = await open(join(folder, 'db'));
    const client = new QdrantClient({ database });
    await client.createCollection('test', { vectors: { size: 4, distance: 'Dot' } });
    const points = Array.from({ length: 2_000 }, (_, id) => ({
      id,
      vector: [1, 2, 3, 4],
      payload: { text: 'x'.repeat(500) },
    }));
    await client.upsert('test', { points });
    const making = Promise.all(Array.from({ length: 4 }, () => client.createSnapshot('test')));
    for (let i = 0; i < 8; i++) await (await serve({ database, port: 0 })).close();
    await making;
    expect(await client.listSnapshots('test')).toHaveLength(4);
  }));
