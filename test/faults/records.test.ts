/*
 * Collections, fields and payload indexes that are made and dropped where the commit fails but was kept, and the disk then refuses
 * to say that it has it: the call rejects, and memory has what the store has, as it will be after opening.
 */
import { expect, test } from 'vitest';
import type { Collection, Database } from '#silt/index.js';
import { failureOf } from '../support/databases.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import { openLmdb, openWith } from '../support/stores.js';

const CONFIG = { dimension: 2, metric: 'dot', indexing: { threads: 1, paused: true } } as const;

type Change = (db: Database, c: Collection) => Promise<unknown>;
type Seen = (db: Database) => unknown;

const fieldsOf: Seen = (db) => Object.keys(db.collection('c').status().fields).sort();
const namesOf: Seen = (db) => db.collections().map(({ name }) => name);
const indexesOf: Seen = (db) =>
  db
    .collection('c')
    .info()
    .payloadIndexes.map(({ path }) => path);

const CHANGES: [what: string, change: Change, see: Seen, seen: unknown][] = [
  ['createField', (_, c) => c.createField('y', { sparse: {} }), fieldsOf, ['', 'x', 'y']],
  ['dropField', (_, c) => c.dropField('x'), fieldsOf, ['']],
  ['createCollection', (db) => db.createCollection('d', CONFIG), namesOf, ['c', 'd']],
  ['renameCollection', (db) => db.renameCollection('c', 'd'), namesOf, ['d']],
  ['dropCollection', (db) => db.dropCollection('c'), namesOf, []],
  ['createPayloadIndex', (_, c) => c.createPayloadIndex('b', 'keyword'), indexesOf, ['a', 'b']],
  ['dropPayloadIndex', (_, c) => c.dropPayloadIndex('a'), indexesOf, []],
];

/** The writer dies behind the commit, and at each try to bring that to the disk: four commits that are kept, and fail. */
const REFUSING = 4;

test.each(CHANGES)('%s', (_, change, see, seen) =>
  withFolder(async (folder) => {
    const store = new FaultyStore(await openLmdb(folder), Infinity, 'after');
    let db = await openWith(store);
    const c = await db.createCollection('c', CONFIG);
    await c.createField('x', { sparse: {} });
    await c.createPayloadIndex('a', 'keyword');
    await c.upsert({ id: 1, vector: [1, 2], payload: { a: 'one' } });
    store.failNext(REFUSING);
    expect(await failureOf(() => change(db, c))).toBe('STORE_FAILED');
    expect(see(db)).toEqual(seen);
    // Nothing is in the way of what comes behind it.
    await (await db.createCollection('later', CONFIG)).upsert({ id: 1, vector: [1, 1] });
    expect(await db.dropCollection('later')).toBe(true);
    await db.close();
    db = await openWith(await openLmdb(folder));
    expect(see(db)).toEqual(seen);
    await db.close();
  }),
);
