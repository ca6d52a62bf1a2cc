/* T7 and T12: what was written is there after reopening, what waited goes on, and answers are as good as before. */

import { channel } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Collection, type CollectionConfig, type Events, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import {
  BACKENDS,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  withCollection,
  withDatabase,
} from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { bruteForce } from '../support/oracle.js';
import { WORD_DIMENSION, words } from '../support/words.js';

test('points, sequence, configuration and pending rows are as they were before closing', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const config: CollectionConfig = {
      ...PAUSED,
      storage: 'disk',
      hnsw: { m: 7, efConstruction: 33, seed: 9 },
      indexing: { threads: 2, paused: true, mergeThreshold: 77, maxBufferAgeMs: 123, scanBudgetMs: 1.5 },
    };
    let db = await open(path);
    const twin = new Twin(await db.createCollection('points', config));
    const resolved = twin.collection.config;
    const { createdAt } = twin.collection.info();
    await twin.put(pointsOf(1, 400));
    await twin.collection.buildNow();
    await twin.put(pointsOf(2, 100, 350));
    await twin.remove([1, 2, 3, 440]);
    for (let round = 0; round < 3; round++) {
      const { seq, points, pending } = twin.collection.status();
      await db.close();
      db = await open(path);
      twin.collection = db.collection('points');
      expect(twin.collection.config).toEqual(resolved);
      expect(twin.collection.info()).toMatchObject({ createdAt, points, seq });
      expect(twin.collection.status()).toMatchObject({ seq, points, state: 'paused', pending });
      await twin.expectWhole();
      await twin.put(pointsOf(3 + round, 30, 300 + 50 * round));
      await twin.expectWhole();
      if (round === 1) await twin.collection.compact();
    }
    await twin.collection.buildNow();
    await twin.expectSettled();
    await db.close();
  });
});

test('rows that were pending are indexed after opening, without a call', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const config = { ...SMALL, indexing: { threads: 2, maxBufferAgeMs: 100, mergeThreshold: 100_000 } };
    const db = await open(path, { closeBudgetMs: 0 });
    const points = await db.createCollection('points', config);
    const { seq } = await points.upsert(pointsOf(1, 300));
    await db.close();
    const again = await open(path);
    await again.collection('points').waitFor(seq, 'indexed');
    expect(again.collection('points').status()).toMatchObject({ state: 'ready', indexed: 300 });
    await again.close();
  });
});

test('open, write one, close, again and again: rows get indexed', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    for (let round = 0; round < 8; round++) {
      const db = await open(path);
      const points = round === 0 ? await db.createCollection('points', SMALL) : db.collection('points');
      expect(points.status().points).toBe(round);
      if (round > 0) expect(points.status().indexed).toBeGreaterThan(0);
      await points.upsert(pointsOf(round, 1, round));
      await db.close();
    }
  });
});

describe.each(someOf(BACKENDS, 2))('%s', (backend) => {
  test.each(['cosine', 'euclidean'] as const)(
    '%s: recall over the whole path: ingest, builds by themselves, replacing, compaction, reopening',
    async (metric) => {
      await withDatabase(backend, async (first, path) => {
        let db = first;
        let points = await db.createCollection('words', {
          dimension: WORD_DIMENSION,
          metric,
          indexing: { threads: 2, mergeThreshold: 700, maxBufferAgeMs: 200 },
        });
        const all = words(metric, 0, 4000);
        const rows = new Map(all.map((vector, id) => [id, vector]));
        await points.ingest(
          [...rows].map(([id, vector]) => ({ id, vector: id % 3 ? vector : vector.map((x) => -x) })),
        );
        await points.ingest([...rows].filter(([id]) => id % 3 === 0).map(([id, vector]) => ({ id, vector })));
        await points.delete(Array.from({ length: 200 }, (_, i) => 20 * i));
        for (let i = 0; i < 200; i++) rows.delete(20 * i);
        await points.waitFor(points.status().seq, 'indexed');
        expect(await recall(points, rows)).toBeGreaterThan(0.97);
        await points.compact();
        await points.buildNow();
        expect(await recall(points, rows)).toBeGreaterThan(0.97);
        if (path === undefined) return;
        await db.close();
        db = await open(path);
        points = db.collection('words');
        await points.buildNow();
        expect(await recall(points, rows)).toBeGreaterThan(0.97);
        await db.close();
      });

      async function recall(points: Collection, rows: Map<number, Float32Array>): Promise<number> {
        let found = 0;
        const queries = words(metric, 4001, 50, 19);
        for (const query of queries) {
          const { plan, hits } = await points.explain(query, { k: 10, ef: 100 });
          expect(plan).toContain('graph walk');
          const best = new Set<unknown>(bruteForce(metric, rows, query, 10).map(([id]) => id));
          found += hits.filter(({ id }) => best.has(id)).length;
        }
        return found / (10 * queries.length);
      }
    },
  );

  test('events tell of writes, builds, compactions and snapshots', async () => {
    await withCollection(backend, PAUSED, async (points, db) => {
      const heard: [keyof Events, Record<string, unknown>][] = [];
      const names = [
        'silt:write',
        'silt:build:start',
        'silt:build:end',
        'silt:compaction',
        'silt:snapshot',
      ] as const;
      const listeners = names.map((name) => {
        const listen = (message: unknown): void =>
          void heard.push([name, message as Record<string, unknown>]);
        channel(name).subscribe(listen);
        return () => channel(name).unsubscribe(listen);
      });
      await points.upsert(pointsOf(1, 100));
      await points.delete([1, 2]);
      await points.buildNow();
      await points.compact();
      await db.close();
      for (const stop of listeners) stop();
      const of = (name: keyof Events) => heard.filter(([at]) => at === name).map(([, message]) => message);
      expect(of('silt:write')).toMatchObject([
        { collection: 'points', seq: 100, inserted: 100, replaced: 0, deleted: 0 },
        { collection: 'points', seq: 102, inserted: 0, deleted: 2 },
      ]);
      expect(of('silt:build:start')[0]).toMatchObject({ pending: 98 });
      expect(of('silt:build:end')[0]).toMatchObject({ linked: 98, quarantined: 0 });
      expect(of('silt:compaction')).toMatchObject([{ collection: 'points', rows: 98, freedRows: 2 }]);
      expect(of('silt:snapshot').length > 0).toBe(backend === 'disk');
    });
  });
});

test('rows that an earlier process left pending are indexed at opening, whatever maxBufferAgeMs is', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const indexing = { threads: 2, maxBufferAgeMs: 86_400_000 };
    let db = await open(path, { closeBudgetMs: 0 }); // closing links nothing
    const twin = new Twin(await db.createCollection('points', { ...SMALL, indexing }));
    await twin.put(pointsOf(1, 1_500));
    const waited = twin.collection.status().oldestPendingMs;
    expect(waited).toBeLessThan(86_400_000);
    await db.close();
    db = await open(path);
    twin.collection = db.collection('points');
    const saved = new Promise((resolve) => channel('silt:snapshot').subscribe(resolve));
    await twin.collection.waitFor(1_500, 'indexed');
    await saved; // what is linked is kept, also where nobody closes
    await twin.expectSettled();
    await twin.put(pointsOf(2, 10, 5_000)); // these wait as long as they may
    expect(twin.collection.status()).toMatchObject({ pending: 10 });
    await db.close();
  });
});
