/* Databases that earlier releases wrote open, and keep everything. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { copyFormat1, EXPECTED, expectFormat1 } from '../support/format-1.js';

test('a database of store format 1 opens with all its points, and takes new ones', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await copyFormat1(path);
    let db = await open(path);
    await expectFormat1(db);
    await db.close();

    db = await open(path);
    await expectFormat1(db);
    for (const name of Object.keys(EXPECTED)) {
      const collection = db.collection(name);
      const { dimension } = collection.config;
      const vector = Array.from({ length: dimension }, (_, i) => i % 2);
      expect(await collection.upsert({ id: 'new', vector, payload: { n: 1 } })).toMatchObject({
        inserted: 1,
      });
      expect(await collection.get('new')).toMatchObject({ payload: { n: 1 } });
      await collection.delete('new');
      await collection.buildNow();
      expect(await collection.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    }
    await expectFormat1(db);
    await db.close();
  }));
