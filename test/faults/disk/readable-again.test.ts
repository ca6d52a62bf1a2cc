/*
 * Values of single fields that the disk does not give for a while. Their points lack them as long as that is so, and are found by
 * them from then on: in the same life by the next change or `verify`, and in another by opening.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Collection } from '#silt/index.js';
import { RowFault } from '#silt/store/row.js';
import type { Store } from '#silt/store/store.js';
import { withFolder } from '../../support/files.js';
import { openLmdb, openWith } from '../../support/stores.js';

const DENSE = { dimension: 3, metric: 'euclidean' } as const;
const CONFIG = {
  vectors: { a: DENSE, b: DENSE },
  sparse: { s: {} },
  indexing: { threads: 1, paused: true },
} as const;
const COUNT = 12;
/** Rows are numbered from 1, in the order of the ids. */
const LOST = [3, 4, 5];
const vectorOf = (id: number): number[] => [id, id % 7, 1];

/** Of a row, the value in a field, from 1 on, cannot be read while it is in `bad`. */
function unreliable(store: Store, bad: ReadonlySet<string>): Store {
  const check = (row: number, field: number): void => {
    if (bad.has(`${row}.${field}`)) throw new RowFault('the disk did not give it');
  };
  const faulty: Partial<Store> = {
    field: (collection, row, field) => {
      check(row, field);
      return store.field(collection, row, field);
    },
  };
  return new Proxy(store, {
    get: (_, name) => {
      const own = faulty[name as keyof Store] ?? Reflect.get(store, name, store);
      return typeof own === 'function' && !(name in faulty) ? own.bind(store) : own;
    },
  });
}

async function found(points: Collection, using: string): Promise<number[]> {
  const ids: number[] = [];
  for (let id = 0; id < COUNT; id++) {
    const query = using === 's' ? { indices: [id], values: [1] } : vectorOf(id);
    const [nearest] = await points.search(query, { using, k: 1 });
    if (nearest?.id === id) ids.push(id);
  }
  return ids;
}

const ALL = Array.from({ length: COUNT }, (_, id) => id);
const NOT_LOST = ALL.filter((id) => !LOST.includes(id + 1));

/** A database whose rows are to be read from the store. */
async function written(path: string): Promise<void> {
  const db = await openWith(await openLmdb(path), 0);
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(
    ALL.map((id) => ({
      id,
      vector: { a: vectorOf(id), b: vectorOf(id), s: { indices: [id], values: [1] } },
    })),
  );
  await db.close();
  await rm(join(path, 'snapshots'), { recursive: true, force: true });
}

test.each(['change', 'verify', 'reopen'] as const)(
  'what could not be read and can be again is found in its field: by the next %s',
  (how) =>
    withFolder(async (folder) => {
      const path = join(folder, 'db');
      await written(path);
      const bad = new Set(LOST.flatMap((row) => [`${row}.1`, `${row}.3`]));
      let db = await openWith(unreliable(await openLmdb(path), bad));
      let points = db.collection('points');
      for (const built of [false, true]) {
        if (built) await points.buildNow();
        expect(await found(points, 'a')).toEqual(NOT_LOST);
        expect(await found(points, 'b')).toEqual(ALL);
        expect(await found(points, 's')).toEqual(NOT_LOST);
        expect(points.status().unreadable).toBe(LOST.length);
      }
      if (how === 'reopen') {
        await db.close();
        db = await openWith(await openLmdb(path));
        points = db.collection('points');
      } else {
        bad.clear();
        if (how === 'change')
          await points.setPayload(
            LOST.map((row) => row - 1),
            { seen: true },
          );
        else {
          expect(await points.verify()).toMatchObject({ ok: false, missingRows: LOST.length, unreadable: 0 });
          expect(await points.verify({ repair: true })).toMatchObject({ ok: true, repaired: LOST.length });
        }
      }
      for (const built of [false, true]) {
        if (built) await points.buildNow();
        for (const using of ['a', 'b', 's']) expect(await found(points, using)).toEqual(ALL);
        expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, unreadable: 0 });
      }
      await points.compact();
      expect(await found(points, 'a')).toEqual(ALL);
      await db.close();
    }),
);
