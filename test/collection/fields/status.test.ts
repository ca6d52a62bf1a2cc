/* The status counts points: one that waits in two fields waits once. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';

const CONFIG = {
  vectors: {
    a: { dimension: 2, metric: 'euclidean' },
    b: { dimension: 3, metric: 'cosine' },
  },
  text: { said: { path: 'said' } },
  indexing: { threads: 1, paused: true },
} as const;

test('of several fields, each point is pending, indexed or in quarantine, once', async () => {
  const db = await open();
  const points = await db.createCollection('points', CONFIG);
  const counts = () => {
    const { points: all, pending, indexed, quarantined, state } = points.status();
    expect(pending + indexed + quarantined).toBe(all);
    return { all, pending, indexed, state };
  };
  const a = [1, 2];
  const b = [1, 2, 3];
  await points.upsert([
    ...[0, 1, 2, 3].map((id) => ({ id, vector: { a, b } })),
    ...[4, 5, 6].map((id) => ({ id, vector: { a } })),
    ...[7, 8].map((id) => ({ id, vector: { b } })),
    { id: 9, payload: { said: 'nothing' } },
  ]);
  expect(counts()).toEqual({ all: 10, pending: 9, indexed: 1, state: 'paused' });
  expect(points.status().fields).toMatchObject({ a: { pending: 7 }, b: { pending: 6 } });
  await points.delete([0, 8]);
  expect(counts()).toEqual({ all: 8, pending: 7, indexed: 1, state: 'paused' });
  await points.buildNow();
  expect(counts()).toEqual({ all: 8, pending: 0, indexed: 8, state: 'paused' });
  await points.updateVectors([
    { id: 1, vector: { a: [3, 4] } },
    { id: 2, vector: { a: [3, 4], b: [3, 4, 5] } },
    { id: 7, vector: { b: [3, 4, 5] } },
  ]);
  expect(counts()).toEqual({ all: 8, pending: 3, indexed: 5, state: 'paused' });
  await points.buildNow();
  expect(counts()).toMatchObject({ pending: 0, indexed: 8 });
  await db.close();
});
