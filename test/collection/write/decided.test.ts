/* Writes that go by what is there share commits with others: what one turns out to do, or fails to do, is its own affair. */
import { expect, test } from 'vitest';
import type { Collection, Operation, Point } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { MemoryStore } from '#silt/store/memory.js';
import type { Committed, Transaction } from '#silt/store/store.js';
import { BACKENDS, liveOf, PAUSED, pointsOf, vectors, withCollection } from '../../support/databases.js';
import { openWith } from '../../support/stores.js';

const [VECTOR] = vectors(1, 1) as [Float32Array];
const point = (id: number, version = 1): Point => ({ id, vector: VECTOR, payload: { version } });

/** Remembers what it is asked to commit, and can hold commits back. */
class WatchedStore extends MemoryStore {
  readonly asked: Transaction[] = [];
  held: Promise<void> | undefined;

  override async commit(transaction: Transaction): Promise<Committed> {
    this.asked.push(transaction);
    await this.held;
    return super.commit(transaction);
  }

  /** Until what is returned is called. */
  hold(): () => void {
    let letGo = (): void => {};
    this.held = new Promise((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }
}

async function withWatched(
  work: (points: Collection, store: WatchedStore, db: Awaited<ReturnType<typeof openWith>>) => Promise<void>,
): Promise<void> {
  const store = new WatchedStore(nodePlatform);
  const db = await openWith(store);
  await work(await db.createCollection('points', PAUSED), store, db);
  await db.close();
}

test.each(BACKENDS)('%s: a receipt says how far its own write came, whatever shares its commit', (backend) =>
  withCollection(backend, PAUSED, async (points) => {
    const receipts = await Promise.all([
      points.upsert(point(1), { mode: 'insert' }),
      points.batch([{ upsert: [point(2), point(3)] }, { setPayload: 2, payload: { a: 1 } }, { delete: [] }]),
      points.upsert(point(1), { condition: {} }),
      points.upsert(point(9)),
    ]);
    expect(receipts.map(({ seq }) => seq)).toEqual([1, 4, 5, 6]);
  }),
);

test.each(BACKENDS)('%s: a batch that fails in the middle leaves no trace for those behind it', (backend) =>
  withCollection(backend, PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 20, 100));
    const tooMuch: Operation = {
      overwritePayload: pointsOf(1, 20, 100).map(({ id }) => id),
      payload: { text: 'x'.repeat(16_000_000) },
    };
    const outcomes = await Promise.allSettled([
      points.upsert([point(2), point(3)]),
      points.batch([{ upsert: [point(1), point(2, 5)] }, { delete: 3 }, tooMuch]),
      points.upsert([point(1), point(2)], { mode: 'insert' }),
      points.upsert([point(3, 2)], { condition: { must: { key: 'version', match: { value: 1 } } } }),
      points.batch([{ setPayload: [1, 2, 3], payload: { last: true } }]),
    ]);
    const [, failed, inserted, replaced, patched] = outcomes;
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'LIMIT_EXCEEDED' } });
    expect((failed as PromiseRejectedResult).reason.message).toMatch(/^operation 2: bytes of payloads/);
    expect(inserted).toMatchObject({ value: { inserted: 1, seq: 23, rejected: [{ id: 2 }] } });
    expect(replaced).toMatchObject({ value: { replaced: 1, seq: 24 } });
    expect(patched).toMatchObject({ value: { updated: 3, seq: 27 } });
    expect((await points.getMany([1, 2, 3])).map((one) => one?.payload)).toEqual(
      [1, 1, 2].map((version) => ({ version, last: true })),
    );
    expect(await points.verify()).toMatchObject({ ok: true });
  }),
);

test('a write that is aborted while it is decided does nothing, and those around it are done', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 3_000));
    const controller = new AbortController();
    const live = liveOf(points);
    const { rowOf } = live.store;
    let asked = 0;
    // What is decided asks the store for each point: some way into that, the caller changes their mind.
    live.store.rowOf = (...which) => {
      if (++asked === 600) controller.abort();
      return rowOf.apply(live.store, which);
    };
    const { signal } = controller;
    const outcomes = await Promise.allSettled([
      points.upsert(point(5_000)),
      points.batch([{ upsert: point(5_001) }, { upsert: pointsOf(2, 3_000), condition: {} }], { signal }),
      points.upsert([point(5_000), point(5_001)], { mode: 'insert' }),
    ]);
    expect(asked).toBeGreaterThan(600);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { name: 'AbortError' } });
    expect(outcomes[2]).toMatchObject({ value: { inserted: 1, rejected: [{ id: 5_000 }] } });
    expect(points.status().points).toBe(3_002);
  }));

test('batches that wait for the same commit are several commits where together they are too large', () =>
  withWatched(async (points, store) => {
    await points.upsert(pointsOf(1, 20));
    const letGo = store.hold();
    const first = points.upsert(point(1));
    const text = 'x'.repeat(1_000_000);
    const batches = Array.from({ length: 10 }, (_, n) =>
      points.batch([{ overwritePayload: { filter: {} }, payload: { text, n } }]),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    store.asked.length = 0;
    letGo();
    await Promise.all([first, ...batches]);
    const bytes = store.asked.map(({ entries = [] }) =>
      entries.reduce((sum, { count, payloads }) => sum + count * payloads.length, 0),
    );
    expect(bytes.length).toBeGreaterThan(2);
    expect(Math.max(...bytes)).toBeLessThan(64 * 1_048_576 + 21_000_000);
    expect((await points.get(3))?.payload?.['n']).toBe(9);
  }));

test('a large payload that was just written is not made again and again in one commit', () =>
  withWatched(async (points, store) => {
    const letGo = store.hold();
    const calls: Promise<unknown>[] = [points.upsert(point(2))];
    await new Promise((resolve) => setTimeout(resolve, 20));
    store.asked.length = 0;
    calls.push(points.upsert({ id: 1, vector: VECTOR, payload: { text: 'x'.repeat(8_000_000) } }));
    for (let n = 0; n < 20; n++) calls.push(points.setPayload(1, { n }));
    letGo();
    await Promise.all(calls);
    const patches = store.asked.map(({ entries = [] }) => entries.filter(({ kind }) => kind === 'patch'));
    expect(Math.max(...patches.map(({ length }) => length))).toBeLessThan(9); // 64 MiB
    expect(patches.flat()).toHaveLength(20);
    expect((await points.get(1))?.payload?.['n']).toBe(19);
  }));

test('with "flushed", what was found and left as it is is on the disk as well', () =>
  withWatched(async (points, store) => {
    const calls: (() => Promise<unknown>)[] = [
      () => points.upsert(point(1), { mode: 'insert' }),
      () => points.batch([{ delete: { filter: { must: { has_id: [2] } } } }]),
      () => points.delete({ filter: { must: { has_id: [2] } } }),
      () => points.setPayload({ filter: { must: { has_id: [2] } } }, { a: 1 }),
    ];
    for (const call of calls) {
      await points.upsert([point(1), point(2)], { durability: 'committed' });
      await points.delete(2, { durability: 'committed' });
      store.asked.length = 0;
      await call();
      expect(store.asked.map(({ flush = true }) => flush)).toEqual([true]);
      await call();
      expect(store.asked).toHaveLength(1); // nothing to be flushed
    }
  }));

test('a database in memory holds no more for a point than its vector, also where others of its call were left out', () =>
  withCollection('memory', { ...PAUSED, dimension: 100 }, async (points) => {
    const wide = (from: number, count: number): Point[] =>
      Array.from({ length: count }, (_, i) => ({ id: from + i, vector: new Float32Array(100).fill(1) }));
    await points.upsert(wide(0, 500));
    await points.upsert(wide(0, 1_000), { mode: 'insert' }); // what it did not need is memory for 1,000
    await points.upsert(wide(2_000, 600));
    const { store, collection } = liveOf(points);
    for (const [row, vector] of store.vectors(collection, 1_000))
      expect(vector!.buffer.byteLength, `row ${row}`).toBe(600 * 400);
  }));
