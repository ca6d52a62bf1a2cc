/* Payload indexes come and go while everything else goes on, and are there again after reopening. */
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { type Collection, open } from '#silt/index.js';
import {
  DIMENSION,
  EITHER,
  errorOf,
  failureOf,
  liveOf,
  PAUSED,
  SMALL,
  withCollection,
  withDatabase,
} from '../support/databases.js';
import { FilterTwin, INDEXED, randomRows } from '../support/filtered.js';
import { randomFilter } from '../support/filters.js';
import { integer, type Random, randomOf, vectorsFor } from '../support/random.js';
import { until } from '../support/steps.js';

const QUERY = vectorsFor('cosine', 99, 1, DIMENSION)[0]!;
const EVEN: Filter = { must: { key: 'even', match: { value: true } } };
const LOW: Filter = { must: { key: 'number', range: { lt: 100 } } };

/** Points whose payloads say their number. */
function numbered(
  seed: number,
  count: number,
  from = 0,
): { id: number; vector: Float32Array; payload: object }[] {
  return vectorsFor('cosine', seed, count, DIMENSION).map((vector, i) => ({
    id: from + i,
    vector,
    payload: { number: from + i, even: (from + i) % 2 === 0, text: `Number ${from + i}, of ${seed}` },
  }));
}
type Numbered = { id: number; vector: Float32Array; payload: Record<string, unknown> }[];
const points = (seed: number, count: number, from = 0): Numbered => numbered(seed, count, from) as Numbered;

/** How many payloads were read for a search that is asked for the first time. */
async function payloadsRead(collection: Collection, filter: Filter): Promise<number> {
  return (await collection.explain(QUERY, { filter })).filter!.payloadsRead;
}

async function expectFilters(twin: FilterTwin, random: Random, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const filter = randomFilter(random);
    await twin.expectCount(filter);
    await twin.expectSearch(filter, QUERY, { k: 10, exact: true });
  }
}

describe.each(EITHER)('%s', (backend) => {
  test('made, known, used, kept up, and taken away', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const twin = new FilterTwin(collection);
      expect(collection.info().payloadIndexes).toEqual([]);
      await twin.put(points(1, 500));
      expect(await payloadsRead(collection, LOW)).toBe(500);
      await twin.index('number', 'integer');
      await twin.index('even', 'bool');
      await twin.index('gone.by', 'keyword');
      expect(collection.info().payloadIndexes).toEqual([
        { path: 'number', kind: 'integer', state: 'ready', rows: 500, entries: 500 },
        { path: 'even', kind: 'bool', state: 'ready', rows: 500, entries: 500 },
        { path: 'gone.by', kind: 'keyword', state: 'ready', rows: 500, entries: 0 },
      ]);
      const both: Filter = { must: [EVEN, LOW] };
      const { filter, plan, hits } = await collection.explain(QUERY, { filter: both, k: 100 });
      expect(filter).toEqual({
        matches: { min: 50, expected: 50, max: 50 },
        indexes: [
          { path: 'even', kind: 'bool' },
          { path: 'number', kind: 'integer' },
        ],
        payloadsRead: 0,
      });
      expect(plan).toMatch(
        /^50 points match, by the index of even, number; exact scan of the 50 matching rows/,
      );
      expect(hits).toHaveLength(50);
      // Replaced, deleted, new; also where only the payload changes.
      await twin.put(points(2, 60, 80).map((point) => ({ ...point, payload: { number: 1, even: false } })));
      await twin.remove([0, 2, 4]);
      await twin.put(points(1, 20, 600).map((point) => ({ ...point, payload: { even: true } })));
      await twin.expectCount(both);
      await twin.expectCount(EVEN);
      await twin.expectCount(LOW);
      expect(await payloadsRead(collection, { must: [EVEN, LOW, {}] })).toBe(0);
      expect(await collection.compact()).toMatchObject({ rows: 517 });
      twin.expectReady();
      expect(collection.info().payloadIndexes[0]).toMatchObject({ rows: 517 });
      expect(await payloadsRead(collection, both)).toBe(0);
      await twin.expectCount(both);
      await twin.drop('number');
      expect(collection.info().payloadIndexes.map(({ path }) => path)).toEqual(['even', 'gone.by']);
      expect(await payloadsRead(collection, LOW)).toBe(517);
      await twin.expectCount(LOW);
      expect(await collection.dropPayloadIndex('number')).toBe(false);
      await twin.index('number', 'float');
      twin.indexes.delete('gone.by');
      await collection.dropPayloadIndex('gone.by');
      await twin.expectCount(LOW);
      expect(await payloadsRead(collection, LOW)).toBe(0);
    });
  });

  test('before the first point', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const twin = new FilterTwin(collection);
      await twin.index('number', 'integer');
      twin.expectReady();
      expect(await collection.count({ filter: LOW })).toBe(0);
      await twin.put(points(1, 300));
      twin.expectReady();
      expect(await payloadsRead(collection, LOW)).toBe(0);
      await twin.expectCount(LOW);
    });
  });

  test('the same one again does nothing; another kind is refused', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      await collection.upsert(points(1, 50));
      await Promise.all([
        collection.createPayloadIndex('number', 'integer'),
        collection.createPayloadIndex('number', 'integer'),
      ]);
      await collection.createPayloadIndex('"number"', 'integer');
      expect(collection.info().payloadIndexes).toHaveLength(1);
      const error = await errorOf(() => collection.createPayloadIndex('number', 'keyword'));
      expect(error).toMatchObject({ code: 'PAYLOAD_INDEX_EXISTS' });
      expect(error.message).toMatch(/number.*integer/);
      const [one, two] = await Promise.allSettled([
        collection.createPayloadIndex('text', 'keyword'),
        collection.createPayloadIndex('text', 'text'),
      ]);
      expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
      expect(collection.info().payloadIndexes.map(({ kind }) => kind)).toEqual(['integer', 'keyword']);
      expect(await collection.dropPayloadIndex('"text"')).toBe(true);
      await collection.createPayloadIndex('text', 'text');
    });
  });

  test('an invalid path or kind is rejected, and nothing happens', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      for (const path of ['', '.', 'a.', 'a..b', '[0]', 'a[', 'a[-1]', '"a', 'a b', 7, null, undefined, {}])
        for (const call of [
          () => collection.createPayloadIndex(path as string, 'keyword'),
          () => collection.dropPayloadIndex(path as string),
        ])
          expect(await failureOf(call), String(path)).toBe('INVALID_OPTION');
      for (const kind of ['', 'int', 'Keyword', 7, null, undefined, 'constructor'])
        expect(await failureOf(() => collection.createPayloadIndex('a', kind as 'text'))).toBe(
          'INVALID_OPTION',
        );
      expect(collection.info().payloadIndexes).toEqual([]);
    });
  });

  test('an index never changes an answer: text asks for words and contains for letters, with a text index and without', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const twin = new FilterTwin(collection);
      await twin.put(
        ['Red wine', 'wine, red', 'redwine', 'white wine', 'dark red'].map((text, id) => ({
          id,
          vector: QUERY,
          payload: { text, list: [{ text }] },
        })),
      );
      const ids = async (filter: Filter): Promise<unknown> =>
        (await collection.search(QUERY, { filter })).map(({ id }) => id);
      const part: Filter = { must: { key: 'text', match: { text: 'red' } } };
      const letters: Filter = { must: { key: 'text', match: { contains: 'red' } } };
      const inner: Filter = {
        must: { nested: { key: 'list', filter: { must: { key: 'text', match: { text: 'wine RED' } } } } },
      };
      const expectAnswers = async (): Promise<void> => {
        expect(await ids(part)).toEqual([0, 1, 4]);
        expect(await ids(letters)).toEqual([1, 2, 4]);
        expect(await ids(inner)).toEqual([0, 1]);
      };
      await expectAnswers();
      await twin.index('text', 'text');
      await twin.index('list[].text', 'text');
      await expectAnswers();
      expect(await collection.count({ filter: inner })).toBe(2);
      await twin.expectScroll(part);
      await twin.expectScroll(inner);
      await twin.drop('text');
      await twin.index('text', 'keyword');
      await twin.drop('list[].text');
      await expectAnswers();
      await twin.expectScroll(part);
      await twin.removeMatching(part);
    });
  });

  test('over rows that are there: in the background, and right meanwhile', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const twin = new FilterTwin(collection);
      const random = randomOf(5);
      for (let part = 0; part < 16; part++)
        await twin.put(randomRows(part, 1_000, 'cosine', DIMENSION, 1_000 + 1_000 * part));
      let turns = 0;
      let done = false;
      const turn = (): void => {
        turns++;
        if (!done) setImmediate(turn);
      };
      setImmediate(turn);
      const made = INDEXED.map(([path, suited]) => twin.index(path, suited));
      const all = Promise.all(made).finally(() => {
        done = true;
      });
      all.catch(() => {});
      let building = 0;
      for (let round = 0; !done; round++) {
        const infos = collection.info().payloadIndexes;
        if (infos.some(({ state }) => state === 'building')) building++;
        for (const { state, rows } of infos)
          if (state === 'ready') expect(rows).toBe(liveOf(collection).rows.slots);
        if (infos.length === INDEXED.length) {
          await expectFilters(twin, random, 1);
          await twin.put(randomRows(100 + round, 3, 'cosine', DIMENSION, integer(random, 1_000, 9_000)));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await all;
      twin.expectReady();
      expect(building).toBeGreaterThan(5);
      expect(turns).toBeGreaterThan(20);
      await expectFilters(twin, random, 20);
    });
  });

  test('nothing else waits while it takes in rows', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const rows = vectorsFor('cosine', 1, 1, DIMENSION)[0]!;
      const payload = { list: Array.from({ length: 40 }, (_, i) => `a value of some length, ${i}`) };
      for (let part = 0; part < 4; part++)
        await collection.upsert(
          Array.from({ length: 1_000 }, (_, i) => ({ id: part * 1_000 + i, vector: rows, payload })),
        );
      let turns = 0;
      let done = false;
      const turn = (): void => {
        turns++;
        if (!done) setImmediate(turn);
      };
      const made = collection.createPayloadIndex('list', 'text').finally(() => {
        done = true;
      });
      await until(() => collection.info().payloadIndexes.length === 1);
      turn();
      expect(collection.info().payloadIndexes[0]).toMatchObject({ state: 'building' });
      await made;
      expect(turns).toBeGreaterThan(5);
    });
  });

  test('after it is ready, what was asked while it was made reads no more payloads', async () => {
    await withCollection(backend, SMALL, async (collection) => {
      await collection.upsert(points(1, 3_000));
      await collection.buildNow();
      // About half matches, so that it is asked row by row.
      const made = collection.createPayloadIndex('even', 'bool');
      await until(() => collection.info().payloadIndexes.length === 1);
      await collection.explain(QUERY, { filter: EVEN });
      await made;
      const before = await payloadsRead(collection, EVEN);
      for (const query of vectorsFor('cosine', 3, 10, DIMENSION))
        await collection.search(query, { filter: EVEN });
      const { filter } = await collection.explain(QUERY, { filter: EVEN });
      expect(filter!.payloadsRead).toBe(before);
      expect(filter!.matches).toEqual({ min: 1_500, expected: 1_500, max: 1_500 });
    });
  });

  test('made and dropped while a compaction runs, and while a build does', async () => {
    for (let seed = 0; seed < 4; seed++)
      await withCollection(backend, PAUSED, async (collection) => {
        const random = randomOf(seed);
        const twin = new FilterTwin(collection);
        await twin.put(randomRows(seed, 1_500, 'cosine', DIMENSION));
        await twin.index('n', 'integer');
        await twin.index('s', 'text');
        await twin.put(randomRows(seed + 10, 500, 'cosine', DIMENSION, 100));
        let running = true;
        const work = (seed % 2 === 0 ? collection.compact() : collection.buildNow()).finally(() => {
          running = false;
        });
        for (let round = 0; running || round < 4; round++) {
          const [path, suited, other] = INDEXED[integer(random, 0, INDEXED.length)]!;
          if (twin.indexes.has(path)) await twin.drop(path);
          else await twin.index(path, random() < 0.7 ? suited : other);
          await expectFilters(twin, random, 2);
          await twin.put(randomRows(seed * 100 + round, 5, 'cosine', DIMENSION, integer(random, 100, 1_500)));
        }
        await work;
        await expectFilters(twin, random, 10);
        await collection.createPayloadIndex('last', 'keyword');
        twin.indexes.set('last', 'keyword');
        twin.expectReady();
      });
  });

  test('the collection ends while it takes in rows', async () => {
    await withDatabase(backend, async (db, path) => {
      const collection = await db.createCollection('a', PAUSED);
      for (let part = 0; part < 4; part++) await collection.upsert(points(1, 1_000, 1_000 * part));
      const made = collection
        .createPayloadIndex('text', 'text')
        .catch((error: { code?: string }) => error.code);
      await until(() => collection.info().payloadIndexes.length === 1);
      await db.close();
      expect([undefined, 'CLOSED']).toContain(await made);
      if (path === undefined) return;
      const again = await open(path);
      const there = again.collection('a');
      const filter: Filter = { must: { key: 'text', match: { text: '7 number' } } };
      expect(await there.count({ filter })).toBe(1);
      await until(() => there.info().payloadIndexes[0]!.state === 'ready');
      expect(there.info().payloadIndexes[0]).toMatchObject({ path: 'text', kind: 'text', rows: 4_000 });
      expect(await there.count({ filter })).toBe(1);
      await again.close();
    });
  });

  test('a collection that is dropped takes its indexes along', async () => {
    await withDatabase(backend, async (db) => {
      const collection = await db.createCollection('a', PAUSED);
      const other = await db.createCollection('b', PAUSED);
      for (const one of [collection, other]) {
        await one.upsert(points(1, 200));
        await one.createPayloadIndex('even', 'bool');
      }
      await db.dropCollection('a');
      for (const call of [
        () => collection.createPayloadIndex('number', 'integer'),
        () => collection.dropPayloadIndex('even'),
        () => collection.count({ filter: EVEN }),
        () => collection.search(QUERY, { filter: EVEN }),
        () => collection.delete({ filter: EVEN }),
      ])
        expect(await failureOf(call)).toBe('COLLECTION_NOT_FOUND');
      const again = await db.createCollection('a', PAUSED);
      expect(again.info().payloadIndexes).toEqual([]);
      expect(other.info().payloadIndexes).toMatchObject([{ path: 'even', rows: 200 }]);
      await again.upsert(points(1, 100));
      expect(await payloadsRead(again, EVEN)).toBe(100);
      expect(await payloadsRead(other, EVEN)).toBe(0);
    });
  });
});
