/* Vectors that change while something takes several turns: what comes of it speaks of one moment. */
import { expect, test } from 'vitest';
import { type Collection, open, type Query } from '#silt/index.js';
import { liveOf } from '../../support/databases.js';

const CONFIG = {
  vectors: {
    a: { dimension: 2, metric: 'euclidean' },
    m: { dimension: 2, metric: 'dot', multi: true },
  },
  indexing: { threads: 1, paused: true },
} as const;

/** Runs `work`, and `between` at the first pause within it. */
async function withBetween<T>(
  points: Collection,
  between: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const { time } = liveOf(points).platform;
  const { breathe } = time;
  let paused = 0;
  time.breathe = async () => {
    time.breathe = breathe;
    paused++;
    await between();
  };
  try {
    return await work();
  } finally {
    time.breathe = breathe;
    expect(paused).toBe(1);
  }
}

test.each<[string, Query]>([
  ['several examples', { query: { recommend: { positive: [1, 2], strategy: 'best_score' } }, using: 'a' }],
  ['several vectors', { query: { id: 1 }, using: 'm' }],
])('a query by a stored point goes by the vector of its last turn: %s', async (_, query) => {
  await using db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(
    Array.from({ length: 3_000 }, (__, id) => ({ id, vector: { a: [id, 0], m: [[id % 7, id % 11]] } })),
  );
  const asked = { ...query, k: 20 } as Query;
  const before = await points.query(asked);
  const found = await withBetween(
    points,
    () => points.updateVectors({ id: 1, vector: { a: [2_000, 1], m: [[-5, 3]] } }),
    () => points.query(asked),
  );
  expect(found).toEqual(await points.query(asked));
  expect(found).not.toEqual(before);
});
