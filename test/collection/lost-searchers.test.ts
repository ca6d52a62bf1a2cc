/*
 * Searching threads that end in mid-search, and collections that end: whatever is searched for, each search that was asked
 * gets its answer, or the reason, and the next ones are answered as before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ClosedError,
  type Collection,
  type Database,
  type Hit,
  open,
  type SearchOptions,
} from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import type { Pool, Task } from '#silt/platform/pool.js';
import { liveOf } from '../support/databases.js';
import { stopLearning } from '../support/learned.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { gaussianVectors } from '../support/random.js';
import { until } from '../support/steps.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const ROWS = 4_000;
const DIMENSION = 40;
const CALLERS = 16;
const CONFIG = { dimension: DIMENSION, metric: 'euclidean' } as const;
const vectors = gaussianVectors(1, ROWS, DIMENSION);
const queries = gaussianVectors(2, 24, DIMENSION);

const KINDS: Record<string, () => Promise<[Database, Partial<typeof CONFIG> & object]>> = {
  'in memory': async () => [await open(), {}],
  'vectors on the disk': async () => [await open(), { storage: 'disk' }],
  'vectors in a directory': async () => [
    await open(join(await mkdtemp(join(tmpdir(), 'silt-lost-')), 'db')),
    { storage: 'disk' },
  ],
  'many arenas': async () => {
    const arenaBytes = arenaBytesFor(CONFIG, 2, 8);
    return [await openWith(newMemoryStore(), undefined, { threads: 2, arenaBytes }), { hnsw: TINY_HNSW }];
  },
};

const by = (lt: number): SearchOptions['filter'] => ({ must: [{ key: 'h', range: { lt } }] });
const SEARCHES: SearchOptions[] = [
  {},
  { filter: by(2) },
  { filter: by(60), ef: 80 },
  { filter: by(98) },
  { k: 300, ef: 400 },
];

const plain = (hits: readonly Hit[]): unknown[] => hits.map(({ id, score, payload }) => [id, score, payload]);

describe.each(Object.entries(KINDS))('%s', (_, make) => {
  let db: Database;
  let points: Collection;
  const alone: unknown[][] = [];

  beforeAll(async () => {
    const [opened, config] = await make();
    db = opened;
    points = await db.createCollection('c', { ...CONFIG, ...config, indexing: { paused: true } });
    await points.createPayloadIndex('h', 'integer');
    await points.upsert(vectors.map((vector, id) => ({ id, vector, payload: { h: id % 100 } })));
    await points.buildNow();
    await stopLearning(points);
    for (const o of SEARCHES) {
      const found: unknown[] = [];
      for (const query of queries) found.push(plain(await points.search(query, o)));
      alone.push(found);
    }
  });
  afterAll(async () => {
    await db.close();
    if (db.path) await rm(dirname(db.path), { recursive: true });
  });

  const { pool } = nodePlatform;
  const { run } = pool;
  let loops: Task<unknown>[] = [];
  beforeEach(() => {
    loops = [];
    const watched: Pool['run'] = (name, input, lane, options) => {
      const task = run.call(pool, name, input, lane, options);
      if (name === 'answer') loops.push(task);
      return task as never;
    };
    Object.assign(pool, { run: watched });
  });
  afterEach(() => {
    Object.assign(pool, { run });
  });

  test('threads that end in mid-search cost no answer, and no answer is another one', async () => {
    const { crew } = liveOf(points).graphs[0]!.engine;
    const before = crew.answered;
    let [next, ended] = [0, 0];
    const enough = (): boolean =>
      next > 800 && (availableParallelism() === 1 || (ended >= 10 && crew.answered - before > 100));
    const killer = (async () => {
      for (let seen = before; !enough(); ) {
        await new Promise((resolve) => setTimeout(resolve, 3));
        if (crew.answered < seen + 10) continue; // it has to start first
        seen = crew.answered;
        for (const task of loops.splice(0)) {
          task.terminate();
          ended++;
        }
      }
    })();
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (!enough()) {
          const number = next++;
          const which = number % SEARCHES.length;
          const at = Math.floor(number / SEARCHES.length) % queries.length;
          if (number % 50 === 0) {
            const found = await points.searchBatch(queries, SEARCHES[which]);
            expect(found.map(plain)).toEqual(alone[which]);
          } else expect(plain(await points.search(queries[at]!, SEARCHES[which]))).toEqual(alone[which]![at]);
        }
      }),
    );
    await killer;
  });

  test('closing ends each of them: an answer, or ClosedError', async () => {
    let going = true;
    let answered = 0;
    const callers = Array.from({ length: CALLERS }, async (_, caller) => {
      for (let round = caller; going; round++) {
        const which = round % SEARCHES.length;
        const at = round % queries.length;
        try {
          expect(plain(await points.search(queries[at]!, SEARCHES[which]))).toEqual(alone[which]![at]);
          answered++;
        } catch (error) {
          expect(error).toBeInstanceOf(ClosedError);
          return;
        }
      }
    });
    await until(() => answered > 10);
    for (const task of loops.splice(0)) task.terminate();
    await db.close();
    going = false;
    await Promise.all(callers);
  });
});
