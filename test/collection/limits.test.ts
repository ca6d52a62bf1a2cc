/* Each limit, reached and passed by one: what is over it is refused before any effect, with what to do instead. */
import { describe, expect, test } from 'vitest';
import {
  DIMENSION_MAX,
  FILTER_BYTES_MAX,
  HITS_MAX,
  IDS_MAX,
  INGEST_BATCH_BYTES,
  INGESTS_BYTES,
  K_MAX,
  QUERIES_MAX,
  QUEUE_BYTES_MAX,
  WAITING_BYTES_MAX,
  WRITE_BYTES_MAX,
  WRITE_POINTS_MAX,
} from '#silt/base/limits.js';
import { coreOf } from '#silt/collection/collection.js';
import { resolveConfig } from '#silt/collection/config.js';
import { draftPoints } from '#silt/collection/write/draft.js';
import { WriteQueue } from '#silt/collection/write/queue.js';
import { fieldsOf } from '#silt/fields/field.js';
import {
  BackpressureError,
  type Collection,
  type CollectionConfig,
  type Database,
  type Point,
} from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { errorOf, failureOf, withCollection } from '../support/databases.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const CONFIG = {
  dimension: 1,
  metric: 'euclidean',
  indexing: { paused: true, threads: 1 },
} as const;

const withPoints = (use: (points: Collection) => Promise<void>): Promise<void> =>
  withCollection('memory', CONFIG, async (points) => {
    await points.upsert([0, 1, 2].map((id) => ({ id, vector: [id] })));
    await use(points);
  });

const ids = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A collection whose commits wait until `open` is called. */
async function heldCollection(
  config: CollectionConfig,
): Promise<{ database: Database; points: Collection; other: Collection; open: () => void }> {
  const store = newMemoryStore();
  const database = await openWith(store);
  const points = await database.createCollection('points', config);
  const other = await database.createCollection('other', config);
  const { commit } = store;
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  store.commit = async (transaction) => {
    await opened;
    return commit.call(store, transaction);
  };
  return { database, points, other, open };
}

async function expectRefused(call: () => unknown, says: RegExp): Promise<void> {
  const error = await errorOf(call);
  expect(error).toMatchObject({ name: 'ValidationError', code: 'LIMIT_EXCEEDED' });
  expect(error.message).toMatch(says);
}

test('an upsert of more points than the limit is rejected, and ingest is named', async () => {
  await withPoints(async (points) => {
    const many = ids(WRITE_POINTS_MAX + 1).map((id) => ({ id, vector: [id] }));
    await expectRefused(() => points.upsert(many), /by ingest/);
    expect(points.status().seq).toBe(3);
    expect((await points.upsert(many.slice(1))).inserted).toBe(WRITE_POINTS_MAX - 2);
    expect((await points.ingest(many)).written).toBe(many.length);
  });
});

test('bytes of one write: vectors are counted before any is copied, payloads as they come', async () => {
  const config = fieldsOf(resolveConfig({ ...CONFIG, dimension: DIMENSION_MAX }, { threads: 1 }));
  const vector = new Float32Array(DIMENSION_MAX).fill(1);
  const of = (count: number): Point[] => ids(count).map((id) => ({ id, vector }));
  const most = WRITE_BYTES_MAX / (4 * DIMENSION_MAX);
  expect(draftPoints(of(most - 1), config, 'throw').draft.count).toBe(most - 1);
  await expectRefused(() => draftPoints(of(most + 1), config, 'throw'), /by ingest/);
  const text = 'x'.repeat(16_000_000);
  const large = ids(17).map((id) => ({ id, vector: [id], payload: { text } }));
  await expectRefused(
    () => draftPoints(large, fieldsOf(resolveConfig(CONFIG, { threads: 1 })), 'skip'),
    /by ingest/,
  );
});

describe('bytes of writes that wait', () => {
  test('at a limit a write is accepted, beyond it rejected', () => {
    const queue = new WriteQueue(newMemoryStore(), nodePlatform);
    for (const patient of [true, false]) {
      const most = patient ? WAITING_BYTES_MAX : QUEUE_BYTES_MAX;
      queue.checkRoom(2 * most, patient); // where nothing waits, whatever it is
      const release = queue.hold(most - 10);
      queue.checkRoom(10, patient);
      expect(() => queue.checkRoom(11, patient)).toThrow(BackpressureError);
      release();
      queue.checkRoom(2 * most, patient);
    }
  });

  test('a call that waits counts beside its bytes: a flood of small ones, which nobody waits for, is bounded as well', async () => {
    const { database, points, open } = await heldCollection(CONFIG);
    const { queue } = coreOf(points);
    const calls = ids(1_000).flatMap((id) => [
      points.setPayload(id, { n: id }),
      points.updateVectors({ id, vector: [1] }),
    ]);
    for (let left = 500; left > 0; left--)
      calls.push(
        points.delete({ filter: { must: { has_id: [1] } } }),
        points.setPayload({ filter: {} }, { n: 1 }),
      );
    expect(queue.bytes).toBeGreaterThan(1_000 * calls.length);
    open();
    await Promise.all(calls);
    expect(queue.bytes).toBe(0);
    await database.close();
  });

  test('a write that is not to wait is refused, and let in again when others have left', async () => {
    const { database, points, open } = await heldCollection({ ...CONFIG, dimension: DIMENSION_MAX });
    const vector = new Float32Array(DIMENSION_MAX).fill(1);
    const of = (from: number): Point[] => ids(64).map((i) => ({ id: from + i, vector })); // 16 MiB
    const stop = new AbortController();
    const first = points.upsert(of(0));
    const others = ids(14).map((i) =>
      failureOf(() => points.upsert(of(64 + 64 * i), { signal: stop.signal })),
    );
    const refused = await errorOf(() =>
      points.upsert(of(5_000).concat(of(6_000)), { backpressure: 'error' }),
    );
    expect(refused).toBeInstanceOf(BackpressureError);
    expect(refused.message).toContain('wait for their commit');
    expect(await failureOf(() => points.upsert(of(7_000), { signal: AbortSignal.abort() }))).toBe(
      'AbortError',
    );
    stop.abort();
    const ends = await Promise.all([...others.slice(4)]);
    expect(new Set(ends)).toEqual(new Set(['AbortError']));
    const last = points.upsert(of(8_000), { backpressure: 'error' });
    open();
    expect((await first).inserted).toBe(64);
    expect((await last).inserted).toBe(64);
    await Promise.all(others);
    expect(await points.get(5_000)).toBeUndefined();
    await database.close();
  });
});

test('ids and payloads of a write count, too, once they are copied', async () => {
  const { database, points, open } = await heldCollection(CONFIG);
  const payload = { text: 'x'.repeat(16_000_000) };
  const of = (id: number): Point[] => ids(8).map((i) => ({ id: id + i, vector: [1], payload }));
  const first = points.upsert(of(0), { backpressure: 'error' }); // where nothing waits, whatever it is
  const second = points.upsert(of(10), { backpressure: 'error' });
  const refused = await errorOf(() => points.upsert(of(20), { backpressure: 'error' }));
  expect(refused).toBeInstanceOf(BackpressureError);
  expect(refused.message).toContain('wait for their commit');
  open();
  expect([(await first).inserted, (await second).inserted]).toEqual([8, 8]);
  await database.close();
});

describe('bytes of ingests', () => {
  const LARGE = { ...CONFIG, dimension: DIMENSION_MAX };
  const POINT_BYTES = 4 * DIMENSION_MAX;
  const vector = new Float32Array(DIMENSION_MAX).fill(1);

  test('all ingests of a database together hold little more than the limit, however many there are', async () => {
    const { database, points, other, open } = await heldCollection(LARGE);
    const { queue } = coreOf(points);
    const stop = new AbortController();
    let taken = 0;
    let most = 0;
    function* source(ingest: number): Generator<Point> {
      for (let i = 0; i < 40; i++) {
        taken++;
        most = Math.max(most, queue.bytes);
        yield { id: 100 * ingest + i, vector };
      }
    }
    const ingests = ids(50).map((ingest) =>
      (ingest % 2 ? points : other).ingest(source(ingest), { signal: stop.signal }),
    );
    for (let before = -1; before < taken; ) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(taken * POINT_BYTES).toBeGreaterThan(INGESTS_BYTES - 50 * POINT_BYTES);
    expect(most).toBeLessThanOrEqual(INGESTS_BYTES + 50 * POINT_BYTES);
    expect(queue.bytes).toBeLessThanOrEqual(INGESTS_BYTES + 50 * POINT_BYTES);
    expect(queue.bytes).toBeLessThan(QUEUE_BYTES_MAX);
    stop.abort();
    open();
    for (const summary of await Promise.all(ingests)) expect(summary.aborted).toBe(true);
    expect(queue.bytes).toBe(0);
    await database.close();
  });

  test('one goes on where others hold all of it, and wait for their sources', async () => {
    await withCollection('memory', LARGE, async (points) => {
      const { queue } = coreOf(points);
      const full = INGEST_BATCH_BYTES / POINT_BYTES - 1; // one more, and it is written
      const stop = new AbortController();
      const slow = async function* (from: number): AsyncGenerator<Point> {
        for (let i = 0; i < full; i++) yield { id: from + i, vector };
        await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
      };
      const waiting = [points.ingest(slow(0), stop), points.ingest(slow(1_000), stop)];
      while (queue.bytes < 2 * full * POINT_BYTES) await new Promise((resolve) => setTimeout(resolve, 1));
      let batches = 0;
      const summary = await points.ingest(
        ids(10).map((id) => ({ id, vector })),
        { onProgress: () => void batches++ },
      );
      expect([summary.written, batches]).toEqual([10, 5]); // with two points more it is over the limit
      stop.abort();
      for (const { written, aborted } of await Promise.all(waiting))
        expect([written, aborted]).toEqual([0, true]);
      expect(queue.bytes).toBe(0);
    });
  });
});

test('getMany and delete reject more ids than the limit', async () => {
  await withPoints(async (points) => {
    const many = ids(IDS_MAX + 1);
    await expectRefused(() => points.getMany(many), /several calls/);
    await expectRefused(() => points.delete(many), /several calls/);
    expect(await points.count()).toBe(3);
    many.pop();
    expect((await points.getMany(many)).filter(Boolean)).toHaveLength(3);
    expect((await points.delete(many)).deleted).toBe(3);
  });
});

test('calls that change payloads reject more ids than the limit', async () => {
  await withPoints(async (points) => {
    const many = ids(IDS_MAX + 1);
    await expectRefused(() => points.setPayload(many, { a: 1 }), /several calls, or by a filter/);
    await expectRefused(() => points.overwritePayload(many, { a: 1 }), /several calls, or by a filter/);
    await expectRefused(() => points.deletePayload(many, ['a']), /several calls, or by a filter/);
    await expectRefused(() => points.clearPayload(many), /several calls, or by a filter/);
    many.pop();
    expect((await points.setPayload(many, { a: 1 })).updated).toBe(3);
  });
});

test('k, the queries of a batch, and both together have limits', async () => {
  await withPoints(async (points) => {
    const queries = ids(QUERIES_MAX + 1).map(() => [0]);
    expect(await points.search([0], { k: K_MAX })).toHaveLength(3);
    await expectRefused(() => points.search([0], { k: K_MAX + 1 }), /scroll/);
    await expectRefused(() => points.explain([0], { k: K_MAX + 1 }), /scroll/);
    await expectRefused(() => points.searchBatch(queries, { k: 1 }), /several batches/);
    queries.pop();
    expect(await points.searchBatch(queries, { k: HITS_MAX / QUERIES_MAX })).toHaveLength(QUERIES_MAX);
    await expectRefused(
      () => points.searchBatch(queries, { k: HITS_MAX / QUERIES_MAX + 1 }),
      /several batches/,
    );
  });
});

test('a filter with too many ids, or too large, is rejected', async () => {
  await withPoints(async (points) => {
    const has_id = ids(IDS_MAX);
    expect(await points.count({ filter: { must: { has_id } } })).toBe(3);
    has_id.push(-1);
    await expectRefused(() => points.count({ filter: { must: { has_id } } }), /has_id/);
    const any = ids(100).map((i) => String(i) + 'x'.repeat(FILTER_BYTES_MAX / 100 / 4));
    await expectRefused(() => points.count({ filter: { must: { key: 'a', match: { any } } } }), /lists/);
    any.length = 90;
    expect(await points.count({ filter: { must: { key: 'a', match: { any } } } })).toBe(0);
  });
});
