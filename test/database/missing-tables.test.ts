/* T17: a store that lacks one of its tables is damaged, not new: nothing is made in its place. */
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';

type Environment = ReturnType<typeof openLmdb>;

async function alter(
  path: string,
  change: (env: Environment) => unknown,
  keyEncoding: 'ordered-binary' | 'binary' = 'ordered-binary',
): Promise<void> {
  const env = openLmdb({
    path: join(path, 'store'),
    noSubdir: false,
    maxDbs: 8,
    encoding: 'binary',
    keyEncoding,
    overlappingSync: false, // as Silt does: LMDB keeps more in the first pages with it
  });
  try {
    await change(env);
  } finally {
    await env.close();
  }
}

/** Names of the tables, and whatever else is beside them. */
async function namesIn(path: string, keyEncoding?: 'binary'): Promise<unknown[]> {
  let names: unknown[] = [];
  await alter(
    path,
    (env) => {
      names = [...env.getKeys()].map((key) => (key instanceof Uint8Array ? Buffer.from(key) : key));
    },
    keyEncoding,
  );
  return names;
}

async function makeDatabase(path: string): Promise<void> {
  const db = await open(path);
  const points = await db.createCollection('points', { dimension: 2, metric: 'euclidean' });
  await points.upsert([{ id: 'a', vector: [1, 2] }]);
  await db.close();
}

const drop =
  (...names: string[]) =>
  async (env: Environment): Promise<void> => {
    for (const name of names) await env.openDB({ name, encoding: 'binary', keyEncoding: 'binary' }).drop();
  };

test.each([
  [['records'], 'its table "records" is missing'],
  [['ids'], 'its table "ids" is missing'],
  [['rows'], 'its table "rows" is missing'],
  [['ids', 'rows'], 'its tables "ids" and "rows" are missing'],
])('a store without its tables %j is damaged, and is left as it is', (names, message) =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await makeDatabase(path);
    await alter(path, drop(...names));
    const before = await namesIn(path);
    for (let openings = 0; openings < 2; openings++) {
      const error = await errorOf(() => open(path));
      expect(error).toMatchObject({ code: 'DATABASE_INVALID' });
      expect(error.message).toContain(message);
      expect(error.message).toContain('Restore it from a backup');
    }
    expect(await namesIn(path)).toEqual(before);
  }),
);

test('a store file of LMDB that holds the tables of another program is not taken for a new one', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await alter(path, (env) => env.openDB({ name: 'theirs' }).put('key', 'value'));
    const error = await errorOf(() => open(path));
    expect(error).toMatchObject({ code: 'DATABASE_INVALID' });
    expect(error.message).toContain('"records" and "ids" and "rows"');
    expect(await namesIn(path)).toEqual(['theirs']);
  }));

test('a table that cannot be opened for another reason says so, and nothing is made', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    // The name of a table as LMDB has it, with a value in the place of the table.
    await alter(path, (env) => env.put(Buffer.from('ids\0'), Buffer.from('no table')), 'binary');
    const error = await errorOf(() => open(path));
    expect(error).toMatchObject({ code: 'DATABASE_INVALID' });
    expect(error.message).toMatch(/MDB_INCOMPATIBLE/);
    expect(await namesIn(path, 'binary')).toEqual([Buffer.from('ids\0')]);
  }));

test('a store without any table is a new one', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await makeDatabase(path);
    await alter(path, drop('records', 'ids', 'rows'));
    const db = await open(path);
    expect(db.collections()).toEqual([]);
    await db.close();
  }));
