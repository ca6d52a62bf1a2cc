/* Random trees of queries over random points: what is found is what the oracle finds. */
import { describe, expect, test } from 'vitest';
import type { Collection, Hit, Point, PointId, Query } from '#silt/index.js';
import { liveOf, withCollection } from '../../support/databases.js';
import fc, { runs } from '../../support/properties.js';
import {
  EXACT_METRICS,
  inText,
  type MadeField,
  QUERY_DIMENSION,
  randomPoint,
  randomQuery,
  smallSparse,
  smallText,
  smallVector,
  smallVectors,
} from '../../support/queries.js';
import {
  type OracleFields,
  type OracleHit,
  type OraclePoint,
  QueryOracle,
} from '../../support/query-oracle.js';
import { integer, type Random, randomOf } from '../../support/random.js';

/** The same points in the same order, their scores as near as float64 allows. */
function expectSame(found: readonly Hit[], expected: readonly OracleHit[], said: string, error = 1e-6): void {
  const part = ({ id, orderValue }: OracleHit): unknown => (orderValue === undefined ? id : [id, orderValue]);
  expect(found.map(part), said).toEqual(expected.map(part));
  for (const [i, { score }] of found.entries()) {
    const wanted = expected[i]!.score;
    expect(Math.abs(score - wanted), said).toBeLessThanOrEqual(error * Math.max(1, Math.abs(wanted)));
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
  const fields = fieldsOf(oracle);
  const making = { random, metric: oracle.metric, ids, ...(fields.length > 0 && { fields }) };
  const request = randomQuery(making, depth) as Query;
  oracle.blurred = false;
  const { hits } = oracle.ask(request);
  if (oracle.blurred) return false;
  expectSame(
    await points.query({ ...request, withPayload: false }),
    hits,
    `seed ${seed}: ${inText(request)}`,
    10 * oracle.gap,
  );
  return true;
}

function fieldsOf({ points, fields: { dense = {}, multi = {}, text } }: QueryOracle): MadeField[] {
  const names = [...new Set(points.flatMap(({ fields }) => Object.keys(fields ?? {})))];
  const made = names.map((name): MadeField => {
    const ids = points.flatMap(({ id, fields }) => (fields?.[name] ? [id] : []));
    const kind = name in dense ? 'dense' : name in multi ? 'multi' : 'sparse';
    return { name, kind, metric: dense[name] ?? multi[name], ids };
  });
  return text && made.length > 0 ? [...made, { name: text.name, kind: 'text', ids: [] }] : made;
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
  const FIELDS: OracleFields = {
    dense: { title: 'dot', body: 'euclidean' },
    multi: { tokens: 'dot', spans: 'euclidean' },
    text: { name: 'blurb', path: 'said' },
  };
  const dimension = QUERY_DIMENSION;
  const config = {
    vectors: {
      title: { dimension, metric: 'dot' },
      body: { dimension, metric: 'euclidean', storage: 'disk' },
      tokens: { dimension, metric: 'dot', multi: true },
      spans: { dimension, metric: 'euclidean', multi: true },
    },
    sparse: { words: {} },
    text: { blurb: { path: 'said', language: 'none' } },
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
      ...(has() && { tokens: smallVectors(random, 'dot') }),
      ...(has() && { spans: smallVectors(random, 'euclidean') }),
    };
    return { id, vector: [], payload: { ...payload, ...(has() && { said: smallText(random) }) }, fields };
  };

  const written = (some: readonly OraclePoint[]): Point[] =>
    some.map(({ id, payload, fields }) => ({ id, payload, vector: fields })) as unknown as Point[];

  /** Some writes, of which the Map knows as well: it has points in the order of writing. */
  async function changeAny(points: Collection, all: Map<PointId, OraclePoint>, random: Random, most: number) {
    const some = new Map<PointId, OraclePoint>();
    for (let i = integer(random, 1, most); i > 0; i--) {
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
    const patched = integer(random, 0, 80);
    const said = smallText(random);
    await points.setPayload(patched, { said });
    const point = all.get(patched);
    if (point) all.set(patched, { ...point, payload: { ...point.payload, said } });
    if (random() < 0.1) await points.buildNow();
    if (random() < 0.1) await points.compact();
  }

  test('steps use fields by name, of every kind, which points may lack, also while these are written', async () => {
    await withCollection('memory', config, async (points) => {
      const random = randomOf(77);
      const all = new Map<PointId, OraclePoint>();
      let compared = 0;
      for (let round = 0; round < runs(100); round++) {
        await changeAny(points, all, random, round === 0 ? 60 : 8);
        const oracle = new QueryOracle('dot', [...all.values()], FIELDS);
        for (let i = 0; i < 20; i++) if (await compare(points, oracle, 1_000 * round + i, 3)) compared++;
      }
      expect(compared).toBeGreaterThan(8 * runs(100));
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
