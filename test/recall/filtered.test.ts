/*
 * Floors of recall@10 under filters, on real vectors: at random, and where what matches lies near the query or far from
 * it; by an index, by payloads, and by both; before and after every row was replaced twice and a third deleted.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { idKeyOf, idOfKey } from '#silt/base/ids.js';
import { newBits, setBit } from '#silt/filter/bits.js';
import { EF_DEFAULT } from '#silt/hnsw/plan.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { NONE } from '#silt/kernel/layout.js';
import { someOf } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { FilterTwin } from '../support/filtered.js';
import { bruteForce } from '../support/oracle.js';
import { integer, randomOf } from '../support/random.js';
import { WORD_DIMENSION, words } from '../support/words.js';

const ROWS = 4_900;
const QUERIES = 25;
const K = 10;
const FLOOR = 0.95;
const SHARES = [0.03, 0.4, 0.97];

const vectors = words('cosine', 0, ROWS);
const queries = words('cosine', ROWS, QUERIES, 2);
/** The first axis along which words differ most: what is said to match by it is correlated with what is near. */
const axis = vectors[0]!.map((_, at) => vectors.slice(0, 500).reduce((sum, vector) => sum + vector[at]!, 0));
const along = (vector: Float32Array): number => {
  const norm = Math.hypot(...vector);
  return vector.reduce((sum, x, at) => sum + (x / norm) * axis[at]!, 0);
};

type Numbers = Record<string, number>;

/** For each row: a number at random, its place in the order of the words, and its place along the axis. */
function payloads(seed: number): Numbers[] {
  const random = randomOf(seed);
  const places = vectors.map((vector, row) => [along(vector), row] as const).sort(([a], [b]) => a - b);
  const ranks = new Map(places.map(([, row], place) => [row, place]));
  return vectors.map((_, row) => ({ random: integer(random, 0, ROWS), order: row, rank: ranks.get(row)! }));
}

/** Of rows at random, of frequent words (alike among themselves), near to most queries, and far from them. */
const FILTERS: Record<string, (share: number, of: (key: string) => string) => Filter> = {
  random: (share, of) => ({ must: { key: of('random'), range: { lt: share * ROWS } } }),
  ordered: (share, of) => ({ must: { key: of('order'), range: { lt: share * ROWS } } }),
  near: (share, of) => ({ must: { key: of('rank'), range: { gte: (1 - share) * ROWS } } }),
  far: (share, of) => ({ must: { key: of('rank'), range: { lt: share * ROWS } } }),
};

/** Of each number there are two: the index knows one of them. */
const PATHS: Record<string, (key: string) => string> = {
  'by an index': (key) => key,
  'by payloads': (key) => `${key}_open`,
};

/** What tells a plan. */
const KINDS = ['those that match', 'that reads', 'among', 'codes', 'exact scan of the'];

const measured: string[] = [];

describe.each(someOf(['memory', 'disk'] as const, 2))('vectors: %s', (where) => {
  let db: Database;
  let points: Collection;
  let twin: FilterTwin;

  const put = async (rows: readonly (readonly [number, Float32Array, Numbers])[]): Promise<void> => {
    for (let at = 0; at < rows.length; at += 1_000)
      await twin.put(
        rows.slice(at, at + 1_000).map(([id, vector, numbers]) => ({
          id,
          vector,
          payload: Object.fromEntries(
            Object.entries(numbers).flatMap(([key, number]) => [
              [key, number],
              [`${key}_open`, number],
            ]),
          ),
        })),
      );
  };

  beforeAll(async () => {
    db = await open();
    points = await db.createCollection('words', {
      dimension: WORD_DIMENSION,
      metric: 'cosine',
      vectors: where,
      hnsw: { efConstruction: 100 },
      indexing: { threads: 2, paused: true },
    });
    twin = new FilterTwin(points);
    for (const key of ['random', 'order', 'rank']) await twin.index(key, 'integer');
    const numbers = payloads(1);
    await put(vectors.map((vector, id) => [id, vector, numbers[id]!]));
    await points.buildNow();
  }, 120_000);
  afterAll(async () => {
    if (process.env['SILT_VERBOSE']) console.log(measured.join('\n'));
    await db.close();
  });

  /** For each query all rows, the best first; and which of them match a filter. */
  let ranked: [number, number][][] = [];
  const rank = (): void => {
    const rows = twin.vectorsOf([...twin.rows.keys()]);
    ranked = queries.map((query) => bruteForce('cosine', rows, query, rows.size) as [number, number][]);
  };
  const bestOf = (query: number, matching: ReadonlySet<unknown>): Set<unknown> =>
    new Set(
      ranked[query]!.filter(([id]) => matching.has(id))
        .slice(0, K)
        .map(([id]) => id),
    );

  /** How many of the best are among the hits. */
  function foundAmong(hits: readonly unknown[], query: number, matching: ReadonlySet<unknown>): number {
    expect(hits.length).toBe(Math.min(K, matching.size));
    expect(hits.every((id) => matching.has(id))).toBe(true);
    const best = bestOf(query, matching);
    return hits.filter((id) => best.has(id)).length;
  }

  /** Returns the ways that were taken. */
  async function expectFloors(when: string): Promise<Set<string>> {
    const kinds = new Set<string>();
    rank();
    for (const [name, filterOf] of Object.entries(FILTERS))
      for (const [how, of] of Object.entries(PATHS))
        for (const share of SHARES) {
          const filter = filterOf(share, of);
          const matching = new Set<unknown>(twin.matching(filter));
          let found = 0;
          // Of the first search: those behind it know what it has read.
          const { plan } = await points.explain(queries[0]!, { filter, k: K });
          for (const [i, query] of queries.entries()) {
            const hits = await points.search(query, { filter, k: K });
            found += foundAmong(
              hits.map(({ id }) => id),
              i,
              matching,
            );
          }
          kinds.add(KINDS.find((kind) => plan.includes(kind)) ?? plan);
          const value = found / (K * QUERIES);
          const what = `${where}, ${when}, ${name} ${share}, ${how}: ${value.toFixed(3)} (${plan})`;
          measured.push(what);
          expect(value, what).toBeGreaterThanOrEqual(FLOOR);
        }
    return kinds;
  }

  /** So few rows are compared one by one, by plan; the walk among those that match is taken here all the same. */
  function walkAmong(query: Float32Array, ids: readonly number[]): number[] {
    const live = liveOf(points);
    const [arena, ...others] = live.graphs[0]!.engine.arenas;
    expect(others).toEqual([]);
    const bits = newBits(live.rows.slots);
    for (const id of ids) setBit(bits, live.rows.slotOf(live.store.rowOf(live.collection, idKeyOf(id)))!);
    const { kernel, scratch } = arena!;
    arena!.setQuery(query);
    expect(arena!.admit(bits)).toBe(ids.length);
    const share = Math.floor((65_536 * ids.length) / arena!.rows);
    const masks = arena!.masked > 0 ? 1 : 0;
    const found = kernel.walkAdmitted(scratch, EF_DEFAULT, 2 * K, share, masks, K, Infinity, NONE);
    const hits = arena!.results
      .slice(0, 2 * kernel.rescore(scratch, found, K, 0))
      .filter((_, i) => i % 2 === 0);
    return [...hits].map((word) =>
      Number(idOfKey(live.store.point(live.collection, live.rows.rowAt(word >>> 2))!.id)),
    );
  }

  function expectWalks(when: string): void {
    if (where === 'disk') return; // the kernel has no vectors to compare
    for (const [name, filterOf] of Object.entries(FILTERS))
      for (const share of [0.1, 0.4, 0.97]) {
        const matching = twin.matching(filterOf(share, (key) => key)) as number[];
        const those = new Set<unknown>(matching);
        let found = 0;
        for (const [i, query] of queries.entries()) found += foundAmong(walkAmong(query, matching), i, those);
        const value = found / (K * queries.length);
        measured.push(`${where}, ${when}, ${name} ${share}, walk among: ${value.toFixed(3)}`);
        expect(value, measured.at(-1)).toBeGreaterThanOrEqual(FLOOR);
      }
  }

  test('as they came', async () => {
    const kinds = await expectFloors('as they came');
    expect([...kinds].sort()).toEqual(['codes', 'exact scan of the', 'that reads', 'those that match']);
    expectWalks('as they came');
  }, 120_000);

  test('every row replaced twice, a third deleted', async () => {
    for (const round of [2, 3]) {
      const numbers = payloads(round);
      // The vectors change places as well.
      const all = vectors.map(
        (vector, row) => [(row + 1_000 * (round - 1)) % ROWS, vector, numbers[row]!] as const,
      );
      await put(all.slice(0, ROWS / 2));
      await points.buildNow();
      await put(all.slice(ROWS / 2));
    }
    await twin.remove(Array.from({ length: 0.3 * ROWS }, (_, i) => (i * 3 + 1) % ROWS));
    await expectFloors('half waiting');
    await points.buildNow();
    await expectFloors('after churn');
    await points.compact();
    await expectFloors('compacted');
    expectWalks('compacted');
  }, 240_000);
});
