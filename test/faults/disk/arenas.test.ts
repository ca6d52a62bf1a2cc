/*
 * T10: a commit that fails after its rows were staged in several arenas: what it began stays unused, the rows that come
 * next take their places, and filters find these and no others.
 */
import { expect, test } from 'vitest';
import { liveOf } from '../../support/databases.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { arenaBytesFor, TINY_HNSW } from '../../support/machines.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';
import { newMemoryStore, openWith } from '../../support/stores.js';

const CONFIG = { dimension: 8, metric: 'euclidean', hnsw: TINY_HNSW } as const;

const numbered = (seed: number, count: number, from: number): ReturnType<typeof pointsOf> =>
  pointsOf(seed, count, CONFIG.dimension, from).map((point) => ({
    ...point,
    payload: { n: Number(point.id), seed },
  }));

test.each(['before', 'after'] as const)(
  'a commit over several arenas that fails: %s it is kept',
  async (moment) => {
    const store = new FaultyStore(newMemoryStore(), Infinity, moment, 0);
    const machine = { threads: 2, arenaBytes: arenaBytesFor(CONFIG, 2, 1) };
    const db = await openWith(store, 0, machine);
    const points = await db.createCollection('points', CONFIG);
    await points.createPayloadIndex('n', 'integer');
    const model: Points = new Map();
    for (let round = 0; round < 6; round++) {
      const failing = round % 2 === 1;
      const batch = numbered(round, 150, 100 * round);
      if (failing) store.failNext(1);
      const error = await points.upsert(batch).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error === undefined).toBe(!failing || moment === 'after');
      if (error === undefined) for (const point of batch) model.set(point.id, point);
      await expectHolds(points, model);
      for (const from of [0, 90, 120, 250, 380, 500, 640]) {
        const filter = { must: [{ key: 'n', range: { gte: from, lt: from + 10 } }] };
        const ids = [...model.keys()].filter((id) => Number(id) >= from && Number(id) < from + 10);
        expect(await points.count({ filter })).toBe(ids.length);
        const hits = await points.search(new Float32Array(8), { filter, k: 20 });
        expect(hits.map(({ id }) => id).sort()).toEqual(ids.sort());
      }
    }
    await points.buildNow();
    expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    expect(liveOf(points).graphs[0]!.engine.arenas.length).toBeGreaterThan(2);
    await expectHolds(points, model);
    await db.close();
  },
);
