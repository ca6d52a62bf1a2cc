/*
 * Vectors that other threads read from the file of a store: exactly what the store reads, or nothing; never a row's vector
 * that another row has, and never half of one, whatever is committed meanwhile.
 */
import { readdirSync, readFileSync, readlinkSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { LmdbStore } from '#silt/store/lmdb/lmdb-store.js';
import { openReader } from '#silt/store/lmdb/row-file.js';
import type { VectorReader } from '#silt/store/vector-reader.js';
import { putEntry, removeEntry } from '../support/entries.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';
import { openLmdb } from '../support/stores.js';
import { alterRows, flipped } from '../support/tables.js';

const vectorOf = (row: number, dimension: number): number[] =>
  Array.from({ length: dimension }, (_, i) => row + i);

/** Puts `ids` in the next rows. Returns the last row. */
async function put(
  store: LmdbStore,
  collection: number,
  dimension: number,
  ids: readonly number[],
  bytes = 0,
): Promise<number> {
  const { seq } = store.counts(collection);
  const points = ids.map((id, i) => ({
    id,
    vector: vectorOf(seq + 1 + i, dimension),
    payload: { text: 'x'.repeat(bytes) },
  }));
  await store.commit({ entries: [putEntry(collection, points)] });
  store.refresh();
  return seq + ids.length;
}

const readerOf = (store: LmdbStore, collection: number): VectorReader =>
  openReader(store.vectorReading(collection).input);

function expectSame(
  store: LmdbStore,
  reader: VectorReader,
  collection: number,
  dimension: number,
  rows: number,
): void {
  const into = new Float32Array(dimension);
  for (let row = 0; row <= rows + 1; row++) {
    const vector = store.vector(collection, row);
    expect(reader.read(row, into), `row ${row}`).toBe(vector !== undefined);
    if (vector) expect(into).toEqual(vector);
  }
}

test.each([1, 2, 3])(
  'every row is read as the store reads it, whatever was written and deleted: seed %i',
  (seed) =>
    withFolder(async (folder) => {
      const random = randomOf(seed);
      const store = await openLmdb(join(folder, 'db'));
      const dimensions = [3, 100, 1_500];
      const readers = dimensions.map((_, i) => readerOf(store, i + 1));
      const last = [0, 0, 0];
      for (let round = 0; round < 12; round++) {
        const at = integer(random, 0, dimensions.length);
        const ids = Array.from({ length: integer(random, 1, 200) }, () => integer(random, 0, 300));
        if (random() < 0.3) {
          await store.commit({ entries: [removeEntry(at + 1, ids)] });
          store.refresh();
          last[at] = store.counts(at + 1).seq;
        } else
          last[at] = await put(
            store,
            at + 1,
            dimensions[at]!,
            [...new Set(ids)],
            integer(random, 0, 3) * 3_000,
          );
        for (const [i, dimension] of dimensions.entries())
          expectSame(store, readers[i]!, i + 1, dimension, last[i]!);
      }
      for (const reader of readers) reader.close();
      await store.close();
    }),
);

test('what is committed is read when the store reads it, and not before', () =>
  withFolder(async (folder) => {
    const store = await openLmdb(join(folder, 'db'));
    await put(store, 1, 4, [1, 2]);
    const reader = readerOf(store, 1);
    const into = new Float32Array(4);
    await store.commit({ entries: [putEntry(1, [{ id: 1, vector: vectorOf(3, 4) }])] });
    expect([reader.read(1, into), reader.read(3, into)]).toEqual([true, false]);
    store.refresh();
    expect([reader.read(1, into), reader.read(3, into)]).toEqual([false, true]);
    await store.close();
    expect(reader.read(3, into)).toBe(false);
    reader.close();
  }));

test('a row whose bytes are damaged is not read, and one of another length neither', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await openLmdb(path);
    await put(made, 1, 600, [1, 2, 3]);
    await made.close();
    await alterRows(path, (value, row) => (row === 2 ? flipped(value, 8 * value.length - 1) : value));
    const store = await openLmdb(path);
    const reader = readerOf(store, 1);
    const into = new Float32Array(600);
    expect([1, 2, 3].map((row) => reader.read(row, into))).toEqual([true, false, true]);
    expect(reader.read(1, new Float32Array(599))).toBe(false);
    reader.close();
    await store.close();
  }));

test('pages that are damaged or missing are not read', () =>
  withFolder(async (folder) => {
    const store = await openLmdb(join(folder, 'db'));
    await put(
      store,
      1,
      50,
      Array.from({ length: 2_000 }, (_, i) => i),
    );
    const { module, input } = store.vectorReading(1);
    expect(module).toContain('row-file');
    const file = join(folder, 'db', 'store', 'data.mdb');
    const bytes = readFileSync(file);
    const random = randomOf(5);
    const into = new Float32Array(50);
    const copy = join(folder, 'copy');
    for (let round = 0; round < 40; round++) {
      const hurt = Buffer.from(bytes);
      for (let i = 0; i < 3_000; i++) hurt[integer(random, 8_192, hurt.length)] = integer(random, 0, 256);
      writeFileSync(copy, round % 4 === 0 ? hurt.subarray(0, integer(random, 8_192, hurt.length)) : hurt);
      const { ino, dev } = statSync(copy, { bigint: true });
      const reader = openReader({ ...(input as object), path: copy, file: `${dev}:${ino}` });
      for (let row = 1; row <= 2_000; row += 7)
        if (reader.read(row, into)) expect([...into]).toEqual(vectorOf(row, 50));
      reader.close();
    }
    await store.close();
  }));

test('another file in its place is not opened', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const store = await openLmdb(path);
    await put(store, 1, 4, [1]);
    const { input } = store.vectorReading(1);
    const file = join(path, 'store', 'data.mdb');
    const bytes = readFileSync(file);
    renameSync(file, join(folder, 'away'));
    writeFileSync(file, bytes);
    expect(() => openReader(input)).toThrow();
    renameSync(join(folder, 'away'), file);
    openReader(input).close();
    await store.close();
  }));

test.each([20, 800])(
  'threads that read while rows are written, replaced and deleted read no wrong vector: %i components',
  (dimension) =>
    withFolder(async (folder) => {
      const store = await openLmdb(join(folder, 'db'));
      const ids = Array.from({ length: 400 }, (_, i) => i);
      const words = new Int32Array(new SharedArrayBuffer(8));
      words[1] = await put(store, 1, dimension, ids);
      const workerData = { reading: store.vectorReading(1), dimension, shared: words.buffer };
      const child = new URL('../support/row-reader-child.mjs', import.meta.url);
      const threads = [1, 2].map(() => new Worker(child, { workerData }));
      const ends = threads.map(
        (thread) =>
          new Promise<{ found: number; missed: number; wrong: unknown }>((resolve, reject) => {
            thread.once('message', resolve);
            thread.once('error', reject);
          }),
      );
      const random = randomOf(dimension);
      const until = performance.now() + 1_500;
      while (performance.now() < until) {
        const some = new Set(Array.from({ length: 50 }, () => integer(random, 0, ids.length)));
        words[1] = await put(store, 1, dimension, [...some], random() < 0.2 ? 5_000 : 0);
        if (random() < 0.2) {
          await store.commit({ entries: [removeEntry(1, [...some].slice(0, 20))] });
          store.refresh();
        }
      }
      Atomics.store(words, 0, 1);
      for (const end of ends) {
        const { found, wrong } = await end;
        expect(wrong).toBeUndefined();
        expect(found).toBeGreaterThan(100);
      }
      await Promise.all(threads.map((thread) => thread.terminate()));
      await store.close();
    }),
);

test('a thread that is ended while it reads leaves no file open', () =>
  withFolder(async (folder) => {
    if (process.platform !== 'linux') return; // elsewhere, no folder lists the files that are open
    const store = await openLmdb(join(folder, 'db'));
    const shared = new SharedArrayBuffer(8);
    new Int32Array(shared)[1] = await put(store, 1, 20, [1, 2, 3]);
    const open = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
        } catch {
          return false; // that of the listing itself
        }
      }).length;
    const before = open();
    const workerData = { reading: store.vectorReading(1), dimension: 20, shared };
    for (let i = 0; i < 3; i++) {
      const thread = new Worker(new URL('../support/row-reader-child.mjs', import.meta.url), { workerData });
      while (open() === before) await new Promise((resolve) => setTimeout(resolve, 5));
      await thread.terminate();
      expect(open()).toBe(before);
    }
    await store.close();
  }));
