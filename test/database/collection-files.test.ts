/* A collection in a file, and back: all of it, as of one moment, in one step, or not at all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { COLLECTION_FILE_VERSION } from '#silt/collection/upkeep/collection-file.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { DROPPED } from '#silt/store/records.js';
import { someOf } from '../support/amount.js';
import { errorOf, failureOf, liveOf, pointsOf, SMALL } from '../support/databases.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';
import { until } from '../support/steps.js';
import { newMemoryStore, openWith } from '../support/stores.js';

async function pointsIn(collection: Collection): Promise<unknown[]> {
  const points: unknown[] = [];
  for await (const point of collection.scroll({ withVector: true })) points.push(point);
  return points;
}

/** Runs `use` with a database in a folder, which has a place for files as well. */
const withBoth = (use: (db: Database, folder: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const db = await open(join(folder, 'db'));
    await use(db, folder).finally(() => db.close());
  });

const FIELDS = {
  dimension: 3,
  metric: 'dot',
  vectors: {
    many: { dimension: 2, metric: 'cosine', multi: true },
    other: { dimension: 2, metric: 'euclidean' },
  },
  sparse: { words: { modifier: 'idf' } },
  text: { title: { path: 'title', language: 'english' } },
} as const;

async function withFields(db: Database): Promise<Collection> {
  const made = await db.createCollection('fields', FIELDS);
  await made.upsert([
    { id: 1, vector: [1, 2, 3], payload: { title: 'running wolves', n: 1, deep: { a: [1, { b: null }] } } },
    { id: 'é', vector: { '': [0, 0, 0], words: { indices: [7, 2], values: [0.5, -1] } } },
    {
      id: 2n ** 64n - 1n,
      vector: {
        many: [
          [1, 0],
          [0, 2],
        ],
        other: [0.1, 0.2],
      },
      payload: { __proto__2: 1 },
    },
    { id: 4, payload: { s: '\ud800' } },
  ]);
  await made.setPayload(1, { n: 2 });
  await made.updateVectors([{ id: 4, vector: { other: [5, 6] } }]);
  await made.deleteVectors(1, ['']);
  await made.createPayloadIndex('n', 'integer');
  await made.dropField('other');
  const later = await made.createField('late', { vector: { dimension: 1, metric: 'manhattan' } });
  await later.upsert({ id: 5, vector: { late: [9] }, payload: { n: 3 } });
  return later as unknown as Collection;
}

test('a collection of any fields comes back as it was, in its own database and in others', () =>
  withBoth(async (db, folder) => {
    const made = await withFields(db);
    const before = await pointsIn(made);
    const path = join(folder, 'files', 'one');
    expect(await db.backupCollection('fields', path, { note: { by: ['me'] } })).toEqual({
      points: 5,
      note: { by: ['me'] },
    });
    expect(readdirSync(join(folder, 'files'))).toEqual(['one']);
    const expectSame = async (collection: Collection): Promise<void> => {
      expect(await pointsIn(collection)).toEqual(before);
      expect(collection.config).toEqual(made.config);
      expect(collection.info().payloadIndexes).toMatchObject([{ path: 'n', kind: 'integer' }]);
      expect(await collection.count({ filter: { must: [{ key: 'n', range: { gte: 2 } }] } })).toBe(2);
      expect(await collection.search({ text: 'run' }, { using: 'title' })).toMatchObject([{ id: 1 }]);
      expect((await collection.verify()).ok).toBe(true);
      await collection.createField('later', { sparse: {} });
      await collection.upsert({ id: 6, vector: { later: { indices: [1], values: [1] } } });
    };
    expect(await db.restoreCollection('copy', path)).toEqual({ points: 5, note: { by: ['me'] } });
    await expectSame(db.collection('copy'));
    const other = await open();
    await other.restoreCollection('elsewhere', path);
    await expectSame(other.collection('elsewhere'));
    await other.close();
    await db.close();
    const again = await open(join(folder, 'db'));
    expect(again.collections().map(({ name, points }) => [name, points])).toEqual([
      ['copy', 6],
      ['fields', 5],
    ]);
    await again.close();
  }));

test('a file is of the moment of the call, while writes go on', () =>
  withBoth(async (db, folder) => {
    const made = await db.createCollection('a', SMALL);
    await made.upsert(pointsOf(1, 1_500));
    const written = db.backupCollection('a', join(folder, 'file'));
    await Promise.all([
      written,
      made.upsert(pointsOf(2, 1_500, 1_000)),
      made.delete(Array.from({ length: 500 }, (_, id) => id)),
    ]);
    await db.restoreCollection('b', join(folder, 'file'));
    expect(await db.collection('b').count()).toBe(1_500);
    expect(await pointsIn(db.collection('b'))).toEqual(
      pointsOf(1, 1_500).map((point) => ({ ...point, id: point.id })),
    );
    expect(await made.count()).toBe(2_000);
  }));

test('a restored collection takes the place of another in one step', () =>
  withBoth(async (db, folder) => {
    const path = join(folder, 'file');
    const made = await db.createCollection('a', SMALL);
    await made.upsert(pointsOf(1, 1_200));
    await db.backupCollection('a', path);
    await made.upsert(pointsOf(2, 10));
    await made.delete({ filter: {} });
    const { createdAt } = made.info();
    expect(await failureOf(() => db.restoreCollection('a', path))).toBe('COLLECTION_EXISTS');
    const restored = db.restoreCollection('a', path, { replace: true });
    const seen = new Set<number>();
    let going = true;
    restored.finally(() => {
      going = false;
    });
    // A read that is under way on the one before, when the other takes its place, is told so.
    while (going)
      seen.add(
        await db
          .collection('a')
          .count()
          .catch((error) => (error.code === 'COLLECTION_NOT_FOUND' ? 0 : -1)),
      );
    await restored;
    expect([...seen].filter((count) => count !== 0 && count !== 1_200)).toEqual([]);
    expect(await failureOf(() => made.count())).toBe('COLLECTION_NOT_FOUND');
    const now = db.collection('a');
    expect(now.info().createdAt).toBe(createdAt);
    expect(await now.count()).toBe(1_200);
    await now.buildNow();
    const [first] = pointsOf(1, 1);
    expect(await now.search(first!.vector, { k: 1 })).toMatchObject([{ id: 0 }]);
  }));

test('a file that is damaged, of another version, or not one is refused before any effect', () =>
  withBoth(async (db, folder) => {
    const path = join(folder, 'file');
    const made = await db.createCollection('a', SMALL);
    await made.upsert(pointsOf(1, 50));
    await db.backupCollection('a', path);
    const bytes = readFileSync(path);
    const refusedFor = async (change: (copy: Buffer) => Buffer | undefined): Promise<string> => {
      const copy = Buffer.from(bytes);
      writeFileSync(path, change(copy) ?? copy);
      const error = await errorOf(() => db.restoreCollection('a', path, { replace: true }));
      expect(error.code).toBe('SNAPSHOT_INVALID');
      return error.message;
    };
    for (const at of [20, 100, 3_000, bytes.length - 2])
      expect(await refusedFor((copy) => void (copy[at]! ^= 1))).toContain(path);
    expect(await refusedFor((copy) => copy.subarray(0, 4_000))).toContain('altered');
    expect(await refusedFor(() => Buffer.alloc(0))).toContain('is cut short');
    expect(await refusedFor((copy) => void copy.write('SILTOTHR'))).toContain(
      'is not a file of a collection',
    );
    expect(await refusedFor((copy) => void copy.writeUInt32LE(COLLECTION_FILE_VERSION + 1, 8))).toContain(
      `has format version ${COLLECTION_FILE_VERSION + 1}, this release reads ${COLLECTION_FILE_VERSION}`,
    );
    expect(await failureOf(() => db.restoreCollection('b', join(folder, 'none')))).toBe('INVALID_OPTION');
    expect(await failureOf(() => db.backupCollection('a', path))).toBe('INVALID_OPTION');
    expect(await failureOf(() => db.backupCollection('c', join(folder, 'c')))).toBe('COLLECTION_NOT_FOUND');
    expect(await made.count()).toBe(50);
    expect(db.collections().map(({ name }) => name)).toEqual(['a']);
  }));

const SCRIPT = `
  import { open } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
  const [folder] = process.argv.slice(1);
  const db = await open(folder + '/db');
  await db.restoreCollection('a', folder + '/file', { replace: true });
  await db.close();`;

test('killed at any commit of a restore, the collection is the one before or the other, and no row is left over', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'file');
    const db = await open(join(folder, 'db'));
    const made = await db.createCollection('a', { dimension: 100, metric: 'dot' });
    const rows = Array.from({ length: 1_600 }, (_, id) => ({ id, vector: new Float32Array(100).fill(id) }));
    await made.upsert(rows);
    await db.backupCollection('a', path);
    await made.delete({ filter: {} });
    await made.upsert(rows.slice(0, 7));
    await db.close();
    const counts: number[] = [];
    // The number is reserved, then come three entries, then the name.
    for (const passes of [...someOf([0, 1], 2), 3, 4]) {
      const arms = pathToFileURL(join(ROOT, 'test/crash/arm.mjs')).href;
      const child = spawn(process.execPath, ['--import', arms, '--input-type=module', '-e', SCRIPT, folder], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, SILT_TEST_CRASH_AT: `committed:${passes}` },
      });
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      const again = await open(join(folder, 'db'));
      expect(again.collections().map(({ name }) => name)).toEqual(['a']);
      counts.push(await again.collection('a').count());
      expect((await again.collection('a').verify()).ok).toBe(true);
      await until(() => liveOf(again.collection('a')).store.records(DROPPED).length === 0);
      await again.close();
    }
    expect(counts.slice(-3)).toEqual([7, 7, 1_600].slice(-counts.length));
  }));

test('a commit that fails leaves the collection as it was, and nothing behind', () =>
  withBoth(async (db, folder) => {
    const path = join(folder, 'file');
    const made = await db.createCollection('a', SMALL);
    await made.upsert(pointsOf(1, 100));
    await db.backupCollection('a', path);
    for (const at of [0, 1, 2]) {
      const store = new FaultyStore(newMemoryStore(), Infinity);
      const other = await openWith(store);
      await (await other.createCollection('a', SMALL)).upsert(pointsOf(2, 7));
      store.failNext(1, at);
      expect(await failureOf(() => other.restoreCollection('a', path, { replace: true }))).toBe(
        'STORE_FAILED',
      );
      expect(await other.collection('a').count()).toBe(7);
      await until(() => store.records(DROPPED).length === 0);
      await other.restoreCollection('a', path, { replace: true });
      expect(await pointsIn(other.collection('a'))).toEqual(await pointsIn(made));
      await other.close();
    }
  }));

test('where the disk refuses, no file is left', () =>
  withBoth(async (db, folder) => {
    await (await db.createCollection('a', SMALL)).upsert(pointsOf(1, 100));
    for (const operation of someOf(['write', 'open', 'sync', 'rename'] as const, 2)) {
      nodePlatform.faults.file = (now) => {
        if (now === operation) throw Object.assign(new Error('failed on purpose'), { code: 'ENOSPC' });
      };
      const failure = await failureOf(() => db.backupCollection('a', join(folder, 'files', 'a')));
      nodePlatform.faults.file = undefined;
      expect(failure).toBe('DISK_FULL');
      expect(readdirSync(join(folder, 'files'))).toEqual([]);
    }
    await db.backupCollection('a', join(folder, 'files', 'a'));
  }));
