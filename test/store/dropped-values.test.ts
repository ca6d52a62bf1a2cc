/* Values of a dropped field leave the rows of the store, in the background, and whatever else rows have stays as it is. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Collection } from '#silt/index.js';
import { DROPPED } from '#silt/store/records.js';
import { liveOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';
import { openLmdb, openWith } from '../support/stores.js';

/** More than one transaction rewrites. */
const COUNT = 4_500;
const DENSE = { dimension: 4, metric: 'euclidean' } as const;
const CONFIG = {
  vectors: { a: DENSE, b: DENSE },
  sparse: { s: {} },
  indexing: { threads: 1, paused: true },
} as const;
const vectorOf = (id: number): number[] => [id, 1, 2, id % 5];
/** Of some points, each has some of the fields. */
const pointOf = (id: number) => ({
  id,
  vector: {
    ...(id % 3 !== 0 && { a: vectorOf(id) }),
    ...(id % 4 !== 0 && { b: vectorOf(id + 1) }),
    ...(id % 5 !== 0 && { s: { indices: [id], values: [2] } }),
  },
  payload: { id },
});

const rowsWith = (points: Collection, field: number): number => {
  const { store, collection } = liveOf(points);
  return [...store.rows(collection, 0)].filter((row) => store.hasField(collection, row, field)).length;
};

async function expectPoints(points: Collection): Promise<void> {
  for (const id of [1, 2, 3, 4, 5, 2_047, 4_499]) {
    const { a: _, ...vector } = pointOf(id).vector;
    const found = await points.get(id);
    expect(found?.payload).toEqual({ id });
    const plain = Object.entries(found!.vector as object).map(([name, value]) =>
      name === 's' ? [name, { indices: [...value.indices], values: [...value.values] }] : [name, [...value]],
    );
    expect(Object.fromEntries(plain)).toEqual(vector);
  }
  expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, unreadable: 0 });
}

test('values of a dropped field leave the store, also where the process ended before that', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const store = await openLmdb(path);
    let db = await openWith(store);
    let points = await db.createCollection('points', CONFIG);
    await points.upsert(Array.from({ length: COUNT }, (_, id) => pointOf(id)));
    const [a, b] = [1, 2].map((field) => rowsWith(points, field));
    expect([a, b]).toEqual([COUNT - Math.ceil(COUNT / 3), COUNT - Math.ceil(COUNT / 4)]);
    await points.updateVectors({ id: 2, vector: { a: vectorOf(9), b: vectorOf(3) } });
    await points.dropField('a');
    await db.close(); // at whatever row it is by then

    db = await openWith(await openLmdb(path));
    points = db.collection('points');
    const { store: opened } = liveOf(points);
    await until(() => opened.records(DROPPED).length === 0);
    expect([rowsWith(points, 1), rowsWith(points, 2)]).toEqual([0, b]);
    await expectPoints(points);
    // A field of the same name is another one.
    await points.createField('a', { vector: DENSE });
    await expectPoints(points);
    await db.close();
  }));
