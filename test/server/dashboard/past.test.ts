/* What a page that is opened late is told of the minutes before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { Past } from '#silt/server/dashboard/past.js';
import type { PastView } from '#silt/server/dashboard/wire.js';
import { serve } from '#silt/server/http/index.js';

const MINUTE = 60_000;

const counts = (points: number, indexed: number) => ({ points, indexed });

test('counts are kept as they come; a rest keeps its two ends, so that the line between them is flat', () => {
  const past = new Past();
  for (const [second, points, indexed] of [
    [0, 0, 0],
    [1, 10, 0],
    [2, 10, 10],
    [3, 10, 10],
    [4, 10, 10],
    [5, 10, 10],
    [6, 30, 10],
  ] as const)
    past.take(1_000 * second, [['words', counts(points, indexed)]]);
  expect(past.view()).toEqual({
    words: { at: [0, 1_000, 2_000, 5_000, 6_000], points: [0, 10, 10, 10, 30], indexed: [0, 0, 10, 10, 10] },
  });
});

test('what is older than ten minutes goes', () => {
  const past = new Past();
  for (let second = 0; second <= 30 * 60; second++) past.take(1_000 * second, [['words', counts(second, 0)]]);
  const { at, points } = past.view()['words']!;
  expect(at[0]).toBe(20 * MINUTE);
  expect(at.at(-1)).toBe(30 * MINUTE);
  expect(points).toEqual(at.map((ms) => ms / 1_000));
});

test('a collection at rest takes two places, however long; one that is gone takes none', () => {
  const past = new Past();
  for (let second = 0; second <= 3_600; second++) past.take(1_000 * second, [['words', counts(5, 5)]]);
  expect(past.view()['words']!.at).toEqual([50 * MINUTE, 60 * MINUTE]);
  past.take(0, []);
  expect(past.view()).toEqual({});
});

test('a server remembers counts from its start, and tells those who have its key', async () => {
  const database = await open();
  const words = await database.createCollection('words', { dimension: 2, metric: 'euclidean' });
  const server = await serve({ database, port: 0, apiKey: 'all-of-it' });
  try {
    const past = (key: string) => fetch(`${server.url}/dashboard/api/past`, { headers: { 'api-key': key } });
    expect((await past('another')).status).toBe(401);
    await words.upsert(Array.from({ length: 7 }, (_, id) => ({ id, vector: [id, 1] })));
    let seen: PastView = {};
    while (seen['words']?.points.at(-1) !== 7) {
      await sleep(100);
      seen = (await (await past('all-of-it')).json()) as PastView;
    }
    expect(seen['words'].at.at(-1)).toBeGreaterThan(Date.now() - MINUTE);
  } finally {
    await server.close();
    await database.close();
  }
});
