/* Vectors that change while a field is linked and compacted: what follows them, what is kept for them, and what is told. */
import { expect, test, vi } from 'vitest';
import type { Parts } from '#silt/collection/parts.js';
import { type Collection, open, SiltError } from '#silt/index.js';
import { liveOf } from '../../support/databases.js';
import { integer, randomOf } from '../../support/random.js';

const CONFIG = {
  vectors: { a: { dimension: 2, metric: 'euclidean' }, b: { dimension: 2, metric: 'dot' } },
  sparse: { s: {} },
  indexing: { threads: 1, paused: true },
} as const;

const IDS = Array.from({ length: 600 }, (_, id) => id);

async function withPoints(use: (points: Collection) => Promise<void>): Promise<void> {
  await using db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(IDS.map((id) => ({ id, vector: { a: [id, 0], b: [1, id] } })));
  await points.buildNow();
  await use(points);
}

/** Changes the field "a" of all points, and has each found by its new vector. */
const changeAll = (points: Collection, y: number): Promise<unknown> =>
  points.updateVectors(IDS.map((id) => ({ id, vector: { a: [id, y] } })));

/** Has `meddle` look at the parts of the next compaction before that uses them. */
function atCompaction(points: Collection, meddle: (next: Parts) => void): void {
  const live = liveOf(points);
  const spied = vi.spyOn(live, 'newParts').mockImplementation(() => {
    spied.mockRestore();
    const next = live.newParts();
    meddle(next);
    return next;
  });
}

const near = (points: Collection, y: number) => points.search([7, y], { using: 'a', k: 1 });

test('where a new index cannot follow a change, its compaction fails, and neither the write nor the collection', () =>
  withPoints(async (points) => {
    atCompaction(points, ({ dense: [a] }) => {
      const { build } = a!.engine;
      const start = build.start.bind(build);
      build.start = async (...args) => {
        const report = await start(...args);
        vi.spyOn(a!.engine, 'append').mockImplementation(() => {
          throw new SiltError('OUT_OF_MEMORY', 'no room');
        });
        await changeAll(points, 5);
        return report;
      };
    });
    await expect(points.compact()).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    expect(await near(points, 5)).toMatchObject([{ id: 7, score: 0 }]);
    await changeAll(points, 9);
    await points.compact();
    expect(await near(points, 9)).toMatchObject([{ id: 7, score: 0 }]);
    expect(points.status()).toMatchObject({ masked: 0, state: 'paused' });
  }));

test('vectors that change while a new index is linked are linked before that takes over', () =>
  withPoints(async (points) => {
    let rounds = 0;
    atCompaction(points, ({ dense: [a] }) => {
      const { build } = a!.engine;
      const start = build.start.bind(build);
      build.start = async (...args) => {
        const report = await start(...args);
        if (rounds++ === 0) await changeAll(points, 5);
        return report;
      };
    });
    await points.compact();
    expect(rounds).toBe(2);
    expect(points.status().fields['a']).toMatchObject({ pending: 0, indexed: IDS.length });
    expect(await near(points, 5)).toMatchObject([{ id: 7, score: 0 }]);
  }));

test('up to where all is indexed never goes back, and says what waits, changed vectors and new points alike', () =>
  withPoints(async (points) => {
    const random = randomOf(3);
    const [field] = liveOf(points).graphs;
    /** By place: the operation that wrote the vector. */
    const written = IDS.map((i) => i + 1);
    let before = field!.indexedSeq;
    expect(before).toBe(IDS.length);
    for (let i = 0; i < 100; i++) {
      const draw = random();
      if (draw < 0.25) await field!.engine.build.start(1, { most: integer(random, 1, 20) });
      else {
        const id = integer(random, 0, 700);
        const vector = { a: [id, i] };
        if (draw < 0.4) await points.upsert({ id, vector });
        else if (draw < 0.5) await points.delete(id);
        else await points.updateVectors({ id, vector });
        if (field!.engine.slots > written.length) written.push(points.status().seq);
      }
      const waiting = written.findIndex((_, place) => isWaiting(field!, place));
      expect(field!.indexedSeq).toBe(waiting < 0 ? points.status().seq : written[waiting]! - 1);
      expect(field!.indexedSeq).toBeGreaterThanOrEqual(before);
      before = field!.indexedSeq;
    }
  }));

function isWaiting({ engine }: ReturnType<typeof liveOf>['graphs'][number], place: number): boolean {
  const [arena] = engine.arenas;
  return place < engine.slots && [...arena!.waitingRows()].includes(place);
}

test('a change keeps memory for vectors that it brings, in the fields to which it brings some', () =>
  withPoints(async (points) => {
    const reserved = liveOf(points).dense.map(({ engine }) => vi.spyOn(engine, 'reserve'));
    const most = (): number[] =>
      reserved.map((spied) => {
        const counts = spied.mock.calls.map(([count]) => count);
        spied.mockClear();
        return Math.max(...counts);
      });
    await changeAll(points, 5);
    expect(most()).toEqual([IDS.length, 0]);
    await points.deleteVectors(IDS.slice(0, 300), ['b', 's']);
    expect(most()).toEqual([0, 0]);
    await points.updateVectors([
      { id: 1, vector: { a: [1, 1] } },
      { id: 2, vector: { b: [1, 1] } },
      { id: 3, vector: { b: [1, 1], s: { indices: [1], values: [1] } } },
    ]);
    expect(most()).toEqual([1, 2]);
  }));

test('what is remembered of filters is looked at again where a point has values in other fields than before', () =>
  withPoints(async (points) => {
    const { payloadChanges } = liveOf(points);
    const filter = { must: { has_vector: 'b' } };
    expect(await points.count({ filter })).toBe(IDS.length);
    await changeAll(points, 5);
    expect(payloadChanges.count).toBe(0);
    await points.deleteVectors(IDS.slice(0, 10), ['b']);
    expect(payloadChanges.count).toBe(10);
    expect(await points.count({ filter })).toBe(IDS.length - 10);
    await points.updateVectors(IDS.slice(5, 15).map((id) => ({ id, vector: { b: [1, 1] } })));
    expect(payloadChanges.count).toBe(15);
    expect(await points.count({ filter })).toBe(IDS.length - 5);
  }));
