/* Points with several fields: what is written comes back, any of it may be missing, and what is wrong is said before any effect. */
import { describe, expect, test } from 'vitest';
import { type CollectionConfig, type Database, open, type PointInput } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const CONFIG: CollectionConfig = {
  vectors: {
    title: { dimension: 3, metric: 'cosine' },
    body: { dimension: 2, metric: 'euclidean', storage: 'disk' },
    tokens: { dimension: 2, metric: 'dot', multi: true },
  },
  sparse: { words: { modifier: 'idf' } },
  text: { content: { path: 'text' } },
};
const f32 = (...components: number[]): Float32Array => Float32Array.from(components);
const POINTS: readonly PointInput[] = [
  {
    id: 1,
    vector: {
      title: [1, 2, 0.1],
      body: f32(3, 4),
      tokens: [[1, 0], f32(0, 1), [2, 2]],
      words: { indices: [70, 3, 4_294_967_295], values: [0.5, -1, 0] },
    },
    payload: { text: 'a cat' },
  },
  { id: 2, vector: { body: [0, 0] }, payload: { text: 'a dog' } },
  { id: 'three', vector: { words: { indices: f32(9), values: [1] }, title: undefined } },
  { id: 4, payload: { text: 'no vector' } },
  { id: 5 },
];
const ONE = {
  title: f32(1, 2, 0.1),
  body: f32(3, 4),
  tokens: [f32(1, 0), f32(0, 1), f32(2, 2)],
  words: { indices: Uint32Array.of(3, 70, 4_294_967_295), values: f32(-1, 0.5, 0) },
};
const STORED = [
  { id: 1, vector: ONE, payload: { text: 'a cat' } },
  { id: 2, vector: { body: f32(0, 0) }, payload: { text: 'a dog' } },
  { id: 4, payload: { text: 'no vector' } },
  { id: 5 },
  { id: 'three', vector: { words: { indices: Uint32Array.of(9), values: f32(1) } } },
];

async function expectStored(db: Database): Promise<void> {
  const points = db.collection('points');
  const read: unknown[] = [];
  for await (const point of points.scroll({ withVector: true })) read.push(point);
  expect(read).toEqual(STORED);
  expect(await points.getMany([1, 2, 4, 5, 'three'])).toEqual(STORED);
  expect(await points.count({ filter: { must: { has_id: [1, 4, 9] } } })).toBe(2);
  const some: unknown[] = [];
  for await (const point of points.scroll({ withVector: ['body', 'words'], withPayload: false, limit: 3 }))
    some.push(point);
  expect(some).toEqual([
    { id: 1, vector: { body: ONE.body, words: ONE.words } },
    { id: 2, vector: { body: f32(0, 0) } },
    { id: 4 },
  ]);
  expect(points.status()).toMatchObject({ points: 5, fields: { title: { points: 1 }, body: { points: 2 } } });
}

describe.each(['memory', 'disk'] as const)('on %s', (where) => {
  test('each field of a point comes back as it was written, and what a point does not have is left out', () =>
    withFolder(async (folder) => {
      const path = where === 'disk' ? folder : undefined;
      let db = await open(path);
      const points = await db.createCollection('points', CONFIG);
      expect(await points.upsert(POINTS)).toMatchObject({ inserted: 5 });
      await expectStored(db);
      await points.upsert({ id: 2, vector: { title: [1, 1, 1] } });
      expect(await points.get(2)).toEqual({ id: 2, vector: { title: f32(1, 1, 1) } });
      await points.upsert(POINTS[1]!);
      await points.setPayload(4, { n: 1 });
      await points.overwritePayload(4, { text: 'no vector' });
      await points.compact();
      await expectStored(db);
      await db.close();
      if (where === 'memory') return;
      for (let openings = 0; openings < 2; openings++) {
        db = await open(path);
        await expectStored(db);
        await db.close();
      }
    }));

  test('a collection without any vector is a store of documents, with filters and scrolls', () =>
    withFolder(async (folder) => {
      const path = where === 'disk' ? folder : undefined;
      let db = await open(path);
      let docs = await db.createCollection('docs', {});
      await docs.createPayloadIndex('n', 'integer');
      const ids = Array.from({ length: 300 }, (_, n) => n);
      await docs.ingest(ids.map((n) => ({ id: n, payload: { n: n % 10 } })));
      await docs.delete({ filter: { must: { key: 'n', match: { value: 3 } } } });
      await docs.setPayload({ filter: { must: { key: 'n', match: { value: 4 } } } }, { n: 5 });
      const look = async (): Promise<void> => {
        expect(await docs.count()).toBe(270);
        expect(await docs.count({ filter: { must: { key: 'n', match: { value: 5 } } } })).toBe(60);
        expect(docs.status()).toMatchObject({
          state: 'ready',
          points: 270,
          indexed: 270,
          pending: 0,
          fields: {},
        });
        expect(await docs.verify()).toMatchObject({ ok: true });
      };
      await look();
      await docs.buildNow();
      await docs.compact();
      await look();
      await docs.waitFor(docs.status().seq, 'indexed');
      expect(await errorOf(() => docs.search([1, 2]))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await errorOf(() => docs.upsert({ id: 1, vector: [1] }))).toMatchObject({
        code: 'INVALID_VECTOR',
        message: expect.stringContaining(
          'is of no field: this collection has none with vectors. createField(',
        ),
      });
      await db.close();
      if (where === 'memory') return;
      db = await open(path);
      docs = db.collection('docs');
      await look();
      await db.close();
    }));
});

test('what is wrong with a value names the point and the field, and nothing is written', async () => {
  const db = await open();
  const points = await db.createCollection('points', CONFIG);
  const wrong: [vector: object, message: RegExp][] = [
    [{ titel: [1, 2, 3] }, /"titel", which is not a field with vectors.*did you mean "?title/i],
    [{ content: 'a text' }, /"content", which is not a field with vectors/],
    [[1, 2, 3], /without a name, and this collection has no unnamed field/],
    [{ title: [1, 2] }, /the vector "title" of point 0 \(id 7\) has 2 components, expected 3/],
    [{ title: [0, 0, 0] }, /"title" of point 0.*only zeros/],
    [{ title: [1, Number.NaN, 0] }, /"title" of point 0.*component 1 is NaN/],
    [{ body: [1e39, 0] }, /"body" of point 0.*component 0 is 1e\+39/],
    [{ tokens: [1, 2] }, /"tokens" of point 0.*an array of 1 to 4,096 vectors/],
    [{ tokens: [] }, /"tokens" of point 0.*an array of 1 to 4,096 vectors/],
    [{ tokens: [[1, 2], [3]] }, /"tokens" of point 0.*has 1 component, expected 2/],
    [{ words: [1, 2] }, /"words" of point 0.*a sparse vector \{ indices, values \}/],
    [{ words: { indices: [1], values: [1, 2] } }, /"words" of point 0.*1 indices and 2 values/],
    [{ words: { indices: [1, 5, 1], values: [1, 2, 3] } }, /"words" of point 0.*the index 1 twice/],
    [{ words: { indices: [-1], values: [1] } }, /"words" of point 0.*the index -1/],
    [{ words: { indices: [2 ** 32], values: [1] } }, /"words" of point 0.*the index 4294967296/],
    [{ words: { indices: [1], values: [1e39] } }, /"words" of point 0.*1e\+39 at index 1/],
  ];
  for (const [vector, message] of wrong) {
    const error = await errorOf(() => points.upsert([{ id: 7, vector } as PointInput]));
    expect(error).toMatchObject({ code: 'INVALID_VECTOR', message: expect.stringMatching(message) });
  }
  const { rejected, inserted } = await points.upsert(
    wrong.map(([vector], id) => ({ id, vector }) as PointInput).concat({ id: 99 }),
    { onInvalid: 'skip' },
  );
  expect([inserted, rejected.length]).toEqual([1, wrong.length]);
  expect(await points.count()).toBe(1);
  expect(await errorOf(async () => points.scroll({ withVector: ['bodi'] }))).toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/withVector names "bodi".*body/),
  });
  await db.close();
});

test('a configuration that is wrong names the field, and makes no collection', async () => {
  const db = await open();
  const dense = { dimension: 2, metric: 'dot' } as const;
  const wrong: [config: object, message: RegExp][] = [
    [{ dimension: 2 }, /metric must be/],
    [{ metric: 'dot' }, /dimension must be an integer/],
    [{ storage: 'disk' }, /storage belongs to the unnamed vector field/],
    [{ vectors: { a: { dimension: 2 } } }, /vectors "a": metric must be/],
    [{ vectors: { a: { ...dense, hnsw: { m: 1 } } } }, /vectors "a": hnsw.m must be/],
    [{ vectors: { a: { ...dense, dimensions: 2 } } }, /vectors "a": vectors has no option "dimensions"/],
    [{ text: { path: 'title' } }, /text must be an object of fields .*\{ title: .*; its "path" is "title"/],
    [{ vectors: [dense] }, /vectors must be an object of fields by their names/],
    [{ vectors: { a: dense }, sparse: { a: {} } }, /two fields have the name "a"/],
    [{ vectors: { '': dense } }, /the name of a field must be/],
    [{ sparse: { a: { modifier: 'tf' } } }, /sparse "a": modifier must be one of none, idf/],
    [{ text: { a: {} } }, /text "a": path must be/],
    [{ text: { a: { path: 'x', b: 2 } } }, /text "a": b must be a number from 0 to 1/],
    [
      { sparse: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`s${i}`, {}])) },
      /fields of a collection.*64/,
    ],
  ];
  for (const [config, message] of wrong)
    expect((await errorOf(() => db.createCollection('c', config))).message).toMatch(message);
  expect(db.collections()).toEqual([]);
  const given = { ...CONFIG, indexing: { threads: 1 } };
  const { config } = await db.createCollection('c', given);
  expect(config).toMatchObject({
    dimension: 0,
    vectors: {
      body: { dimension: 2, metric: 'euclidean', storage: 'disk', multi: false },
      tokens: { multi: true },
    },
    sparse: { words: { modifier: 'idf' } },
    text: { content: { path: 'text' } },
  });
  expect((await db.getOrCreateCollection('c', given)).config).toBe(config);
  const { text: _, ...less } = given; // fields beside those that are asked for are accepted: they may have been added
  expect((await db.getOrCreateCollection('c', less)).config).toBe(config);
  const other = { ...given, text: { content: { path: 'other' } } };
  expect((await errorOf(() => db.getOrCreateCollection('c', other))).message).toMatch(/has text/);
  await db.close();
});

/** Its iterator gives something else than its members. */
class Odd<T> extends Array<T> {
  override *[Symbol.iterator](): ArrayIterator<T> {
    yield this[0]!;
    for (let more = 0; more < 9; more++) yield this[0]!;
  }
}

const odd = <T>(...members: T[]): T[] => Odd.from({ length: members.length }, (_, i) => members[i]!);

test('a vector is its members, in every field, whatever else an array can be asked for', async () => {
  const db = await open();
  const points = await db.createCollection('points', CONFIG);
  const vector = {
    title: odd(1, 2, 3),
    body: odd(3, 4),
    tokens: odd(odd(1, 0), odd(0, 1)),
    words: { indices: odd(3, 1), values: odd(5, 6) },
  };
  await points.upsert({ id: 1, vector });
  await points.upsert({ id: 2, vector: { body: [1, 1] } });
  expect((await points.get(1))?.vector).toEqual({
    title: f32(1, 2, 3),
    body: f32(3, 4),
    tokens: [f32(1, 0), f32(0, 1)],
    words: { indices: Uint32Array.of(1, 3), values: f32(6, 5) },
  });
  expect(await points.verify()).toMatchObject({ ok: true });
  await db.close();
});

test('a field may be called like something that every object inherits: points may be without it', async () => {
  const names = ['constructor', 'toString', '__proto__'];
  const spec = { dimension: 2, metric: 'dot' } as const;
  const db = await open();
  const points = await db.createCollection('points', {
    vectors: Object.fromEntries(names.map((name) => [name, spec])),
  });
  const all = Object.fromEntries(names.map((name) => [name, [1, 2]]));
  await points.upsert([
    { id: 1 },
    { id: 2, vector: {} },
    { id: 3, vector: { toString: [3, 4] } as never },
    { id: 4, vector: all },
  ]);
  expect(await points.get(1)).toEqual({ id: 1 });
  expect(Object.keys((await points.get(3))!.vector!)).toEqual(['toString']);
  expect(Object.keys((await points.get(4))!.vector!).toSorted()).toEqual(names.toSorted());
  for (const using of names) {
    const hits = await points.search([1, 1], { using, exact: true });
    expect(hits.map(({ id }) => id)).toEqual(using === 'toString' ? [3, 4] : [4]);
  }
  await db.close();
});
