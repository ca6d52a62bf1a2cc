/* Several fields of dense vectors: each is searched by itself, by its own metric and graph, among the points that have it. */
import { describe, expect, test } from 'vitest';
import { type Collection, type Database, metric, open, type PointId } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { randomOf } from '../../support/random.js';

const CONFIG = {
  dimension: 6,
  metric: 'dot',
  vectors: {
    title: { dimension: 5, metric: 'cosine', hnsw: { efConstruction: 40 } },
    body: { dimension: 9, metric: 'euclidean', storage: 'disk', hnsw: { efConstruction: 40 } },
  },
  hnsw: { efConstruction: 40 },
  indexing: { threads: 1, paused: true },
} as const;
const METRIC = { '': 'dot', title: 'cosine', body: 'euclidean' } as const;
const DIMENSION = { '': 6, title: 5, body: 9 } as const;
type Name = keyof typeof METRIC;
const NAMES = ['', 'title', 'body'] as const;

interface Written {
  readonly vector: Partial<Record<Name, Float32Array>>;
  readonly payload: { n: number };
}

/** The points as they should be. */
class Twin {
  readonly points = new Map<PointId, Written>();
  readonly #random: () => number;
  collection: Collection;

  constructor(collection: Collection, seed: number) {
    this.collection = collection;
    this.#random = randomOf(seed);
  }

  vector(name: Name): Float32Array {
    return Float32Array.from({ length: DIMENSION[name] }, () => this.#random() - 0.5);
  }

  /** Each point has each field with this probability. */
  async put(ids: readonly PointId[], share = 0.7): Promise<void> {
    const points = ids.map((id) => {
      const vector: Written['vector'] = {};
      for (const name of NAMES) if (this.#random() < share) vector[name] = this.vector(name);
      return { id, vector, payload: { n: Math.floor(10 * this.#random()) } };
    });
    await this.collection.upsert(points);
    for (const { id, ...written } of points) this.points.set(id, written);
  }

  async delete(ids: readonly PointId[]): Promise<void> {
    await this.collection.delete(ids);
    for (const id of ids) this.points.delete(id);
  }

  /** What is nearest, by brute force. */
  nearest(name: Name, query: Float32Array, k: number, most = 10): [PointId, number][] {
    const by = metric(METRIC[name]);
    const scored = [...this.points].flatMap(([id, { vector, payload }]): [PointId, number][] => {
      const own = vector[name];
      return own && payload.n < most ? [[id, by.calculate(query, own)]] : [];
    });
    return by.sortResults(scored).slice(0, k);
  }

  async expectSearches(k = 10): Promise<void> {
    for (const name of NAMES)
      for (const most of [10, 4]) {
        const query = this.vector(name);
        const filter = { must: [{ key: 'n', range: { lt: most } }] };
        const hits = await this.collection.search(query, {
          k,
          using: name,
          exact: true,
          ...(most < 10 && { filter }),
          withVector: [name],
        });
        const nearest = this.nearest(name, query, k, most);
        expect(hits.map(({ id }) => id)).toEqual(nearest.map(([id]) => id));
        for (const [i, { score, vector, id }] of hits.entries()) {
          expect(score).toBeCloseTo(nearest[i]![1], 4);
          expect(vector).toEqual({ [name]: this.points.get(id)!.vector[name] });
        }
      }
  }

  async expectRecall(): Promise<void> {
    for (const name of NAMES) {
      const { value } = await this.collection.measureRecall({ using: name, sample: 20 });
      expect(value).toBeGreaterThan(0.9);
    }
  }

  expectStatus(o: { readonly built: boolean }): void {
    const { points, fields } = this.collection.status();
    expect(points).toBe(this.points.size);
    for (const name of NAMES) {
      const count = [...this.points.values()].filter(({ vector }) => vector[name]).length;
      expect(fields[name]).toMatchObject({ kind: 'dense', points: count, pending: o.built ? 0 : count });
    }
  }
}

const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe.each(['memory', 'disk'] as const)('on %s', (where) => {
  test('searches find the nearest in each field, exact while pending, by the graph afterwards, also when opened again', () =>
    withFolder(async (folder) => {
      const path = where === 'disk' ? folder : undefined;
      let db: Database = await open(path);
      const twin = new Twin(await db.createCollection('points', CONFIG), 7);
      await twin.put(ids(0, 900), 1); // all have all: places are slots
      await twin.expectSearches();
      await twin.put(ids(900, 1_800));
      await twin.expectSearches();
      twin.expectStatus({ built: false });
      await twin.collection.buildNow();
      twin.expectStatus({ built: true });
      await twin.expectSearches();
      await twin.expectRecall();
      await twin.put(ids(100, 700)); // replaced
      await twin.delete(ids(1_000, 1_300));
      await twin.expectSearches();
      await twin.collection.buildNow();
      twin.expectStatus({ built: true });
      await twin.expectSearches();
      expect(await twin.collection.verify()).toMatchObject({ ok: true });
      if (where === 'disk') {
        await db.close();
        db = await open(path);
        twin.collection = db.collection('points');
        twin.expectStatus({ built: true }); // by the snapshots
        await twin.expectSearches();
        await twin.put(ids(1_800, 1_900));
        await twin.delete(ids(0, 50));
        await twin.expectSearches();
      }
      const { freedRows } = await twin.collection.compact();
      expect(freedRows).toBeGreaterThan(where === 'disk' ? 40 : 800);
      twin.expectStatus({ built: true });
      await twin.expectSearches();
      await twin.expectRecall();
      expect(await twin.collection.verify()).toMatchObject({ ok: true });
      await db.close();
      if (where === 'memory') return;
      db = await open(path);
      twin.collection = db.collection('points');
      twin.expectStatus({ built: true });
      await twin.expectSearches();
      await db.close();
    }));
});

test('a search names the field that it uses; a point asks by its own vector there', async () => {
  const db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert([
    { id: 1, vector: { '': [1, 0, 0, 0, 0, 0], title: [1, 0, 0, 0, 0] } },
    { id: 2, vector: { '': [2, 0, 0, 0, 0, 0] } },
    { id: 3, vector: { title: [1, 1, 0, 0, 0] } },
  ]);
  const found = async (...args: Parameters<typeof points.search>): Promise<PointId[]> =>
    (await points.search(...args)).map(({ id }) => id);
  expect(await found([1, 0, 0, 0, 0, 0])).toEqual([2, 1]);
  expect(await found([1, 0, 0, 0, 0], { using: 'title' })).toEqual([1, 3]);
  expect(await found({ id: 1 }, { using: 'title' })).toEqual([3]);
  expect(await found({ id: 3 }, { using: 'title' })).toEqual([1]);
  expect(
    (await points.searchBatch([{ id: 1 }, [0, 1, 0, 0, 0]], { using: 'title' })).map((hits) => hits.length),
  ).toEqual([1, 2]);
  expect(await found([0, 0, 0, 0, 0, 0, 0, 0, 0], { using: 'body' })).toEqual([]);
  expect((await points.explain([1, 0, 0, 0, 0], { using: 'title' })).hits.map(({ id }) => id)).toEqual([
    1, 3,
  ]);
  const wrong: [() => Promise<unknown>, RegExp][] = [
    // @ts-expect-error
    [() => points.search([1, 2], { using: 'titel' }), /no dense field "titel".*title.*did you mean/i],
    [() => points.search([1, 2], { using: 'title' }), /the query has 2 components, expected 5/],
    [() => points.search({ id: 2 }, { using: 'title' }), /2 has no vector in the field "title"/],
    // @ts-expect-error
    [() => points.measureRecall({ using: 'none' }), /no dense field "none"/],
  ];
  for (const [call, message] of wrong) expect((await errorOf(call)).message).toMatch(message);
  await db.close();
});
