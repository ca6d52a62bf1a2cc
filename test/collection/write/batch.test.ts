/* Several operations are one commit: all of them or none, in order, each on what those before it leave. */
import { describe, expect, test } from 'vitest';
import { type Collection, type Filter, type Operation, open, type Point } from '#silt/index.js';
import {
  BACKENDS,
  EITHER,
  errorOf,
  liveOf,
  PAUSED,
  pointsOf,
  vectors,
  withCollection,
} from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const [VECTOR, OTHER] = vectors(1, 2) as [Float32Array, Float32Array];
const having = (key: string, value: string | number | boolean): Filter => ({
  must: { key, match: { value } },
});
const all: { filter: Filter } = { filter: {} };

const chunk = (id: number, document: string, version: number, vector = VECTOR): Point => ({
  id,
  vector,
  payload: { document, version },
});

async function payloadsOf(points: Collection, ids: readonly number[]): Promise<unknown[]> {
  return (await points.getMany(ids)).map((point) => point && (point.payload ?? null));
}

describe.each(BACKENDS)('%s', (backend) => {
  test('all chunks of a document are replaced in one step, also those that no new one takes the place of', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert([1, 2, 3].map((id) => chunk(id, 'a', 1)));
      await points.upsert(chunk(9, 'b', 1));
      const receipt = await points.batch([
        { delete: { filter: having('document', 'a') } },
        { upsert: [chunk(1, 'a', 2, OTHER), chunk(4, 'a', 2)] },
      ]);
      expect(receipt).toEqual({ seq: 9, inserted: 2, replaced: 0, deleted: 3, updated: 0, rejected: [] });
      expect(await points.count()).toBe(3);
      expect(await points.count({ filter: having('document', 'a') })).toBe(2);
      expect(await points.search(OTHER, { k: 1 })).toMatchObject([{ id: 1, payload: { version: 2 } }]);
    }));

  test('each operation finds what those before it leave, by id and by filter', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.createPayloadIndex('document', 'keyword');
      await points.upsert([chunk(1, 'a', 1), chunk(2, 'a', 1), chunk(3, 'b', 1)]);
      const receipt = await points.batch([
        { upsert: [chunk(4, 'a', 1), chunk(2, 'c', 1)] },
        { setPayload: { filter: having('document', 'a') }, payload: { seen: 1 } }, // 1 and 4
        { delete: 1 },
        { setPayload: [1, 2, 4], payload: { tags: ['x'] } }, // 2 and 4
        { setPayload: { filter: having('seen', 1) }, payload: { deep: true }, path: 'more' }, // 4
        { upsert: chunk(1, 'd', 2), mode: 'insert' },
        { upsert: [chunk(1, 'd', 3), chunk(4, 'd', 3)], condition: having('seen', 1) }, // 4
        { overwritePayload: { filter: having('document', 'd') }, payload: { n: 7 } }, // 1 and 4
        { deletePayload: 2, paths: ['tags', 'version'] },
        { clearPayload: { filter: having('document', 'b') } }, // 3
        { upsert: chunk(5, 'e', 1) },
        { delete: { filter: having('document', 'e') } }, // 5
        { delete: { filter: { must: { has_id: [1] } } } },
        { setPayload: 1, payload: { late: true } }, // none
      ]);
      expect(receipt).toMatchObject({ inserted: 3, replaced: 2, deleted: 3, updated: 2 + 2 + 1 + 2 + 1 + 1 });
      expect(receipt.rejected).toMatchObject([{ operation: 6, index: 0, id: 1, code: 'CONDITION_NOT_MET' }]);
      expect(await payloadsOf(points, [1, 2, 3, 4, 5])).toEqual([
        undefined,
        { document: 'c' },
        null,
        { n: 7 },
        undefined,
      ]);
      expect(await points.count({ filter: having('document', 'c') })).toBe(1);
      expect(await points.count({ filter: having('document', 'a') })).toBe(0);
      expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    }));

  test('what is called before counts, and what is called after finds all of it', () =>
    withCollection(backend, PAUSED, async (points) => {
      const calls = await Promise.all([
        points.upsert([chunk(1, 'a', 1), chunk(2, 'a', 1)]),
        points.batch([{ delete: { filter: having('document', 'a') } }, { upsert: chunk(3, 'a', 2) }]),
        points.setPayload(all, { seen: true }),
        points.batch([{ setPayload: all, payload: { again: true } }, { delete: [1] }]),
        points.upsert(chunk(3, 'a', 3), { condition: having('again', true) }),
      ]);
      expect(calls.map(({ deleted, updated }) => [deleted, updated])).toEqual([
        [0, 0],
        [2, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ]);
      expect(await payloadsOf(points, [1, 2, 3])).toEqual([
        undefined,
        undefined,
        { document: 'a', version: 3 },
      ]);
    }));

  test('no search and no count ever sees a part of it', () =>
    withCollection(backend, { ...PAUSED, indexing: { threads: 2, mergeThreshold: 50 } }, async (points) => {
      await points.createPayloadIndex('version', 'integer');
      const chunks = (version: number): Point[] =>
        pointsOf(version, 40, (version % 2) * 20).map((one) => ({ ...one, payload: { version } }));
      await points.upsert(chunks(0));
      let over = false;
      const looking = (async () => {
        let looks = 0;
        for (; !over || looks < 20; looks++) {
          const hits = await points.search(VECTOR, { k: 100, exact: true });
          expect(hits).toHaveLength(40);
          expect(new Set(hits.map(({ payload }) => payload?.['version'])).size).toBe(1);
          const filter: Filter = { must: { key: 'version', range: { gte: 0 } } };
          expect(await points.count({ filter })).toBe(40);
          expect(await points.count()).toBe(40);
        }
      })();
      for (let version = 1; version <= 25; version++)
        await points.batch([
          { delete: { filter: having('version', version - 1) } },
          { upsert: chunks(version) },
        ]);
      over = true;
      await looking;
    }));

  test('a batch that cannot be done does nothing, and the writes around it go on', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert(chunk(1, 'a', 1));
      const controller = new AbortController();
      const [before, aborted, after] = await Promise.allSettled([
        points.setPayload(1, { before: true }),
        points.batch([{ upsert: chunk(2, 'a', 1) }, { delete: 1 }], { signal: controller.signal }),
        points.upsert(chunk(3, 'a', 1), { mode: 'insert' }),
        controller.abort(),
      ]);
      expect([before.status, aborted.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await payloadsOf(points, [1, 2, 3])).toEqual([
        { document: 'a', version: 1, before: true },
        undefined,
        { document: 'a', version: 1 },
      ]);
    }));

  test('thousands of points are deleted, written and changed in one commit', () =>
    withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 4_000).map((one) => ({ ...one, payload: { side: one.id % 2 } })));
      const receipt = await points.batch([
        { delete: { filter: having('side', 0) } },
        { upsert: pointsOf(2, 3_000, 10_000).map((one) => ({ ...one, payload: { side: one.id % 2 } })) },
        { setPayload: { filter: having('side', 1) }, payload: { kept: true } },
      ]);
      expect(receipt).toMatchObject({ deleted: 2_000, inserted: 3_000, updated: 3_500, rejected: [] });
      expect(await points.count({ filter: having('kept', true) })).toBe(3_500);
      expect(await points.count()).toBe(5_000);
    }));
});

test('a batch is one entry in the queue: its operations are neighbours in the sequence', () =>
  withCollection('memory', PAUSED, async (points) => {
    const receipts = await Promise.all([
      points.batch([{ upsert: chunk(1, 'a', 1) }, { upsert: chunk(2, 'a', 1) }]),
      points.batch([]),
      points.batch([{ delete: [] }, { upsert: [] }, { clearPayload: { filter: having('document', 'z') } }]),
      points.batch([{ delete: 1 }, { delete: 1 }]),
    ]);
    expect(receipts).toMatchObject([{ seq: 2 }, { rejected: [] }, { rejected: [] }, { seq: 4, deleted: 1 }]);
    expect(liveOf(points).graphs[0]!.engine.live).toBe(1);
  }));

test('points that are passed over, refused or superseded are listed with the place of their operation', () =>
  withCollection('memory', PAUSED, async (points) => {
    const text = 'x'.repeat(9_000_000);
    await points.upsert([{ id: 1, vector: VECTOR, payload: { text } }, chunk(2, 'a', 1)]);
    const receipt = await points.batch([
      { delete: 7 },
      { upsert: [chunk(3, 'a', 1), chunk(3, 'a', 2), chunk(2, 'a', 2)], mode: 'insert' },
      { setPayload: [2, 1], payload: { more: text } },
      { upsert: chunk(1, 'a', 2), condition: { must_not: { is_empty: { key: 'more' } } } },
    ]);
    expect(receipt).toMatchObject({ inserted: 1, replaced: 0, updated: 1 });
    expect(receipt.rejected.map(({ operation, index, id, code }) => [operation, index, id, code])).toEqual([
      [1, 0, 3, 'DUPLICATE_ID'],
      [1, 2, 2, 'POINT_EXISTS'],
      [2, 1, 1, 'INVALID_PAYLOAD'],
      [3, 0, 1, 'CONDITION_NOT_MET'],
    ]);
    expect(await payloadsOf(points, [1])).toEqual([{ text }]);
  }));

test.each<[string, unknown, string, RegExp]>([
  ['no list', { upsert: [] }, 'INVALID_OPTION', /^batch takes an array of operations, got an object/],
  ['no operation', [7], 'INVALID_OPTION', /^operation 0: an operation must be an object such as .*, got 7/],
  ['a hole', new Array(2), 'INVALID_OPTION', /^operation 0: .*got undefined/],
  [
    'an empty one',
    [{ delete: 1 }, {}],
    'INVALID_OPTION',
    /^operation 1: an operation has one member .*got nothing/,
  ],
  ['a misspelt one', [{ upsrt: [] }], 'INVALID_OPTION', /got "upsrt".*upsert/],
  [
    'two in one',
    [{ delete: 1, upsert: [] }],
    'INVALID_OPTION',
    /^operation 0: .*got delete and upsert\. Make them/,
  ],
  [
    'an unknown member',
    [{ delete: 1, mode: 'insert' }],
    'INVALID_OPTION',
    /^operation 0: \{ delete \} has an unknown member "mode"; it may have nothing/,
  ],
  [
    'a misspelt member',
    [{ setPayload: 1, payload: {}, paht: 'a' }],
    'INVALID_OPTION',
    /it may have beside it payload and path.*path/,
  ],
  ['a bad mode', [{ upsert: [], mode: 'create' }], 'INVALID_OPTION', /^operation 0: mode must be one of/],
  [
    'a bad condition',
    [{ upsert: [], condition: { must: [] } }],
    'INVALID_FILTER',
    /^operation 0: condition\.must is empty/,
  ],
  [
    'a bad point',
    [{ delete: 1 }, { upsert: [chunk(1, 'a', 1), { id: 2, vector: [1] }] }],
    'INVALID_VECTOR',
    /^operation 1: .*2/,
  ],
  ['a bad id', [{ delete: [-1] }], 'INVALID_ID', /^operation 0: .*-1/],
  [
    'a bad filter',
    [{ delete: { filter: { must: { kye: 1 } } } }],
    'INVALID_FILTER',
    /^operation 0: filter\.must/,
  ],
  [
    'an empty part of a filter',
    [{ clearPayload: { filter: { must: [] } } }],
    'INVALID_FILTER',
    /^operation 0: .*everything/,
  ],
  [
    'no payload',
    [{ setPayload: 1 }],
    'INVALID_PAYLOAD',
    /^operation 0: payload must be an object, got undefined/,
  ],
  [
    'a bad path',
    [{ setPayload: 1, payload: {}, path: 'a..b' }],
    'INVALID_OPTION',
    /^operation 0: path must be a path/,
  ],
  ['no paths', [{ deletePayload: 1 }], 'INVALID_OPTION', /^operation 0: paths must be an array/],
  [
    'a selector that was never set',
    [{ delete: undefined }],
    'INVALID_ID',
    /^operation 0: delete takes an id, .*got undefined\. For all points, pass \{ filter: \{\} \}/,
  ],
  [
    'a condition that no point is compared with',
    [{ upsert: chunk(2, 'a', 1), mode: 'insert', condition: {} }],
    'INVALID_OPTION',
    /^operation 0: mode "insert" never replaces/,
  ],
  ['too many operations', Array(1_001).fill({ delete: 1 }), 'LIMIT_EXCEEDED', /^operations of a batch: 1001/],
  [
    'too many operations by filter',
    [...Array(60).fill({ delete: all }), ...Array(60).fill({ upsert: [], condition: {} })],
    'LIMIT_EXCEEDED',
    /^operation 100: operations of a batch that have a filter: 101/,
  ],
  [
    'filters that are too large together',
    Array(50).fill({ delete: { filter: { must: { has_id: Array.from({ length: 20_000 }, (_, i) => i) } } } }),
    'LIMIT_EXCEEDED',
    /^operation \d+: bytes of the filters of a batch/,
  ],
  [
    'too many ids together',
    Array(3).fill({ delete: Array.from({ length: 40_000 }, (_, i) => i) }),
    'LIMIT_EXCEEDED',
    /^operation 2: points deleted and changed by a batch: 120000, at most 100000/,
  ],
])('%s is rejected before any effect', (_, operations, code, says) =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(chunk(1, 'a', 1));
    const error = await errorOf(() => points.batch(operations as Operation[]));
    expect(error).toMatchObject({ name: 'ValidationError', code });
    expect(error.message).toMatch(says);
    expect(points.status().seq).toBe(1);
  }),
);

test('operations belong to the caller again when the call returns', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert([chunk(1, 'a', 1), chunk(2, 'b', 1)]);
    const filter = { must: { key: 'document', match: { value: 'a' } } };
    const payload = { seen: 1 };
    const point = { id: 3, vector: Float32Array.from(VECTOR), payload: { document: 'a' } };
    const operations: Operation[] = [{ upsert: point }, { setPayload: { filter }, payload }, { delete: 2 }];
    const written = points.batch(operations);
    filter.must.match.value = 'b';
    payload.seen = 2;
    point.vector.fill(0);
    operations.length = 0;
    expect(await written).toMatchObject({ inserted: 1, updated: 2, deleted: 1 });
    expect((await points.get(3))?.vector).toEqual(VECTOR);
    expect((await points.get(3))?.payload).toEqual({ document: 'a', seen: 1 });
  }));

test.each(EITHER)('%s: batches that are made at once are done in their order', (backend) =>
  withCollection(backend, PAUSED, async (points) => {
    const batches = Array.from({ length: 30 }, (_, i) =>
      points.batch([
        { delete: { filter: having('version', i - 1) } },
        { upsert: [chunk(i, 'a', i), chunk(1_000 + i, 'a', i)] },
        { setPayload: { filter: having('version', i) }, payload: { batch: i } },
      ]),
    );
    const receipts = await Promise.all(batches);
    expect(receipts.map(({ deleted }) => deleted)).toEqual([0, ...Array(29).fill(2)]);
    expect(receipts.every(({ updated }) => updated === 2)).toBe(true);
    expect(await payloadsOf(points, [29, 1_029])).toEqual(
      [29, 29].map((version) => ({ document: 'a', version, batch: version })),
    );
    expect(await points.count()).toBe(2);
  }),
);

test('all of it is there after reopening, and after a compaction that ran meanwhile', () =>
  withFolder(async (folder) => {
    let db = await open(folder);
    const made = await db.createCollection('points', PAUSED);
    await made.createPayloadIndex('side', 'integer');
    await made.upsert(pointsOf(1, 3_000).map((one) => ({ ...one, payload: { side: one.id % 3 } })));
    await made.delete({ filter: having('side', 2) });
    const compacting = made.compact();
    const batch = await made.batch([
      { delete: { filter: having('side', 1) } },
      { upsert: pointsOf(2, 500, 5_000).map((one) => ({ ...one, payload: { side: 1 } })) },
      { setPayload: { filter: having('side', 1) }, payload: { side: 4 } },
    ]);
    expect(batch).toMatchObject({ deleted: 1_000, inserted: 500, updated: 500 });
    await compacting;
    for (let life = 0; life < 2; life++) {
      const points = db.collection('points');
      const counts = [0, 1, 2, 4].map((side) => points.count({ filter: having('side', side) }));
      expect(await Promise.all(counts)).toEqual([1_000, 0, 0, 500]);
      expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
      await db.close();
      db = await open(folder);
    }
    await db.close();
  }));
