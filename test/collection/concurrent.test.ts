/*
 * Many searches at once: other threads answer some of them, from the same memory, and nobody can tell but by the time it
 * takes (T3).
 */
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ClosedError, type Collection, type Database, type Hit, open } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { amount } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { stopLearning } from '../support/learned.js';
import { gaussianVectors, randomOf } from '../support/random.js';

const DIMENSION = 24;
const ROWS = 6_000;
const CALLERS = 16;
const LOOKS = amount('SILT_LOOKS', 700, 4_000);
const SEEDS = amount('SILT_SEEDS', 1, 3);
const vectors = gaussianVectors(1, ROWS, DIMENSION);
const queries = gaussianVectors(2, 200, DIMENSION);

let db: Database;
let points: Collection;

beforeEach(async () => {
  db = await open();
  points = await db.createCollection('c', {
    dimension: DIMENSION,
    metric: 'euclidean',
    indexing: { paused: true },
  });
  await points.upsert(vectors.map((vector, id) => ({ id, vector, payload: { id } })));
  await points.buildNow();
  await stopLearning(points);
});
afterEach(async () => {
  nodePlatform.faults.thread = undefined;
  await db.close();
});

/** Searches that other threads have answered so far. */
const elsewhere = (): number => liveOf(points).graphs[0]!.engine.crew.answered;

/** Runs `work` by so many callers until `done`, however long that takes: the limit of the test ends what never is. */
async function byMany(
  callers: number,
  done: () => boolean,
  work: (caller: number, round: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let round = 0; !done(); round++) await work(caller, round);
    }),
  );
}

const plain = (hits: readonly Hit[]): unknown[] => hits.map(({ id, score, payload }) => [id, score, payload]);

/** One machine with one core has nobody else to answer. */
const others = availableParallelism() > 1;
const enough = (count: number) => (): boolean => !others || elsewhere() >= count;

test('each gets the answer that it gets alone, and other threads give some of them', async () => {
  const alone: unknown[] = [];
  for (const query of queries) alone.push(plain(await points.search(query)));
  expect(elsewhere()).toBe(0);
  let rounds = 0;
  await byMany(
    CALLERS,
    () => enough(200)() && rounds >= 2 * queries.length,
    async () => {
      const i = rounds++ % queries.length;
      expect(plain(await points.search(queries[i]!))).toEqual(alone[i]);
    },
  );
  const before = elsewhere();
  while (!enough(before + 50)()) expect((await points.searchBatch(queries)).map(plain)).toEqual(alone);
});

test.each([ArrayBuffer, SharedArrayBuffer])(
  'the caller may change a query at once, in memory of its own and in shared memory: %o',
  async (Memory) => {
    const alone: unknown[] = [];
    for (const query of queries) alone.push(plain(await points.search(query)));
    const own = new Float32Array(new Memory(4 * DIMENSION));
    for (let round = 0; round < 50; round++) {
      const found = await Promise.all(
        queries.slice(0, 40).map((query) => {
          own.set(query);
          return points.search(own);
        }),
      );
      expect(found.map(plain)).toEqual(alone.slice(0, 40));
      own.set(queries[round]!);
      const one = points.search(own);
      own.fill(0);
      expect(plain(await one)).toEqual(alone[round]);
    }
  },
);

test('a query or an option that is not right rejects alone', async () => {
  await byMany(1, enough(1), async () => {
    await Promise.all(queries.slice(0, 32).map((query) => points.search(query)));
  });
  const bad = Float32Array.from(queries[0]!).fill(Number.NaN, 3, 4);
  const results = await Promise.allSettled(
    queries.slice(0, 32).map((query, i) => points.search(i % 4 === 3 ? bad : query)),
  );
  results.forEach(({ status }, i) => {
    expect(status).toBe(i % 4 === 3 ? 'rejected' : 'fulfilled');
  });
});

describe.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
  'while others write, SILT_SEEDS: seed %i',
  (seed) => {
    test('what was acknowledged before a search is found, what was deleted before is not, nothing comes twice', async () => {
      const random = randomOf(seed);
      if (seed % 2 === 0) points.resumeIndexing();
      /** By id: the vector acknowledged last; none where it is deleted. `busy`: a write is under way. */
      const state = new Map<number, { vector: Float32Array | undefined; version: number; busy: boolean }>();
      for (let id = 0; id < ROWS; id++) state.set(id, { vector: vectors[id], version: 0, busy: false });
      let writes = 0;
      let underway = 0;
      /** Searches that began while a write was under way. */
      let beside = 0;
      const writing = (): boolean => writes <= 300 || beside <= LOOKS / 2;
      const write = async (): Promise<void> => {
        const id = Math.floor(random() * ROWS);
        const one = state.get(id)!;
        if (one.busy) return;
        one.busy = true;
        underway++;
        const vector =
          random() < 0.2 ? undefined : gaussianVectors(seed * 100_000 + writes++, 1, DIMENSION)[0]!;
        if (vector) await points.upsert({ id, vector });
        else await points.delete([id]);
        Object.assign(one, { vector, version: one.version + 1, busy: false });
        underway--;
      };
      const look = async (): Promise<void> => {
        const id = Math.floor(random() * ROWS);
        const one = state.get(id)!;
        const { vector, version, busy } = one;
        if (underway > 0) beside++;
        const hits = await points.search(vector ?? vectors[id]!, { k: 5 });
        expect(new Set(hits.map((hit) => hit.id)).size).toBe(hits.length);
        if (busy || one.busy || one.version !== version) return; // it was written meanwhile
        if (vector) expect(hits[0]).toMatchObject({ id, score: 0 });
        else expect(hits.map((hit) => hit.id)).not.toContain(id);
      };
      const start = elsewhere();
      let looks = 0;
      await byMany(
        CALLERS,
        () => looks > LOOKS && !writing() && enough(start + 300)(),
        async (caller) => {
          if (caller < 4 && writing()) {
            await write();
            if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, random() * 3));
          } else {
            looks++;
            await look();
          }
        },
      );
      expect(await points.verify()).toMatchObject({ ok: true });
    });
  },
);

test('a row that is written and indexed while its neighbours are searched for is found once', async () => {
  const near = queries[0]!;
  let written = 0;
  let looks = 0;
  let doubled = 0;
  const start = elsewhere();
  await byMany(
    7,
    () => looks > 1_000 && written >= 20 && (!others || elsewhere() > start),
    async (caller) => {
      if (caller === 0) {
        const vector = near.map((x, i) => x + 0.001 * ((written * (i + 1)) % 17));
        await points.upsert({ id: ROWS + (written++ % 40), vector });
        await points.buildNow();
        await stopLearning(points);
        return;
      }
      looks++;
      const ids = (await points.search(near, { k: 20 })).map(({ id }) => id);
      if (new Set(ids).size < 20) doubled++;
    },
  );
  expect(doubled).toBe(0);
});

test('long scans and compactions beside them go on, and all are right', async () => {
  const exact: unknown[] = [];
  for (const query of queries.slice(0, 10)) exact.push(plain(await points.search(query, { exact: true })));
  for (const arena of liveOf(points).graphs[0]!.engine.arenas) arena.scanMsPerRow = 1; // as if a scan took long: it is divided
  await points.delete(Array.from({ length: 1_000 }, (_, i) => i));
  const gone = new Set(Array.from({ length: 1_000 }, (_, i) => i));
  let compactions = 0;
  let scans = 0;
  await byMany(
    CALLERS,
    () => compactions >= 3 && scans >= 20,
    async (caller, round) => {
      if (caller === 0) {
        await points.compact();
        compactions++;
      } else if (caller === 1) {
        const hits = await points.search(queries[round % 10]!, { exact: true });
        scans++;
        expect(hits.some(({ id }) => gone.has(id as number))).toBe(false);
      } else {
        const hits = await points.search(queries[round % queries.length]!);
        expect(hits.length).toBe(10);
        expect(hits.some(({ id }) => gone.has(id as number))).toBe(false);
      }
    },
  );
  expect(compactions).toBeGreaterThanOrEqual(3);
  expect(scans).toBeGreaterThanOrEqual(20);
});

test('where more collections are busy than there are threads, each can be compacted and scanned meanwhile', async () => {
  const all = [points];
  for (let i = 0; i < availableParallelism() + 2; i++) {
    const other = await db.createCollection(`other ${i}`, {
      dimension: DIMENSION,
      metric: 'euclidean',
      indexing: { paused: true },
    });
    await other.upsert(vectors.slice(0, 2_000).map((vector, id) => ({ id, vector })));
    await other.buildNow();
    all.push(other);
  }
  let busy = true;
  const load = all.flatMap((of) =>
    Array.from({ length: 4 }, async (_, caller) => {
      for (let round = caller; busy; round++)
        expect(await of.search(queries[round % queries.length]!)).toHaveLength(10);
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const of of all) {
    expect(await of.compact()).toMatchObject({ freedRows: 0 });
    for (const arena of liveOf(of).graphs[0]!.engine.arenas) arena.scanMsPerRow = 1; // as if a scan took long: it is divided
    expect(await of.search(queries[0]!, { exact: true })).toHaveLength(10);
  }
  busy = false;
  await Promise.all(load);
});

test('when the database is closed among them, each search ends: with an answer, or with ClosedError', async () => {
  await byMany(CALLERS, enough(20), async (_, round) => {
    await points.search(queries[round % queries.length]!);
  });
  const found = queries.map((query) => points.search(query));
  await new Promise((resolve) => setImmediate(resolve));
  const more = queries.map((query) => points.search(query));
  const closed = db.close();
  for (const result of await Promise.allSettled([...found, ...more]))
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ClosedError);
    else expect(result.value.length).toBe(10);
  await closed;
});

test('where the system gives no threads, the calling thread answers all', async () => {
  nodePlatform.faults.thread = () => {
    throw new Error('no more threads');
  };
  const before = elsewhere();
  const found = await Promise.all(queries.map((query) => points.search(query)));
  for (const hits of found) expect(hits.length).toBe(10);
  expect(elsewhere() - before).toBeLessThanOrEqual(queries.length);
});
