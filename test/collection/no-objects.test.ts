/*
 * What has its contents elsewhere than in members of its own (a promise, a Map, a Date) is refused wherever an object is asked for:
 * read as one it would be empty, and a point would lose its vector, a search its options, a deletion its filter.
 */
import { expect, test } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';

/* biome-ignore lint/suspicious/noExplicitAny: values that types refuse */
type Careless = any;

const ODD: Record<string, [value: unknown, shown: string]> = {
  'a promise': [Promise.resolve({}), 'got a Promise. Is an await missing?'],
  'a Map': [new Map([['meaning', [1, 0]]]), 'got a Map'],
  'a Set': [new Set(['meaning']), 'got a Set'],
  'a Date': [new Date(0), 'got a Date'],
  'an expression': [/x/, 'got a RegExp'],
};

/** Places where an object is asked for. */
const PLACES: Record<string, (db: Database, c: Collection, odd: Careless) => Promise<unknown>> = {
  'the vectors of a point': (_, c, odd) => c.upsert({ id: 1, vector: odd }),
  'a vector by name': (_, c, odd) => c.upsert({ id: 1, vector: { meaning: odd } }),
  'the vectors of an update': (_, c, odd) => c.updateVectors({ id: 1, vector: odd }),
  'options of a search': (_, c, odd) => c.search([1, 0], odd),
  'a query': (_, c, odd) => c.query(odd),
  'what a query asks': (_, c, odd) => c.query({ query: odd }),
  'a query of groups': (_, c, odd) => c.queryGroups(odd),
  'a filter': (_, c, odd) => c.count({ filter: odd }),
  'the filter of a deletion': (_, c, odd) => c.delete({ filter: odd }),
  'a part of a filter': (_, c, odd) => c.count({ filter: { must: odd } }),
  'a configuration': (db, _, odd) => db.createCollection('a', odd),
  'fields of a configuration': (db, _, odd) => db.createCollection('a', { vectors: odd }),
  'a graph': (db, _, odd) => db.createCollection('a', { dimension: 2, metric: 'dot', hnsw: odd }),
};

test.each(Object.entries(PLACES))('%s: nothing is taken for an empty object', async (_, call) => {
  await using db = await open();
  const config = { vectors: { meaning: { dimension: 2, metric: 'dot' } } } as const;
  const c: Collection = await db.createCollection('c', config);
  const words: Collection = await db.createCollection('words', { text: { words: { path: 't' } } });
  await c.upsert({ id: 1, vector: { meaning: [1, 0] }, payload: { n: 1 } });
  for (const [name, [odd, shown]] of Object.entries(ODD)) {
    const said = await call(db, c, odd).then(
      () => 'was taken',
      (error: Error) => error.message,
    );
    expect(said, name).toContain(shown);
    await expect(words.upsert({ id: 1, vector: odd as Careless }), name).rejects.toThrow(shown);
  }
  expect((await c.get(1))?.vector).toEqual({ meaning: Float32Array.of(1, 0) });
  expect(await words.count()).toBe(0);
});

test('an object without members is one: a point without vectors, and options of which none is given', async () => {
  await using db = await open();
  const c: Collection = await db.createCollection('c', { vectors: { m: { dimension: 2, metric: 'dot' } } });
  await c.upsert([
    { id: 1, vector: {} },
    { id: 2, vector: Object.create(null) },
  ]);
  expect(await c.search([1, 0], Object.create(null))).toEqual([]);
  expect(await c.count({})).toBe(2);
});
