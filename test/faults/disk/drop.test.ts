/* What takes rows of a dropped collection out goes on, whatever the disk says meanwhile: a drop gives room. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';
import { withSmallDisk } from '../../support/small-disk.js';
import { until } from '../../support/steps.js';
import { openLmdb, openWith } from '../../support/stores.js';

const DIMENSION = 64;
const CONFIG = { dimension: DIMENSION, metric: 'euclidean', indexing: { paused: true } } as const;

test('a collection that is dropped because the disk is full gives room', (context) =>
  withSmallDisk(context, 8 << 20, async (folder) => {
    const database = await open(join(folder, 'db'));
    const kept = await database.createCollection('kept', CONFIG);
    const model: Points = new Map();
    for (const point of pointsOf(1, 2_000, DIMENSION)) model.set(point.id, point);
    await kept.upsert([...model.values()]);
    const doomed = await database.createCollection('doomed', CONFIG);
    let written = 0;
    for (let batch = 1_000; batch >= 1; batch = Math.floor(batch / 4))
      for (;;) {
        const points = pointsOf(written + 7, batch, DIMENSION, written);
        if (
          !(await doomed.upsert(points).then(
            () => true,
            () => false,
          ))
        )
          break;
        written += batch;
      }
    expect(written).toBeGreaterThan(6_000);
    expect(await database.dropCollection('doomed')).toBe(true);
    // All its rows are out when what it had fits again: nothing else gave room.
    const again = await database.createCollection('again', CONFIG);
    const half = pointsOf(5, Math.floor(written / 2), DIMENSION);
    for (let tries = 0, fits = false; !fits; tries++) {
      expect(tries, 'seconds waited').toBeLessThan(300);
      fits = await again.upsert(half).then(
        () => true,
        () => false,
      );
      if (!fits) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await expectHolds(kept, model);
    await database.close();
    const reopened = await open(join(folder, 'db'));
    await expectHolds(reopened.collection('kept'), model);
    expect(reopened.collections().map(({ name, points }) => [name, points])).toEqual([
      ['again', half.length],
      ['kept', model.size],
    ]);
    await reopened.close();
  }));

test('taking rows out is tried again, with fewer rows, and tells what refuses it', () =>
  withFolder(async (folder) => {
    const told: unknown[] = [];
    const listen = (message: unknown): void => void told.push(message);
    subscribe('silt:purge:error', listen);
    try {
      const store = new FaultyStore(await openLmdb(join(folder, 'db')), 1_000);
      const database = await openWith(store);
      const c = await database.createCollection('c', CONFIG);
      await c.upsert(pointsOf(1, 300, DIMENSION));
      const before = store.transactions.length;
      const dropping = database.dropCollection('c');
      await until(() => store.transactions.length > before);
      store.failNext(7); // 5000, 625, 79, 10, 2, 1 rows, and one row again
      await dropping;
      await until(() => store.records('dropped/').length === 0);
      const asked = store.transactions.filter(({ transaction }) => transaction.purge !== undefined);
      expect(asked.filter(({ failed }) => failed).map(({ transaction }) => transaction.purgeRows)).toEqual([
        5_000, 625, 79, 10, 2, 1, 1,
      ]);
      expect(told).toMatchObject([
        { collection: 1, path: join(folder, 'db'), error: { code: 'STORE_FAILED' } },
        { collection: 1, error: { code: 'STORE_FAILED' } },
      ]);
      expect([...store.ids(1), ...store.rows(1, 0)]).toEqual([]);
      await database.close();
    } finally {
      unsubscribe('silt:purge:error', listen);
    }
  }));

test('a dropped collection is not forgotten while its files cannot be removed: that is told, and tried again', () =>
  withFolder(async (folder) => {
    const told: { error: Error }[] = [];
    const listen = (message: unknown): void => void told.push(message as { error: Error });
    subscribe('silt:purge:error', listen);
    try {
      const store = await openLmdb(join(folder, 'db'));
      const database = await openWith(store);
      const c = await database.createCollection('c', CONFIG);
      await c.upsert(pointsOf(1, 300, DIMENSION));
      await c.compact();
      const snapshot = join(folder, 'db', 'snapshots', '1.snapshot');
      rmSync(snapshot);
      mkdirSync(snapshot); // a folder is not removed as a file is
      await database.dropCollection('c');
      await until(() => told.length > 0);
      expect(told[0]).toMatchObject({ collection: 1, error: { code: expect.stringContaining('EISDIR') } });
      expect([...store.rows(1, 0)]).toEqual([]);
      expect(store.records('dropped/')).toHaveLength(1);
      rmdirSync(snapshot);
      writeFileSync(snapshot, 'left behind');
      await until(() => store.records('dropped/').length === 0);
      expect(existsSync(snapshot)).toBe(false);
      await database.close();
    } finally {
      unsubscribe('silt:purge:error', listen);
    }
  }));

test('closing does not wait for a disk that refuses; the next opening goes on', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const store = new FaultyStore(await openLmdb(path), 1_000);
    const database = await openWith(store);
    const c = await database.createCollection('c', CONFIG);
    await c.upsert(pointsOf(1, 300, DIMENSION));
    const before = store.transactions.length;
    const dropping = database.dropCollection('c');
    await until(() => store.transactions.length > before);
    store.failNext(1_000_000);
    await dropping;
    await database.close();
    const inner = await openLmdb(path);
    expect([...inner.rows(1, 0)]).toHaveLength(300);
    const again = await openWith(inner);
    await until(() => inner.records('dropped/').length === 0);
    expect([...inner.rows(1, 0), ...inner.ids(1)]).toEqual([]);
    await again.close();
  }));
