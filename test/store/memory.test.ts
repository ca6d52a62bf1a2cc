/* The store of databases without a file. */
import { expect, test } from 'vitest';
import { idOfKey } from '#silt/base/ids.js';
import { MemoryStore } from '#silt/store/memory.js';
import { putChunk, removeChunk } from '../support/chunks.js';

const points = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: i, vector: [i, 1, 2], payload: { n: i } }));

test('points that are deleted while ids are listed are left out, and all others are listed', async () => {
  const store = new MemoryStore();
  await store.commit({ chunks: [putChunk(1, 1, points(6))] });
  store.refresh();
  const listed: [unknown, number][] = [];
  for (const [key, row] of store.ids(1)) {
    listed.push([idOfKey(key), row]);
    if (listed.length > 1) continue;
    await store.commit({ chunks: [removeChunk(1, 7, [0, 2, 3])] });
    store.refresh();
  }
  expect(listed).toEqual([
    [0, 1],
    [1, 2],
    [4, 5],
    [5, 6],
  ]);
});

test('a point keeps its own bytes in memory, and none of those that were written with it', async () => {
  const store = new MemoryStore();
  const chunk = putChunk(1, 1, points(100));
  await store.commit({ chunks: [chunk] });
  store.refresh();
  const { payload, id } = store.point(1, 50)!;
  const [, vector] = [...store.vectors(1, 49)][0]!;
  const own = vector!.byteLength + payload.length + id.length;
  for (const part of [payload, id, vector!]) expect(part.buffer.byteLength).toBeLessThanOrEqual(own);
});
