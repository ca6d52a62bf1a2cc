/* T10: a store that is slow, or refuses: nothing is said or shown too early, and nothing half is left. */
import { expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { MemoryStore } from '#silt/store/memory.js';
import type { Committed, Transaction } from '#silt/store/store.js';
import { failureOf, PAUSED, pointsOf, Twin } from '../support/databases.js';
import { openWith } from '../support/stores.js';

/** A store in memory whose commits can be held back, or refused. */
class HeldStore extends MemoryStore {
  held: Promise<void> | undefined;
  refused: Error | undefined;

  override async commit(transaction: Transaction): Promise<Committed> {
    await this.held;
    if (this.refused) throw this.refused;
    return super.commit(transaction);
  }
}

test('nothing is found before its commit; all of it, in order, after it', async () => {
  const store = new HeldStore(nodePlatform);
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  let letGo = (): void => {};
  store.held = new Promise((resolve) => {
    letGo = resolve;
  });
  const twin = new Twin(points);
  const written = twin.put(pointsOf(1, 50));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await points.count()).toBe(0);
  expect(points.status()).toMatchObject({ seq: 0, points: 0, pending: 0 });
  const more = [twin.put(pointsOf(2, 30, 20)), twin.remove([3])];
  letGo();
  await Promise.all([written, ...more]);
  await twin.expectWhole();
  await db.close();
});

test('a write that is refused has left nothing; those before and after it are whole', async () => {
  const store = new HeldStore(nodePlatform);
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  const twin = new Twin(points);
  await twin.put(pointsOf(1, 50));
  store.refused = new Error('no room');
  expect(await Promise.all([1, 2].map((i) => failureOf(() => points.upsert(pointsOf(i, 60, 20)))))).toEqual([
    'Error',
    'Error',
  ]);
  expect(await failureOf(() => points.delete(1))).toBe('Error');
  store.refused = undefined;
  expect(points.status()).toMatchObject({ seq: 50, points: 50 });
  await twin.expectWhole();
  await twin.put(pointsOf(3, 60, 20));
  expect(points.status().seq).toBe(110);
  await twin.collection.buildNow();
  await twin.expectSettled();
  await db.close();
});

test('durable is not reported before a flush has completed', async () => {
  const store = new HeldStore(nodePlatform);
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  const { seq } = await points.upsert(pointsOf(1, 5), { durability: 'committed' });
  let letGo = (): void => {};
  store.held = new Promise((resolve) => {
    letGo = resolve;
  });
  let durable = 0;
  const waiting = [1, 2].map(() => points.waitFor(seq, 'durable').then(() => durable++));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(durable).toBe(0);
  letGo();
  await Promise.all(waiting);
  const { seq: later } = await points.upsert(pointsOf(2, 5), { durability: 'committed' });
  store.refused = new Error('no room');
  expect(await failureOf(() => points.waitFor(later, 'durable'))).toBe('Error');
  expect(await failureOf(() => points.waitFor(later, 'durable'))).toBe('Error'); // it still is not
  store.refused = undefined;
  await points.waitFor(later, 'durable');
  await db.close();
});
