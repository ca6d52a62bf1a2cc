/* Databases and collections come and go: what is created, dropped, closed and opened again is what one would think. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Collection,
  type CollectionConfig,
  CollectionExistsError,
  CollectionNotFoundError,
  type Database,
  DatabaseLockedError,
  open,
} from '#silt/index.js';
import { someOf } from '../support/amount.js';
import {
  BACKENDS,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  vectors,
  withDatabase,
} from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';

const config: CollectionConfig = { dimension: 3, metric: 'l2' };

describe.each(someOf(BACKENDS, 2))('%s', (backend) => {
  test('collections are made, listed, found and dropped', async () => {
    await withDatabase(backend, async (db, path) => {
      expect(db.path).toBe(path);
      expect(db.collections()).toEqual([]);
      const b = await db.createCollection('b', config);
      await db.createCollection('a', { ...config, metric: 'cosine' });
      expect(b.config).toMatchObject({ dimension: 3, metric: 'euclidean', storage: 'memory' });
      expect(b.config.hnsw).toEqual({ m: 16, efConstruction: 200, seed: 1 });
      expect(b.config.indexing).toMatchObject({
        mergeThreshold: 10_000,
        maxBufferAgeMs: 5_000,
        scanBudgetMs: 2,
      });
      expect(db.collections().map(({ name }) => name)).toEqual(['a', 'b']);
      expect(db.collection('b')).toBe(b);
      await b.upsert({ id: 1, vector: [1, 2, 3] });
      expect(db.collections()[1]).toMatchObject({ name: 'b', points: 1, seq: 1 });
      expect(db.collections()[1]).toEqual(b.info());
      expect(await db.dropCollection('b')).toBe(true);
      expect(await db.dropCollection('b')).toBe(false);
      expect(db.collections().map(({ name }) => name)).toEqual(['a']);
      expect(() => db.collection('b')).toThrow(CollectionNotFoundError);
      expect(() => db.collection('nope')).toThrow('"nope"');
      expect(await failureOf(() => b.search([1, 2, 3]))).toBe('COLLECTION_NOT_FOUND');
      expect(await failureOf(() => b.upsert({ id: 1, vector: [1, 2, 3] }))).toBe('COLLECTION_NOT_FOUND');
    });
  });

  test('a name is taken once, also by calls at the same time', async () => {
    await withDatabase(backend, async (db) => {
      const both = [db.createCollection('x', config), db.createCollection('x', { ...config, dimension: 4 })];
      const outcomes = await Promise.allSettled(both);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(CollectionExistsError);
      expect(await failureOf(() => db.createCollection('x', config))).toBe('COLLECTION_EXISTS');
      expect(db.collection('x').config.dimension).toBe(3);
      const drops = await Promise.all([db.dropCollection('x'), db.dropCollection('x')]);
      expect(drops.filter((dropped) => dropped)).toHaveLength(1);
    });
  });

  test('names: any text of 1 to 255 bytes without control characters', async () => {
    await withDatabase(backend, async (db) => {
      const good = [
        'a',
        '0',
        ' ',
        '../x',
        'a/b',
        'ä'.repeat(127),
        'x'.repeat(255),
        '\u{1f600}',
        '__proto__',
        '%00',
      ];
      for (const name of good) {
        const made = await db.createCollection(name, config);
        expect(db.collection(name)).toBe(made);
        await made.upsert({ id: name, vector: [1, 2, 3] });
      }
      for (const name of good) expect((await db.collection(name).get(name))?.id).toBe(name);
      for (const name of [
        '',
        'x'.repeat(256),
        'ä'.repeat(128),
        'a\nb',
        '\u0000',
        'a\u007f',
        'x\ud800',
        7,
        null,
        undefined,
      ])
        expect(await failureOf(() => db.createCollection(name as string, config)), String(name)).toBe(
          'INVALID_NAME',
        );
      expect(db.collections()).toHaveLength(good.length);
    });
  });

  test('a configuration that is wrong makes nothing', async () => {
    await withDatabase(backend, async (db) => {
      const wrong: [object | null, string][] = [
        [null, 'configuration'],
        [{ metric: 'dot' }, 'dimension'],
        [{ dimension: 3 }, 'metric'],
        [{ ...config, dimension: 0 }, 'dimension'],
        [{ ...config, dimension: 65_537 }, 'dimension'],
        [{ ...config, dimension: 2.5 }, 'dimension'],
        [{ ...config, metric: 'l3' }, 'l3'],
        [{ ...config, vectors: 'ssd' }, 'vectors'],
        [{ ...config, colour: 1 }, 'colour'],
        [{ ...config, hnsw: 7 }, 'hnsw'],
        [{ ...config, hnsw: { m: 1 } }, 'hnsw.m'],
        [{ ...config, hnsw: { ef: 1 } }, 'ef'],
        [{ ...config, hnsw: { efConstruction: 0 } }, 'efConstruction'],
        [{ ...config, hnsw: { seed: -1 } }, 'seed'],
        [{ ...config, indexing: [] }, 'indexing'],
        [{ ...config, indexing: { mergeThreshold: 0 } }, 'mergeThreshold'],
        [{ ...config, indexing: { threads: 65 } }, 'threads'],
        [{ ...config, indexing: { maxBufferAgeMs: 0 } }, 'maxBufferAgeMs'],
        [{ ...config, indexing: { scanBudgetMs: NaN } }, 'scanBudgetMs'],
        [{ ...config, indexing: { paused: 1 } }, 'paused'],
      ];
      for (const [bad, names] of wrong) {
        const error = await errorOf(() => db.createCollection('x', bad as CollectionConfig));
        expect(error.code, names).toBe('INVALID_OPTION');
        expect(error.message).toContain(names);
      }
      expect(db.collections()).toEqual([]);
    });
  });

  test('dropped and made again under the same name: nothing of the old one is left', async () => {
    await withDatabase(backend, async (db) => {
      for (let round = 0; round < 3; round++) {
        const twin = new Twin(await db.createCollection('x', { ...SMALL, hnsw: { efConstruction: 40 } }));
        expect(twin.collection.status()).toMatchObject({ points: 0, seq: 0 });
        await twin.put(pointsOf(round, 100 - 30 * round, 10 * round));
        if (round === 1) await twin.collection.buildNow();
        await twin.expectWhole();
        await db.dropCollection('x');
      }
    });
  });

  test('writes that were made before a drop end, those after it are refused', async () => {
    await withDatabase(backend, async (db) => {
      const x = await db.createCollection('x', PAUSED);
      const before = failureOf(() => x.upsert(pointsOf(1, 10)));
      const dropped = db.dropCollection('x');
      expect(await failureOf(() => x.upsert(pointsOf(2, 10)))).toBe('COLLECTION_NOT_FOUND');
      expect(await before).toBeUndefined();
      expect(await dropped).toBe(true);
      const again = await db.createCollection('x', PAUSED);
      expect(await again.count()).toBe(0);
    });
  });

  test('after close, every call throws ClosedError; who waits is told; closing again is nothing', async () => {
    await withDatabase(backend, async (db) => {
      const x = await db.createCollection('x', PAUSED);
      await x.upsert(pointsOf(1, 10));
      const [query] = vectors(1, 1) as [Float32Array];
      const waiting = [
        failureOf(() => x.waitFor(10, 'indexed')),
        failureOf(() => x.waitFor(99, 'searchable')),
        failureOf(() => x.search(query, { minSeq: 99 })),
      ];
      const written = x.upsert(pointsOf(2, 10, 10));
      const scroll = x.scroll()[Symbol.asyncIterator]();
      const watch = x.watch({ intervalMs: 5 })[Symbol.asyncIterator]();
      await watch.next();
      const closed = db.close();
      expect((await written).inserted).toBe(10);
      expect(await Promise.all(waiting)).toEqual(['CLOSED', 'CLOSED', 'CLOSED']);
      await closed;
      expect((await watch.next()).done).toBe(true);
      const calls: (() => unknown)[] = [
        () => x.upsert(pointsOf(1, 1)),
        () => x.delete(1),
        () => x.ingest([]),
        () => x.get(1),
        () => x.getMany([]),
        () => x.scroll(),
        () => scroll.next(),
        () => x.count(),
        () => x.search(query),
        () => x.searchBatch([]),
        () => x.explain(query),
        () => x.waitFor(0, 'durable'),
        () => x.buildNow(),
        () => x.pauseIndexing(),
        () => x.resumeIndexing(),
        () => x.status(),
        () => x.watch({ intervalMs: 5 })[Symbol.asyncIterator]().next(),
        () => x.measureRecall(),
        () => x.verify(),
        () => x.compact(),
        () => x.info(),
        () => db.collection('x'),
        () => db.collections(),
        () => db.createCollection('y', config),
        () => db.dropCollection('x'),
      ];
      for (const call of calls) expect(await failureOf(call), String(call)).toBe('CLOSED');
      await Promise.all([db.close(), db.close()]);
    });
  });

  test('a collection that is made as the database closes is closed as well', async () => {
    await withDatabase(backend, async (db) => {
      const making = db.createCollection('x', PAUSED);
      const closed = db.close();
      const x = await making;
      await closed;
      expect(await failureOf(() => x.count())).toBe('CLOSED');
      expect(await failureOf(() => x.upsert(pointsOf(1, 1)))).toBe('CLOSED');
    });
  });

  test('a configuration is taken as it was at the call', async () => {
    await withDatabase(backend, async (db, path) => {
      const mine = { dimension: 3, metric: 'cosine' as const, hnsw: { m: 5 } };
      const a = db.createCollection('a', mine);
      mine.dimension = 4;
      mine.hnsw.m = 6;
      const b = db.createCollection('b', mine);
      expect([(await a).config.dimension, (await b).config.dimension]).toEqual([3, 4]);
      if (path === undefined) return;
      await db.close();
      const again = await open(path);
      expect(again.collection('a').config).toMatchObject({ dimension: 3, hnsw: { m: 5 } });
      expect(again.collection('b').config).toMatchObject({ dimension: 4, hnsw: { m: 6 } });
      await again.close();
    });
  });

  test('await using closes, whatever happens', async () => {
    await withFolder(async (folder) => {
      let kept: Collection | undefined;
      const use = async (): Promise<void> => {
        await using db = await open(backend === 'disk' ? join(folder, 'db') : undefined);
        kept = await db.createCollection('x', config);
        throw new Error('whatever');
      };
      await expect(use()).rejects.toThrow('whatever');
      expect(await failureOf(() => kept!.count())).toBe('CLOSED');
      if (backend === 'disk') await (await open(join(folder, 'db'))).close(); // the lock is free
    });
  });

  test('close is bounded while much waits', async () => {
    await withDatabase(backend, async (db) => {
      const twin = new Twin(await db.createCollection('x', { ...SMALL, hnsw: { efConstruction: 400 } }));
      await twin.collection.ingest(pointsOf(1, 6000));
      const built = failureOf(() => twin.collection.buildNow());
      await until(() => twin.collection.status().indexed > 0);
      const began = performance.now();
      await db.close();
      expect(performance.now() - began).toBeLessThan(5_000); // a generous bound: the snapshot may take 1.5 s
      expect(await built).toBe('CLOSED');
    });
  });
});

test('two databases in one process do not know of each other', async () => {
  await withFolder(async (folder) => {
    const all: Database[] = [
      await open(join(folder, 'a')),
      await open(join(folder, 'b')),
      await open(),
      await open(),
    ];
    const twins = await Promise.all(all.map(async (db) => new Twin(await db.createCollection('x', SMALL))));
    await Promise.all(twins.map((twin, i) => twin.put(pointsOf(i, 100 + i))));
    await Promise.all(twins.map((twin) => twin.collection.buildNow()));
    await twins[0]!.remove([1, 2, 3]);
    for (const twin of twins) await twin.expectSettled();
    await all[0]!.close();
    for (const twin of twins.slice(1)) await twin.expectWhole();
    await Promise.all(all.map((db) => db.close()));
  });
});

test('the same directory twice: the second is refused, naming the process; free after closing', async () => {
  await withFolder(async (folder) => {
    const db = await open(join(folder, 'db'));
    const error = await errorOf<DatabaseLockedError>(() => open(join(folder, 'db')));
    expect(error).toBeInstanceOf(DatabaseLockedError);
    expect(error.pid).toBe(process.pid);
    expect(error.message).toContain(String(process.pid));
    await (await db.createCollection('x', config)).upsert({ id: 1, vector: [1, 2, 3] }); // unharmed
    await db.close();
    await (await open(join(folder, 'db'))).close();
  });
});

test('a directory of other things, and invalid options, are rejected', async () => {
  await withFolder(async (folder) => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    expect(await failureOf(() => open(folder))).toBe('DATABASE_INVALID');
    expect(await readdir(folder)).toEqual(['notes.txt']);
    for (const path of ['', 7, null])
      expect(await failureOf(() => open(path as string))).toBe('INVALID_OPTION');
    for (const closeBudgetMs of [-1, 1.5, 'x'])
      expect(await failureOf(() => open(undefined, { closeBudgetMs } as object))).toBe('INVALID_OPTION');
  });
});
