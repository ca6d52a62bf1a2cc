/* What every store promises. One suite, every implementation. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idKeyOf, idOfKey, type PointId } from '#silt/base/ids.js';
import type { PointsEntry } from '#silt/store/entry.js';
import { PURGE_ROWS, type Store, type Transaction } from '#silt/store/store.js';
import { patchEntry, putEntry, removeEntry } from '../../support/entries.js';
import fc, { runs } from '../../support/properties.js';
import { commitTo, payloadIn, STORES } from './stores.js';

describe.each(STORES)('store: %s', (name, open) => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'silt-store-'));
    store = await open(join(folder, 'db'));
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const write = (transaction: Transaction): Promise<number[][]> => commitTo(store, transaction);
  const rowOf = (collection: number, id: PointId): number => store.rowOf(collection, idKeyOf(id));
  const payloadOf = (collection: number, row: number): unknown => payloadIn(store, collection, row);

  it('keeps what is put, by row and by id', async () => {
    const points = [
      { id: 7, vector: [1, 2.5], payload: { word: 'seven', tags: [1, null] } },
      { id: '7', vector: [3, 4] },
      { id: 2n ** 64n - 1n, vector: [-0.1, 1e-30], payload: {} },
    ];
    expect(await write({ entries: [putEntry(1, points)] })).toEqual([[0, 0, 0]]);
    expect(points.map(({ id }) => rowOf(1, id))).toEqual([1, 2, 3]);
    expect(rowOf(1, 8)).toBe(0);
    expect(rowOf(2, 7)).toBe(0);
    expect(store.vector(1, 3)).toEqual(Float32Array.of(-0.1, 1e-30));
    expect(store.vector(1, 4)).toBeUndefined();
    expect([1, 2, 3, 4].map((row) => payloadOf(1, row))).toEqual([
      { word: 'seven', tags: [1, null] },
      undefined,
      {},
      undefined,
    ]);
    expect([1, 2, 3].map((row) => idOfKey(store.point(1, row)!.id))).toEqual(points.map(({ id }) => id));
    expect(store.counts(1)).toEqual({ seq: 3, points: 3 });
    expect(store.counts(2)).toEqual({ seq: 0, points: 0 });
  });

  it('tells which row an id named before, and takes that row away', async () => {
    await write({
      entries: [
        putEntry(1, [
          { id: 'a', vector: [1] },
          { id: 'b', vector: [2] },
        ]),
      ],
    });
    const entries = [
      putEntry(1, [
        { id: 'a', vector: [3] },
        { id: 'c', vector: [4] },
        { id: 'a', vector: [5] },
      ]),
      removeEntry(1, ['b', 'z', 'b']),
      putEntry(1, [{ id: 'b', vector: [6] }]),
    ];
    expect(await write({ entries })).toEqual([[1, 0, 3], [2, 0, 0], [0]]);
    expect([...store.rows(1, 0)]).toEqual([4, 5, 9]);
    expect([...store.rows(1, 4)]).toEqual([5, 9]);
    expect([...store.vectors(1, 0)].map(([row, vector]) => [row, ...vector!])).toEqual([
      [4, 4],
      [5, 5],
      [9, 6],
    ]);
    expect(store.counts(1)).toEqual({ seq: 9, points: 3 });
  });

  it('gives row numbers at the commit: the next ones of each collection, whatever was deleted', async () => {
    const put = (collection: number, ids: PointId[]): PointsEntry =>
      putEntry(
        collection,
        ids.map((id) => ({ id, vector: [1] })),
      );
    const firstOf = async (...entries: PointsEntry[]): Promise<number[]> =>
      (await store.commit({ entries })).appended.map(({ first }) => first);
    expect(await firstOf(put(1, ['a', 'b']), put(2, ['a']), put(1, ['c']))).toEqual([1, 1, 3]);
    expect(await firstOf(removeEntry(1, ['a', 'z']), put(1, ['d']))).toEqual([4, 6]); // readers are behind
    store.refresh();
    expect(await firstOf(put(2, ['b', 'c']), removeEntry(1, ['d']), put(1, ['e']))).toEqual([2, 7, 8]);
    store.refresh();
    expect([...store.rows(1, 0)]).toEqual([2, 3, 8]);
    expect([...store.rows(2, 0)]).toEqual([1, 2, 3]);
  });

  it('lists ids in order: integers, then strings by their bytes', async () => {
    const ids: PointId[] = ['b', 300, 2, 2n ** 60n, 'a', 'ä', 'B', 255];
    await write({
      entries: [
        putEntry(
          3,
          ids.map((id) => ({ id, vector: [0] })),
        ),
        putEntry(4, [{ id: 1, vector: [0] }]),
      ],
    });
    const listed = [...store.ids(3)].map(([key]) => idOfKey(key));
    expect(listed).toEqual([2, 255, 300, 2n ** 60n, 'B', 'a', 'b', 'ä']);
    expect([...store.ids(3, idKeyOf(300))].map(([key, row]) => [idOfKey(key), row])).toEqual([
      [2n ** 60n, 4],
      ['B', 7],
      ['a', 5],
      ['b', 1],
      ['ä', 6],
    ]);
    expect([...store.ids(3, idKeyOf('zzz'))].map(([key]) => idOfKey(key))).toEqual(['ä']);
  });

  it('shows readers nothing before refresh', async () => {
    await write({ entries: [putEntry(1, [{ id: 1, vector: [1] }])], records: [['note/x', 1]] });
    await store.commit({
      entries: [putEntry(1, [{ id: 1, vector: [2] }]), removeEntry(1, [1])],
      records: [['note/x', 2]],
    });
    expect(rowOf(1, 1)).toBe(1);
    expect(store.vector(1, 1)).toEqual(Float32Array.of(1));
    expect(store.point(1, 1)).toBeDefined();
    expect([...store.rows(1, 0)]).toEqual([1]);
    expect(store.counts(1)).toEqual({ seq: 1, points: 1 });
    expect(store.records('note/')).toEqual([['note/x', 1]]);
    store.refresh();
    expect(rowOf(1, 1)).toBe(0);
    expect(store.vector(1, 1)).toBeUndefined();
    expect(store.counts(1)).toEqual({ seq: 3, points: 0 });
    expect(store.records('note/')).toEqual([['note/x', 2]]);
  });

  it('keeps nothing of a commit of which one entry cannot be done', async () => {
    await commitTo(store, { entries: [putEntry(1, [{ id: 1, vector: [1] }])] });
    const damaged = { ...patchEntry(1, [1], { kind: 'clear' }), payloads: Uint8Array.of(9) };
    const entries = [putEntry(1, [{ id: 2, vector: [2] }]), removeEntry(1, [1]), damaged];
    await expect(store.commit({ entries, records: [['half', 1]] })).rejects.toThrow();
    store.refresh();
    expect(store.counts(1)).toMatchObject({ seq: 1, points: 1 });
    expect([1, 2].map((id) => store.rowOf(1, idKeyOf(id)))).toEqual([1, 0]);
    expect(store.records('half')).toEqual([]);
    const more = await store.commit({ entries: [putEntry(1, [{ id: 3, vector: [3] }])] }).catch(() => null);
    store.refresh();
    // A log has what cannot be done, and takes nothing more.
    if (more) expect([more.appended[0]!.first, [...store.rows(1, 0)]]).toEqual([2, [1, 2]]);
    else expect(name).toBe('log');
  });

  it('keeps records, in order of their keys', async () => {
    await write({
      records: [
        ['collection/b', { a: [1, 'x', null] }],
        ['collection/a', 'text'],
        ['other', true],
      ],
    });
    expect(store.records('collection/')).toEqual([
      ['collection/a', 'text'],
      ['collection/b', { a: [1, 'x', null] }],
    ]);
    await write({ records: [['collection/a', undefined]] });
    expect(store.records('collection/')).toEqual([['collection/b', { a: [1, 'x', null] }]]);
  });

  it('purges a collection, and leaves its neighbours', async () => {
    const points = Array.from({ length: 4_000 }, (_, i) => ({ id: i, vector: [i] }));
    await write({
      entries: [
        putEntry(1, [{ id: 1, vector: [1] }]),
        putEntry(2, points),
        putEntry(3, [{ id: 1, vector: [1] }]),
      ],
    });
    for (let purged = PURGE_ROWS; purged === PURGE_ROWS; store.refresh())
      ({ purged } = await store.commit({ purge: 2 }));
    expect([...store.rows(2, 0)]).toEqual([]);
    expect([...store.ids(2)]).toEqual([]);
    expect([...store.vectors(2, 0)]).toEqual([]);
    expect(store.counts(2)).toEqual({ seq: 0, points: 0 });
    expect([rowOf(1, 1), rowOf(3, 1)]).toEqual([1, 1]);
    expect([...store.rows(1, 0), ...store.rows(3, 0)]).toEqual([1, 1]);
  });

  const ITERATORS = {
    rows: (): Iterator<unknown> => store.rows(1, 0)[Symbol.iterator](),
    vectors: (): Iterator<unknown> => store.vectors(1, 0)[Symbol.iterator](),
    ids: (): Iterator<unknown> => store.ids(1)[Symbol.iterator](),
  };
  it.each(Object.entries(ITERATORS))(
    'ends half-read %s when it is closed, and gives no more',
    async (__, begin) => {
      const points = Array.from({ length: 3_000 }, (___, i) => ({ id: i, vector: [i, i] }));
      await write({ entries: [putEntry(1, points)] });
      const [early, half, left, late, whole] = [begin(), begin(), begin(), begin(), begin()];
      for (let i = 0; i < 3_000; i++) expect(whole.next().done).toBe(false);
      for (let i = 0; i < 1_500; i++) half.next();
      for (let i = 0; i < 3; i++) early.next();
      left.next();
      // One that goes on over a refresh sees what it saw.
      await write({ entries: [removeEntry(1, [0, 1])] });
      half.next();
      await store.close();
      const closed = expect.objectContaining({ code: 'CLOSED' });
      for (const iterator of [early, half, late, whole]) expect(() => iterator.next()).toThrow(closed);
      for (const iterator of [early, half, left]) expect(iterator.return?.()).toMatchObject({ done: true });
      expect(() => begin().next()).toThrow(closed);
      await expect(store.commit({ records: [['a', 1]] })).rejects.toThrow(closed);
    },
  );

  it('answers like a map, whatever is done in whatever order', async () => {
    const id = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'b', 'ab', '5'));
    const step = fc.oneof(
      fc.record({ put: fc.array(id, { minLength: 1, maxLength: 4 }) }),
      fc.record({ remove: fc.array(id, { minLength: 1, maxLength: 4 }) }),
      fc.record({ patch: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }) }),
    );
    let collection = 10;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 12 }), async (groups) => {
        collection++;
        const model = new Map<PointId, number>();
        /** By row: the operation that patched it last. */
        const patched = new Map<number, number>();
        let seq = 0;
        for (const group of groups) {
          const expected: number[][] = [];
          const entries = group.map((one) => {
            const first = seq + 1;
            const ids = 'put' in one ? one.put : 'remove' in one ? one.remove : one.patch;
            seq += ids.length;
            if ('patch' in one) {
              const rows = ids.map((name) => model.get(name) ?? 0);
              for (const [i, row] of rows.entries()) if (row !== 0) patched.set(row, first + i);
              expected.push(rows);
              return patchEntry(collection, ids, { kind: 'set', at: [], values: { [`s${first}`]: first } });
            }
            expected.push(
              ids.map((name, i) => {
                const before = model.get(name) ?? 0;
                if ('put' in one) model.set(name, first + i);
                else model.delete(name);
                return before;
              }),
            );
            return 'put' in one
              ? putEntry(
                  collection,
                  ids.map((name, i) => ({ id: name, vector: [first + i] })),
                )
              : removeEntry(collection, ids);
          });
          expect(await write({ entries })).toEqual(expected);
          expect(store.counts(collection)).toMatchObject({ seq, points: model.size });
          const rows = [...model.values()].sort((a, b) => a - b);
          expect([...store.rows(collection, 0)]).toEqual(rows);
          expect(rows.map((row) => store.vector(collection, row)![0])).toEqual(rows);
          const own = rows.filter((row) => patched.has(row));
          expect([...store.patched(collection, 0)]).toEqual(own);
          expect(own.filter((row) => patched.get(row)! > seq - 2)).toEqual([
            ...store.patched(collection, seq - 2),
          ]);
          const isPatched = (row: number): boolean =>
            Object.values(payloadOf(collection, row) ?? {}).some((at) => Number(at) >= row);
          expect(rows.filter(isPatched)).toEqual(own);
          expect(new Map([...store.ids(collection)].map(([key, row]) => [idOfKey(key), row]))).toEqual(model);
        }
      }),
      { numRuns: runs(40) },
    );
  });
});
