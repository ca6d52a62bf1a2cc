/* What is no open database is refused, before anything is opened: else a server over nothing would listen, or fail at its first request. */
import { expect, test } from 'vitest';
import { type Database, open } from '#silt/index.js';
import { serve } from '#silt/server/http/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { errorOf } from '../support/databases.js';

/* biome-ignore lint/suspicious/noExplicitAny: values that types refuse */
type Careless = any;

const ODD: Record<string, [make: (db: Database) => Careless, says: RegExp]> = {
  'a promise of one': [
    (db) => Promise.resolve(db),
    /database must be an open Database, .*Is an await missing\?/,
  ],
  'an empty object': [() => ({}), /database must be an open Database/],
  'a collection': [(db) => db.collection('c'), /database must be an open Database/],
  'a path': [() => './data', /database must be an open Database/],
};

test.each(Object.entries(ODD))('%s in the place of a database', async (_, [make, says]) => {
  await using db = await open();
  await db.createCollection('c', { dimension: 1, metric: 'dot' });
  const database = make(db);
  expect((await errorOf(() => serve({ database, port: 0 }))).message).toMatch(says);
  expect((await errorOf(() => new QdrantClient({ database }))).message).toMatch(says);
});

test('a database in the place of options that have one', async () => {
  await using db = await open();
  const careless = db as Careless;
  expect((await errorOf(() => serve(careless))).message).toMatch(/got a Database: write \{ database: db \}/);
  expect((await errorOf(() => new QdrantClient(careless))).message).toMatch(/write \{ database: db \}/);
});
