/* The store of databases without a file. */
import { expect, test } from 'vitest';
import { idOfKey } from '#silt/base/ids.js';
import { putEntry, removeEntry } from '../support/entries.js';
import { newMemoryStore } from '../support/stores.js';

const points = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: i, vector: [i, 1, 2], payload: { n: i } }));

test('points that are deleted while ids are listed are left out, and all others are listed', async () => {
  const store = newMemoryStore();
  await store.commit({ entries: [putEntry(1, points(6))] });
  store.refresh();
  const listed: [unknown, number][] = [];
  for (const [key, row] of store.ids(1)) {
    listed.push([idOfKey(key), row]);
    if (listed.length > 1) continue;
    await store.commit({ entries: [removeEntry(1, [0, 2, 3])] });
    store.refresh();
  }
  expect(listed).toEqual([
    [0, 1],
    [1, 2],
    [4, 5],
    [5, 6],
  ]);
});

test('what was written together is let go when few of it are left: those keep bytes of their own', async () => {
  const store = newMemoryStore();
  await store.commit({ entries: [putEntry(1, points(100))] });
  // Of the next hundred, most are replaced before anybody has seen them.
  const again = points(100).map((point) => ({ ...point, id: point.id + 1_000 }));
  await store.commit({ entries: [putEntry(1, again), putEntry(1, again.slice(10))] });
  store.refresh();
  const removed = Array.from({ length: 80 }, (_, i) => i);
  await store.commit({ entries: [removeEntry(1, removed)] });
  store.refresh();
  for (const row of [81, 100, 101, 110]) {
    const { payload, id } = store.point(1, row)!;
    const [, vector] = [...store.vectors(1, row - 1)][0]!;
    expect(vector![1]).toBe(1);
    const own = vector!.byteLength + payload.length + id.length;
    for (const part of [payload, id, vector!]) expect(part.buffer.byteLength).toBeLessThanOrEqual(own);
  }
  expect([...store.rows(1, 0)]).toHaveLength(20 + 10 + 90);
});

test('readers see what was committed of any of many collections, at one refresh and at the next', async () => {
  const store = newMemoryStore();
  const MANY = 2_000;
  for (let collection = 1; collection <= MANY; collection++) {
    await store.commit({ entries: [putEntry(collection, points(1))] });
    if (collection % 2 === 0) store.refresh();
  }
  for (let collection = 1; collection <= MANY; collection++) expect(store.counts(collection).points).toBe(1);
  await store.commit({ entries: [putEntry(7, points(2)), removeEntry(9, [0])] });
  expect([store.counts(7).points, store.counts(9).points]).toEqual([1, 1]);
  await store.commit({ purge: 8 });
  store.refresh();
  expect([7, 8, 9].map((collection) => store.counts(collection).points)).toEqual([2, 0, 0]);
});
