/* A loop that does nothing but call lets timers have their turn. Counted in calls, no time is taken. */
import { expect, test } from 'vitest';
import { type Collection, type Hit, open } from '#silt/index.js';

const ROWS = 20_000;
const IDS = Array.from({ length: ROWS }, (_, id) => id);

/** Calls in a row, one awaited after the other, until a timer of a millisecond fires; never more than `most`. */
async function callsUntilTimer(most: number, call: () => Promise<unknown>): Promise<number> {
  let fired = false;
  const timer = setTimeout(() => {
    fired = true;
  }, 1);
  let calls = 0;
  while (!fired && calls < most) {
    await call();
    calls++;
  }
  clearTimeout(timer);
  return fired ? calls : Infinity;
}

async function all(points: Collection, o?: object): Promise<number> {
  let count = 0;
  for await (const _ of points.scroll(o)) count++;
  return count;
}

test('every call that reads lets timers in', { timeout: 60_000 }, async () => {
  const db = await open();
  const config = { dimension: 2, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
  const points = await db.createCollection('points', config);
  for (let at = 0; at < ROWS; at += 5_000)
    await points.upsert(
      IDS.slice(at, at + 5_000).map((id) => ({ id, vector: [id, 1], payload: { even: id % 2 === 0 } })),
    );
  const filter = { key: 'even', match: { value: true } };
  const loops: [string, number, () => Promise<unknown>][] = [
    ['get', 100_000, () => points.get(7)],
    ['getMany', 2, () => points.getMany(IDS)],
    ['count', 100_000, () => points.count()],
    ['scroll', 2, () => all(points)],
    ['search', 20_000, () => points.search([7, 1], { k: 3 })],
    ['search of many', 2, () => points.search([7, 1], { k: ROWS })],
    ['searchBatch of many', 2, () => points.searchBatch([[7, 1]], { k: ROWS })],
    ['measureRecall', 2, () => points.measureRecall({ sample: 20, k: 5 })],
  ];
  for (const [name, most, call] of loops)
    expect(await callsUntilTimer(most, call), name).toBeLessThanOrEqual(most);
  expect(await callsUntilTimer(2, () => all(points, { filter: { must: [filter] } }))).toBeLessThanOrEqual(2);
  expect(points.status().points).toBe(ROWS);
  await db.close();
});

test('many hits are those of one moment, also where points are replaced and deleted meanwhile', async () => {
  const db = await open();
  const config = { dimension: 1, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
  const points = await db.createCollection('points', config);
  const write = (seed: number): Promise<unknown> =>
    points.upsert(IDS.slice(0, 5_000).map((id) => ({ id, vector: [id], payload: { seed } })));
  await write(0);
  for (let seed = 1; seed < 8; seed++) {
    const found = points.search([0], { k: 5_000 });
    const written = write(seed);
    const hits: Hit[] = await found;
    await written;
    const seeds = new Set(hits.map(({ payload }) => payload?.['seed']));
    expect(hits).toHaveLength(5_000);
    expect([[seed - 1], [seed]]).toContainEqual([...seeds]);
    expect(new Set(hits.map(({ id }) => id)).size).toBe(5_000);
  }
  await db.close();
});
