/* When an arena is full another begins: one index all the same. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type HnswOptions, type Id } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import {
  codeOf,
  engineOf,
  expectExact,
  expectOwnRank,
  expectSound,
  idsOf,
  numbered,
  type Rows,
} from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';

/** Up to here rows are float32 in the walk, so that the graph answers however few rows there are. */
const DIMENSION = 32;
const small: Omit<HnswOptions, 'metric'> = {
  dimension: DIMENSION,
  efConstruction: 60,
  m: 64,
  threads: 1,
  arenaBytes: 18 * 65_536,
};
const arenasOf = (index: HnswIndex) => engineOf(index).arenas;

/** An index that fills at least three arenas. */
function filled(o: HnswOptions): { index: HnswIndex; builder: AsyncIndexBuilder; rows: Rows } {
  const index = new HnswIndex(o);
  const builder = new AsyncIndexBuilder(index);
  const rows: Rows = new Map<Id, Float32Array>();
  for (let batch = 0; arenasOf(index).length < 4; batch++) {
    const pairs = numbered(vectorsFor(o.metric, batch, 100, DIMENSION), 100 * batch) as [Id, Float32Array][];
    builder.enqueue(pairs);
    for (const [id, vector] of pairs) rows.set(id, vector);
    if (batch > 400) throw new Error('arenas are too large for this test');
  }
  return { index, builder, rows };
}

describe.each(someOf(METRICS, 3))('%s', (metric) => {
  test('search covers all, waiting and linked', () => {
    const { index, builder, rows } = filled({ ...small, metric });
    const queries = vectorsFor(metric, 99, 4, DIMENSION);
    const check = (): void => {
      expect(index.size).toBe(rows.size);
      for (const query of queries) {
        expectExact(index.search(query, rows.size + 1), { rows, metric, query, k: rows.size + 1 });
        expectSound(index.search(query, 10, { ef: 50 }), { rows, metric, query, k: 10 });
        const filter = (id: Id): boolean => Number(id) % 97 === 5;
        expectExact(index.search(query, 10, { filter, ef: 20 }), { rows, metric, query, k: 10, filter });
      }
      expectOwnRank((query, k) => index.search(query, k), { rows, metric });
    };
    check();
    expect(builder.bufferLength).toBe(rows.size);
    const builtIn = builder.flushSync();
    expect(builtIn).toBe(rows.size);
    expect(builder.bufferLength).toBe(0);
    expect(arenasOf(index).every((arena) => arena.linked > 0)).toBe(true);
    expect(index.verify().ok).toBe(true);
    check();
  });
});

test('rows are replaced and removed across arenas', () => {
  const { index, builder, rows } = filled({ ...small, metric: 'cosine' });
  builder.flushSync();
  const random = randomOf(1);
  for (const vector of vectorsFor('euclidean', 50, 150, DIMENSION)) {
    const id = integer(random, 0, rows.size);
    if (random() < 0.4) {
      expect(index.remove(id)).toBe(rows.delete(id));
      continue;
    }
    index.insert(id, vector);
    rows.set(id, vector);
    expectExact(index.search(vector, 1), { rows, metric: 'cosine', query: vector, k: 1 });
  }
  expect(index.size).toBe(rows.size);
  expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
  expect(builder.drainBuffer()).toEqual([]);
});

test('a batch that is rejected in its second arena leaves none behind', () => {
  const index = new HnswIndex({ ...small, metric: 'cosine' });
  index.insert(1, vectorsFor('euclidean', 1, 1, DIMENSION)[0]!);
  const batch = numbered(vectorsFor('euclidean', 2, arenasOf(index)[0]!.capacity + 5, DIMENSION), 10);
  batch.push([5, [1]]);
  expect(codeOf(() => new AsyncIndexBuilder(index).enqueue(batch))).toBe('INVALID_VECTOR');
  expect(arenasOf(index)).toHaveLength(1);
  expect(index.size).toBe(1);
  batch.pop();
  expect(new AsyncIndexBuilder(index).enqueue(batch)).toBe(false);
  expect(arenasOf(index)).toHaveLength(2);
  expect(index.size).toBe(1 + batch.length);
});

test('drained rows come in the order they were written, from all arenas', () => {
  const { index, builder, rows } = filled({ ...small, metric: 'euclidean' });
  expect(idsOf(builder.drainBuffer() as never)).toEqual([...rows.keys()]);
  expect(index.size).toBe(0);
});

test('ties come in the order of writing across arenas', () => {
  const { index } = filled({ ...small, metric: 'euclidean' });
  const same = new Float32Array(DIMENSION).fill(9);
  index.insert(3, same); // its first row is in the first arena, its last in the last
  index.insert(100_000, same);
  index.insert(50_000, same);
  expect(idsOf(index.search(same, 3))).toEqual([3, 100_000, 50_000]);
});

test.each([
  [1, 1],
  [2, 2],
  [1, 8],
  [8, 1],
])('saved with %d threads, loaded with %d', async (from, to) => {
  const arenaBytes = (22 + 5 * from) * 65_536; // each thread takes its scratch from the arena
  const { index, builder, rows } = filled({ ...small, metric: 'cosine', threads: from, arenaBytes });
  builder.flushSync();
  index.insert(2, vectorsFor('euclidean', 70, 1, DIMENSION)[0]!);
  rows.set(2, vectorsFor('euclidean', 70, 1, DIMENSION)[0]!);
  await withFolder(async (folder) => {
    await index.save(join(folder, 'x'));
    const loaded = await HnswIndex.load(join(folder, 'x'), { threads: to });
    expect(loaded.size).toBe(rows.size);
    for (const query of vectorsFor('euclidean', 71, 5, DIMENSION))
      expect(loaded.search(query, 10, { ef: 50 })).toEqual(index.search(query, 10, { ef: 50 }));
    expect(loaded.verify().ok).toBe(true);
    loaded.insert(3, vectorsFor('euclidean', 72, 1, DIMENSION)[0]!);
    rows.set(3, vectorsFor('euclidean', 72, 1, DIMENSION)[0]!);
    expectOwnRank((query, k) => loaded.search(query, k), { rows, metric: 'cosine' });
  });
});

test('built in parallel, on several threads', async () => {
  const { index, builder, rows } = filled({
    ...small,
    metric: 'cosine',
    threads: 2,
    arenaBytes: 32 * 65_536,
  });
  const report = await builder.triggerBuildAsync();
  expect(report.linked).toBe(rows.size);
  expect(index.verify().ok).toBe(true);
  expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
});

test('the limit need not be a multiple of a page, and is kept', () => {
  for (const arenaBytes of [22 * 65_536 + 1, 23 * 65_536 - 1, 1_500_000, 1_600_123, 1_777_777]) {
    const { index, rows } = filled({ ...small, metric: 'euclidean', arenaBytes });
    for (const arena of arenasOf(index))
      expect(arena.memory.buffer.byteLength).toBeLessThanOrEqual(arenaBytes);
    expect(index.size).toBe(rows.size);
  }
});

test('a limit with no room for one block is a clear error, and leaves nothing behind', () => {
  for (let pages = 1; pages < 22; pages++) {
    const index = new HnswIndex({ ...small, metric: 'euclidean', arenaBytes: pages * 65_536 + 17 });
    const code = codeOf(() => index.insert(1, new Float32Array(DIMENSION)));
    if (code !== undefined) expect(code).toBe('INVALID_OPTION');
    expect(index.size).toBe(code === undefined ? 1 : 0);
  }
});

test('memoryBytes grows with the rows, and no arena beyond its limit', () => {
  const index = new HnswIndex({ ...small, metric: 'euclidean' });
  expect(index.memoryBytes).toBe(0);
  const builder = new AsyncIndexBuilder(index);
  let last = 0;
  for (let i = 0; i < 10; i++) {
    builder.enqueue(numbered(vectorsFor('euclidean', i, 100, DIMENSION), 100 * i));
    expect(index.memoryBytes).toBeGreaterThanOrEqual(Math.max(last, index.size * DIMENSION * 4));
    last = index.memoryBytes;
  }
});
