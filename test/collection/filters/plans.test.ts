/* Every way to answer a filtered search is really taken, as explain tells, and gives what matches. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { Calibration } from '#silt/hnsw/calibration.js';
import { EFFORTS } from '#silt/hnsw/effort.js';
import { EXACT_ADMITTED_MAX, SCAN_ADMITTED_MAX } from '#silt/hnsw/plan.js';
import { LEVELS } from '#silt/hnsw/recall-table.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { liveOf } from '../../support/databases.js';
import { FilterTwin } from '../../support/filtered.js';
import { below, fill, openBelow } from '../../support/numbered.js';
import { bruteForce } from '../../support/oracle.js';
import { vectorsFor } from '../../support/random.js';

const DIMENSION = 16;
const K = 10;

/** As if all efforts had been measured to find everything, from one on that nearly does. */
function learned(seq: number): Calibration {
  const calibration = Calibration.empty(seq, 0, 12);
  const recalls = EFFORTS.map((_, i) => (i < 5 ? 0.9 : 1));
  for (let i = 0; i < 400; i++)
    calibration.add(
      'rows',
      LEVELS.map(() => recalls),
    );
  return calibration;
}

describe('twelve thousand points, linked', () => {
  const ROWS = 12_000;
  let db: Database;
  let twin: FilterTwin;
  let points: Collection;
  const queries = vectorsFor('cosine', 2, amount('SILT_QUERIES', 6, 12), DIMENSION);

  beforeAll(async () => {
    db = await open();
    points = await db.createCollection('points', {
      dimension: DIMENSION,
      metric: 'cosine',
      hnsw: { efConstruction: 60 },
      indexing: { threads: 2, paused: true },
    });
    twin = new FilterTwin(points);
    await fill(twin, ROWS, DIMENSION);
    await points.buildNow();
  }, 120_000);
  afterAll(() => db.close());

  /** Runs `use` as if this had been learned, whatever is learned meanwhile. */
  async function knowing<T>(fixed: Calibration | undefined, use: () => Promise<T>): Promise<T> {
    const field = liveOf(points).graphs[0]!;
    let { calibration } = field;
    const property = { configurable: true, enumerable: true };
    Object.defineProperty(field, 'calibration', {
      ...property,
      get: () => fixed,
      set: (value: typeof calibration) => {
        calibration = value;
      },
    });
    try {
      return await use();
    } finally {
      Object.defineProperty(field, 'calibration', { ...property, writable: true, value: calibration });
    }
  }

  const whenLearned = <T>(use: () => Promise<T>): Promise<T> => knowing(learned(liveOf(points).seq), use);
  const beforeLearning = <T>(use: () => Promise<T>): Promise<T> => knowing(undefined, use);

  /** Asks the filter, and looks at plan and hits. */
  async function expectPlan(
    filter: Filter,
    plan: RegExp,
    o: { k?: number; ef?: number; exact?: boolean } = {},
  ): Promise<void> {
    const matching = twin.matching(filter);
    const recall = { found: 0, wanted: 0 };
    const { k = K } = o;
    for (const query of queries) {
      const report = await points.explain(query, { ...o, k, filter });
      expect(report.plan).toMatch(plan);
      const { min, max } = report.filter!.matches;
      expect(min).toBeLessThanOrEqual(matching.length);
      expect(max).toBeGreaterThanOrEqual(matching.length);
      twin.expectHits(report.hits, query, k, matching, recall);
      const hits = await points.search(query, { ...o, k, filter });
      twin.expectHits(hits, query, k, matching, recall);
    }
    expect(recall.found, String(plan)).toBeGreaterThanOrEqual(0.95 * recall.wanted);
  }

  test('none match: nothing is searched', async () => {
    await expectPlan(below('known', 0), /^0 points match, by the index of known; nothing to search$/);
    await expectPlan(openBelow(0), /^0 points match, by reading payloads; nothing to search$/);
  });

  test('exact scan of few', async () => {
    await expectPlan(below('known', 1), /^1 points? match(es)?.* exact scan of the 1 matching rows/);
    await expectPlan(below('known', EXACT_ADMITTED_MAX), /exact scan of the 2048 matching rows/);
  });

  test('scan of codes', async () => {
    await expectPlan(below('known', EXACT_ADMITTED_MAX + 1), /scan of the codes of 2049 matching rows/);
    await expectPlan(below('known', SCAN_ADMITTED_MAX), /scan of the codes of 8192 matching rows/);
    await expectPlan(below('known', 5_000), /scan of the codes of 5000/, { k: 400 });
  });

  test('walk among the matching rows', async () => {
    await expectPlan(
      below('known', SCAN_ADMITTED_MAX + 1),
      /graph walk with ef 256 among the 8193 matching rows of 12000/,
      { ef: 256 },
    );
    await expectPlan(below('known', 11_000), /among the 11000 matching rows/, { ef: 256 });
    await expectPlan(below('known', 11_400), /among the 11400 matching rows/, { k: 300, ef: 300 });
  });

  test('a walk among the matching rows counts those that it met, not those that match', async () => {
    const report = await points.explain(queries[0]!, { k: K, ef: 20, filter: below('known', 11_000) });
    expect(report.plan).toMatch(/among the 11000 matching rows/);
    expect(report.counters.nodesVisited).toBeGreaterThanOrEqual(20);
    expect(report.counters.nodesVisited).toBeLessThan(5_500);
  });

  test('before anything is learned, a filter makes no beam narrower', async () => {
    await beforeLearning(async () => {
      for (const o of [{}, { recall: 0.9 }, { recall: 0.995 }, { k: 200 }]) {
        const plain = await points.explain(queries[0]!, o);
        const filtered = await points.explain(queries[0]!, { ...o, filter: below('known', 11_000) });
        expect(filtered.plan).toMatch(/graph walk/);
        expect(filtered.recall!.ef, JSON.stringify(o)).toBe(plain.recall!.ef);
      }
    });
  });

  test('walk over all rows, where many match around the query and a bound ends it', async () => {
    await whenLearned(() =>
      expectPlan(
        below('known', 11_000),
        /graph walk with ef 256 over all 12000 rows, of which the 11000 that match count, since many match around the query/,
      ),
    );
  });

  test('scan of the codes of all that match, where hardly any match around the query', async () => {
    const [query] = queries;
    const ids = bruteForce(
      'cosine',
      [...twin.rows].map(([id, row]) => [id, row.vector] as const),
      query!,
      ROWS,
    ).map(([id]) => id);
    const far: Filter = { must: { has_id: ids.slice(-9_000) } };
    const { plan, hits } = await whenLearned(() => points.explain(query!, { filter: far }));
    expect(plan).toMatch(
      /^9000 points match.* scan of the codes of the 9000 matching rows, .*since hardly any match around the query/,
    );
    expect(hits.map(({ id }) => id)).toEqual(ids.slice(-9_000, -9_000 + K));
  });

  test('filtered afterwards, where nearly all match', async () => {
    await beforeLearning(async () => {
      await expectPlan(below('known', 11_400), /graph walk with ef 500; of the 31 nearest, those that match/);
      await expectPlan(below('known', ROWS), /graph walk with ef 500; of the 10 nearest, those that match/);
    });
  });

  test('walk that asks', async () => {
    const asks =
      /^\d+ to \d+ points match, probably \d+, by reading payloads; graph walk with ef 100 that reads/;
    for (const share of [0.1, 0.25, 0.4]) await expectPlan(openBelow(share * ROWS), asks);
    await expectPlan(openBelow(0.45 * ROWS), /ef 150 that reads/, { k: 150 });
  });

  test('payloads of the nearest afterwards', async () => {
    await beforeLearning(() =>
      expectPlan(openBelow(0.97 * ROWS), /graph walk with ef 500; of the \d+ nearest, those that match/),
    );
    await expectPlan({ must_not: { key: 'open', match: { any: [1, 2, 3] } } }, /those that match$/);
  });

  test('all payloads read where few match', async () => {
    await expectPlan(openBelow(0.005 * ROWS), /^60 points match, by reading payloads; exact scan of the 60/);
  });

  test('an index narrows what is read', async () => {
    const both: Filter = { must: [below('known', 900), openBelow(400)] };
    await expectPlan(both, /^400 points match, by the index of known; exact scan/);
    const { filter } = await points.explain(queries[0]!, { filter: both });
    expect(filter).toMatchObject({ payloadsRead: 900, indexes: [{ path: 'known', kind: 'integer' }] });
    await expectPlan(
      { must: [below('known', 9_000), openBelow(3_000)] },
      /by the index of known and reading payloads; graph walk with ef 100 that reads/,
    );
  });

  test('exactly, however many match', async () => {
    for (const filter of [below('known', 5_000), openBelow(10_000), openBelow(300)])
      for (const query of queries.slice(0, 5)) {
        const { plan, hits } = await points.explain(query, { filter, exact: true, k: 50 });
        expect(plan).toMatch(/exact scan of the \d+ matching rows: an exact answer was asked for/);
        const matching = twin.matching(filter);
        twin.expectExactHits(hits, query, 50, matching);
        twin.expectExactHits(await points.search(query, { filter, exact: true, k: 50 }), query, 50, matching);
      }
  });

  test('more than match, and more than a list holds', async () => {
    for (const k of [3_000, 9_000, 16_383, 16_384, 20_000])
      for (const filter of [below('known', 2_500), openBelow(8_900)]) {
        const matching = twin.matching(filter);
        const hits = await points.search(queries[0]!, { filter, k });
        expect(hits.length).toBe(Math.min(k, matching.length));
        expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
        expect(hits.every(({ id }) => twin.matches(filter, id))).toBe(true);
        if (k > matching.length) twin.expectExactHits(hits, queries[0]!, k, matching);
      }
  });

  test('a batch of searches', async () => {
    for (const filter of [below('known', 500), below('known', 11_500), openBelow(3_100), openBelow(11_900)]) {
      const matching = twin.matching(filter);
      const answers = await points.searchBatch(queries, { filter, k: K });
      expect(answers).toHaveLength(queries.length);
      const recall = { found: 0, wanted: 0 };
      for (const [i, hits] of answers.entries()) twin.expectHits(hits, queries[i]!, K, matching, recall);
      expect(recall.found / recall.wanted).toBeGreaterThanOrEqual(0.95);
    }
  });

  test('a signal ends the reading of payloads, and nothing is spoilt', async () => {
    let ended = 0;
    for (const [i, call] of [
      (o: object) => points.search(queries[0]!, o),
      (o: object) => points.searchBatch(queries, o),
      (o: object) => points.explain(queries[0]!, o),
    ].entries()) {
      const filter: Filter = { must: { key: 'open', match: { any: [i, 5_000 + i, -1 - i] } } };
      const controller = new AbortController();
      const reason = new Error('enough');
      const answer = call({ filter, exact: true, signal: controller.signal }).catch(
        (error: unknown) => error,
      );
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      if ((await answer) === reason) ended++;
      const hits = await points.search(queries[0]!, { filter, exact: true });
      expect(hits.map(({ id }) => id).sort()).toEqual(twin.matching(filter).sort());
    }
    expect(ended).toBeGreaterThan(1);
    const controller = new AbortController();
    controller.abort(new Error('before'));
    await expect(points.search(queries[0]!, { filter: {}, signal: controller.signal })).rejects.toThrow(
      'before',
    );
  });

  test('after churn, and once it is compacted', async () => {
    const replaced = vectorsFor('cosine', 31, 3_000, DIMENSION).map((vector, i) => ({
      id: 4 * i,
      vector,
      payload: { known: i, open: i },
    }));
    await twin.put(replaced);
    await twin.remove(Array.from({ length: 2_000 }, (_, i) => 4 * i + 1));
    const look = async (): Promise<void> => {
      await expectPlan(below('known', 400), /exact scan of the/);
      await expectPlan(below('known', 4_000), /scan of the codes/);
      await expectPlan(openBelow(3_000), /that reads/);
      await expectPlan(openBelow(11_900), /nearest, those that match/);
      await expectPlan(below('known', 11_500), /among the|over all|nearest, those that match/); // nearly all, after churn
      await expectPlan(below('known', 10_500), /graph walk .*(among the|over all)/);
    };
    await look(); // a quarter waits
    await points.buildNow();
    await look();
    await points.compact();
    await look();
  }, 120_000);
});

test('payloads written anew with the vectors that were there: the walk among those that match is not led astray', async () => {
  const db = await open();
  const points = await db.createCollection('points', {
    dimension: DIMENSION,
    metric: 'cosine',
    hnsw: { efConstruction: 60 },
    indexing: { threads: 2, paused: true },
  });
  const twin = new FilterTwin(points);
  const ROWS = 10_000;
  await fill(twin, ROWS, DIMENSION);
  await points.buildNow();
  const queries = vectorsFor('cosine', 3, 25, DIMENSION);
  // A quarter may be masked before compaction begins by itself; more while it runs, or where indexing is paused.
  let from = 0;
  for (const count of [2_500, 5_000, 7_500, 9_000, 9_500, ROWS]) {
    await twin.put(
      [...twin.rows]
        .filter(([id]) => Number(id) >= from && Number(id) < count)
        .map(([id, { vector, payload }]) => ({ id, vector, payload: { ...payload, count } })),
    );
    from = count;
    await points.buildNow();
    const recall = { found: 0, wanted: 0 };
    const filter = below('known', 9_000);
    const matching = twin.matching(filter);
    for (const query of queries) {
      const { plan, hits } = await points.explain(query, { filter, k: K });
      expect(plan).toMatch(/among the 9000 matching rows/);
      twin.expectHits(hits, query, K, matching, recall);
    }
    expect(recall.found, `${count} rows`).toBeGreaterThanOrEqual(0.95 * recall.wanted);
  }
  await db.close();
}, 120_000);
