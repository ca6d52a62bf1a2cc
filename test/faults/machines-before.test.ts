/*
 * T15: databases of several arenas that the release of snapshot version 2 wrote, which numbered slots by the room
 * that arenas had: see test/fixtures/README.md. Whatever their snapshots hold, the store is right.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extract } from 'tar';
import { expect, test } from 'vitest';
import { type Collection, HnswIndex } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { engineOf } from '../support/index.js';
import { arenaBytesFor, openOn } from '../support/machines.js';

const fixture = fileURLToPath(new URL('../fixtures/arenas-v2.tgz', import.meta.url));
const arenaBytes = arenaBytesFor({ dimension: 4, metric: 'euclidean' }, 5, 1);
const MACHINES = [1, 2, 5].map((threads) => ({ threads }));

/** Which vector an id has: the number that it was made from. */
type Numbers = Map<number, number>;

const numbersOf = (from: number, to: number, extra = 0): [number, number][] =>
  Array.from({ length: to - from }, (_, i) => [from + i, extra]);

/** Points 0 to 299, as all three have them at first. */
const FIRST: Numbers = new Map(numbersOf(0, 300));
/** `moved`, after it was written to with one thread. */
const LATER: Numbers = new Map([...FIRST, ...numbersOf(290, 330, 1000), ...numbersOf(295, 300, 2000)]);

async function expectRight(points: Collection, model: Numbers): Promise<void> {
  expect(points.status().points).toBe(model.size);
  const vectors = new Map<number, Float32Array>();
  for (const [id, extra] of model) {
    const point = await points.get(id);
    expect(point!.payload).toEqual({ n: id, extra });
    expect(point!.vector![0]).toBeCloseTo(Math.sin(id + extra), 5);
    vectors.set(id, point!.vector!);
  }
  for (const [id, vector] of vectors) {
    const [hit] = await points.search(vector, { k: 1 });
    expect(hit).toMatchObject({ id, payload: { n: id, extra: model.get(id) } });
    const filter = { must: [{ key: 'n', match: { value: id } }] };
    expect(await points.count({ filter })).toBe(1);
    expect((await points.search(vector, { filter })).map((found) => found.id)).toEqual([id]);
  }
  expect(await points.search([0, 0, 0, 0], { k: 1_000 })).toHaveLength(model.size);
  expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
}

/** Opens one of the databases as a machine of so many threads, twice. Returns the rows linked at once, and what was rejected. */
async function expectOpens(
  name: string,
  threads: number,
  model: Numbers,
): Promise<{ indexed: number; rejected: string[] }> {
  const rejected: string[] = [];
  const note = (message: unknown): void => {
    const { path, error } = message as { path: string; error: Error };
    if (path.endsWith('.snapshot')) rejected.push(error.message);
  };
  return withFolder(async (folder) => {
    await extract({ file: fixture, cwd: folder });
    subscribe('silt:snapshot:rejected', note);
    let db = await openOn(join(folder, name), { threads, arenaBytes });
    try {
      const { indexed } = db.collection('points').status();
      await expectRight(db.collection('points'), model);
      await db.collection('points').createPayloadIndex('n', 'integer');
      await db.collection('points').buildNow();
      await db.close();
      const seen = rejected.length;
      db = await openOn(join(folder, name), { threads: 6 - threads, arenaBytes });
      expect(rejected).toHaveLength(seen);
      expect(db.collection('points').status()).toMatchObject({ indexed: model.size, pending: 0 });
      await expectRight(db.collection('points'), model);
      await db.collection('points').delete({ filter: { must: [{ key: 'n', range: { gte: 280 } }] } });
      await expectRight(db.collection('points'), new Map([...model].filter(([id]) => id < 280)));
      return { indexed, rejected };
    } finally {
      await db.close();
      unsubscribe('silt:snapshot:rejected', note);
    }
  });
}

test.each(MACHINES)('a sound one opens with its graph on $threads threads', async ({ threads }) => {
  expect(await expectOpens('sound', threads, FIRST)).toEqual({ indexed: 300, rejected: [] });
});

test.each(MACHINES)(
  'payload indexes that were made by the slots of other rows are not believed: $threads threads',
  async ({ threads }) => {
    expect(await expectOpens('indexed', threads, FIRST)).toEqual({ indexed: 300, rejected: [] });
  },
);

test.each(MACHINES)(
  'a graph with rows in the wrong arena is built anew from the store: $threads threads',
  async ({ threads }) => {
    const { indexed, rejected } = await expectOpens('moved', threads, LATER);
    expect(indexed).toBe(0);
    expect(rejected).toEqual([expect.stringMatching(/not in the order in which they were written/)]);
  },
);

test('without a store to compare with, such a graph is what it says: all ids are found, and more rows are written', async () => {
  await withFolder(async (folder) => {
    await extract({ file: fixture, cwd: folder });
    const index = await HnswIndex.load(join(folder, 'moved', 'snapshots', '1.snapshot'), { threads: 2 });
    const arenas = () => engineOf(index).arenas.map(({ rows }) => rows);
    expect(arenas()).toEqual([173, 128, 44]);
    const ids = index.search([0, 0, 0, 0], 1_000).map(([id]) => id);
    expect(ids).toHaveLength(index.size);
    for (let id = 1_000; id < 1_010; id++) index.insert(id, [id, 0, 0, 0]);
    expect(arenas()).toEqual([173, 128, 54]);
    for (const id of ids) expect(index.has(id)).toBe(true);
    expect(index.search([1_004, 0, 0, 0], 1)[0]![0]).toBe(1_004);
    expect(index.remove(ids[0]!)).toBe(true);
    expect(index.search([0, 0, 0, 0], 1)[0]![0]).toBe(ids[1]);
  });
});
