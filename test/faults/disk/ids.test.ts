/* T17: an entry of the table of ids, which has no checksum, is damaged: no point is taken for another. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idKeyOf } from '#silt/base/ids.js';
import { open } from '#silt/index.js';
import { storedId } from '#silt/store/lmdb/keys.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { withTables } from '../../support/tables.js';

const POINTS = ['a', 'b', 'c'].map((id, i) => ({ id, vector: [i, 1], payload: { i } }));

/** Points a, b and c in rows 1, 2 and 3; then the id `a` names row 2. */
async function makeDamaged(path: string): Promise<void> {
  const db = await open(path);
  const points = await db.createCollection('points', { dimension: 2, metric: 'euclidean' });
  await points.upsert(POINTS);
  await db.close();
  await withTables(path, (_, __, env) => {
    const ids = env.openDB<Buffer, Buffer>({ name: 'ids', encoding: 'binary', keyEncoding: 'binary' });
    const value = Buffer.alloc(8);
    value.writeDoubleLE(2);
    return env.transactionSync(() => ids.putSync(storedId(1, idKeyOf('a')), value));
  });
}

test('an id that names the row of another is said to be damaged, and gives no other point', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await makeDamaged(path);
    const db = await open(path);
    const points = db.collection('points');
    expect(await errorOf(() => points.get('a'))).toMatchObject({ code: 'ROW_UNREADABLE', id: 'a' });
    const scrolled: unknown[] = [];
    for await (const { id, payload, unreadable } of points.scroll())
      scrolled.push([id, payload?.['i'], typeof unreadable]);
    expect(scrolled).toEqual([
      ['a', undefined, 'string'],
      ['b', 1, 'undefined'],
      ['c', 2, 'undefined'],
    ]);
    expect(await points.verify()).toMatchObject({ ok: false });
    expect((await points.search([2, 1], { k: 1 }))[0]).toMatchObject({ id: 'c', payload: { i: 2 } });
    await db.close();
  }));
