/* Databases for tests, on disk and in memory, and collections beside the Map that they must agree with. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { EF_MAX } from '#silt/base/limits.js';
import { coreOf } from '#silt/collection/collection.js';
import type { LiveIndex } from '#silt/collection/live-index.js';
import { ALL } from '#silt/hnsw/admitted.js';
import {
  type Collection,
  type CollectionConfig,
  type Database,
  type Id,
  type Metric,
  type OpenOptions,
  open,
  type Point,
  type PointId,
} from '#silt/index.js';
import { METRICS as SILT_METRICS } from '#silt/kernel/metrics.js';
import { FULL } from './amount.js';
import { withFolder } from './files.js';
import { expectExact, expectOwnRank, expectSound, type Rows, walkedAlone } from './index.js';
import type { Vector } from './oracle.js';
import { vectorsFor } from './random.js';

/** What stands behind the counters of a collection. */
export const liveOf = (collection: Collection): LiveIndex => coreOf(collection).live;

export const BACKENDS = ['disk', 'memory'] as const;
export type Backend = (typeof BACKENDS)[number];
/** For tests in which the backend should make no difference: `npm test` takes memory alone, where opening costs nothing. */
export const EITHER: readonly Backend[] = FULL ? BACKENDS : ['memory'];

/** Runs `use` with a new database, and closes it afterwards. `path` is undefined in memory. */
export async function withDatabase<T>(
  backend: Backend,
  use: (db: Database, path: string | undefined) => Promise<T>,
  options?: OpenOptions,
): Promise<T> {
  return withFolder(async (folder) => {
    const path = backend === 'disk' ? join(folder, 'db') : undefined;
    const db = await open(path, options);
    try {
      return await use(db, path);
    } finally {
      await db.close();
    }
  });
}

/** Float32 in the walk, so that the graph answers however few rows there are. */
export const DIMENSION = 30;

/** Of few threads, and quick to link. `paused`: nothing is linked but by buildNow. */
export const SMALL: CollectionConfig = {
  dimension: DIMENSION,
  metric: 'cosine',
  hnsw: { efConstruction: 60 },
  indexing: { threads: 2 },
};
export const PAUSED: CollectionConfig = { ...SMALL, indexing: { threads: 2, paused: true } };

/** Runs `use` with a new collection in a new database. */
export async function withCollection<T>(
  backend: Backend,
  config: CollectionConfig,
  use: (points: Collection, db: Database, path: string | undefined) => Promise<T>,
): Promise<T> {
  return withDatabase(backend, async (db, path) =>
    use(await db.createCollection('points', config), db, path),
  );
}

export const vectors = (seed: number, count: number): Float32Array[] =>
  vectorsFor('cosine', seed, count, DIMENSION);

/** Points with fresh vectors of this seed, under ids from `from` on. */
export const pointsOf = (seed: number, count: number, from = 0): { id: number; vector: Float32Array }[] =>
  vectors(seed, count).map((vector, i) => ({ id: from + i, vector }));

export const controlOfCollection = (collection: Collection): Int32Array =>
  liveOf(collection).graphs[0]!.engine.arenas[0]!.control;

/** How a call ends: the code of its error, its name where it has none; undefined where it succeeds. */
export async function failureOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: string };
    return typeof code === 'string' ? code : String(name);
  }
}

/** The error of a call. */
export async function errorOf<E = Error & { code?: string }>(call: () => unknown): Promise<E> {
  try {
    await call();
  } catch (error) {
    return error as E;
  }
  return expect.fail('the call did not fail');
}

/**
 * Walks alone reach every row by its own vector, however few rows there are, without what equals the query: see walkedAlone. Under
 * dot, a beam may pass by a short row, which is nobody's neighbour: all rows are compared there.
 */
export function expectWalked(collection: Collection, rows: Rows, width: number): void {
  const { config, rows: numbers, stored, graphs } = liveOf(collection);
  const { engine } = graphs[0]!;
  const { metric } = config;
  const ef = metric === 'dot' ? EF_MAX : width;
  const search = (vector: Vector, k: number): [Id, number][] =>
    walkedAlone(engine, { vector, k, ef, admitted: ALL, exact: false, exactBelow: 0 }).map(
      ({ slot, distance }) => [stored.idOf(numbers.rowAt(slot)) as Id, SILT_METRICS[metric].score(distance)],
    );
  expectOwnRank(search, { rows, metric });
}

/** A collection, and the Map it must agree with at every instant. */
export class Twin {
  collection: Collection;
  readonly rows: Map<PointId, Float32Array> = new Map();
  readonly #metric: Metric;

  constructor(collection: Collection) {
    this.collection = collection;
    this.#metric = collection.config.metric;
  }

  get control(): Int32Array {
    return controlOfCollection(this.collection);
  }

  async put(points: readonly (Point & { vector: Float32Array })[]): Promise<void> {
    const written = this.collection.upsert(points);
    for (const { id, vector } of points) this.rows.set(id, vector);
    await written;
  }

  async remove(ids: readonly PointId[]): Promise<void> {
    const deleted = ids.filter((id) => this.rows.delete(id)).length;
    expect((await this.collection.delete(ids)).deleted).toBe(deleted);
  }

  async hits(
    query: Float32Array,
    o: { k: number; ef?: number; exact?: boolean },
  ): Promise<[never, number][]> {
    const hits = await this.collection.search(query, { ...o, withPayload: false });
    return hits.map(({ id, score }) => [id as never, score]);
  }

  /**
   * Every row is found at rank 1 by its own vector, also by walks alone; counts are exact; nothing is stale, nothing twice.
   */
  async expectWhole(sample: Iterable<PointId> = this.rows.keys()): Promise<void> {
    const { collection, rows } = this;
    const metric = this.#metric;
    expect(await collection.count()).toBe(rows.size);
    const found = new Map<Float32Array, [never, number][]>();
    const some = new Map([...sample].map((id) => [id, rows.get(id)!]));
    for (const [id, vector] of some) {
      found.set(vector, await this.hits(vector, { k: 1, ef: 60 }));
      const stored = await collection.get(id);
      if (!stored?.vector || !same(stored.vector, vector))
        expect.fail(`get ${String(id)} gives another vector`);
    }
    expectOwnRank((query) => found.get(query as Float32Array)!, { rows: some as Rows, metric });
    expectWalked(collection, some as Rows, 60);
    for (const query of vectorsFor(metric, 0xfeed, 3, collection.config.dimension)) {
      const k = rows.size + 10;
      expectExact(await this.hits(query, { k }), { rows: rows as Rows, metric, query, k });
      expectExact(await this.hits(query, { k: 7, exact: true }), { rows: rows as Rows, metric, query, k: 7 });
      expectSound(await this.hits(query, { k: 10, ef: 40 }), { rows: rows as Rows, metric, query, k: 10 });
    }
    const ids: PointId[] = [];
    for await (const { id } of collection.scroll()) ids.push(id);
    expect(new Set(ids)).toEqual(new Set(rows.keys()));
    expect(ids).toHaveLength(rows.size);
  }

  /** The same with every row linked, and graph and store in agreement. */
  async expectSettled(): Promise<void> {
    expect(await this.collection.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    expect(this.collection.status()).toMatchObject({ points: this.rows.size, pending: 0 });
    await this.expectWhole();
  }
}

export function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (x, i) => Object.is(x, b[i]));
}
