/* What every store promises of points with several fields: each value comes back as it was written, or is absent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '#silt/store/store.js';
import { fieldsEntry, patchEntry, putEntry } from '../../support/entries.js';
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
