/* Random trees of queries over random points: what is found is what the oracle finds. */
import { describe, expect, test } from 'vitest';
import type { Collection, Hit, Point, PointId, Query } from '#silt/index.js';
import { liveOf, withCollection } from '../../support/databases.js';
import fc, { runs } from '../../support/properties.js';
import {
  EXACT_METRICS,
  inText,
  QUERY_DIMENSION,
  randomPoint,
  randomQuery,
  smallSparse,
  smallVector,
} from '../../support/queries.js';
import { type OracleHit, type OraclePoint, QueryOracle } from '../../support/query-oracle.js';
import { integer, type Random, randomOf } from '../../support/random.js';

/** The same points in the same order, their scores as near as float64 allows. */
function expectSame(found: readonly Hit[], expected: readonly OracleHit[], said: string): void {
  const part = ({ id, orderValue }: OracleHit): unknown => (orderValue === undefined ? id : [id, orderValue]);
  expect(found.map(part), said).toEqual(expected.map(part));
  for (const [i, { score }] of found.entries()) {
    const wanted = expected[i]!.score;
    expect(Math.abs(score - wanted), said).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(wanted)));
  }
}

async function compare(
  points: Collection,
  oracle: QueryOracle,
  seed: number,
  depth: number,
): Promise<boolean> {
  const random = randomOf(seed);
  const ids = oracle.points.map(({ id }) => id);
  const names = [...new Set(oracle.points.flatMap(({ fields }) => Object.keys(fields ?? {})))];
  const fields = names.map((name) => ({
    name,
    metric: oracle.metrics[name],
    ids: oracle.points.flatMap(({ id, fields }) => (fields?.[name] ? [id] : [])),
  }));
  const making = { random, metric: oracle.metric, ids, ...(names.length > 0 && { fields }) };
  const request = randomQuery(making, depth) as Query;
  oracle.blurred = false;
  const { hits } = oracle.ask(request);
  if (oracle.blurred) return false;
  expectSame(
    await points.query({ ...request, withPayload: false }),
    hits,
    `seed ${seed}: ${inText(request)}`,
  );
  return true;
}

describe.each(EXACT_METRICS)('%s', (metric) => {
  const config = { dimension: QUERY_DIMENSION, metric, indexing: { threads: 1, paused: true } };

  test('a tree finds what the oracle finds, in its order and with its scores', async () => {
    await withCollection('memory', config, async (points) => {
      const random = randomOf(metric.length);
      const all = Array.from({ length: 60 }, (_, i) => randomPoint(random, metric, i % 3 ? i : `s${i}`));
      await points.upsert(all as unknown as Point[]);
      const oracle = new QueryOracle(metric, all);
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(fc.nat(2 ** 30), fc.nat(4), async (seed, depth) => {
          if (await compare(points, oracle, seed, depth)) compared++;
        }),
        { numRuns: runs(1_500) },
      );
      expect(compared).toBeGreaterThan(0.6 * runs(1_500));
    });
  });

  test('so it does while points are written, patched, deleted, linked and compacted', async () => {
    await withCollection('memory', config, async (points) => {
      const random = randomOf(7 + metric.length);
      const all = new Map<number, OraclePoint>();
      for (let round = 0; round < runs(100); round++) {
        await change(points, all, random, metric);
        const oracle = new QueryOracle(metric, [...all.values()]);
        for (let i = 0; i < 5; i++) await compare(points, oracle, 1_000 * round + i, 3);
      }
    });
  });
});

describe('several fields', () => {
  const METRICS_OF = { title: 'dot', body: 'euclidean' } as const;
  const config = {
    vectors: {
      title: { dimension: QUERY_DIMENSION, metric: METRICS_OF.title },
      body: { dimension: QUERY_DIMENSION, metric: METRICS_OF.body, storage: 'disk' },
    },
    sparse: { words: {} },
    indexing: { threads: 1, paused: true },
  } as const;

  /** Any field may be missing, or all. */
  const hybridPoint = (random: Random, id: number): OraclePoint => {
    const { payload } = randomPoint(random, 'dot', id);
    const has = (): boolean => random() < 0.75;
    const fields = {
      ...(has() && { title: smallVector(random, 'dot') }),
      ...(has() && { body: smallVector(random, 'euclidean') }),
      ...(has() && { words: smallSparse(random) }),
    };
    return { id, vector: [], payload, fields };
  };

  const written = (some: readonly OraclePoint[]): Point[] =>
    some.map(({ id, payload, fields }) => ({ id, payload, vector: fields })) as unknown as Point[];

  test('steps use fields by name, dense and sparse, which points may lack, also while these are written', async () => {
    await withCollection('memory', config, async (points) => {
      const random = randomOf(77);
      const all = new Map<PointId, OraclePoint>();
      let compared = 0;
      for (let round = 0; round < runs(100); round++) {
        const some = new Map<PointId, OraclePoint>();
        for (let i = integer(random, 1, round === 0 ? 60 : 8); i > 0; i--) {
          const point = hybridPoint(random, integer(random, 0, 80));
          some.set(point.id, point);
        }
        await points.upsert(written([...some.values()]));
        const gone = integer(random, 0, 80);
        await points.delete(gone);
        for (const [id, point] of some) {
          all.delete(id); // behind the others from here on
          all.set(id, point);
        }
        all.delete(gone);
        if (random() < 0.1) await points.buildNow();
        if (random() < 0.1) await points.compact();
        const oracle = new QueryOracle('dot', [...all.values()], METRICS_OF);
        for (let i = 0; i < 20; i++) if (await compare(points, oracle, 1_000 * round + i, 3)) compared++;
      }
      expect(compared).toBeGreaterThan(10 * runs(100));
    });
  });
});

/** Some writes, of which the Map knows as well: it has points in the order of writing. */
async function change(
  points: Collection,
  all: Map<number, OraclePoint>,
  random: Random,
  metric: (typeof EXACT_METRICS)[number],
): Promise<void> {
  const written = Array.from({ length: integer(random, 1, 12) }, () =>
    randomPoint(random, metric, integer(random, 0, 80)),
  );
  const last = new Map(written.map((point) => [point.id as number, point]));
  await points.upsert([...last.values()] as unknown as Point[]);
  for (const [id, point] of last) {
    all.delete(id);
    all.set(id, point);
  }
  const gone = integer(random, 0, 80);
  await points.delete(gone);
  all.delete(gone);
  const patched = integer(random, 0, 80);
  await points.setPayload(patched, { price: 5 });
  const point = all.get(patched);
  if (point) all.set(patched, { ...point, payload: { ...point.payload, price: 5 } });
  if (random() < 0.1) await points.buildNow();
  if (random() < 0.1) await points.compact();
  expect(liveOf(points).graphs[0]!.engine.live).toBe(all.size);
}
