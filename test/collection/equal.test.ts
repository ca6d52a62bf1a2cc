/*
 * What equals the query is in the answer, however narrow the search, wherever vectors are, and whatever was done to the
 * rows: among near copies, which codes cannot tell apart, and among equal ones.
 */
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Admitted } from '#silt/hnsw/admitted.js';
import { withEqual } from '#silt/hnsw/equal.js';
import {
  AsyncIndexBuilder,
  type Collection,
  type Database,
  metric as functionsOf,
  type Hit,
  HnswIndex,
  type Metric,
  type SearchOptions,
} from '#silt/index.js';
import { rowsOf } from '#silt/vector-index/hnsw-index.js';
import { amount, someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { BUILDS, withKernel } from '../support/kernels.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import fc from '../support/properties.js';
import { gaussian, gaussianVector, integer, type Random, randomOf } from '../support/random.js';
import { newMemoryStore, openLmdb, openWith } from '../support/stores.js';

const SEED = Number(process.env['SILT_SEED'] ?? 1);
const REPLAY = `SILT_SEED=${SEED} npx vitest run test/collection/equal`;
const DIMENSION = 64;
const zeros: readonly number[] = new Array(DIMENSION - 2).fill(0);
const METRICS: readonly Metric[] = ['cosine', 'euclidean', 'manhattan', 'dot', 'hamming', 'jaccard'];
const isOfBits = (metric: Metric): boolean => metric === 'hamming' || metric === 'jaccard';

/** Vectors that are close together, some of them equal: those of bits are few, so that many are equal. */
function sourceOf(metric: Metric, random: Random): () => Float32Array {
  if (isOfBits(metric)) {
    const base = gaussianVector(random, DIMENSION).map((x) => Number(x > 0));
    return () => {
      const bits = base.slice();
      for (let flips = 0; flips < 2; flips++) bits[integer(random, 0, DIMENSION)]! = Number(random() < 0.5);
      return bits;
    };
  }
  const base = gaussianVector(random, DIMENSION);
  const given: Float32Array[] = [];
  return () => {
    const vector =
      given.length > 0 && random() < 0.2
        ? given[integer(random, 0, given.length)]!
        : random() < 0.2
          ? gaussianVector(random, DIMENSION)
          : base.map((x) => (random() < 0.05 ? -0 : x + 1e-4 * gaussian(random)));
    given.push(vector);
    return vector.map((x) => (x === 0 && random() < 0.5 ? 0 : x));
  };
}

const isEqual = (a: Float32Array, b: Float32Array): boolean => a.every((x, i) => x === b[i]);

/** What an answer must have: of `matching` rows, those that equal the query, in the order of writing. */
interface Expected {
  readonly k: number;
  readonly matching: number;
  readonly equal: readonly number[];
}

/**
 * That an answer is as long as it may be, best first, and has all rows that equal the query, or as many as fit, in the order of
 * writing; where they are not the nearest by their metric, as dot products may have it, that nothing stands in their place that
 * is farther.
 */
function expectEqual(
  metric: Metric,
  query: Float32Array,
  { k, matching, equal }: Expected,
  hits: readonly Hit[],
): void {
  expect(hits.length).toBe(Math.min(k, matching));
  const { sortResults, calculate } = functionsOf(metric);
  const pairs = hits.map(({ id, score }): [number, number] => [id as number, score]);
  expect(sortResults(pairs)).toEqual(pairs);
  const ids = pairs.map(([id]) => id);
  if (metric !== 'dot') {
    expect(ids.slice(0, equal.length)).toEqual(equal.slice(0, k));
    return;
  }
  const found = ids.filter((id) => equal.includes(id));
  expect(found).toEqual(equal.slice(0, found.length));
  if (found.length === equal.length) return;
  const own = calculate(query, query);
  for (const { score } of hits) expect(score).toBeGreaterThanOrEqual(own - 1e-5 * Math.abs(own));
}

interface Kind {
  readonly storage?: 'disk';
  readonly directory?: boolean;
  readonly small?: boolean;
}

const KINDS: Record<string, Kind> = {
  'in memory': {},
  'in a directory': { directory: true },
  'vectors on the disk': { directory: true, storage: 'disk' },
  'many arenas': { small: true },
  'many arenas, vectors on the disk': { small: true, storage: 'disk' },
};

/** A collection beside what it must agree with: ids with their vectors, in the order of writing. */
class World {
  readonly metric: Metric;
  readonly #random: Random;
  readonly #next: () => Float32Array;
  readonly #rows = new Map<number, Float32Array>();
  readonly #reopen: () => Promise<Collection>;
  #points: Collection;
  #ids = 0;

  constructor(metric: Metric, seed: number, points: Collection, reopen: () => Promise<Collection>) {
    this.metric = metric;
    this.#random = randomOf(seed);
    this.#next = sourceOf(metric, this.#random);
    this.#points = points;
    this.#reopen = reopen;
  }

  async #put(ids: readonly number[]): Promise<void> {
    const points = ids.map((id) => ({ id, vector: this.#next(), payload: { g: id % 3 } }));
    for (const { id, vector } of points) {
      this.#rows.delete(id); // it stands behind all others from here on
      this.#rows.set(id, vector);
    }
    await this.#points.upsert(points);
  }

  #some(count: number): number[] {
    const ids = [...this.#rows.keys()];
    return [...new Set(Array.from({ length: count }, () => ids[integer(this.#random, 0, ids.length)]!))];
  }

  readonly steps = {
    add: (): Promise<void> => this.#put(Array.from({ length: 150 }, () => this.#ids++)),
    replace: (): Promise<void> => this.#put(this.#some(60)),
    delete: async (): Promise<void> => {
      const ids = this.#some(60);
      for (const id of ids) this.#rows.delete(id);
      await this.#points.delete(ids);
    },
    build: (): Promise<unknown> => this.#points.buildNow(),
    compact: async (): Promise<void> => {
      await this.#points.buildNow();
      await this.#points.compact();
    },
    reopen: async (): Promise<void> => {
      this.#points = await this.#reopen();
    },
  };

  #equalTo(query: Float32Array, has: (id: number) => boolean = () => true): number[] {
    const bits = isOfBits(this.metric);
    const rows = bits ? query.map((x) => Number(x > 0.5)) : query;
    return [...this.#rows].filter(([id, vector]) => has(id) && isEqual(vector, rows)).map(([id]) => id);
  }

  /** Narrow searches: plain, bounded, filtered, many in a batch, many at once. */
  async check(): Promise<void> {
    const queries = this.#some(25).map((id) => this.#rows.get(id)!);
    const third = { must: [{ key: 'g', match: { value: 1 } }] };
    const searches: [SearchOptions & { k: number }, ((id: number) => boolean)?][] = [
      [{ k: 3, ef: 3 }],
      [{ k: 10, ef: 10 }],
      [{ k: 1 }],
      [{ k: 5, filter: third, ef: 10 }, (id) => id % 3 === 1],
    ];
    for (const [o, has] of searches) {
      const matching = has ? [...this.#rows.keys()].filter(has).length : this.#rows.size;
      const alone: Hit[][] = [];
      for (const query of queries) alone.push(await this.#points.search(query, o));
      const batch = await this.#points.searchBatch(queries, o);
      const together = await Promise.all(queries.map((query) => this.#points.search(query, o)));
      for (const [i, query] of queries.entries()) {
        const expected = { k: o.k, matching, equal: this.#equalTo(query, has) };
        for (const hits of [alone[i]!, batch[i]!, together[i]!])
          expectEqual(this.metric, query, expected, hits);
      }
    }
  }
}

async function inWorld(metric: Metric, kind: Kind, seed: number, steps: readonly Step[]): Promise<void> {
  await withFolder(async (folder) => {
    const { storage, directory, small } = kind;
    const of = { dimension: DIMENSION, metric, ...(storage && { storage }) };
    const machine = small ? { threads: 2, arenaBytes: arenaBytesFor(of, 2, 8) } : {};
    const store = directory ? undefined : newMemoryStore();
    let db: Database;
    const begin = async (): Promise<Database> =>
      openWith(store ?? (await openLmdb(join(folder, 'db'))), undefined, machine);
    db = await begin();
    const hnsw = small ? TINY_HNSW : { efConstruction: 40 };
    const points = await db.createCollection('c', {
      ...of,
      hnsw,
      indexing: { threads: 2, paused: true },
    });
    await points.createPayloadIndex('g', 'integer');
    const world = new World(metric, seed, points, async () => {
      if (!directory) return points;
      await db.close();
      db = await begin();
      return db.collection('c');
    });
    try {
      for (let i = 0; i < 8; i++) await world.steps.add();
      await world.steps.build();
      await world.check();
      for (const step of steps) {
        await world.steps[step]();
        await world.check();
      }
    } finally {
      await db.close();
    }
  });
}

type Step = keyof World['steps'];
const step = fc.constantFrom<Step>('add', 'replace', 'delete', 'build', 'compact', 'reopen');

describe.each(someOf(METRICS, 2))('%s', (metric) => {
  test.each(someOf(Object.entries(KINDS), 2))(
    `%s: what equals the query is found, whatever was done: ${REPLAY}`,
    async (_, kind) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 4, maxLength: 6 }), (seed, steps) =>
          inWorld(metric, kind, seed, steps),
        ),
        { seed: SEED, numRuns: amount('SILT_SEEDS', 1, 1), endOnFailure: true },
      );
    },
  );
});

describe.each(BUILDS)('$build', ({ build }) => {
  test.each(someOf(METRICS, 2))(
    '%s: each of 1,500 rows that codes cannot tell apart is found by its own vector',
    (metric) => {
      const random = randomOf(5);
      const next = sourceOf(metric, random);
      const rows = Array.from({ length: 1_500 }, next);
      const index = withKernel(
        build,
        () => new HnswIndex({ dimension: DIMENSION, metric, efConstruction: 20, threads: 1 }),
      );
      for (const [id, vector] of rows.entries()) index.insert(id, vector);
      for (const [id, query] of rows.entries()) {
        if (id % 5 !== 0) continue;
        const equal = rows.flatMap((row, i) => (isEqual(row, query) ? [i] : []));
        const hits = index.search(query, 4, { ef: 4 }).map(([id, score]) => ({ id: Number(id), score }));
        expectEqual(metric, query, { k: 4, matching: rows.length, equal }, hits);
      }
      index.close();
    },
  );

  test('what equals the query comes first, also where float32 puts others as near', () => {
    const vectors = Array.from({ length: 30 }, (_, i) => Float32Array.of(1, (i + 1) * 1e-30, ...zeros));
    const query = Float32Array.of(1, 0, ...zeros);
    const index = withKernel(build, () => new HnswIndex({ dimension: 64, metric: 'euclidean', threads: 1 }));
    for (const [id, vector] of [...vectors, query].entries()) index.insert(id, vector);
    expect(index.search(query, 3)[0]).toEqual([30, 0]);
    index.close();
  });

  test.each(METRICS)('%s: an equal row has the score that it has with itself', (metric) => {
    const [row, other] = [gaussianVector(randomOf(1), DIMENSION), gaussianVector(randomOf(2), DIMENSION)];
    const index = withKernel(build, () => new HnswIndex({ dimension: DIMENSION, metric, threads: 1 }));
    for (const [id, vector] of [other, row].entries()) index.insert(id, vector);
    const [id, score] = index.search(row, 1)[0]!;
    expect(id).toBe(1);
    expect(score).toBeCloseTo(functionsOf(metric).calculate(row, row), 3);
    index.close();
  });
});

test('where filters reject thousands of equal points, the search does not look at all of them', () => {
  const index = new HnswIndex({ dimension: DIMENSION, metric: 'euclidean', threads: 1 });
  const query = gaussianVector(randomOf(3), DIMENSION);
  new AsyncIndexBuilder(index).enqueue(Array.from({ length: 30_000 }, (_, id) => [id, query]));
  const { engine } = rowsOf(index);
  const arena = engine.arenas[0]!;
  const looksFor = (admitted: Admitted): number => {
    const isLive = vi.spyOn(arena, 'isLive');
    arena.contents.setQuery(query);
    withEqual(arena, [], { vector: query, k: 3, ef: 3, exact: false, exactBelow: 0, admitted });
    const { length } = isLive.mock.calls;
    isLive.mockRestore();
    return length;
  };
  const bits = (row: number): Uint32Array => {
    const words = new Uint32Array(Math.ceil(30_000 / 32));
    words[row >>> 5] = 1 << (row & 31);
    return words;
  };
  expect(looksFor({ kind: 'all' })).toBe(3);
  expect(looksFor({ kind: 'bits', bits: bits(20_000) })).toBe(10_000);
  expect(looksFor({ kind: 'asked', ask: () => false })).toBe(1_000);
  index.close();
});
