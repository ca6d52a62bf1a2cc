/*
 * T17: bits of a store's records are wrong. Either it opens with its points, or it is DATABASE_INVALID, which names the
 * record and says what to do.
 */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { CollectionCore } from '#silt/collection/core.js';
import { open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';
import { flipped, withTables } from '../support/tables.js';

const SEED = Number(process.env['SILT_RECORDS_SEED'] ?? 1);
const FLIPS = amount('SILT_RECORDS', 10, 40);

/** A closed database with a collection, an index and all notes that there can be. */
async function make(path: string): Promise<void> {
  const db = await open(path);
  const points = await db.createCollection('points', { dimension: 4, metric: 'euclidean' });
  await points.createPayloadIndex('n', 'integer');
  await points.upsert({ id: 1, vector: [1, 2, 3, 4], payload: { n: 1 } });
  await points.buildNow();
  await db.close();
  await alterRecord(path, 'quarantine/1', () => Buffer.from('[1]'));
  await alterRecord(path, 'linking/1', () => Buffer.from('{"row":1,"most":9,"strikes":1}'));
  await alterRecord(path, 'dropped/9', () => Buffer.from('true'));
}

/** Returns its bytes before. */
function alterRecord(path: string, name: string, alter: (value: Buffer) => Buffer): Promise<Buffer> {
  return withTables(path, (records, _, env) => {
    const key = Buffer.from(name);
    const before = Buffer.from(records.getBinary(key) ?? []);
    env.transactionSync(() => records.putSync(key, alter(before)));
    return before;
  });
}

const NAMES = [
  'identity',
  'next',
  'collection/points',
  'counts/1',
  'indexes/1',
  'linking/1',
  'quarantine/1',
  'dropped/9',
];

test.each(NAMES)('a record %s that is not JSON is named, with what to do', (name) =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path);
    const before = await alterRecord(path, name, (value) => Buffer.from(`\u0000${value}`));
    const error = await errorOf(() => open(path));
    expect(error).toMatchObject({ code: 'DATABASE_INVALID' });
    expect(error.message).toContain(path);
    expect(error.message).toContain(`record "${name}" is not JSON. Restore it from a backup`);
    await alterRecord(path, name, () => before);
    const db = await open(path);
    expect(await db.collection('points').get(1)).toMatchObject({ payload: { n: 1 } });
    await db.close();
  }),
);

test('any bit of a record may be wrong: it opens, or is DATABASE_INVALID', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path);
    const random = randomOf(SEED);
    for (let i = 0; i < FLIPS; i++) {
      const name = NAMES[i % NAMES.length]!;
      const flip = (value: Buffer): Buffer => flipped(value, integer(random, 0, 8 * value.length));
      const before = await alterRecord(path, name, flip);
      const error = await open(path).then(
        (db) => db.close(),
        (reason: unknown) => reason,
      );
      const message = `SILT_RECORDS_SEED=${SEED}: flip ${i}, in ${name}: ${error}`;
      if (error !== undefined) expect(error, message).toMatchObject({ code: 'DATABASE_INVALID' });
      await alterRecord(path, name, () => before);
    }
  }));

test('an opening that fails at one collection ends those that it began before', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const db = await open(path);
    const config = { dimension: 1, metric: 'euclidean' } as const;
    for (const name of ['a', 'b', 'c']) await db.createCollection(name, config);
    await db.collection('a').upsert({ id: 1, vector: [1] });
    await db.close();
    const before = await alterRecord(path, 'collection/c', (value) =>
      Buffer.from(String(value).replace('"id":3', '"id":0')),
    );
    const close = vi.spyOn(CollectionCore.prototype, 'close');
    expect(await errorOf(() => open(path))).toMatchObject({ code: 'DATABASE_INVALID' });
    const ended = close.mock.contexts as CollectionCore[];
    expect(ended.map(({ name }) => name)).toEqual(['a', 'b']);
    for (const collection of ended) {
      expect(() => collection.assertOpen()).toThrow('closed');
      expect(() => collection.live.graphs[0]!.engine.live).toThrow('closed');
    }
    close.mockRestore();
    await alterRecord(path, 'collection/c', () => before);
    const again = await open(path);
    expect(again.collections().map(({ points }) => points)).toEqual([1, 0, 0]);
    await again.close();
  }));
