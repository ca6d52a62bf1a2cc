/*
 * Long scans, of exact searches and of others, are done by other threads or in slices, and miss nothing that is written
 * meanwhile.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hydrated } from '#silt/collection/read/hydrate.js';
import { ALL } from '#silt/hnsw/admitted.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { liveOf } from '../support/databases.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { gaussianVectors } from '../support/random.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const DIMENSION = 24;
const ROWS = 6_000;
const vectors = gaussianVectors(1, ROWS, DIMENSION);
const others = gaussianVectors(2, ROWS, DIMENSION);

let db: Database;
let collection: Collection;

beforeEach(async () => {
  db = await open();
  collection = await db.createCollection('c', {
    dimension: DIMENSION,
    metric: 'euclidean',
    indexing: { paused: true },
  });
  await collection.upsert(vectors.map((vector, id) => ({ id, vector })));
  slow();
});
afterEach(() => db.close());

/** As if a scan of each row took long: that is what sends a scan to other threads. */
const slow = (): void => slowOf(collection);

function slowOf(of: Collection): void {
  for (const arena of liveOf(of).graphs[0]!.engine.arenas) arena.scanMsPerRow = 1;
}

const PLAIN = { k: 1, ef: 1, exact: true, filter: undefined, withPayload: false, withVector: false };

const idsOf = async (query: Float32Array, k: number, exact: boolean): Promise<unknown[]> =>
  (await collection.search(query, { k, exact })).map(({ id, score }) => [id, score]);

/** What the calling thread finds in one turn. */
const inOneTurn = (vector: Float32Array, k: number, of = collection): unknown[] => {
  const live = liveOf(of);
  const query = { vector, k, ef: 256, exact: true, exactBelow: 0, admitted: ALL };
  return hydrated(live, live.graphs[0]!.engine.answerAtOnce(query), PLAIN).map(({ id, score }) => [
    id,
    score,
  ]);
};

test('the answer is that of the calling thread', async () => {
  for (const k of [1, 10, 700, ROWS + 1]) {
    for (const query of others.slice(0, 5)) {
      expect(await idsOf(query, k, true)).toEqual(inOneTurn(query, k));
      expect(await idsOf(query, k, false)).toEqual(inOneTurn(query, k));
    }
  }
});

/** Counts the turns of the event loop while something goes on. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await work();
  counting = false;
  return turns;
}

test('the event loop goes on meanwhile', async () => {
  const searches = (): Promise<unknown> =>
    Promise.all(others.slice(0, 20).map((query) => idsOf(query, 10, true)));
  expect(await turnsOf(searches)).toBeGreaterThan(20);
});

/** How many rows the calling thread compares in one piece, from now on. */
function piecesOf(of: Collection): number[] {
  const pieces: number[] = [];
  for (const arena of liveOf(of).graphs[0]!.engine.arenas) {
    const { kernel } = arena;
    const noted =
      (scan: (...words: number[]) => number) =>
      (...words: number[]): number => {
        pieces.push(words[2]! - words[1]!);
        return scan(...words);
      };
    const scans = { scan: noted(kernel.scan as never), scanCodes: noted(kernel.scanCodes as never) };
    Object.assign(arena, { kernel: { ...kernel, ...scans } });
  }
  return pieces;
}

const AMONG = { filter: { must: [{ key: 'n', range: { gte: 10 } }] } } as const;

describe.each(['memory', 'disk'] as const)('vectors in %s, nothing linked', (place) => {
  let far: Collection;
  const query = others[0]!;

  beforeEach(async () => {
    const config = { dimension: DIMENSION, metric: 'euclidean', vectors: place } as const;
    far = await db.createCollection('far', { ...config, indexing: { paused: true, threads: 2 } });
    await far.upsert(vectors.map((vector, n) => ({ id: n, vector, payload: { n } })));
    slowOf(far);
  });

  test.each([
    ['a search', (): Promise<unknown> => far.search(query)],
    ['an exact search', (): Promise<unknown> => far.search(query, { exact: true })],
    ['a search for more than a list holds', (): Promise<unknown> => far.search(query, { k: 17_000 })],
    ['a search with a filter', (): Promise<unknown> => far.search(query, AMONG)],
    ['a query of numbers out of range', (): Promise<unknown> => far.search(query.map(() => 1e30))],
    ['a batch', (): Promise<unknown> => far.searchBatch([query], { exact: true })],
    ['explain', (): Promise<unknown> => far.explain(query, { exact: true })],
    ['measureRecall', (): Promise<unknown> => far.measureRecall({ sample: 2 })],
  ])('%s looks at the clock between pieces', async (_, work) => {
    const pieces = piecesOf(far);
    await work();
    expect(Math.max(0, ...pieces)).toBeLessThanOrEqual(4_096);
  });

  test('a search answers as in one turn, with a long window before the graph as well', async () => {
    for (const k of [1, 10, 300]) expect(await found(k)).toEqual(inOneTurn(query, k, far));
    await far.buildNow();
    await far.upsert(others.map((vector, n) => ({ id: ROWS + n, vector, payload: { n } })));
    slowOf(far);
    expect(await found(10)).toEqual(inOneTurn(query, 10, far));
    const { plan, counters, hits } = await far.explain(query, { k: 10 });
    expect(plan).toContain('graph walk');
    expect(plan).not.toContain(';');
    expect(counters).toMatchObject({ rowsScanned: ROWS, rowsMasked: 0 });
    expect(counters.hitsFromWindow).toBe(hits.filter(({ id }) => Number(id) >= ROWS).length);
  });

  test('points replaced meanwhile are found once, in the form they have at the end', async () => {
    let writing = true;
    const write = async (i: number): Promise<void> => {
      await far.upsert({ id: 0, vector: query.map((x) => x + (i % 7) / 1000), payload: { n: 20 } });
      slowOf(far);
    };
    await write(0); // the first search may begin before a write that it does not wait for
    const writer = (async () => {
      for (let i = 1; writing; i++) await write(i);
    })();
    for (let i = 0; i < 10; i++) {
      for (const o of [{}, AMONG]) {
        const hits = await far.search(query, { k: 3, ...o });
        expect(hits).toHaveLength(3);
        expect(new Set(hits.map(({ id }) => id)).size).toBe(3);
        if (o !== AMONG) expect(hits[0]?.id).toBe(0);
      }
    }
    writing = false;
    await writer;
  });

  test('a compaction meanwhile changes nothing', async () => {
    await far.delete(Array.from({ length: 2_000 }, (_, i) => 2 * i));
    slowOf(far);
    const compacting = far.compact();
    let done = false;
    void compacting.then(() => {
      done = true;
    });
    const expected = (await found(20)).map((hit) => (hit as [number, number])[0]);
    while (!done) {
      slowOf(far);
      const hits = await far.search(query, { k: 20, ...AMONG, exact: true });
      expect(hits.map(({ id }) => id)).toEqual(expected.filter((id) => id >= 10));
    }
    await compacting;
  });

  const found = async (k: number): Promise<unknown[]> =>
    (await far.search(query, { k })).map(({ id, score }) => [id, score]);
});

test('many at once, each has its own answer', async () => {
  const answers = await Promise.all(vectors.slice(0, 60).map((query) => idsOf(query, 1, true)));
  expect(answers).toEqual(vectors.slice(0, 60).map((_, id) => [[id, 0]]));
});

test('points replaced and deleted while it goes on: every live one is found, none in its old form', async () => {
  for (let round = 0; round < 20; round++) {
    const id = 7 * round;
    const moved = others[id]!;
    const searches = [idsOf(vectors[id]!, 5, true), idsOf(moved, 5, true), idsOf(vectors[id + 1]!, 5, true)];
    const [write] = await Promise.all([collection.upsert({ id, vector: moved }), collection.delete(id + 1)]);
    const before = await Promise.all(searches);
    for (const hits of before) {
      const ids = hits.map((hit) => (hit as [number, number])[0]);
      expect(new Set(ids).size).toBe(5);
    }
    slow();
    // Asked after the writes resolved: the new form and only that.
    const [old, now, gone] = await Promise.all([
      idsOf(vectors[id]!, 5, true),
      idsOf(moved, 1, true),
      idsOf(vectors[id + 1]!, 5, true),
    ]);
    expect(write.replaced).toBe(1);
    expect(now).toEqual([[id, 0]]);
    expect(old.filter((hit) => (hit as [number, number])[1] === 0)).toEqual([]);
    expect(gone.map((hit) => (hit as [number, number])[0])).not.toContain(id + 1);
  }
});

test('a point that is replaced all the time is in every answer', async () => {
  let writing = true;
  const at = Float32Array.from({ length: DIMENSION }, () => 50);
  await collection.upsert({ id: 'moving', vector: at });
  const writer = (async () => {
    for (let i = 0; writing; i++) {
      await collection.upsert({ id: 'moving', vector: at.map((x) => x + (i % 7) / 100) });
      slow();
    }
  })();
  for (let i = 0; i < 40; i++) {
    const hits = await collection.search(at, { k: 3, exact: true });
    expect(hits[0]?.id).toBe('moving');
    expect(hits.filter(({ id }) => id === 'moving')).toHaveLength(1);
  }
  writing = false;
  await writer;
});

test('a point that is replaced all the time is in every answer of a filtered scan', async () => {
  const at = Float32Array.from({ length: DIMENSION }, () => 50);
  await collection.createPayloadIndex('odd', 'integer');
  const odd = others.slice(0, 3_000).map((vector, i) => ({ id: `odd ${i}`, vector, payload: { odd: 1 } }));
  await collection.upsert([...odd, { id: 'moving', vector: at, payload: { odd: 1 } }]);
  const filter = { must: [{ key: 'odd', match: { value: 1 } }] };
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await collection.upsert({ id: 'moving', vector: at, payload: { odd: 1 } });
      slow();
    }
  })();
  for (let i = 0; i < 40; i++) {
    const hits = await collection.search(at, { k: 3, exact: true, filter });
    expect(hits.map(({ id }) => id === 'moving')).toEqual([true, false, false]);
  }
  writing = false;
  await writer;
});

test('a point that is replaced meanwhile, out of one arena into another, is in every answer', async () => {
  const config = { dimension: DIMENSION, metric: 'euclidean' } as const;
  const machine = { threads: 2, arenaBytes: arenaBytesFor(config, 2, 1) };
  const small = await openWith(newMemoryStore(), undefined, machine);
  const points = await small.createCollection('c', {
    ...config,
    hnsw: TINY_HNSW,
    indexing: { paused: true },
  });
  await points.upsert(vectors.slice(0, 2_000).map((vector, id) => ({ id, vector })));
  expect(liveOf(points).graphs[0]!.engine.arenas.length).toBeGreaterThan(10);
  for (const [id, vector] of vectors.slice(0, 200).entries()) {
    slowOf(points);
    const found = points.search(vector, { k: 1 });
    for (let turn = id % 6; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
    await points.upsert({ id, vector });
    expect(await found).toMatchObject([{ id, score: 0 }]);
  }
  await small.close();
});

test('closing meanwhile is an error, not a hang', async () => {
  const answers = vectors.slice(0, 10).map((query) => collection.search(query, { exact: true }));
  const settled = Promise.allSettled(answers);
  await db.close();
  for (const answer of await settled) {
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'CLOSED' });
  }
  db = await open();
});
