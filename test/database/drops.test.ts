/* A dropped collection is gone at once, with all that the store has of it, whatever was under way. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { Indexer } from '#silt/collection/upkeep/indexer.js';
import { armStep, releaseSteps, stepHits } from '#silt/hnsw/build/fault-points.js';
import { controlOfCollection, failureOf, PAUSED, pointsOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';
import { newMemoryStore, openLmdb, openWith } from '../support/stores.js';

test('writes that wait for backpressure do not hold a drop up', async () => {
  const db = await openWith(newMemoryStore());
  const points = await db.createCollection('points', PAUSED);
  const waits = vi.spyOn(Indexer.prototype, 'waitMsFor').mockReturnValue(3_600_000);
  const written = Array.from({ length: 50 }, (_, i) => points.upsert(pointsOf(i, 1, i)));
  const dropped = db.dropCollection('points');
  expect((await Promise.all(written)).length).toBe(50); // they were called before
  expect(await dropped).toBe(true);
  waits.mockRestore();
  await db.close();
});

test('what is asked for behind a drop leaves no record', async () => {
  const store = newMemoryStore();
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  const dropped = db.dropCollection('points');
  const index = failureOf(() => points.createPayloadIndex('n', 'integer'));
  const none = failureOf(() => points.dropPayloadIndex('n'));
  expect(await dropped).toBe(true);
  expect([await index, await none]).toEqual(['COLLECTION_NOT_FOUND', 'COLLECTION_NOT_FOUND']);
  await until(() => store.records('dropped/').length === 0);
  expect(store.records('indexes/')).toEqual([]);
  await db.close();
});

test('a build that a drop cuts short leaves no record', () =>
  withFolder(async (folder) => {
    const store = await openLmdb(join(folder, 'db'));
    const db = await openWith(store);
    const points = await db.createCollection('points', PAUSED);
    await points.upsert(pointsOf(1, 300));
    const control = controlOfCollection(points);
    armStep(control, 'linking', 'pause', { row: 200 });
    const built = failureOf(() => points.buildNow());
    await until(() => stepHits(control) > 0);
    expect(store.records('linking/')).toHaveLength(1);
    const dropped = db.dropCollection('points');
    await until(() => db.collections().length === 0);
    releaseSteps(control);
    expect(await dropped).toBe(true);
    expect(await built).toBe('COLLECTION_NOT_FOUND');
    await until(() => store.records('dropped/').length === 0);
    expect(store.records('linking/')).toEqual([]);
    await db.close();
  }));

test('a drop that the disk took is one, whatever fails while the collection ends: its rows go', async () => {
  const store = newMemoryStore();
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  await points.upsert(pointsOf(1, 30));
  coreOf(points).close = () => Promise.reject(new Error('it does not close'));
  expect(await db.dropCollection('points')).toBe(true);
  await until(() => store.records('dropped/').length === 0);
  expect(store.counts(1)).toMatchObject({ points: 0 });
  await db.close();
});
