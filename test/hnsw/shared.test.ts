/* What changes in an engine between the moment in which a search is handed to another thread and its answer. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { Engine } from '#silt/hnsw/engine.js';
import { entriesMax, JOB_WORDS, type Job, readJob, runWalk, writeJob } from '#silt/hnsw/job.js';
import { walkFor } from '#silt/hnsw/plan-job.js';
import { NONE } from '#silt/kernel/layout.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { gaussianVectors } from '../support/random.js';

const DIMENSION = 24;
const ROWS = 20_000;
const K = 60;

const query = { k: K, ef: K, admitted: ALL, exact: false, exactBelow: 0 };

function newEngine(rows: number): Engine {
  const engine = new Engine(nodePlatform, { dimension: DIMENSION, metric: 'euclidean', searchers: 2 });
  engine.append(gaussianVectors(1, rows, DIMENSION).map((vector, row) => [row, vector]));
  return engine;
}

/** Threads take a while to start. */
async function untilShared(engine: Engine, vector: Float32Array): Promise<void> {
  while (availableParallelism() > 1) {
    const first = engine.answer({ ...query, vector, shared: 16 });
    if (first instanceof Promise) return void (await first);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('a job is read out of shared memory as it was written', () => {
  const job: Job = {
    ...{ from: 1, rows: 2, skip: 3, k: 4, filter: 5, codes: 6, remote: 7 },
    ...{ walk: 8, ef: 9, admission: 10, best: 11, share: 12, masks: 13, rank: 14 },
    ...{ bound: Math.fround(0.15), hidden: NONE },
  };
  const words = new Int32Array(2 + JOB_WORDS + 2).fill(-1);
  writeJob(words, 2, job);
  expect(readJob(words, 2)).toEqual(job);
  writeJob(words, 2, { ...job, bound: Infinity, hidden: 16 });
  expect(readJob(words, 2)).toEqual({ ...job, bound: Infinity, hidden: 16 });
  expect([...words.subarray(0, 2), ...words.subarray(2 + JOB_WORDS)]).toEqual([-1, -1, -1, -1]);
});

test('a walk among rows far from the query leaves no more than its answer has room for', async () => {
  const engine = new Engine(nodePlatform, { dimension: DIMENSION, metric: 'euclidean' });
  const far = (row: number): number => (row % 10 === 0 ? 100 : 0);
  const rows = gaussianVectors(1, ROWS, DIMENSION).map((vector, row) => vector.map((x) => x + far(row)));
  engine.append(rows.map((vector, row) => [row, vector]));
  await engine.build.start(2);
  const arena = engine.arenas[0]!;
  const bits = new Uint32Array(ROWS / 32);
  for (let row = 0; row < ROWS; row += 10) bits[row >>> 5]! |= 1 << (row & 31);
  for (const [k, ef] of [
    [1, 1],
    [10, 10],
    [100, 100],
    [300, 1_000],
  ] as const) {
    for (const bound of [undefined, 0.2]) {
      arena.setQuery(gaussianVectors(2, 1, DIMENSION)[0]!);
      const admitted = arena.admit(bits);
      const walk = walkFor(arena, { ...query, vector: rows[1]!, k, ef, bound }, k, ef, admitted / ROWS);
      const left = runWalk(arena.kernel, arena.scratch, walk);
      const scan = { from: 0, rows: 0, skip: 0, k, filter: 0, codes: 0, remote: 1 };
      expect(left).toBeLessThanOrEqual(entriesMax({ ...scan, ...walk }));
      expect(left).toBeGreaterThanOrEqual(Math.min(k, 64));
    }
  }
  await engine.close();
});

test('a thread that waits, sleeps or has left answers the next searches like any others', async () => {
  const engine = newEngine(2_000);
  await engine.build.start(2);
  const queries = gaussianVectors(2, 40, DIMENSION);
  await untilShared(engine, queries[0]!);
  let given = 0;
  // As soon as the last are answered; while it looks for more; when it sleeps; when it has left, which takes 20 ms.
  for (const pause of Array.from({ length: 48 }, (_, i) => [0, 0, 0, 1, 3, 30][i % 6]!)) {
    const answers = queries.slice(0, 4).map((vector) => engine.answer({ ...query, vector, shared: 16 }));
    for (const [i, answer] of answers.entries()) {
      if (answer instanceof Promise) given++;
      expect(await answer).toEqual(engine.answerAtOnce({ ...query, vector: queries[i]! }));
    }
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (availableParallelism() > 1) expect(given).toBeGreaterThan(10);
  await engine.close();
});

test('rows that came meanwhile do not take the places of nearer ones, where some that were found are deleted', async () => {
  const engine = newEngine(ROWS);
  await engine.build.start(2);
  const queries = gaussianVectors(2, 400, DIMENSION);
  const far = new Float32Array(DIMENSION).fill(1_000);
  let given = 0;
  await untilShared(engine, queries[0]!);
  for (let round = 0; round < queries.length / 4; round++) {
    const vectors = queries.slice(4 * round, 4 * round + 4);
    const nearest = vectors.map((vector) => engine.answerAtOnce({ ...query, vector }).slice(0, 3));
    const answers = vectors.map((vector) => engine.answer({ ...query, vector, shared: 16 }));
    for (const { slot } of nearest.flat()) if (engine.isLiveAt(slot)) engine.mask(slot);
    engine.append(Array.from({ length: 4 }, (_, i) => [ROWS + 4 * round + i, far]));
    for (const answer of answers) {
      if (!(answer instanceof Promise)) continue; // given before
      given++;
      const found = await answer;
      expect(found).toHaveLength(K);
      for (const { slot } of found) expect(slot).toBeLessThan(ROWS);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (availableParallelism() > 1) expect(given).toBeGreaterThan(10);
  await engine.close();
});
