/* A table of readers without a free place, on the side of the process that writes: it reads again as soon as there is one. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LmdbStore } from '#silt/store/lmdb/lmdb-store.js';
import type { Tables } from '#silt/store/lmdb/tables.js';
import { putEntry } from '../support/entries.js';
import { withFolder } from '../support/files.js';
import { openLmdb } from '../support/stores.js';

const put = (store: LmdbStore, id: number) =>
  store.commit({ entries: [putEntry(1, [{ id, vector: [id, 0] }])] });

/** Others take each place as soon as it is free, also that of the store: LMDB says what it says then. */
function withoutPlaces(store: LmdbStore, act: () => void): void {
  const { env } = (store as unknown as { readonly tables: Tables }).tables;
  const full = (): never => {
    throw Object.assign(new Error('MDB_READERS_FULL'), { code: -30_790 });
  };
  Object.assign(env, { useReadTransaction: full });
  act();
  Reflect.deleteProperty(env, 'useReadTransaction');
}

test('a writer whose place another process takes while it goes over to a commit reads again when there is room', () =>
  withFolder(async (folder) => {
    const store = await openLmdb(join(folder, 'db'));
    await put(store, 1);
    store.refresh();
    await put(store, 2);
    withoutPlaces(store, () => {
      for (let times = 0; times < 3; times++) expect(() => store.refresh()).toThrow(/1,022 reader slots/);
      expect(() => store.vector(1, 1)).toThrow(/1,022 reader slots/);
      expect(() => store.records('')).toThrow(/1,022 reader slots/);
    });
    for (const id of [3, 4]) {
      await put(store, id);
      store.refresh();
      expect(store.vector(1, id)).toEqual(new Float32Array([id, 0]));
    }
    await put(store, 5);
    withoutPlaces(store, () => expect(() => store.refresh()).toThrow(/1,022 reader slots/));
    await store.close();
    const again = await openLmdb(join(folder, 'db'));
    expect(again.counts(1).seq).toBe(5);
    await again.close();
  }));
