/*
 * Whatever is searched for, and however the rows are kept: an answer that other threads give when many search at once is
 * the one that a search gets alone, bit by bit.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Collection,
  type Database,
  type Hit,
  type Metric,
  open,
  type SearchOptions,
} from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { stopLearning } from '../support/learned.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { gaussianVectors, randomOf, vectorsFor } from '../support/random.js';
import { newMemoryStore, openLmdb, openWith } from '../support/stores.js';

const ROWS = 4_000;
const CALLERS = 16;
const QUERIES = 24;

interface Kind {
  readonly metric: Metric;
  readonly dimension: number;
  readonly storage?: 'disk';
  /** In a database that has one, not in memory. */
  readonly directory?: boolean;
  /** Arenas of some hundred rows. */
  readonly small?: boolean;
  /** Rows that float32 cannot compare, and that no graph has. */
  readonly wide?: boolean;
  readonly deleted?: number;
  /** Rows that wait: so few that what a scan takes is not measured, on a machine that has other things to do. */
  readonly waiting?: number;
}

const KINDS: Record<string, Kind> = {
  'float32 codes': { metric: 'euclidean', dimension: 24 },
  'codes of 4 bits, rows deleted and rows that wait': {
    ...{ metric: 'cosine', dimension: 64, deleted: 0.3, waiting: 200 },
  },
  'codes of 8 bits, vectors on the disk': { metric: 'dot', dimension: 40, storage: 'disk', waiting: 200 },
  'codes of 4 bits, vectors on the disk, rows deleted': {
    ...{ metric: 'cosine', dimension: 96, storage: 'disk', deleted: 0.3 },
  },
  'codes of 8 bits, vectors in a directory': {
    ...{ metric: 'dot', dimension: 40, storage: 'disk', directory: true, waiting: 200 },
  },
  'codes of 4 bits, vectors in a directory, many arenas, rows deleted': {
    ...{ metric: 'cosine', dimension: 96, storage: 'disk', directory: true, small: true, deleted: 0.3 },
  },
  'rows that no graph has, vectors in a directory': {
    ...{ metric: 'euclidean', dimension: 64, wide: true, storage: 'disk', directory: true },
  },
  'many arenas': { metric: 'euclidean', dimension: 24, small: true, deleted: 0.1 },
  'rows that no graph has': { metric: 'euclidean', dimension: 64, wide: true, waiting: 100 },
  'rows that no graph has, vectors on the disk': {
    ...{ metric: 'euclidean', dimension: 64, wide: true, storage: 'disk' },
  },
  bits: { metric: 'hamming', dimension: 128, deleted: 0.1 },
};

const by = (key: string, lt: number): SearchOptions['filter'] => ({ must: [{ key, range: { lt } }] });

/** Alone and with many: each plan there is, lists short and long. `n` of a point is its number, `h` that modulo 100. */
const SEARCHES: Record<string, SearchOptions> = {
  plain: {},
  'k as large as ef': { k: 40, ef: 40 },
  'k above 128': { k: 500, ef: 600 },
  exact: { exact: true },
  'hardly any match': { filter: by('h', 1) },
  'some match': { filter: by('h', 60), ef: 80 },
  'some match, k above 128': { filter: by('h', 70), k: 200, ef: 300 },
  'nearly all match': { filter: by('h', 98) },
  'none match': { filter: by('h', 0) },
};

describe.each(someOf(Object.entries(KINDS), 4))('%s', (_, kind) => {
  const { metric, dimension, storage } = kind;
  let folder: string;
  let db: Database;
  let points: Collection;
  const queries = vectorsFor(metric, 7, QUERIES, dimension);

  beforeAll(async () => {
    const threads = 2;
    const of = { dimension, metric, ...(storage && { storage }) };
    const machine = { threads, arenaBytes: arenaBytesFor(of, threads, 8) };
    folder = await mkdtemp(join(tmpdir(), 'silt-shared-'));
    const path = join(folder, 'db');
    const store = kind.directory ? await openLmdb(path) : newMemoryStore();
    db = await openWith(store, undefined, kind.small ? machine : {});
    const hnsw = kind.small ? TINY_HNSW : { efConstruction: 60 };
    points = await db.createCollection('c', { ...of, hnsw, indexing: { threads: 2, paused: true } });
    await points.createPayloadIndex('h', 'integer');
    const rows = vectorsFor(metric, 5, ROWS + (kind.waiting ?? 0), dimension);
    const all = rows.map((vector, n) => ({ id: n, vector, payload: { n, h: n % 100 } }));
    await points.upsert(all.slice(0, ROWS));
    if (kind.wide) {
      const huge = gaussianVectors(9, 10, dimension).map((vector) => vector.map((x) => x * 1e25));
      await points.upsert(huge.map((vector, i) => ({ id: `wide ${i}`, vector, payload: { h: 10 * i } })));
    }
    await points.buildNow();
    await stopLearning(points);
    if (kind.waiting) await points.upsert(all.slice(ROWS));
    const random = randomOf(3);
    const gone = all.map(({ id }) => id).filter(() => random() < (kind.deleted ?? 0));
    if (gone.length > 0) await points.delete(gone);
    if (kind.small) expect(liveOf(points).graphs[0]!.engine.arenas.length).toBeGreaterThan(2);
  });
  afterAll(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });

  const plain = (hits: readonly Hit[]): unknown[] =>
    hits.map(({ id, score, payload }) => [id, score, payload]);

  test.each(Object.entries(SEARCHES))('%s', async (_, o) => {
    const { crew } = liveOf(points).graphs[0]!.engine;
    const alone: unknown[] = [];
    for (const query of queries) alone.push(plain(await points.search(query, o)));
    const before = crew.answered;
    const enough = (): boolean => availableParallelism() === 1 || crew.answered - before >= 30;
    let next = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < 2 * QUERIES || !enough()) {
          const i = next++ % QUERIES;
          expect(plain(await points.search(queries[i]!, o))).toEqual(alone[i]);
        }
      }),
    );
    expect((await points.searchBatch(queries, o)).map(plain)).toEqual(alone);
  });
});

test('a query that no arena can compare in float32 is answered as alone, between others', async () => {
  const db = await open();
  const points = await db.createCollection('c', { dimension: 24, metric: 'euclidean' });
  await points.upsert(gaussianVectors(1, 3_000, 24).map((vector, id) => ({ id, vector })));
  await points.buildNow();
  await stopLearning(points);
  const queries = gaussianVectors(2, 40, 24).map((query, i) =>
    i % 4 === 0 ? query.map((x) => x * 1e25) : query,
  );
  const alone: Hit[][] = [];
  for (const query of queries) alone.push(await points.search(query));
  for (let round = 0; round < 20; round++)
    expect(await Promise.all(queries.map((query) => points.search(query)))).toEqual(alone);
  await db.close();
});
