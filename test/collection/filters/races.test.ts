/*
 * Filters while others write, build and compact: never a point that does not match, never one missing that nobody
 * touched; a deletion by filter takes what matched and was not written again. Seeded: a failure prints its line.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { type Collection, open, type PointId } from '#silt/index.js';
import { amount, someOf } from '../../support/amount.js';
import { DIMENSION, EITHER, PAUSED, SMALL, vectors, withCollection } from '../../support/databases.js';
import { FilterTwin } from '../../support/filtered.js';
import { integer, type Random, randomOf, vectorsFor } from '../../support/random.js';

const [QUERY, OTHER] = vectors(1, 2) as [Float32Array, Float32Array];
const red: Filter = { must: { key: 'color', match: { value: 'red' } } };
const blue: Filter = { must: { key: 'color', match: { value: 'blue' } } };

const idsOf = async (points: Collection, filter: Filter): Promise<PointId[]> =>
  (await points.search(QUERY, { filter, k: 1_000 }))
    .map(({ id }) => id)
    .sort((a, b) => Number(a) - Number(b));

async function listed(points: Collection, filter: Filter): Promise<PointId[]> {
  const ids: PointId[] = [];
  for await (const { id } of points.scroll({ filter })) ids.push(id);
  return ids;
}

const point = (id: PointId, color: string, vector = QUERY): object => ({ id, vector, payload: { color } });
const put = (points: Collection, ...some: object[]): Promise<unknown> => points.upsert(some as never);

const INDEXES = { 'without an index': false, 'with an index': true } as const;

describe.each(EITHER)('%s', (backend) => {
  describe.each(Object.entries(INDEXES))('%s', (_, indexed) => {
    async function withPoints(use: (points: Collection) => Promise<void>, config = PAUSED): Promise<void> {
      await withCollection(backend, config, async (points) => {
        if (indexed) await points.createPayloadIndex('color', 'keyword');
        await use(points);
      });
    }
    test('T2: writing a payload again changes what matches at once', async () => {
      await withPoints(async (points) => {
        await put(points, point(1, 'red'), point(2, 'blue'), point(3, 'red'));
        for (let round = 0; round < 6; round++) {
          const [one, two] = round % 2 === 0 ? (['red', 'blue'] as const) : (['blue', 'red'] as const);
          expect(await idsOf(points, { must: { key: 'color', match: { value: one } } })).toEqual([1, 3]);
          expect(await idsOf(points, { must: { key: 'color', match: { value: two } } })).toEqual([2]);
          await put(points, point(1, two), point(2, one), point(3, two));
          if (round === 2) await points.buildNow();
          if (round === 4) await points.compact();
        }
        // Deleted and written again; twice in one call; in two calls of one turn.
        await Promise.all([points.delete(1), put(points, point(1, 'blue'))]);
        await Promise.all([put(points, point(2, 'red')), put(points, point(2, 'blue'))]);
        await put(points, point(3, 'red'), point(3, 'blue'), point(3, 'red'));
        expect(await idsOf(points, red)).toEqual([3]);
        expect(await idsOf(points, blue)).toEqual([1, 2]);
        expect(await points.count({ filter: { must_not: red } })).toBe(2);
        await points.delete([1, 2, 3]);
        for (const filter of [red, blue, {}]) expect(await idsOf(points, filter)).toEqual([]);
      });
    });

    test('T3: after churn, the one point that matches is found, wherever it lies', async () => {
      await withPoints(async (points) => {
        const old = vectors(5, 1_300).map((vector, id) => ({ id, vector, payload: { color: 'blue' } }));
        await points.upsert(old);
        await points.buildNow();
        const expectFound = async (): Promise<void> => {
          for (const query of [QUERY, OTHER, old[700]!.vector])
            for (const o of [{ k: 1 }, { k: 10, ef: 20 }, { k: 10, exact: true }])
              expect((await points.search(query, { ...o, filter: red })).map(({ id }) => id)).toEqual([700]);
          expect(await points.count({ filter: red })).toBe(1);
        };
        await put(points, point(700, 'red', OTHER)); // it waits
        await expectFound();
        for (let round = 0; round < 3; round++) {
          await points.upsert(
            vectors(20 + round, 500).map((vector, id) => ({ id, vector, payload: { color: 'red' } })),
          );
          await points.upsert(
            vectors(30 + round, 500).map((vector, id) => ({ id, vector, payload: { color: 'blue' } })),
          );
          await expectFound();
          if (round === 0) await points.buildNow();
          await expectFound();
        }
        await points.delete(Array.from({ length: 400 }, (__, i) => 800 + i));
        await expectFound();
        await points.compact();
        await expectFound();
        await put(points, point(700, 'blue'));
        expect(await idsOf(points, red)).toEqual([]);
      });
    });

    test('an upsert that is not awaited is there for the deletion behind it', async () => {
      await withPoints(async (points) => {
        for (let round = 0; round < 20; round++) {
          const written = put(points, point(1, 'red'), point(2, 'blue'), point(3 + round, 'red'));
          const deleted = points.delete({ filter: red });
          await written;
          expect((await deleted).deleted).toBe(2);
          expect(await listed(points, {})).toEqual([2]);
        }
      });
    });

    test('a point that is written again while its match is being deleted stays', async () => {
      await withPoints(async (points) => {
        let stayed = 0;
        for (let wait = 0; wait < 24; wait++) {
          await put(points, ...Array.from({ length: 40 }, (__, id) => point(id, 'red')));
          const deleted = points.delete({ filter: red });
          for (let turns = wait % 8; turns > 0; turns--)
            await (wait % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : null);
          // Either the deletion saw what was there before, and these stay; or these, of which the blue do not match.
          const written = put(
            points,
            ...Array.from({ length: 20 }, (__, id) => point(id, id < 10 ? 'blue' : 'red', OTHER)),
          );
          const [receipt] = await Promise.all([deleted, written]);
          const left = await listed(points, {});
          expect(left.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
          expect(left.filter((id) => Number(id) >= 20)).toEqual([]);
          // Deleted one by one or not at all: what was counted is gone.
          expect(left.length === 10 || left.length === 20, String(left)).toBe(true);
          if (left.length === 20) stayed++;
          expect([20, 30, 40]).toContain(receipt.deleted);
          for (const { id, score } of await points.search(OTHER, { k: 10, filter: blue })) {
            expect(Number(id)).toBeLessThan(10);
            expect(score).toBeCloseTo(1, 5);
          }
          await points.delete({ filter: {} });
        }
        expect(stayed).toBeGreaterThan(0);
      });
    });

    test('two deletions that match the same', async () => {
      await withPoints(async (points) => {
        await put(
          points,
          ...Array.from({ length: 100 }, (__, id) => point(id, id % 2 === 0 ? 'red' : 'blue')),
        );
        const receipts = await Promise.all([
          points.delete({ filter: red }),
          points.delete({ filter: { must_not: blue } }),
          points.delete([0, 2, 4]),
        ]);
        expect(receipts.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(50);
        expect(await points.count()).toBe(50);
        expect(await points.count({ filter: blue })).toBe(50);
      });
    });

    test('a search that waits for a write sees it through its filter', async () => {
      await withPoints(async (points) => {
        for (let round = 0; round < 10; round++) {
          const { seq } = points.status();
          const answers = [
            points.search(QUERY, { filter: red, minSeq: seq + 1, exact: true }),
            points.search(QUERY, { filter: red, minSeq: seq + 1 }),
            points.explain(QUERY, { filter: red, minSeq: seq + 1 }).then(({ hits }) => hits),
            points.searchBatch([QUERY], { filter: red, minSeq: seq + 1 }).then(([hits]) => hits!),
          ];
          await put(points, point(round, 'red'));
          for (const hits of await Promise.all(answers)) expect(hits.length).toBe(round + 1);
        }
      });
    });

    test.each(someOf(backend === 'memory' ? [1, 2, 3] : [4], 3))(
      'anything at once (SILT_SEED=%d)',
      async (seed) => {
        await withPoints(async (points) => anythingAtOnce(points, seed), {
          ...SMALL,
          indexing: { threads: 2, mergeThreshold: 200, maxBufferAgeMs: 20 },
        });
      },
    );
  });
});

test.each(Object.entries(INDEXES))('a page is listed while its points go: %s', async (_, indexed) => {
  for (let hops = -40; hops < 40; hops++)
    await withCollection('memory', PAUSED, async (points) => {
      if (indexed) await points.createPayloadIndex('color', 'keyword');
      await put(points, ...Array.from({ length: 6 }, (__, id) => point(id, 'red')));
      const hop = async (count: number): Promise<void> => {
        for (let hopped = 0; hopped < count; hopped++) await null;
      };
      const page = hop(-hops).then(() => listed(points, red));
      const gone = hop(hops).then(() => points.delete([2, 3, 4]));
      const searches = [false, true].map((exact) =>
        hop(-hops).then(() => points.search(QUERY, { filter: red, k: 10, exact })),
      );
      for (const hits of await Promise.all(searches))
        expect(hits.map(({ id }) => Number(id)).filter((id) => id < 2 || id > 4)).toEqual([0, 1, 5]);
      const ids = await page;
      await gone;
      expect(ids.filter((id) => id === 0 || id === 1 || id === 5)).toEqual([0, 1, 5]);
      expect(await listed(points, red)).toEqual([0, 1, 5]);
    });
});

/** Ids below are never touched; those above change their number all the time. */
const STILL = 1_200;
const ALL = 2_000;
const ROUNDS = amount('SILT_ROUNDS', 40, 120);

async function anythingAtOnce(points: Collection, seed: number): Promise<void> {
  const random = randomOf(seed);
  const still = new FilterTwin(points);
  const payload = (number: number): object => ({ number, color: number % 2 === 0 ? 'red' : 'blue' });
  const rows = vectorsFor('cosine', seed, STILL, DIMENSION);
  await still.put(rows.map((vector, id) => ({ id, vector, payload: payload(id) as never })));
  await points.buildNow();
  let done = false;
  const during = async (work: () => Promise<unknown>): Promise<void> => {
    while (!done) await work();
  };
  const fresh = vectorsFor('cosine', seed + 10, 500, DIMENSION);
  const churn = during(async () => {
    const some = Array.from({ length: integer(random, 1, 30) }, () => ({
      id: integer(random, STILL, ALL),
      vector: fresh[integer(random, 0, fresh.length)]!,
      payload: payload(integer(random, 0, ALL)),
    }));
    await points.upsert([...new Map(some.map((one) => [one.id, one])).values()] as never);
    if (random() < 0.3) await points.delete(Array.from({ length: 9 }, () => integer(random, STILL, ALL)));
    if (random() < 0.2) {
      const number = integer(random, 0, ALL);
      await points.delete({
        filter: {
          must: { key: 'number', range: { gte: number, lt: number + 300 } },
          must_not: { has_id: Array.from({ length: STILL }, (_, id) => id) },
        },
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  });
  const builder = during(async () => {
    await points.buildNow();
    if (random() < 0.5) await points.compact();
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const indexer = during(async () => {
    await points.createPayloadIndex('number', 'integer');
    await new Promise((resolve) => setTimeout(resolve, 10 * random()));
    await points.dropPayloadIndex('number');
  });
  try {
    for (let round = 0; round < ROUNDS; round++) await look(points, still, random);
  } catch (error) {
    const line = `npx vitest run test/collection/filters/races.test.ts -t SILT_SEED=${seed}`;
    throw new Error(`${line}\n${(error as Error).message}`, { cause: error });
  } finally {
    done = true;
    await Promise.all([churn, builder, indexer]);
  }
  expect((await points.verify()).ok).toBe(true);
}

/** Whatever is asked: hits match, none of those that stand still is missing. */
async function look(points: Collection, still: FilterTwin, random: Random): Promise<void> {
  const from = integer(random, 0, STILL);
  const to = from + integer(random, 1, STILL);
  const range = { key: 'number', range: { gte: from, lt: to } };
  const color = random() < 0.5 ? 'red' : 'blue';
  const filter: Filter =
    random() < 0.5 ? { must: range } : { must: [range, { key: 'color', match: { value: color } }] };
  const matches = (found: Record<string, unknown> | undefined): boolean => {
    const { number, color: own } = found as { number: number; color: string };
    return number >= from && number < to && (!Array.isArray(filter.must) || own === color);
  };
  const expected = still.matching(filter) as number[];
  const expectStill = (found: readonly PointId[], what: string): void => {
    expect(new Set(found).size, what).toBe(found.length);
    const ids = new Set(found);
    expect(
      expected.filter((id) => !ids.has(id)),
      what,
    ).toEqual([]);
  };
  const form = integer(random, 0, 5);
  if (form === 0) {
    const count = await points.count({ filter });
    expect(count).toBeGreaterThanOrEqual(expected.length);
    expect(count).toBeLessThanOrEqual(expected.length + ALL - STILL);
  } else if (form === 1) {
    const ids: PointId[] = [];
    for await (const { id, payload } of points.scroll({ filter })) {
      if (!matches(payload))
        expect.fail(`scroll gives ${JSON.stringify(payload)} for ${JSON.stringify(filter)}`);
      ids.push(id);
    }
    expectStill(ids, 'scroll');
  } else {
    const exact = form === 2;
    const k = exact || random() < 0.5 ? ALL : 10;
    const query = still.rows.get(integer(random, 0, STILL))!.vector;
    const hits = await points.search(query, { filter, k, exact });
    for (const { payload } of hits)
      if (!matches(payload)) expect.fail(`a hit is ${JSON.stringify(payload)} for ${JSON.stringify(filter)}`);
    if (k === ALL)
      expectStill(
        hits.map(({ id }) => id),
        `search, exact: ${exact}`,
      );
    else expect(hits.length).toBe(Math.min(k, Math.max(hits.length, expected.length)));
  }
}

test('what is remembered of filters of an empty collection does not grow without end', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const db = await open();
  const points = await db.createCollection('a', PAUSED);
  const used = (): number => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const ask = (i: number): Promise<number> =>
    points.count({
      filter: { must: { key: 'a', match: { any: Array.from({ length: 400 }, (_, j) => `${i} ${j}`) } } },
    });
  for (let i = 0; i < 300; i++) await ask(i);
  const before = used();
  for (let i = 0; i < 2_000; i++) await ask(i);
  expect((used() - before) / 1e6).toBeLessThan(20);
  await db.close();
});
