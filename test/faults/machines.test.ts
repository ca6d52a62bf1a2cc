/*
 * T15: the same files opened with fewer or more cores give the same answers, and do the same to the same points.
 * A collection of several arenas is written as if there were so many threads, and opened as if there were others.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Collection, Database } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { arenaBytesFor, openOn, TINY_HNSW } from '../support/machines.js';
import { expectHolds, type Points, pointsOf } from '../support/points.js';

const CONFIG = { dimension: 8, metric: 'euclidean', hnsw: TINY_HNSW } as const;
const ROWS = 420;

const arenasOf = (points: Collection) => liveOf(points).graphs[0]!.engine.arenas;
const rowsOf = (points: Collection): number[] => arenasOf(points).map(({ rows }) => rows);

function numbered(seed: number, count: number, from = 0): ReturnType<typeof pointsOf> {
  return pointsOf(seed, count, CONFIG.dimension, from).map((point) => ({
    ...point,
    payload: { n: Number(point.id), seed },
  }));
}

/** A collection and what it must hold, on machines that change. */
class Moved {
  readonly model: Points = new Map();
  #db!: Database;
  points!: Collection;
  readonly #path: string;
  readonly #arenaBytes: number;

  constructor(path: string, arenaBytes: number) {
    this.#path = path;
    this.#arenaBytes = arenaBytes;
  }

  async open(threads: number): Promise<void> {
    await this.#db?.close();
    this.#db = await openOn(this.#path, { threads, arenaBytes: this.#arenaBytes });
    const there = this.#db.collections().length > 0;
    this.points = there ? this.#db.collection('points') : await this.#db.createCollection('points', CONFIG);
    expect(this.points.config.indexing.threads).toBe(threads);
  }

  async put(points: ReturnType<typeof numbered>): Promise<void> {
    for (const point of points) this.model.set(point.id, point);
    await this.points.upsert(points);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  async expectWhole(): Promise<void> {
    const { points, model } = this;
    expect(points.status()).toMatchObject({ points: model.size, lastError: null });
    await expectHolds(points, model);
    expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    for (const [gte, lt] of [
      [0, 10],
      [120, 140],
      [250, 260],
      [ROWS - 10, ROWS + 200],
    ] as const) {
      const filter = { must: [{ key: 'n', range: { gte, lt } }] };
      const ids = [...model.keys()].map(Number).filter((n) => n >= gte && n < lt);
      expect(await points.count({ filter })).toBe(ids.length);
      const hits = await points.search(new Float32Array(CONFIG.dimension), { filter, k: ROWS });
      expect(hits.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b));
    }
  }
}

interface Move {
  readonly from: number;
  readonly to: number;
  /** An arena holds one block of 128 rows where it is laid out for so many threads: two more for each less. */
  readonly laidFor: number;
  /** Rows of the arenas that the first machine fills. */
  readonly filled: readonly number[];
}

/** Runs `use` with a collection of several arenas that `from` threads have linked. */
async function withMoved(
  { from, laidFor, filled }: Move,
  use: (moved: Moved) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const moved = new Moved(join(folder, 'db'), arenaBytesFor(CONFIG, laidFor, 1));
    await moved.open(from);
    try {
      await moved.put(numbered(1, ROWS));
      await moved.points.createPayloadIndex('n', 'integer');
      await moved.points.buildNow();
      expect(rowsOf(moved.points)).toEqual(filled);
      await use(moved);
    } finally {
      await moved.close();
    }
  });
}

const MOVES: readonly Move[] = [
  { from: 5, to: 1, laidFor: 5, filled: [128, 128, 128, 36] },
  { from: 5, to: 2, laidFor: 5, filled: [128, 128, 128, 36] },
  { from: 1, to: 2, laidFor: 2, filled: [384, 36] },
  { from: 2, to: 5, laidFor: 2, filled: [128, 128, 128, 36] },
];

describe.each(someOf(MOVES, 2))(
  'written with $from threads, opened with $to, arenas for $laidFor',
  (move) => {
    const { from, to } = move;
    test('filters find, count and delete the points that match, and no others', async () => {
      await withMoved(move, async (moved) => {
        await moved.open(to);
        await moved.expectWhole();
        for (const [gte, lt] of [
          [ROWS - 10, ROWS],
          [200, 210],
          [0, 5],
        ] as const) {
          const receipt = await moved.points.delete({ filter: { must: [{ key: 'n', range: { gte, lt } }] } });
          expect(receipt.deleted).toBe(lt - gte);
          for (let id = gte; id < lt; id++) moved.model.delete(id);
        }
        await moved.expectWhole();
        await moved.open(from);
        await moved.expectWhole();
      });
    });

    test('the graph is there, whatever room this machine has: no row is linked again', async () => {
      await withMoved(move, async (moved) => {
        const before = rowsOf(moved.points);
        for (const threads of [to, from, 64, 1]) {
          await moved.open(threads);
          expect(moved.points.status()).toMatchObject({ points: ROWS, indexed: ROWS, pending: 0 });
          expect(rowsOf(moved.points)).toEqual(before);
        }
        await moved.expectWhole();
      });
    });

    test('new rows, replaced and deleted points are where they belong, in all later openings', async () => {
      await withMoved(move, async (moved) => {
        for (const [round, threads] of [to, from, to, 3].entries()) {
          await moved.open(threads);
          await moved.put(numbered(10 + round, 60, 30 + 90 * round)); // some replace, some are new
          await moved.put(numbered(20 + round, 40, ROWS + 50 * round));
          const gone = [7 * round, 130 + round, 300 + round, ROWS + 50 * round + 1];
          for (const id of gone) moved.model.delete(id);
          await moved.points.delete(gone);
          await moved.expectWhole();
          if (round % 2 === 0) await moved.points.buildNow();
        }
        await moved.points.buildNow();
        await moved.expectWhole();
        await moved.points.compact();
        await moved.expectWhole();
        await moved.open(to);
        await moved.expectWhole();
      });
    });

    test('a payload index made there is right, and right in the next opening', async () => {
      await withMoved(move, async (moved) => {
        await moved.points.dropPayloadIndex('n');
        await moved.open(to);
        await moved.points.createPayloadIndex('n', 'integer');
        await moved.expectWhole();
        await moved.open(from);
        await moved.expectWhole();
      });
    });
  },
);

test('an arena without room for the memory of more threads is linked and scanned by fewer', async () => {
  await withMoved({ from: 1, to: 5, laidFor: 2, filled: [384, 36] }, async (moved) => {
    await moved.open(5);
    const [first, second] = arenasOf(moved.points);
    expect([first!.threads, first!.searchers]).toEqual([1, 1]);
    expect([second!.threads, second!.searchers]).toEqual([2, 2]); // one block leaves no room for the scratch of five
    await moved.put(numbered(3, 200, ROWS));
    first!.scanMsPerRow = second!.scanMsPerRow = 100; // long scans: for other threads
    const query = new Float32Array(CONFIG.dimension);
    const exact = await moved.points.search(query, { k: 1_000, exact: true });
    expect(exact).toHaveLength(ROWS + 200);
    const filter = { must: [{ key: 'n', range: { gte: ROWS - 5, lt: ROWS + 5 } }] };
    expect(await moved.points.search(query, { k: 100, exact: true, filter })).toHaveLength(10);
    expect((await moved.points.buildNow()).linked).toBe(200);
    await moved.expectWhole();
  });
});
