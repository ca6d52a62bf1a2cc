/* Exact searches of large collections are done by other threads, and miss nothing that is written meanwhile. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';
import { gaussianVectors } from '../support/random.js';

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
function slow(): void {
  for (const arena of collection._live.inner.rows.arenas) arena.scanMsPerRow = 1;
}

const idsOf = async (query: Float32Array, k: number, exact: boolean): Promise<unknown[]> =>
  (await collection.search(query, { k, exact })).map(({ id, score }) => [id, score]);

test('the answer is that of the calling thread', async () => {
  for (const k of [1, 10, 700, ROWS + 1]) {
    for (const query of others.slice(0, 5))
      expect(await idsOf(query, k, true)).toEqual(await idsOf(query, k, false));
  }
});

test('the event loop goes on meanwhile', async () => {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(others.slice(0, 20).map((query) => idsOf(query, 10, true)));
  counting = false;
  expect(turns).toBeGreaterThan(20);
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

test('closing meanwhile is an error, not a hang', async () => {
  const answers = vectors.slice(0, 10).map((query) => collection.search(query, { exact: true }));
  const settled = Promise.allSettled(answers);
  await db.close();
  for (const answer of await settled) {
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'CLOSED' });
  }
  db = await open();
});
