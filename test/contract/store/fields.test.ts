/* What every store promises of points with several fields: each value comes back as it was written, or is absent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PointsEntry } from '#silt/store/entry.js';
import type { Store } from '#silt/store/store.js';
import { fieldsEntry, patchEntry, putEntry, removeEntry, valuesEntry } from '../../support/entries.js';
import { commitTo, payloadIn, STORES } from './stores.js';

const POINTS = [
  { id: 'a', fields: { 0: [1, 2, 3], 7: [4] } },
  { id: 'b', fields: { 7: [5] } },
  { id: 'c', fields: {} },
  { id: 'd', fields: { 0: [6, 7, 8], 63: [9, 10] } },
];

describe.each(STORES)('store: %s', (_, open) => {
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

  const valueIn = (row: number, field: number): number[] | undefined => {
    const bytes = store.field(1, row, field);
    return bytes && [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
  };
  const changed = (field: number, seq = 0): number[] => [...store.changed(1, field, seq)];
  const valuesOf = (row: number): (number[] | undefined)[] => [0, 7, 63].map((field) => valueIn(row, field));

  it('gives back the values of each field, and undefined where a point has none', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS)] });
    expect([1, 2, 3, 4, 5].map(valuesOf)).toEqual([
      [[1, 2, 3], [4], undefined],
      [undefined, [5], undefined],
      [undefined, undefined, undefined],
      [[6, 7, 8], undefined, [9, 10]],
      [undefined, undefined, undefined],
    ]);
    expect([...store.rows(1, 0)]).toEqual([1, 2, 3, 4]);
  });

  it('gives the value of field 0 as the vector of a point', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, [POINTS[0]!, POINTS[3]!])] });
    expect([1, 2].map((row) => store.vector(1, row))).toEqual(
      [
        [1, 2, 3],
        [6, 7, 8],
      ].map((vector) => Float32Array.from(vector)),
    );
    expect([...store.vectors(1, 1)].map(([row, vector]) => [row, [...vector!]])).toEqual([[2, [6, 7, 8]]]);
  });

  it('gives the one vector of a point that has no other as field 0', async () => {
    await commitTo(store, { entries: [putEntry(1, [{ id: 1, vector: [3, 4] }])] });
    expect(valuesOf(1)).toEqual([[3, 4], undefined, undefined]);
  });

  it('changes values where they are: no row comes or goes, payloads and other values stay', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS), fieldsEntry(2, POINTS)] });
    await commitTo(store, { entries: [patchEntry(1, ['a'], { kind: 'set', at: [], values: { n: 1 } })] });
    const entry = valuesEntry(1, [
      { id: 'a', fields: { 7: [40], 63: [1] } },
      { id: 'z', fields: { 7: [1] } },
      { id: 'd', fields: { 0: undefined } },
    ]);
    expect(await commitTo(store, { entries: [entry] })).toEqual([[1, 0, 4]]);
    expect([1, 4].map(valuesOf)).toEqual([
      [[1, 2, 3], [40], [1]],
      [undefined, undefined, [9, 10]],
    ]);
    expect([0, 7, 63].map((field) => [1, 4].map((row) => store.hasField(1, row, field)))).toEqual([
      [true, false],
      [true, false],
      [true, true],
    ]);
    expect(store.vector(1, 1)).toEqual(Float32Array.of(1, 2, 3));
    expect(payloadIn(store, 1, 1)).toEqual({ n: 1 });
    expect([...store.rows(1, 0)]).toEqual([1, 2, 3, 4]);
    expect(store.counts(1)).toMatchObject({ seq: 8, points: 4 });
    expect([0, 7, 63].map((field) => store.changedAt(1, 1, field))).toEqual([undefined, 6, 6]);
    expect(store.changedAt(1, 4, 0)).toBe(8);
    expect([changed(0), changed(7), changed(63), changed(5)]).toEqual([[4], [1], [1], []]);
    expect([changed(0, 7), changed(0, 8), changed(7, 5), changed(7, 6)]).toEqual([[4], [], [1], []]);
    expect([...store.patched(1, 0)]).toEqual([1]);
    expect([...store.changed(2, 7, 0)]).toEqual([]);
    // Changes are of rows: what is written again has its own values.
    await commitTo(store, { entries: [fieldsEntry(1, [{ id: 'a', fields: { 0: [5] } }])] });
    expect([valuesOf(1), valuesOf(9)]).toEqual([
      [undefined, undefined, undefined],
      [[5], undefined, undefined],
    ]);
    expect([changed(0), changed(7), changed(63)]).toEqual([[4], [], []]);
  });

  it('keeps nothing for a value that is removed where there was none, and that one was removed that was', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS)] });
    const removal = (field: number): PointsEntry =>
      valuesEntry(
        1,
        POINTS.map(({ id }) => ({ id, fields: { [field]: undefined } })),
      );
    expect(await commitTo(store, { entries: [removal(63), removal(63), removal(5)] })).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect([changed(63), changed(5), store.changedAt(1, 4, 63)]).toEqual([[4], [], 12]);
    await commitTo(store, { entries: [valuesEntry(1, [{ id: 'b', fields: { 5: [1] } }]), removal(5)] });
    expect([changed(5), valueIn(2, 5)]).toEqual([[2], undefined]);
  });

  it('takes out what was changed in one field, some at a time, and leaves the others', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS), fieldsEntry(2, POINTS)] });
    const change = (id: string) => ({ id, fields: { 5: [1], 7: [2], 8: [3] } });
    for (const collection of [1, 2])
      await commitTo(store, { entries: [valuesEntry(collection, ['a', 'b', 'c', 'd'].map(change))] });
    for (let purged = 3; purged === 3; store.refresh())
      ({ purged } = await store.commit({ purge: 1, purgeField: 7, purgeRows: 3 }));
    expect([changed(5), changed(7), changed(8)]).toEqual([[1, 2, 3, 4], [], [1, 2, 3, 4]]);
    expect([valueIn(3, 5), valueIn(3, 8)]).toEqual([[1], [3]]);
    expect([...store.changed(2, 7, 0)]).toEqual([1, 2, 3, 4]);
    expect(store.counts(1)).toMatchObject({ seq: 8, points: 4 });
    await commitTo(store, { entries: [fieldsEntry(1, [POINTS[0]!]), removeEntry(1, ['b'])] });
    expect([changed(5), changed(7), changed(8)]).toEqual([[3, 4], [], [3, 4]]);
    await commitTo(store, { purge: 3, purgeField: 7 });
    expect(store.counts(3)).toEqual({ seq: 0, points: 0 });
  });

  it('changes what the same commit has written and changed, and only rows that are expected', async () => {
    const entries = [
      fieldsEntry(1, [POINTS[0]!]),
      valuesEntry(1, [{ id: 'a', fields: { 7: [1] } }]),
      valuesEntry(1, [{ id: 'a', fields: { 0: undefined, 63: [2] } }], [1]),
      valuesEntry(1, [{ id: 'a', fields: { 7: [3] } }], [4]),
      fieldsEntry(1, [{ id: 'b', fields: { 7: [1] } }]),
      valuesEntry(1, [{ id: 'b', fields: { 7: [2] } }]),
      removeEntry(1, ['b']),
      valuesEntry(1, [{ id: 'b', fields: { 7: [3] } }]),
    ];
    expect(await commitTo(store, { entries })).toEqual([[0], [1], [1], [0], [0], [5], [5], [0]]);
    expect(valuesOf(1)).toEqual([undefined, [1], [2]]);
    expect([changed(0), changed(7), changed(63)]).toEqual([[1], [1], [1]]);
    expect(store.counts(1)).toMatchObject({ seq: 8, points: 1 });
  });

  it('counts the values that were changed in each field, and says when the last one was', async () => {
    const counted = () => store.counts(1).changed;
    await commitTo(store, { entries: [fieldsEntry(1, POINTS)] });
    expect(counted()).toBeUndefined();
    await commitTo(store, { entries: [valuesEntry(1, [{ id: 'a', fields: { 7: [1], 63: [2] } }])] });
    await commitTo(store, {
      entries: [
        valuesEntry(
          1,
          ['a', 'b'].map((id) => ({ id, fields: { 7: [2] } })),
        ),
      ],
    });
    expect(counted()).toEqual({ 7: { values: 2, at: 7 }, 63: { values: 1, at: 5 } });
    await commitTo(store, { entries: [removeEntry(1, ['a'])] });
    expect(counted()).toEqual({ 7: { values: 1, at: 7 } });
    await commitTo(store, { entries: [fieldsEntry(1, [{ id: 'b', fields: { 7: [1] } }])] });
    expect(counted()).toBeUndefined();
  });

  it('shows readers no changed value before refresh', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, [POINTS[0]!])] });
    await store.commit({ entries: [valuesEntry(1, [{ id: 'a', fields: { 7: [9] } }])] });
    expect([valuesOf(1), changed(7)]).toEqual([[[1, 2, 3], [4], undefined], []]);
    store.refresh();
    expect([valuesOf(1), changed(7)]).toEqual([[[1, 2, 3], [9], undefined], [1]]);
  });

  it('knows which rows were changed behind any sequence number, however many commits ago', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS), fieldsEntry(2, POINTS)] });
    const changedAt = new Map<number, number>();
    for (let commit = 0; commit < 600; commit++) {
      const row = 1 + (commit % 3);
      await commitTo(store, {
        entries: [valuesEntry(1, [{ id: POINTS[row - 1]!.id, fields: { 7: [commit] } }])],
      });
      changedAt.set(row, 5 + commit);
      if (commit % 100 === 99)
        await commitTo(store, { entries: [valuesEntry(2, [{ id: 'a', fields: { 7: [1] } }])] });
      for (const seq of commit % 60 === 0 ? [0, commit, commit + 3, commit + 5] : []) {
        const behind = [...changedAt].filter(([, at]) => at > seq).map(([own]) => own);
        expect(changed(7, seq), `behind ${seq}`).toEqual(behind.sort());
      }
    }
    expect(changed(7)).toEqual([1, 2, 3]);
    expect(changed(7, 602)).toEqual([2, 3]);
  });

  it('keeps the values of fields where a payload is patched, and replaces all of them with the point', async () => {
    await commitTo(store, { entries: [fieldsEntry(1, POINTS)] });
    await commitTo(store, { entries: [patchEntry(1, ['a'], { kind: 'set', at: [], values: { n: 1 } })] });
    expect([valuesOf(1), payloadIn(store, 1, 1)]).toEqual([[[1, 2, 3], [4], undefined], { n: 1 }]);
    await commitTo(store, { entries: [fieldsEntry(1, [{ id: 'a', fields: { 63: [1, 1] } }])] });
    expect([1, 6].map(valuesOf)).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, [1, 1]],
    ]);
  });
});
