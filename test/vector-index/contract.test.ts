/* The builder's public contract, name by name. */
import { describe, expect, test } from 'vitest';
import { armStep, releaseSteps } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import * as L from '#silt/kernel/layout.js';
import {
  engineOf,
  expectExact,
  expectOwnRank,
  expectSound,
  idsOf,
  numbered,
  type Rows,
} from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';
import { controlOf } from '../support/steps.js';

const DIMENSION = 30;

function newBuilder(o: { threads?: number; config?: object; metric?: 'cosine' | 'euclidean' } = {}) {
  const { threads = 2, config, metric = 'cosine' } = o;
  const index = new HnswIndex({ dimension: DIMENSION, metric, threads, efConstruction: 60 });
  return { index, builder: new AsyncIndexBuilder(index, config) };
}

const batch = (seed: number, count: number, from = 0) =>
  numbered(vectorsFor('cosine', seed, count, DIMENSION), from) as [Id, Float32Array][];

describe('enqueue', () => {
  test('is true once the buffer has reached mergeThreshold', () => {
    const { builder } = newBuilder({ config: { merge_threshold: 50 } });
    expect(builder.mergeThreshold).toBe(50);
    expect(builder.enqueue(batch(1, 49))).toBe(false);
    expect(builder.enqueue([])).toBe(false);
    expect(builder.enqueue(batch(2, 1, 49))).toBe(true);
    expect(builder.enqueue([])).toBe(true);
    expect(builder.enqueue(batch(3, 1, 50))).toBe(true);
    expect(builder.bufferLength).toBe(51);
    builder.flushSync();
    expect(builder.enqueue(batch(4, 10, 60))).toBe(false);
    expect(builder.bufferLength).toBe(10);
  });

  test('rows written twice count once', () => {
    const { builder, index } = newBuilder({ config: { merge_threshold: 10 } });
    for (let i = 0; i < 5; i++) expect(builder.enqueue(batch(i, 9))).toBe(false);
    expect(builder.bufferLength).toBe(9);
    expect(index.size).toBe(9);
    expect(builder.enqueue(batch(9, 1, 9))).toBe(true);
    index.remove(0);
    expect(builder.bufferLength).toBe(9);
  });
});

describe('searchBuffer', () => {
  test.each(METRICS)('%s: exact, best first, at most k, the buffer alone', (metric) => {
    const index = new HnswIndex({ dimension: DIMENSION, metric, threads: 2, efConstruction: 60 });
    const builder = new AsyncIndexBuilder(index);
    const linked = numbered(vectorsFor(metric, 1, 100, DIMENSION));
    const waiting = numbered(vectorsFor(metric, 2, 150, DIMENSION), 50); // half of them replace linked ones
    builder.enqueue(linked);
    builder.flushSync();
    builder.enqueue(waiting);
    index.remove(60);
    const rows: Rows = new Map<Id, Float32Array>(waiting as never);
    rows.delete(60);
    for (const query of vectorsFor(metric, 3, 5, DIMENSION)) {
      for (const k of [1, 10, 149, 150, 1000, 20_000])
        expectExact(builder.searchBuffer(query, k), { rows, metric, query, k });
    }
  });

  test('search is buffer and graph together: that of the index', () => {
    const { index, builder } = newBuilder();
    builder.enqueue(batch(1, 300));
    builder.flushSync();
    builder.enqueue(batch(2, 100, 300));
    const rows: Rows = new Map([...batch(1, 300), ...batch(2, 100, 300)]);
    for (const [, query] of batch(3, 5)) {
      expect(builder.search(query, 10, { ef: 30 })).toEqual(index.search(query, 10, { ef: 30 }));
      const filter = (id: Id): boolean => Number(id) >= 250;
      const hits = builder.search(query, 10, { ef: 30, filter });
      expectSound(hits, { rows, metric: 'cosine', query, k: 10, filter });
    }
  });
});

describe('drainBuffer', () => {
  test('takes the rows out in the order they came, with the vectors as they were written', () => {
    const { index, builder } = newBuilder();
    builder.enqueue(batch(1, 30));
    builder.flushSync();
    const waiting = batch(2, 20, 100);
    builder.enqueue(waiting);
    builder.enqueue([[105, batch(3, 1)[0]![1]]]); // replaced: moves to the end
    index.remove(110);
    const expected = waiting.filter(([id]) => id !== 105 && id !== 110);
    expected.push([105, batch(3, 1)[0]![1]]);
    expect(builder.drainBuffer()).toEqual(expected);
    expect(builder.bufferLength).toBe(0);
    expect(builder.drainBuffer()).toEqual([]);
    expect(index.size).toBe(30);
    expect(index.has(105)).toBe(false);
    for (const [, query] of waiting)
      expectSound(index.search(query, 40), { rows: new Map(batch(1, 30)), metric: 'cosine', query, k: 40 });
    expect(builder.flushSync()).toBe(0);
  });

  test('gives copies, which can be enqueued again', () => {
    const { index, builder } = newBuilder();
    builder.enqueue(batch(1, 20));
    const drained = builder.drainBuffer();
    builder.enqueue(drained);
    for (const [, vector] of drained) {
      expect(vector.buffer.byteLength).toBe(4 * DIMENSION);
      vector.fill(7);
    }
    expectOwnRank((query, k) => index.search(query, k), { rows: new Map(batch(1, 20)), metric: 'cosine' });
    expect(index.size).toBe(20);
  });

  test('a row that was to replace a linked one is gone with its id', () => {
    const { index, builder } = newBuilder();
    builder.enqueue(batch(1, 30));
    builder.flushSync();
    builder.enqueue(batch(2, 5));
    expect(idsOf(builder.drainBuffer() as never)).toEqual([0, 1, 2, 3, 4]);
    expect(index.size).toBe(25);
    expect(index.has(3)).toBe(false);
  });

  test('while a build runs, each row is either drained or indexed, never both, and none is lost', async () => {
    for (let round = 0; round < 5; round++) {
      const { index, builder } = newBuilder();
      builder.enqueue(batch(1, 1000));
      const built = builder.triggerBuildAsync();
      for (let turn = 0; turn < round * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      const drained = builder.drainBuffer();
      const { linked } = await built;
      expect(builder.bufferLength).toBe(0);
      expect(linked + drained.length).toBe(1000);
      expect(index.size).toBe(linked);
      for (const [id] of drained) expect(index.has(id)).toBe(false);
      const rows: Rows = new Map(batch(1, 1000));
      for (const [id] of drained) rows.delete(id);
      expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
    }
  });
});

describe.each([1, 2, 3])('with %d threads', (threads) => {
  test('when flushSync returns, all pending rows are indexed; it returns how many', () => {
    const { index, builder } = newBuilder({ threads });
    expect(builder.flushSync()).toBe(0);
    for (const count of [1, 63, 500]) {
      builder.enqueue(batch(count, count, 1000 * count));
      expect(builder.flushSync()).toBe(count);
      expect(builder.bufferLength).toBe(0);
      expect(builder.isBuilding).toBe(false);
      expect(builder.searchBuffer(batch(1, 1)[0]![1], 5)).toEqual([]);
    }
    expect(builder.flushSync()).toBe(0);
    expect(index.verify()).toMatchObject({ ok: true, rows: 564, linked: 564 });
    const rows: Rows = new Map([...batch(1, 1, 1000), ...batch(63, 63, 63_000), ...batch(500, 500, 500_000)]);
    expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
  });

  test('flushSync returns 0 while a build runs, and leaves the build alone', async () => {
    const { builder } = newBuilder({ threads });
    builder.enqueue(batch(1, 300));
    const built = builder.triggerBuildAsync();
    expect(builder.isBuilding).toBe(true);
    expect(builder.flushSync()).toBe(0);
    expect((await built).linked).toBe(300);
    expect(builder.flushSync()).toBe(0);
  });

  test('triggerBuildAsync returns at once; its report comes when all rows are indexed', async () => {
    const { index, builder } = newBuilder({ threads });
    builder.enqueue(batch(1, 1500));
    // Other threads are held at the first row; this one has linked no more than its first slice.
    if (threads > 1) armStep(controlOf(index), 'linking', 'pause');
    const built = builder.triggerBuildAsync();
    expect(builder.isBuilding).toBe(true);
    if (threads > 1) expect(builder.bufferLength).toBe(1500);
    else expect(builder.bufferLength).toBeGreaterThan(500);
    releaseSteps(controlOf(index));
    const report = await built;
    expect(report).toMatchObject({ linked: 1500, quarantined: 0, threads });
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.linkedPerSecond).toBeCloseTo(1500 / report.seconds, 6);
    expect(builder.isBuilding).toBe(false);
    expect(builder.bufferLength).toBe(0);
    expect(index.verify()).toMatchObject({ ok: true, linked: 1500 });
  });

  test('a second call joins the running build', async () => {
    const { builder } = newBuilder({ threads });
    builder.enqueue(batch(1, 300));
    const first = builder.triggerBuildAsync();
    builder.enqueue(batch(2, 200, 300));
    const second = builder.triggerBuildAsync();
    expect(await second).toEqual(await first);
    // Rows that came later wait for the next build.
    expect((await first).linked + builder.bufferLength).toBe(500);
    const waiting = builder.bufferLength;
    expect((await builder.triggerBuildAsync()).linked).toBe(waiting);
    expect(builder.bufferLength).toBe(0);
  });

  test('a build of an empty buffer does nothing', async () => {
    const { builder } = newBuilder({ threads });
    expect(await builder.triggerBuildAsync()).toMatchObject({ linked: 0, quarantined: 0 });
    builder.enqueue(batch(1, 10));
    builder.flushSync();
    const built = builder.triggerBuildAsync();
    expect(builder.isBuilding).toBe(false);
    expect(await built).toMatchObject({ linked: 0, quarantined: 0 });
  });

  test('a single row is built like many', async () => {
    const { index, builder } = newBuilder({ threads });
    builder.enqueue(batch(1, 1));
    expect((await builder.triggerBuildAsync()).linked).toBe(1);
    builder.enqueue(batch(2, 1, 1));
    expect((await builder.triggerBuildAsync()).linked).toBe(1);
    expect(index.verify()).toMatchObject({ ok: true, linked: 2 });
  });
});

test('rows that were replaced or removed while pending are neither indexed nor counted', async () => {
  const { index, builder } = newBuilder();
  builder.enqueue(batch(1, 400));
  builder.enqueue(batch(2, 100));
  for (let id = 300; id < 350; id++) index.remove(id);
  expect(builder.bufferLength).toBe(350);
  expect((await builder.triggerBuildAsync()).linked).toBe(350);
  expect(index.verify()).toMatchObject({ ok: true, rows: 500, linked: 350 });
  const [arena] = engineOf(index).arenas;
  const states = Array.from({ length: 500 }, (_, row) => arena!.kernel.stateGet(row));
  expect(states.filter((state) => state & L.LINKED)).toHaveLength(350);
});

test('segment_count limits the threads, never beyond those of the index', async () => {
  for (const [segments, expected] of [
    [1, 1],
    [2, 2],
    [100, 3],
    [null, 3],
  ] as const) {
    const { builder } = newBuilder({ threads: 3, config: { segment_count: segments } });
    builder.enqueue(batch(1, 200));
    expect((await builder.triggerBuildAsync()).threads).toBe(expected);
  }
});

test('insert and insertBatchParallel work beside a running build', async () => {
  const { index, builder } = newBuilder();
  const rows: Rows = new Map(batch(1, 800));
  builder.enqueue(batch(1, 800));
  const built = builder.triggerBuildAsync();
  for (const [id, vector] of batch(2, 50, 780)) {
    index.insert(id, vector);
    rows.set(id, vector);
    expect(idsOf(index.search(vector, 1))).toEqual([id]);
  }
  const parallel = index.insertBatchParallel(batch(3, 100, 900));
  for (const [id, vector] of batch(3, 100, 900)) {
    rows.set(id, vector);
    expect(idsOf(index.search(vector, 1))).toEqual([id]);
  }
  await built;
  expect(await parallel).toBe(100);
  expect(builder.bufferLength).toBe(0);
  expect(index.verify().ok).toBe(true);
  expect(index.size).toBe(rows.size);
  expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
});

test('two builders over one index see the same rows', async () => {
  const { index, builder } = newBuilder();
  const other = new AsyncIndexBuilder(index, { merge_threshold: 5 });
  expect(builder.enqueue(batch(1, 4))).toBe(false);
  expect(other.enqueue(batch(2, 1, 4))).toBe(true);
  expect(builder.bufferLength).toBe(5);
  const built = builder.triggerBuildAsync();
  expect(other.isBuilding).toBe(true);
  expect(await other.triggerBuildAsync()).toEqual(await built);
});
