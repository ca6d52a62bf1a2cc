/*
 * Random filters on random payloads, through whole collections: what is counted, listed, found and deleted is what the
 * oracle says, with no index, some, and one on every path. To replay a failure, run the line it prints.
 */
import { describe, expect, test } from 'vitest';
import type { PointId } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { BACKENDS, type Backend, DIMENSION, SMALL, withCollection } from '../../support/databases.js';
import { FilterTwin, INDEXED, inText, randomRows } from '../../support/filtered.js';
import { IDS, randomFilter } from '../../support/filters.js';
import { METRICS } from '../../support/oracle.js';
import { integer, randomOf, vectorsFor } from '../../support/random.js';

const SEED = process.env['SILT_SEED'];
const seedsOf = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i).filter((seed) => !SEED || seed === Number(SEED));
const FILTERS = amount('SILT_FILTERS', 10, 60);

/** Runs `work`, and says how to do so again where it fails. */
async function replayable(seed: number, what: () => unknown, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const line = `SILT_SEED=${seed} npx vitest run test/collection/filters/random.test.ts`;
    throw new Error(`${line}\n${inText(what())}\n${(error as Error).message}`, { cause: error });
  }
}

const SHARES = { 'no index': 0, 'some indexes': 0.5, 'all indexes': 1 } as const;

describe.each(Object.entries(SHARES))('%s', (_, share) => {
  const first = share === 0 ? 1 : share === 1 ? 201 : 101;

  test.each(
    seedsOf(first, amount('SILT_SEEDS', 1, 4)).map((seed) => ({
      seed,
      backend: BACKENDS[seed % 2] as Backend,
    })),
  )('SILT_SEED=$seed: few points, $backend', async ({ seed, backend }) => {
    const random = randomOf(seed);
    const metric = METRICS[seed % METRICS.length]!;
    await withCollection(backend, { ...SMALL, metric }, async (points) => {
      const twin = new FilterTwin(points);
      let filter: ReturnType<typeof randomFilter> = {};
      await replayable(
        seed,
        () => ({ filter, indexes: [...twin.indexes] }),
        async () => {
          if (random() < 0.5) await twin.indexSome(random, share);
          await twin.put(randomRows(seed, integer(random, 100, 700), metric, DIMENSION));
          if (twin.indexes.size === 0) await twin.indexSome(random, share);
          twin.expectReady();
          if (share === 1) expect(twin.indexes.size).toBe(INDEXED.length);
          const queries = vectorsFor(metric, seed + 1, 20, DIMENSION);
          for (let i = 0; i < FILTERS; i++) {
            filter = randomFilter(random);
            const matching = twin.matching(filter);
            const query = queries[i % queries.length]!;
            const k = [1, 10, 50, 1_000][integer(random, 0, 4)]!;
            // In a random order: what comes first reads payloads that the others then know.
            const looks = [
              () => twin.expectCount(filter, matching),
              () => twin.expectScroll(filter, {}, matching),
              () => twin.expectScroll(filter, scrollOf(random), matching),
              () => twin.expectSearch(filter, query, { k, exact: true }, matching),
              () => twin.expectSearch(filter, query, { k }, matching),
            ];
            for (const look of looks.sort(() => random() - 0.5)) await look();
            // Rows come and go between filters, so that what is remembered of them has to be extended.
            if (i % 10 === 4)
              await twin.put(randomRows(seed * 1_000 + i, 7, metric, DIMENSION, integer(random, 0, 900)));
            if (i % 10 === 9) await twin.remove([IDS[i % IDS.length]!, integer(random, 0, 900)]);
          }
          for (let i = 0; i < 8; i++) {
            filter = randomFilter(random);
            if (await twin.removeMatching(filter)) await twin.expectCount(filter, []);
            await twin.put(randomRows(seed * 77 + i, 60, metric, DIMENSION, integer(random, 0, 500)));
          }
          // Few points are searched exactly.
          expect(twin.recall.found).toBe(twin.recall.wanted);
          expect(twin.recall.wanted).toBeGreaterThan(8 * FILTERS);
        },
      );
    });
  });

  test.each(
    seedsOf(first + 50, amount('SILT_SEEDS', 1, 2)).map((seed) => ({
      seed,
      backend: BACKENDS[seed % 2] as Backend,
    })),
  )('SILT_SEED=$seed: many points, linked, $backend', async ({ seed, backend }) => {
    const random = randomOf(seed);
    const metric = (['cosine', 'euclidean', 'dot'] as const)[integer(random, 0, 3)]!;
    const dimension = [DIMENSION, 40, 64][integer(random, 0, 3)]!;
    const config = { ...SMALL, metric, dimension };
    await withCollection(backend, config, async (points) => {
      const twin = new FilterTwin(points);
      let filter: ReturnType<typeof randomFilter> = {};
      const kinds = new Set<string>();
      await replayable(
        seed,
        () => ({ filter, metric, dimension, indexes: [...twin.indexes] }),
        async () => {
          await twin.put(randomRows(seed, 3_500, metric, dimension));
          await twin.indexSome(random, share);
          await points.buildNow();
          const queries = vectorsFor(metric, seed + 1, 20, dimension);
          for (let i = 0; i < FILTERS / 2; i++) {
            filter = randomFilter(random);
            const query = queries[i % queries.length]!;
            const k = integer(random, 1, 30);
            const matching = twin.matching(filter);
            await twin.expectSearch(filter, query, { k }, matching);
            const report = await points.explain(query, { k, filter });
            twin.expectHits(report.hits, query, k, matching);
            expectReport(report, matching, twin);
            for (const kind of report.plan.match(/exact scan|scan of the codes|graph walk/g) ?? [])
              kinds.add(kind);
            if (i % 4 === 0) await twin.expectCount(filter, matching);
            if (i % 4 === 1) await twin.expectSearch(filter, query, { k, exact: true }, matching);
            if (i % 4 === 2) await twin.expectScroll(filter, scrollOf(random), matching);
            if (i % 20 === 19) {
              await twin.put(randomRows(seed * 1_000 + i, 70, metric, dimension, integer(random, 0, 3_000)));
              await twin.remove(Array.from({ length: 40 }, () => integer(random, 0, 3_000)));
            }
          }
          expect(twin.recall.found / twin.recall.wanted).toBeGreaterThan(0.95);
          expect(kinds.size).toBeGreaterThan(1);
          filter = randomFilter(random);
          await twin.removeMatching(filter);
        },
      );
    });
  });
});

function scrollOf(random: () => number): { limit?: number; after?: PointId } {
  return {
    ...(random() < 0.7 && { limit: integer(random, 0, 40) }),
    ...(random() < 0.7 && { after: random() < 0.3 ? IDS[integer(random, 0, 5)]! : integer(random, 0, 900) }),
  };
}

/** What is said of the filter is true. */
function expectReport(
  { filter: said, plan }: Awaited<ReturnType<FilterTwin['collection']['explain']>>,
  matching: readonly PointId[],
  twin: FilterTwin,
): void {
  const { min, expected, max } = said!.matches;
  expect(min).toBeLessThanOrEqual(expected);
  expect(expected).toBeLessThanOrEqual(max);
  if (min === max) expect(min).toBe(matching.length);
  for (const { path, kind } of said!.indexes) expect(twin.indexes.get(path)).toBe(kind);
  expect(new Set(said!.indexes.map(({ path }) => path)).size).toBe(said!.indexes.length);
  if (said!.indexes.length === 0) expect(plan).toMatch(/by reading payloads/);
  else expect(plan).toContain(said!.indexes[0]!.path);
}
