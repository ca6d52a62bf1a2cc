/* Collections that cannot be had: refused before anything of them is on the disk. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { openLmdb, openWith } from '../support/stores.js';

test('a collection that memory cannot be made for is refused, and nothing of it is kept', () =>
  withFolder(async (folder) => {
    let fails = 0;
    const platform = {
      ...nodePlatform,
      uuid: () => {
        if (fails-- > 0) throw new Error('no memory');
        return nodePlatform.uuid();
      },
    };
    const opened = async () => openWith(await openLmdb(join(folder, 'db')), 5_000, { platform });
    const config = { dimension: 3, metric: 'euclidean' } as const;
    const db = await opened();
    fails = 1;
    const refused = errorOf(() => db.createCollection('refused', config));
    const others = ['a', 'b'].map((name) => db.createCollection(name, config)); // meanwhile
    expect((await refused).message).toBe('no memory');
    await Promise.all(others);
    expect(db.collections().map(({ name }) => name)).toEqual(['a', 'b']);
    await db.close();

    const again = await opened();
    expect(again.collections().map(({ name }) => name)).toEqual(['a', 'b']);
    const points = await again.createCollection('refused', { ...config, dimension: 2 });
    await points.upsert({ id: 1, vector: [1, 2] });
    expect(await points.search([1, 2])).toMatchObject([{ id: 1 }]);
    await again.close();
  }));
