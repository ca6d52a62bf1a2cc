/* What was saved comes back: the same answers, the same states, whatever the metric and the codes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { withFolder } from '../../support/files.js';
import {
  engineOf,
  expectExact,
  expectOwnRank,
  expectSound,
  numbered,
  type Rows,
} from '../../support/index.js';
import { BUILDS, withKernel } from '../../support/kernels.js';
import { METRICS } from '../../support/oracle.js';
import { vectorsFor } from '../../support/random.js';

/** Saves and loads again. */
const reloaded = (index: HnswIndex, o: { threads?: number } = {}): Promise<HnswIndex> =>
  withFolder(async (folder) => {
    await index.save(join(folder, 'x.silt'));
    return HnswIndex.load(join(folder, 'x.silt'), o);
  });

// 3: float32 in the walk; 40: int8 codes; 100, 300: 4-bit codes, with and without a partial group.
describe.each([3, 40, 100, 300])('%d dimensions', (dimension) => {
  test.each(METRICS)('%s: an index with rows in every state', async (metric) => {
    const index = new HnswIndex({ dimension, metric, threads: 1, efConstruction: 60, m: 12, seed: 42 });
    const builder = new AsyncIndexBuilder(index);
    const rows: Rows = new Map<Id, Float32Array>();
    const put = (pairs: [Id, Float32Array][]): void => {
      builder.enqueue(pairs);
      for (const [id, vector] of pairs) rows.set(id, vector);
    };
    const remove = (id: Id): void => {
      index.remove(id);
      rows.delete(id);
    };
    const fresh = (seed: number, count: number) => vectorsFor(metric, seed, count, dimension);
    put(numbered(fresh(1, 260)) as [Id, Float32Array][]);
    put([[2n ** 64n - 1n, fresh(2, 1)[0]!]]);
    builder.flushSync();
    for (let id = 0; id < 260; id += 10) remove(id); // linked, masked
    put(numbered(fresh(3, 30), 5) as [Id, Float32Array][]); // replaced, waiting
    put([[2n ** 53n, new Float32Array(dimension).fill(1e30)]]); // wide
    for (let id = 7; id < 12; id++) remove(id); // waiting, masked

    const loaded = await reloaded(index, { threads: 1 });
    expect(loaded.options).toEqual(index.options);
    expect(loaded.size).toBe(rows.size);
    expect(new AsyncIndexBuilder(loaded).bufferLength).toBe(builder.bufferLength);
    expect(loaded.verify()).toEqual(index.verify());
    for (const id of [0, 5, 7, 100, 2 ** 52, 2n ** 53n, 2n ** 64n - 1n])
      expect(loaded.has(id)).toBe(rows.has(id));
    for (const query of fresh(4, 6)) {
      for (const ef of [20, 60, 200])
        expect(loaded.search(query, 10, { ef })).toEqual(index.search(query, 10, { ef }));
      expectExact(loaded.search(query, 400), { rows, metric, query, k: 400 });
      expect(new AsyncIndexBuilder(loaded).searchBuffer(query, 9)).toEqual(builder.searchBuffer(query, 9));
    }

    // It lives on: rows are linked, replaced and removed as before.
    const again = new AsyncIndexBuilder(loaded);
    expect(again.flushSync()).toBe(builder.bufferLength);
    loaded.insert(3, fresh(5, 1)[0]!);
    rows.set(3, fresh(5, 1)[0]!);
    expect(loaded.remove(4)).toBe(rows.delete(4));
    expect(loaded.verify().ok).toBe(true);
    rows.delete(2n ** 53n); // of rank unknown under dot
    loaded.remove(2n ** 53n);
    expectOwnRank((query, k) => loaded.search(query, k), { rows, metric });
    for (const query of fresh(6, 4))
      expectSound(loaded.search(query, 10, { ef: 50 }), { rows, metric, query, k: 10 });
  });
});

test('the empty index, and one whose rows were all removed', async () => {
  const index = new HnswIndex({ dimension: 3, metric: 'euclidean' });
  const empty = await reloaded(index);
  expect(empty.size).toBe(0);
  expect(empty.search([1, 2, 3], 3)).toEqual([]);
  empty.insert(1, [1, 2, 3]);
  expect(empty.search([1, 2, 3], 1)).toEqual([[1, 0]]);
  empty.remove(1);
  const removed = await reloaded(empty);
  expect(removed.size).toBe(0);
  expect(removed.search([1, 2, 3], 3)).toEqual([]);
  expect(removed.verify().ok).toBe(true);
  removed.insert(1, [3, 2, 1]);
  expect(removed.search([3, 2, 1], 3)).toEqual([[1, 0]]);
});

test.each(METRICS)(
  '%s: rows that were linked and then removed stay out, and k stays full',
  async (metric) => {
    const index = new HnswIndex({ dimension: 40, metric, threads: 1, efConstruction: 60 });
    const rows: Rows = new Map<Id, Float32Array>(numbered(vectorsFor(metric, 1, 400, 40)) as never);
    await index.insertBatchParallel(rows as Map<Id, Float32Array>);
    for (let id = 0; id < 400; id += 2) expect(index.remove(id)).toBe(rows.delete(id));
    const loaded = await reloaded(index);
    for (const query of vectorsFor(metric, 2, 10, 40)) {
      for (const k of [10, 60]) expectSound(loaded.search(query, k, { ef: 60 }), { rows, metric, query, k });
      expect(loaded.search(query, 10, { ef: 40 })).toEqual(index.search(query, 10, { ef: 40 }));
    }
    const [before, after] = [index, loaded].map((of) => engineOf(of).arenas[0]!);
    for (const count of ['live', 'linked', 'masked', 'pending', 'quarantined'] as const)
      expect(after![count], count).toBe(before![count]);
  },
);

test('saved twice, the file is the same; loaded and saved again too', async () => {
  const index = new HnswIndex({ dimension: 40, metric: 'cosine', threads: 1 });
  await index.insertBatchParallel(numbered(vectorsFor('cosine', 1, 200, 40)));
  await withFolder(async (folder) => {
    const bytes = async (of: HnswIndex, name: string): Promise<Buffer> => {
      await of.save(join(folder, name));
      return readFile(join(folder, name));
    };
    const first = await bytes(index, 'a');
    expect((await bytes(index, 'a')).equals(first)).toBe(true);
    const loaded = await HnswIndex.load(join(folder, 'a'), { threads: 1 });
    expect((await bytes(loaded, 'b')).equals(first)).toBe(true);
  });
});

test('the number of threads is that of the machine that loads, or as asked', async () => {
  const index = new HnswIndex({ dimension: 3, metric: 'cosine', threads: 7 });
  index.insert(1, [1, 2, 3]);
  expect((await reloaded(index)).options.threads).toBe(
    new HnswIndex({ dimension: 3, metric: 'cosine' }).options.threads,
  );
  expect((await reloaded(index, { threads: 3 })).options.threads).toBe(3);
});

test.each([20, 50, 100])(
  'a file from one kernel build serves every other (%d dimensions)',
  async (dimension) => {
    for (const from of BUILDS) {
      const index = withKernel(from.build, () => new HnswIndex({ dimension, metric: 'cosine', threads: 1 }));
      // Codes walk from some thousand rows on.
      await index.insertBatchParallel(
        numbered(vectorsFor('cosine', 1, dimension > 32 ? 1100 : 300, dimension)),
      );
      await withFolder(async (folder) => {
        await index.save(join(folder, 'x'));
        for (const to of BUILDS) {
          const loading = withKernel(to.build, () => HnswIndex.load(join(folder, 'x')));
          await loading;
          for (const query of vectorsFor('cosine', 2, 5, dimension))
            expect((await loading).search(query, 10, { ef: 30 })).toEqual(
              index.search(query, 10, { ef: 30 }),
            );
        }
      });
    }
  },
);
