/* Payloads are changed in place: durable and found at once, like every write, and no vector or link is touched. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Collection, type Filter, open, type PointSelector } from '#silt/index.js';
import { PURGE_ROWS } from '#silt/store/store.js';
import { EITHER, errorOf, liveOf, PAUSED, pointsOf, withCollection } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { until } from '../../support/steps.js';

const having = (key: string, value: string | number | boolean): Filter => ({
  must: { key, match: { value } },
});

async function payloadsOf(points: Collection, ids: readonly number[]): Promise<unknown[]> {
  return (await points.getMany(ids)).map((point) => point?.payload);
}

/** Points 0 to `count` - 1, whose `n` is their id. */
async function fill(points: Collection, count: number): Promise<void> {
  await points.upsert(pointsOf(1, count).map((point) => ({ ...point, payload: { n: point.id } })));
}

describe.each(EITHER)('%s', (backend) => {
  test('each call does what it says to the points that it names, and to no others', () =>
    withCollection(backend, PAUSED, async (points) => {
      await fill(points, 6);
      const receipt = { inserted: 0, replaced: 0, deleted: 0, rejected: [] };
      expect(await points.setPayload([1, 2, 77], { color: 'red', n: null })).toEqual({
        ...receipt,
        updated: 2,
        seq: 9,
      });
      expect(await points.setPayload(2, { size: 3 }, { path: 'shape.box' })).toMatchObject({ updated: 1 });
      expect(await points.overwritePayload({ filter: having('n', 3) }, { other: true })).toMatchObject({
        updated: 1,
      });
      expect(await points.deletePayload([2], ['color', 'shape.box.size'])).toMatchObject({ updated: 1 });
      expect(await points.clearPayload(4)).toEqual({ ...receipt, updated: 1, seq: 13 });
      expect(await payloadsOf(points, [0, 1, 2, 3, 4, 5, 77])).toEqual([
        { n: 0 },
        { color: 'red' },
        { shape: { box: {} } },
        { other: true },
        undefined,
        { n: 5 },
        undefined,
      ]);
      const [first] = pointsOf(1, 1);
      expect(await points.search(first!.vector, { k: 6, filter: having('color', 'red') })).toMatchObject([
        { id: 1, payload: { color: 'red' } },
      ]);
      expect(await points.count()).toBe(6);
    }));

  test('changes of payloads write no vector and index nothing again, however many they are', () =>
    withCollection(backend, PAUSED, async (points) => {
      await fill(points, 2_000);
      await points.buildNow();
      const live = liveOf(points);
      const before = [live.rows.slots, live.graphs[0]!.linkedEver, [...live.store.rows(live.collection, 0)]];
      for (let i = 0; i < 3; i++) await points.setPayload({ filter: {} }, { i });
      expect([live.rows.slots, live.graphs[0]!.linkedEver, [...live.store.rows(live.collection, 0)]]).toEqual(
        before,
      );
      expect(points.status()).toMatchObject({
        points: 2_000,
        indexed: 2_000,
        pending: 0,
        deleted: 0,
        seq: 8_000,
      });
      expect(await points.count({ filter: having('i', 2) })).toBe(2_000);
      await points.waitFor(8_000, 'indexed');
      expect(live.rows.changedSince(2_000)).toBe(0); // nothing that was learned or saved of the graph is out of date
    }));

  test('calls are done in the order in which they are made, with writes of other kinds', () =>
    withCollection(backend, PAUSED, async (points) => {
      const [point] = pointsOf(1, 1);
      const receipts = await Promise.all([
        points.setPayload(0, { early: true }),
        points.upsert({ ...point!, payload: { a: 1 } }),
        points.setPayload(0, { b: 2 }),
        points.setPayload({ filter: having('b', 2) }, { c: 3 }),
        points.deletePayload(0, ['a']),
        points.upsert({ id: 1, vector: point!.vector }),
        points.setPayload([0, 1], { d: 4 }),
        points.delete(1),
        points.setPayload(1, { late: true }),
      ]);
      expect(receipts.map(({ updated }) => updated)).toEqual([0, 0, 1, 1, 1, 0, 2, 0, 0]);
      expect(await payloadsOf(points, [0, 1])).toEqual([{ b: 2, c: 3, d: 4 }, undefined]);
    }));

  test('filters that are remembered, and payload indexes, follow each change', () =>
    withCollection(backend, PAUSED, async (points) => {
      await fill(points, 500);
      const filter: Filter = { must: [having('tag', 'x')], must_not: [{ key: 'n', range: { gte: 400 } }] };
      for (const index of [false, true]) {
        if (index) {
          await points.createPayloadIndex('tag', 'keyword');
          await points.createPayloadIndex('n', 'integer');
        }
        expect(await points.count({ filter })).toBe(0);
        await points.setPayload([5, 6, 450], { tag: 'x' });
        expect(await points.count({ filter })).toBe(2);
        await points.setPayload(6, { n: 1_000 });
        await points.overwritePayload(450, { tag: 'x', n: 7 });
        expect(await points.count({ filter })).toBe(2);
        const page = await points.scrollPage({ filter });
        expect(page.points.map(({ id }) => id)).toEqual([5, 450]);
        const ids = (await points.search(pointsOf(1, 1)[0]!.vector, { k: 9, filter })).map(({ id }) => id);
        expect(ids.sort()).toEqual([450, 5]);
        await points.deletePayload({ filter: having('tag', 'x') }, ['tag']);
        expect(await points.count({ filter })).toBe(0);
        await points.setPayload(6, { n: 6 });
        await points.setPayload(450, { n: 450 });
      }
    }));

  test('an index of which many points changed is made anew, and answers are right all along', () =>
    withCollection(backend, PAUSED, async (points) => {
      await fill(points, 3_000);
      await points.createPayloadIndex('n', 'integer');
      await points.setPayload({ filter: { must: { key: 'n', range: { lt: 1_500 } } } }, { n: -1 });
      expect(await points.count({ filter: having('n', -1) })).toBe(1_500);
      const indexes = liveOf(points).payloadIndexes;
      await until(() => indexes.get('n')!.stale.size === 0);
      expect(indexes.get('n')!.next).toBeUndefined();
      expect(await points.count({ filter: having('n', -1) })).toBe(1_500);
      expect(await points.count({ filter: { must: { key: 'n', range: { lt: 2_000 } } } })).toBe(2_000);
      const report = await points.explain(pointsOf(1, 1)[0]!.vector, { filter: having('n', -1) });
      expect(report.filter).toMatchObject({ payloadsRead: 0 });
    }));

  test('a payload that would become too large stays as it is, and is named', () =>
    withCollection(backend, PAUSED, async (points) => {
      const [one, two] = pointsOf(1, 2);
      const text = 'x'.repeat(9_000_000);
      await points.upsert([{ ...one!, payload: { text } }, { ...two! }]);
      const error = await errorOf(() => points.setPayload(0, { more: text }));
      expect(error).toMatchObject({ name: 'ValidationError', code: 'INVALID_PAYLOAD' });
      expect(error.message).toMatch(
        /^no payload was changed\. Point 0: its payload .* at most 16777216 are possible/,
      );
      const receipt = await points.setPayload([0, 1], { more: text });
      expect(receipt).toMatchObject({ updated: 1, rejected: [{ index: 0, id: 0, code: 'INVALID_PAYLOAD' }] });
      expect((await points.get(0))?.payload).toEqual({ text });
      expect((await points.get(1))?.payload).toEqual({ more: text });
    }));
});

test.each<[string, (points: Collection) => Promise<unknown>, string, RegExp]>([
  ['no object', (c) => c.setPayload(1, [] as object), 'INVALID_PAYLOAD', /^payload must be an object, got/],
  [
    'nothing',
    (c) => c.overwritePayload(1, undefined as never),
    'INVALID_PAYLOAD',
    /^payload must be an object/,
  ],
  ['no JSON', (c) => c.setPayload(1, { at: new Date() }), 'INVALID_PAYLOAD', /^payload.at is .*toISOString/],
  [
    'a bad path',
    (c) => c.setPayload(1, {}, { path: 'a..b' }),
    'INVALID_OPTION',
    /^path must be a path such as/,
  ],
  ['no path', (c) => c.deletePayload(1, 'a' as never), 'INVALID_OPTION', /^paths must be an array of paths/],
  ['a bad path among others', (c) => c.deletePayload(1, ['a', '']), 'INVALID_OPTION', /^paths\[1\] must be/],
  ['a bad id', (c) => c.clearPayload(-1), 'INVALID_ID', /-1/],
  [
    'no filter',
    (c) => c.clearPayload({} as PointSelector),
    'INVALID_OPTION',
    /^clearPayload takes an id.*filter is missing/,
  ],
  ['an unknown option', (c) => c.clearPayload(1, { durabilty: 1 } as object), 'INVALID_OPTION', /durability/],
])('%s is rejected before any effect', (_, call, code, says) =>
  withCollection('memory', PAUSED, async (points) => {
    await fill(points, 3);
    const error = await errorOf(() => call(points));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    expect(points.status().seq).toBe(3);
    expect(await payloadsOf(points, [0, 1, 2])).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  }),
);

test.each(EITHER)('%s: what is aborted before its commit changes nothing', (backend) =>
  withCollection(backend, PAUSED, async (points) => {
    await fill(points, 3);
    const controller = new AbortController();
    const first = points.setPayload(0, { first: true });
    await first.then(() => {});
    const held = points.setPayload(1, { aborted: true }, { signal: controller.signal });
    controller.abort();
    await expect(held).rejects.toMatchObject({ name: 'AbortError' });
    const ended = AbortSignal.abort();
    await expect(points.setPayload({ filter: {} }, { x: 1 }, { signal: ended })).rejects.toThrow();
    expect(await payloadsOf(points, [0, 1])).toEqual([{ n: 0, first: true }, { n: 1 }]);
  }),
);

test('all of it is there after reopening, also where the file of payload indexes is older than the changes', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    let db = await open(path);
    let points = await db.createCollection('points', PAUSED);
    await fill(points, 2_000);
    await points.buildNow();
    await points.createPayloadIndex('n', 'integer');
    await db.close();
    const file = join(path, 'snapshots', '1.payloads');
    const older = join(folder, 'older');
    await copyFile(file, older);
    db = await open(path);
    points = db.collection('points');
    await points.setPayload({ filter: having('n', 7) }, { n: 8 });
    await points.setPayload([1, 2, 3], { n: 8 });
    await db.close();
    for (const from of [undefined, older]) {
      if (from) await copyFile(from, file);
      db = await open(path);
      points = db.collection('points');
      expect(await points.count({ filter: having('n', 7) })).toBe(0);
      expect(await points.count({ filter: having('n', 8) })).toBe(5);
      expect(await points.verify()).toMatchObject({ ok: true, unreadable: 0 });
      await db.close();
    }
  }));

test('an index that was out of date when it was closed is rebuilt after the next opening', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    let db = await open(path);
    const made = await db.createCollection('points', PAUSED);
    await fill(made, 3_000);
    await made.buildNow();
    await made.createPayloadIndex('n', 'integer');
    await made.setPayload({ filter: { must: { key: 'n', range: { lt: 1_500 } } } }, { n: -1 });
    await db.close(); // in the middle of that
    db = await open(path);
    const points = db.collection('points');
    expect(await points.count({ filter: having('n', -1) })).toBe(1_500);
    await until(() => liveOf(points).payloadIndexes.get('n')!.stale.size === 0);
    await db.close();
    db = await open(path);
    const again = db.collection('points');
    expect(liveOf(again).payloadIndexes.get('n')!.stale.size).toBe(0);
    expect(await again.count({ filter: having('n', -1) })).toBe(1_500);
    await db.close();
  }));

test('calls resolve in the order in which they are made', () =>
  withCollection('memory', PAUSED, async (points) => {
    const done: string[] = [];
    await Promise.all([
      points.upsert(pointsOf(1, 2)).then(() => done.push('upsert')),
      points.setPayload(1, { a: 1 }).then(() => done.push('set')),
      points.upsert(pointsOf(2, 2)).then(() => done.push('again')),
      points.clearPayload(1).then(() => done.push('clear')),
    ]);
    expect(done).toEqual(['upsert', 'set', 'again', 'clear']);
  }));

test('a compaction keeps what is changed before it, while it runs, and after it', () =>
  withCollection('disk', PAUSED, async (points) => {
    await fill(points, 3_000);
    await points.createPayloadIndex('n', 'integer');
    await points.delete(Array.from({ length: 1_000 }, (_, i) => i));
    await points.setPayload(1_500, { n: -1 });
    let over = false;
    const compacting = points.compact().finally(() => {
      over = true;
    });
    let changed = 0;
    for (let id = 2_000; !over && id < 3_000; id++, changed++) await points.setPayload(id, { n: -1 });
    await compacting;
    await points.setPayload(1_501, { n: -1 });
    expect(changed).toBeGreaterThan(0);
    expect(await points.count({ filter: having('n', -1) })).toBe(changed + 2);
    expect(liveOf(points).rows.slots).toBe(2_000);
  }));

test('searches that other threads answer find what matches when they are answered', () =>
  withCollection('memory', PAUSED, async (points) => {
    await fill(points, 4_000);
    await points.setPayload({ filter: {} }, { side: 'left' });
    await points.buildNow();
    const queries = pointsOf(9, 60).map(({ vector }) => vector);
    for (let round = 0; round < 8; round++) {
      const [from, to] = round % 2 === 0 ? ['left', 'right'] : ['right', 'left'];
      const changing = (async () => {
        for (let id = 0; id < 4_000; id += 100)
          await points.setPayload(
            Array.from({ length: 100 }, (_, i) => id + i),
            { side: to! },
          );
      })();
      const hits = await Promise.all(
        [from!, to!].flatMap((side) =>
          queries.map(async (query) => ({
            side,
            found: await points.search(query, { k: 20, filter: having('side', side) }),
          })),
        ),
      );
      for (const { side, found } of hits)
        for (const { payload } of found) expect(payload?.['side']).toBe(side);
      await changing;
      expect(await points.count({ filter: having('side', to!) })).toBe(4_000);
    }
  }));

test('a filter that is remembered is right after more changes than are kept', () =>
  withCollection('memory', PAUSED, async (points) => {
    await fill(points, 2_000);
    const filter = having('round', 35);
    expect(await points.count({ filter })).toBe(0);
    for (let round = 0; round <= 35; round++) await points.setPayload({ filter: {} }, { round });
    expect(liveOf(points).payloadChanges.since(0)).toBeUndefined();
    expect(await points.count({ filter })).toBe(2_000);
    await points.setPayload(7, { round: 0 });
    expect(await points.count({ filter })).toBe(1_999);
  }));

test('a dropped collection takes the patches of its payloads with it', () =>
  withCollection('disk', PAUSED, async (points, db) => {
    await fill(points, PURGE_ROWS + 10);
    await points.setPayload({ filter: {} }, { patched: true });
    const { store, collection } = liveOf(points);
    await db.dropCollection('points');
    await until(() => [...store.rows(collection, 0)].length === 0);
    await until(() => [...store.patched(collection, 0)].length === 0);
  }));
