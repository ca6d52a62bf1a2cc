/* Values that were changed lie one by one beside the rows: what is done to one touches no other. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { liveOf } from '../support/databases.js';
import { putEntry, removeEntry, valuesEntry } from '../support/entries.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';
import { openLmdb } from '../support/stores.js';

const IDS = Array.from({ length: 64 }, (_, id) => id);

test('a change writes what it changes, however much was changed before in other fields', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const store = await openLmdb(path);
    const commit = async (field: number, components: number): Promise<number> => {
      const value = new Array<number>(components).fill(field);
      await store.commit({
        entries: [
          valuesEntry(
            1,
            IDS.map((id) => ({ id, fields: { [field]: value } })),
          ),
        ],
      });
      store.refresh();
      return (await stat(join(path, 'store', 'data.mdb'))).size;
    };
    await store.commit({
      entries: [
        putEntry(
          1,
          IDS.map((id) => ({ id, vector: [] })),
        ),
      ],
    });
    const large = await commit(1, 32_768); // 8 MiB
    for (let field = 2; field < 8; field++) await commit(field, 2);
    expect((await commit(9, 2)) - large).toBeLessThan(2 << 20);
    await store.commit({ entries: [removeEntry(1, IDS)] });
    store.refresh();
    expect(store.counts(1)).toEqual({ seq: 10 * 64, points: 0 });
    await store.close();
  }));

test('what was changed in a field leaves the store when that is dropped, by the next opening at the latest', () =>
  withFolder(async (folder) => {
    const vector = { dimension: 2, metric: 'dot' } as const;
    const indexing = { threads: 1, paused: true };
    for (const again of [false, true]) {
      const path = join(folder, `${again}`);
      let db = await open(path);
      const points = await db.createCollection('points', { vectors: { a: vector, b: vector }, indexing });
      await points.upsert(IDS.map((id) => ({ id, vector: {} })));
      await points.updateVectors(IDS.map((id) => ({ id, vector: { a: [id, 1], b: [1, id] } })));
      const dropped = points.dropField('a');
      if (again) {
        await Promise.all([dropped, db.close()]);
        db = await open(path);
      } else await dropped;
      const { store } = liveOf(db.collection('points'));
      await until(() => store.records('dropped/').length === 0);
      expect(store.counts(1).changed).toEqual({ 2: { values: 64, at: 128 } });
      expect([...store.changed(1, 1, 0)]).toEqual([]);
      expect(await db.collection('points').get(3)).toMatchObject({ vector: { b: Float32Array.of(1, 3) } });
      await db.close();
    }
  }));
