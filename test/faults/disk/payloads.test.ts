/*
 * T10 for payload indexes: commits and file operations fail, each in its turn. Filters tell of what was acknowledged,
 * never of rows that were staged and refused, also after reopening.
 */
import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Collection, type Database, open, StoreError } from '#silt/index.js';
import type { FileOperation } from '#silt/platform/faults.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import type { Store } from '#silt/store/store.js';
import { amount, someOf } from '../../support/amount.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { FilterTwin, randomRows } from '../../support/filtered.js';
import { randomFilter } from '../../support/filters.js';
import { randomOf } from '../../support/random.js';
import { until } from '../../support/steps.js';
import { newMemoryStore, openLmdb, openWith } from '../../support/stores.js';

const CONFIG = {
  dimension: 4,
  metric: 'euclidean',
  hnsw: { efConstruction: 40 },
  indexing: { paused: true, threads: 1 },
} as const;
const FILTERS = Array.from({ length: 8 }, (_, i) => randomFilter(randomOf(900 + i)));

/** One in so many of the commits and operations fails. */
const STEP = amount('SILT_STEP', 5, 1);

afterEach(() => {
  nodePlatform.faults.file = undefined;
});

const rows = (seed: number, count: number, from = 0): ReturnType<typeof randomRows> =>
  randomRows(seed, count, 'euclidean', 4, from);

async function expectTrue(twin: FilterTwin): Promise<void> {
  expect(await twin.collection.count()).toBe(twin.rows.size);
  for (const filter of FILTERS) await twin.expectCount(filter);
  await twin.expectScroll(FILTERS[0]!);
}

describe.each(someOf(['before', 'after'] as const, 2))('the n-th commit fails, %s it is made', (moment) => {
  /** All that commits, once, and again where it is refused. */
  async function live(twin: FilterTwin): Promise<void> {
    const tried = async (
      work: (points: Collection) => Promise<unknown>,
      acknowledged: () => void,
    ): Promise<void> => {
      const infos = JSON.stringify(
        twin.collection.info().payloadIndexes.map(({ path, kind }) => [path, kind]),
      );
      try {
        await work(twin.collection);
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError);
        expect(
          JSON.stringify(twin.collection.info().payloadIndexes.map(({ path, kind }) => [path, kind])),
        ).toBe(infos);
        await expectTrue(twin);
        await work(twin.collection);
      }
      acknowledged();
      await expectTrue(twin);
    };
    const upsert = (points: ReturnType<typeof randomRows>): Promise<void> =>
      tried(
        (collection) => collection.upsert(points),
        () => {
          for (const { id, vector, payload } of points) twin.rows.set(id, { vector, payload });
        },
      );
    const index = (path: string, kind: 'integer' | 'text' | 'geo'): Promise<void> =>
      tried(
        (collection) => collection.createPayloadIndex(path, kind),
        () => twin.indexes.set(path, kind),
      );
    await upsert(rows(1, 60));
    await index('n', 'integer');
    await index('s', 'text');
    await upsert(rows(2, 30, 140));
    await upsert(rows(3, 30, 150));
    await index('list[].place', 'geo');
    const filter = FILTERS[1]!;
    const matching = twin.matching(filter);
    await tried(
      async (collection) => expect((await collection.delete({ filter })).deleted).toBe(matching.length),
      () => {
        for (const id of matching) twin.rows.delete(id);
      },
    );
    await upsert(rows(4, 40));
    await tried(
      (collection) => collection.dropPayloadIndex('s'),
      () => twin.indexes.delete('s'),
    );
    await upsert(rows(5, 10, 300));
    await until(() => twin.collection.info().payloadIndexes.every(({ state }) => state === 'ready'));
    twin.expectReady();
    await expectTrue(twin);
  }

  async function liveWithEach(
    begin: () => Promise<Store>,
    after: (twin: FilterTwin) => Promise<void>,
  ): Promise<void> {
    // The first commit makes the collection.
    for (let n = 1; ; n += STEP) {
      const store = new FaultyStore(await begin(), n, moment);
      const database = await openWith(store);
      const twin = new FilterTwin(await database.createCollection('a', CONFIG));
      try {
        await live(twin);
      } catch (error) {
        throw new Error(`commit ${n} failed: ${(error as Error).message}`, { cause: error });
      } finally {
        await database.close();
      }
      await after(twin);
      if (!store.struck) {
        expect(n).toBeGreaterThan(8);
        return;
      }
    }
  }

  test('in memory', async () => {
    await liveWithEach(
      async () => newMemoryStore(),
      async () => {},
    );
  });

  test('on disk, and after reopening', async () => {
    await withFolder(async (folder) => {
      let round = 0;
      await liveWithEach(
        () => openLmdb(`${folder}/${++round}`),
        async (twin) => {
          const again = await openWith(await openLmdb(`${folder}/${round}`));
          twin.collection = again.collection('a');
          await expectTrue(twin);
          twin.expectReady();
          await again.close();
        },
      );
    });
  });
});

describe.each(someOf(['ENOSPC', 'EIO'], 2))('%s', (code) => {
  /** A life with its first file operations behind; returns the operation that failed. */
  async function lifeWithFault(n: number, folder: string): Promise<FileOperation | undefined> {
    let left = n;
    let struck: FileOperation | undefined;
    nodePlatform.faults.file = (operation) => {
      if (left-- !== 0) return;
      struck = operation;
      throw Object.assign(new Error(`${code}: failed on purpose, ${operation}`), { code });
    };
    let database: Database = await open(folder);
    const twin = new FilterTwin(await database.createCollection('a', CONFIG));
    await twin.put(rows(1, 50));
    await twin.index('n', 'integer');
    await twin.index('tags', 'text');
    await twin.put(rows(2, 20, 140));
    await twin.collection.compact();
    await expectTrue(twin);
    await twin.put(rows(3, 5, 300));
    await twin.drop('n');
    await database.close();
    const names = (await readdir(`${folder}/snapshots`)).filter(
      (name) => !/^1\.(snapshot|payloads)$/.test(name),
    );
    expect(names).toEqual([]);
    for (let openings = 0; openings < 2; openings++) {
      database = await open(folder);
      twin.collection = database.collection('a');
      await expectTrue(twin);
      await until(() => twin.collection.info().payloadIndexes.every(({ state }) => state === 'ready'));
      twin.expectReady();
      await twin.put(rows(4 + openings, 5, 200));
      await expectTrue(twin);
      await database.close();
    }
    nodePlatform.faults.file = undefined;
    return struck;
  }

  test('in any file operation of a life makes no filter wrong', async () => {
    const seen = new Set<FileOperation>();
    let n = 0;
    for (
      let struck: FileOperation | undefined = 'open';
      struck !== undefined;
      n += n < 20 ? STEP : 6 * STEP
    ) {
      await withFolder(async (folder) => {
        struck = await lifeWithFault(n, folder);
        if (struck) seen.add(struck);
      });
    }
    if (STEP === 1)
      expect([...seen].sort()).toEqual(['close', 'open', 'rename', 'sync', 'syncFolder', 'write']);
    expect(n).toBeGreaterThan(40);
  });
});
