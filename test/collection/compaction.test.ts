/* Compaction frees what is masked; at every instant of it each live row is found, none twice, none of the replaced. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { Compaction } from '#silt/collection/upkeep/compaction.js';
import { armStep, releaseSteps } from '#silt/hnsw/build/fault-points.js';
import { open } from '#silt/index.js';
import {
  EITHER,
  failureOf,
  liveOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  withCollection,
} from '../support/databases.js';
import { integer, randomOf } from '../support/random.js';
import { until } from '../support/steps.js';

describe.each(EITHER)('%s', (backend) => {
  test('compaction frees space, keeps counts right, and changes no answer', async () => {
    await withCollection(backend, PAUSED, async (points, db, path) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 600));
      await points.buildNow();
      await twin.put(pointsOf(2, 300, 100));
      await twin.remove(Array.from({ length: 150 }, (_, i) => 400 + i));
      await points.buildNow();
      const before = points.status();
      expect(before).toMatchObject({ points: 450, masked: 450 });
      const report = await points.compact();
      expect(report).toMatchObject({ rows: 450, freedRows: 450 });
      const after = points.status();
      expect(after).toMatchObject({ points: 450, masked: 0, seq: before.seq, lastError: null });
      expect(before.memoryBytes - after.memoryBytes).toBe(report.freedBytes);
      await twin.expectSettled();
      expect(await points.compact()).toMatchObject({ rows: 450, freedRows: 0 });
      await twin.put(pointsOf(3, 20, 90));
      await twin.expectWhole();
      if (path === undefined) return;
      await db.close();
      const again = await open(path);
      twin.collection = again.collection('points');
      await twin.expectWhole();
      await twin.collection.buildNow();
      await twin.expectSettled();
      await again.close();
    });
  });

  test('compaction gives memory back, a block of rows at a time', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const twin = new Twin(points);
      for (let round = 0; round < 8; round++) await twin.put(pointsOf(round, 1000)); // the same ids
      const before = points.status().memoryBytes;
      const { freedBytes, freedRows } = await points.compact();
      expect(freedRows).toBe(7000);
      expect(freedBytes).toBeGreaterThan(before / 2);
      await twin.expectSettled();
    });
  });

  test('a collection whose points were all deleted can be compacted, and takes new ones', async () => {
    await withCollection(backend, PAUSED, async (points, db, path) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 200));
      await points.buildNow();
      await twin.remove([...twin.rows.keys()]);
      expect(await points.compact()).toMatchObject({ rows: 0, freedRows: 200 });
      await twin.expectWhole();
      expect(points.status()).toMatchObject({ points: 0, masked: 0, seq: 400 });
      if (path !== undefined) {
        await db.close();
        const again = await open(path);
        twin.collection = again.collection('points');
        expect(twin.collection.status().seq).toBe(400);
        await twin.put(pointsOf(3, 50));
        await twin.expectWhole();
        await again.close();
      } else {
        await twin.put(pointsOf(3, 50));
        await twin.collection.buildNow();
        await twin.expectSettled();
      }
    });
  });

  test('while others read and write, each point is found at every turn, those just written as well', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 1500));
      await points.buildNow();
      await twin.put(pointsOf(2, 700, 200));
      await twin.remove(Array.from({ length: 100 }, (_, i) => 1000 + i));
      const random = randomOf(7);
      let done = false;
      const compacted = points.compact().finally(() => {
        done = true;
      });
      for (let round = 0; !done; round++) {
        const at = integer(random, 0, 1000);
        await twin.put(pointsOf(100 + round, 5, at));
        await twin.remove([integer(random, 0, 3000), at + 1]);
        await twin.put(pointsOf(500 + round, 1, 5000 + round));
        const some = [at, 5000 + round, ...[...twin.rows.keys()].slice(at % 900, (at % 900) + 5)];
        await twin.expectWhole(some.filter((id) => twin.rows.has(id)));
      }
      await compacted;
      await twin.expectWhole();
      await points.buildNow();
      await twin.expectSettled();
      expect(points.status().lastError).toBeNull();
    });
  });

  test('T3: a collection compacts itself when a quarter of its rows are deleted; old vectors do not come back', async () => {
    const config = { ...SMALL, indexing: { threads: 2, mergeThreshold: 200, maxBufferAgeMs: 100 } };
    await withCollection(backend, config, async (points) => {
      const twin = new Twin(points);
      const old = pointsOf(1, 1200);
      await twin.put(old);
      for (let round = 0; round < 4; round++)
        await twin.put(old.slice(0, 400).map(({ id, vector }) => ({ id, vector: vector.map((x) => -x) })));
      await until(() => points.status().masked < 1000);
      await until(() => points.status().pending === 0);
      for (const { id, vector } of old.slice(0, 20)) {
        const hits = await points.search(vector, { k: 30 });
        expect(hits).toHaveLength(30);
        const mine = hits.find((hit) => hit.id === id);
        if (mine) expect(mine.score).toBeLessThan(0.99);
      }
      await twin.expectSettled();
    });
  });

  test('a second call joins the running compaction; closing ends it, and nothing is lost', async () => {
    await withCollection(backend, PAUSED, async (points, db, path) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 800));
      await points.buildNow();
      await twin.put(pointsOf(2, 300));
      const [one, two] = await Promise.all([points.compact(), points.compact()]);
      expect(one).toBe(two);
      await twin.put(pointsOf(3, 300));
      const ended = points.compact().catch((error: { code?: string }) => error.code);
      await new Promise((resolve) => setImmediate(resolve));
      await db.close();
      expect(['CLOSED', one]).toContain(await ended);
      if (path === undefined) return;
      const again = await open(path);
      twin.collection = again.collection('points');
      await twin.expectWhole();
      await again.close();
    });
  });

  test('what was deleted before the call is gone, also where another compaction was under way by then', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 2_000));
      await points.delete(Array.from({ length: 500 }, (_, i) => 1_500 + i));
      let over = false;
      const first = points.compact().finally(() => {
        over = true;
      });
      for (let id = 0; id < 5; id++) await points.delete(id); // they are copied by now
      expect(over).toBe(false);
      const [second, third] = await Promise.all([points.compact(), points.compact()]);
      expect(await first).toMatchObject({ freedRows: 500 });
      expect(second).toMatchObject({ rows: 1_495, freedRows: 5 });
      expect(third).toBe(second);
      expect(points.status()).toMatchObject({ points: 1_495, deleted: 0 });
    });
  });

  test('closing while a compaction waits for another ends both', async () => {
    await withCollection(backend, PAUSED, async (points, db) => {
      await points.upsert(pointsOf(1, 2_000));
      const first = failureOf(() => points.compact());
      for (let id = 0; id < 5; id++) await points.delete(id);
      const second = failureOf(() => points.compact());
      await new Promise((resolve) => setImmediate(resolve));
      await db.close();
      expect([undefined, 'CLOSED']).toContain(await first);
      expect(await second).toBe('CLOSED');
    });
  });

  test('rows in quarantine stay there through a compaction; replaced ones leave it', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 300));
      for (const row of [50, 60]) armStep(twin.control, 'linking', 'throw', { row });
      await points.buildNow();
      releaseSteps(twin.control);
      expect(points.status()).toMatchObject({ quarantined: 1, indexed: 299 });
      await twin.put(pointsOf(2, 100, 100));
      for (let round = 0; round < 2; round++) {
        await points.compact();
        expect(points.status()).toMatchObject({ quarantined: 1, masked: 0, points: 300 });
        await twin.expectWhole();
      }
      await twin.remove([60]);
      expect(points.status()).toMatchObject({ quarantined: 0 });
    });
  });
});

test('an old index that cannot be freed is reported; the new one is in place and works', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const twin = new Twin(points);
    await twin.put(pointsOf(1, 300));
    await points.buildNow();
    await twin.put(pointsOf(2, 100));
    const told: unknown[] = [];
    const hear = (message: unknown): unknown => told.push((message as { error: unknown }).error);
    subscribe('silt:compaction:error', hear);
    const { engine } = liveOf(points).graphs[0]!;
    const broken = new Error('not freed');
    const close = engine.close.bind(engine);
    engine.close = () => close().then(() => Promise.reject(broken));
    expect(await points.compact()).toMatchObject({ rows: 300, freedRows: 100 });
    unsubscribe('silt:compaction:error', hear);
    expect(told).toEqual([broken]);
    await twin.put(pointsOf(3, 50));
    await points.buildNow();
    await twin.expectSettled();
    expect(points.status()).toMatchObject({ points: 300, masked: 50, errors: {} });
  });
});

test('after a compaction that failed, another can be called for at once', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 100));
    const queue = { exclusive: async <T>(task: () => T | Promise<T>): Promise<T> => task() };
    const limits = { rounds: 1, leftRows: 0, heldComponents: 0 };
    const compaction = new Compaction(liveOf(points), queue, new AbortController().signal, limits);
    const hold = async (): Promise<() => void> => {
      await points.upsert(pointsOf(2, 10, 1_000)); // more is left to copy than may be
      return () => {};
    };
    expect(await failureOf(() => compaction.run({ hold }))).toBe('COMPACTION_BEHIND');
    expect([compaction.behind, compaction.linkedPerSecond]).toEqual([0, compaction.rate]);
  });
});
