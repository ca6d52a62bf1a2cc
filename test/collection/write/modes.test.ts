/* An upsert may be for new points alone, for points that exist, or for those that meet a condition: compare and set. */
import { describe, expect, test } from 'vitest';
import { type Collection, type Filter, open, type Point } from '#silt/index.js';
import {
  BACKENDS,
  EITHER,
  errorOf,
  PAUSED,
  pointsOf,
  vectors,
  withCollection,
} from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const [VECTOR, OTHER] = vectors(1, 2) as [Float32Array, Float32Array];
const at = (version: number): Filter => ({ must: { key: 'version', match: { value: version } } });

const point = (id: number, version: number, vector = VECTOR): Point => ({ id, vector, payload: { version } });

async function versionsOf(points: Collection, ids: readonly number[]): Promise<unknown[]> {
  return (await points.getMany(ids)).map((one) => one && (one.payload?.['version'] ?? null));
}

describe.each(BACKENDS)('%s', (backend) => {
  test('mode "insert" writes what is new, and leaves what exists as it is', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert([point(1, 1), point(2, 1)]);
      const receipt = await points.upsert([point(1, 2), point(3, 2), point(2, 2), point(4, 2)], {
        mode: 'insert',
      });
      expect(receipt).toMatchObject({ seq: 4, inserted: 2, replaced: 0 });
      expect(receipt.rejected).toMatchObject([
        { index: 0, id: 1, code: 'POINT_EXISTS' },
        { index: 2, id: 2, code: 'POINT_EXISTS' },
      ]);
      expect(await versionsOf(points, [1, 2, 3, 4])).toEqual([1, 1, 2, 2]);
    }));

  test('mode "update" replaces what exists, and inserts nothing', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert(point(1, 1));
      const receipt = await points.upsert([point(7, 2), point(1, 2, OTHER)], { mode: 'update' });
      expect(receipt).toMatchObject({ seq: 2, inserted: 0, replaced: 1 });
      expect(receipt.rejected).toMatchObject([{ index: 0, id: 7, code: 'POINT_NOT_FOUND' }]);
      expect(await points.has(7)).toBe(false);
      expect(await points.search(OTHER, { k: 1 })).toMatchObject([{ id: 1, payload: { version: 2 } }]);
    }));

  test('a condition is met by the stored point or the point stays; one that is new is inserted', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert([point(1, 1), point(2, 5), { id: 3, vector: VECTOR }]);
      const next = [point(1, 2), point(2, 2), point(3, 2), point(4, 2)];
      const receipt = await points.upsert(next, { condition: at(1) });
      expect(receipt).toMatchObject({ inserted: 1, replaced: 1 });
      expect(receipt.rejected).toMatchObject([
        { index: 1, id: 2, code: 'CONDITION_NOT_MET' },
        { index: 2, id: 3, code: 'CONDITION_NOT_MET' },
      ]);
      expect(receipt.rejected[0]!.message).toMatch(/^point 1 \(id 2\) is stored, and does not meet/);
      expect(await versionsOf(points, [1, 2, 3, 4])).toEqual([2, 5, null, 2]);
      const updating = await points.upsert([point(1, 3), point(9, 3)], { condition: at(2), mode: 'update' });
      expect(updating.rejected).toMatchObject([{ index: 1, code: 'POINT_NOT_FOUND' }]);
      expect(await points.upsert(point(1, 4), { condition: {} })).toMatchObject({ replaced: 1 });
    }));

  test('of many who compare and set the same point at once, exactly one wins each round', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert(point(0, 0));
      for (let version = 0; version < 5; version++) {
        const tries = Array.from({ length: 20 }, (_, i) =>
          points.upsert(
            { id: 0, vector: VECTOR, payload: { version: version + 1, by: i } },
            { condition: at(version) },
          ),
        );
        const receipts = await Promise.all(tries);
        expect(receipts.map(({ replaced }) => replaced)).toEqual([1, ...Array(19).fill(0)]);
        expect((await points.get(0))?.payload).toEqual({ version: version + 1, by: 0 });
      }
      expect(points.status().seq).toBe(6);
    }));

  test('what is called before counts, whatever it is, and what is called after does not', () =>
    withCollection(backend, PAUSED, async (points) => {
      const receipts = await Promise.all([
        points.upsert([point(1, 1), point(2, 1)]),
        points.setPayload([1], { version: 2 }),
        points.upsert([point(1, 3), point(2, 3)], { condition: at(2) }), // 1 alone
        points.delete(2),
        points.upsert([point(1, 4), point(2, 4)], { mode: 'insert' }), // 2 alone
        points.deletePayload(1, ['version']),
        points.upsert(point(1, 5), { condition: at(3) }), // none
        points.clearPayload({ filter: at(4) }),
        points.upsert(point(2, 6), { condition: at(4) }), // none
        points.upsert(point(2, 7)),
      ]);
      expect(receipts.map(({ inserted, replaced }) => [inserted, replaced])).toEqual([
        [2, 0],
        [0, 0],
        [0, 1],
        [0, 0],
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 1],
      ]);
      expect(receipts.map(({ rejected }) => rejected.map(({ id }) => id))).toEqual([
        [],
        [],
        [2],
        [],
        [1],
        [],
        [1],
        [],
        [2],
        [],
      ]);
      expect(await versionsOf(points, [1, 2])).toEqual([null, 7]);
    }));

  test('thousands of points are compared in one call', () =>
    withCollection(backend, PAUSED, async (points) => {
      const all = pointsOf(3, 3_000).map((one) => ({ ...one, payload: { version: one.id % 3 } }));
      await points.upsert(all);
      const next = pointsOf(4, 4_000).map((one) => ({ ...one, payload: { version: 9 } }));
      const receipt = await points.upsert(next, { condition: at(1) });
      expect(receipt).toMatchObject({ seq: 5_000, inserted: 1_000, replaced: 1_000 });
      expect(receipt.rejected).toHaveLength(2_000);
      expect(await points.count({ filter: at(9) })).toBe(2_000);
      const found = await points.getMany([1, 2, 3_500]);
      expect(found.map((one) => one!.vector)).toEqual([next[1]!.vector, all[2]!.vector, next[3_500]!.vector]);
    }));
});

test('an invalid point that is skipped, and an id that comes twice, keep their places in the receipt', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(point(1, 1));
    const list = [point(5, 1), { id: 6, vector: [1] }, point(1, 2), point(5, 2)];
    const receipt = await points.upsert(list, { mode: 'insert', onInvalid: 'skip' });
    expect(receipt).toMatchObject({ inserted: 1, replaced: 0 });
    expect(receipt.rejected.map(({ index, code }) => [index, code])).toEqual([
      [0, 'DUPLICATE_ID'],
      [1, 'INVALID_VECTOR'],
      [2, 'POINT_EXISTS'],
    ]);
    expect(await versionsOf(points, [1, 5])).toEqual([1, 2]);
  }));

test('where nothing is left to be written, nothing is committed', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(point(1, 1));
    expect(await points.upsert(point(1, 2), { mode: 'insert' })).toMatchObject({
      seq: 1,
      inserted: 0,
      replaced: 0,
    });
    expect(await points.upsert([], { mode: 'update' })).toMatchObject({ seq: 1, rejected: [] });
    expect(points.status().seq).toBe(1);
  }));

test.each<[string, object, RegExp]>([
  ['an unknown mode', { mode: 'create' }, /^mode must be one of upsert, insert, update, got "create"/],
  ['a misspelt condition', { condition: { must: { kye: 'a' } } }, /^condition\.must/],
  ['a condition that is no filter', { condition: 7 }, /^condition must be/],
  [
    'a condition with a part that was never set',
    { condition: { must: [] } },
    /^condition\.must is empty, and would match everything; in a condition, only \{\} is met by every point/,
  ],
  [
    'a condition that no point is ever compared with',
    { mode: 'insert', condition: at(1) },
    /^mode "insert" never replaces a point/,
  ],
])('%s is rejected before any effect', (_, o, says) =>
  withCollection('memory', PAUSED, async (points) => {
    const error = await errorOf(() => points.upsert(point(1, 1), o));
    expect(error).toMatchObject({ name: 'ValidationError' });
    expect(error.message).toMatch(says);
    expect(points.status().seq).toBe(0);
  }),
);

test.each(EITHER)('%s: what is aborted before its commit changes nothing', (backend) =>
  withCollection(backend, PAUSED, async (points) => {
    await points.upsert(point(1, 1));
    const controller = new AbortController();
    const aborted = points.upsert(point(1, 2), { condition: at(1), signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(await versionsOf(points, [1])).toEqual([1]);
  }),
);

test('all of it is there after reopening', () =>
  withFolder(async (folder) => {
    let db = await open(folder);
    const made = await db.createCollection('points', PAUSED);
    await made.upsert([point(1, 1), point(2, 1)]);
    await made.setPayload(2, { version: 3 });
    await made.upsert([point(1, 2), point(2, 2), point(3, 2)], { condition: at(1) });
    await db.close();
    db = await open(folder);
    expect(await versionsOf(db.collection('points'), [1, 2, 3])).toEqual([2, 3, 2]);
    expect(await db.collection('points').verify()).toMatchObject({ ok: true });
    await db.close();
  }));
