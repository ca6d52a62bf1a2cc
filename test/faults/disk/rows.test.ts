/*
 * T17: bytes of rows are damaged on the disk. Whichever they are, the database opens, no answer is wrong, and all other
 * points are found; the damaged one is counted, listed, named by an error, and whole again once it is written again.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import {
  type Collection,
  type CollectionConfig,
  type Database,
  type Hit,
  open,
  type StoredPoint,
} from '#silt/index.js';
import { someOf } from '../../support/amount.js';
import { errorOf, liveOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { alterRows, flipped } from '../../support/tables.js';

const CONFIG = { dimension: 4, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
const COUNT = 40;
/** The point that is damaged: id, and its row. */
const HURT = 'point 7';
const ROW = 8;

interface Made {
  readonly id: string | number;
  readonly vector: number[];
  readonly payload: { readonly n: number; readonly even: boolean };
}

const idOf = (i: number): string | number => (i % 2 === 0 ? i : `point ${i}`);
/** In 64 dimensions the walk is on codes, and distances need the vectors. */
const vectorOf = (i: number, dimension = 4): number[] =>
  [i, 0.5, -i, 1, ...Array.from({ length: 60 }, (_, j) => Math.fround(Math.sin(j + i)))].slice(0, dimension);
const pointOf = (i: number, dimension = 4): Made => ({
  id: idOf(i),
  vector: vectorOf(i, dimension),
  payload: { n: i, even: i % 2 === 0 },
});

/** A closed database of COUNT points with an index of `n`. */
async function make(path: string, config: CollectionConfig, count = COUNT): Promise<void> {
  const db = await open(path);
  const points = await db.createCollection('points', config);
  await points.createPayloadIndex('n', 'integer');
  await points.upsert(Array.from({ length: count }, (_, i) => pointOf(i, config.dimension)));
  await points.buildNow();
  await db.close();
}

/** Runs `use` with a database whose row ROW was altered while it was closed. */
function withDamage(
  config: CollectionConfig,
  alter: (value: Buffer) => Buffer | undefined,
  use: (points: Collection, db: Database, path: string) => Promise<void>,
  snapshots: boolean,
): Promise<void> {
  return withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path, config);
    await alterRows(path, (value, row) => (row === ROW ? alter(value) : value));
    if (!snapshots) rmSync(join(path, 'snapshots'), { recursive: true });
    const db = await open(path);
    try {
      await use(db.collection('points'), db, path);
    } finally {
      await db.close();
    }
  });
}

async function scrolled(points: Collection): Promise<StoredPoint[]> {
  const found: StoredPoint[] = [];
  for await (const point of points.scroll()) found.push(point);
  return found;
}

/** All points but the damaged one are there and right, by every way of reading; it is right or said to be damaged. */
async function expectOthers(points: Collection, lost: 'payload' | 'vector' | 'both'): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    if (idOf(i) === HURT) continue;
    expect(await points.get(idOf(i))).toEqual({ ...pointOf(i), vector: Float32Array.from(vectorOf(i)) });
  }
  const right = (found: StoredPoint | Hit): void => {
    const i = typeof found.id === 'string' ? Number(found.id.slice(6)) : Number(found.id);
    if (found.unreadable === undefined) expect(found.payload).toEqual(pointOf(i).payload);
    else expect(found).toMatchObject({ id: HURT, unreadable: expect.stringMatching(/./) });
  };
  const all = await scrolled(points);
  expect(all.map(({ id }) => id)).toEqual(Array.from({ length: COUNT }, (_, i) => idOf(i)).sort(byKind));
  all.forEach(right);
  for (const exact of [false, true]) {
    const hits = await points.search(vectorOf(7), { k: COUNT, exact });
    hits.forEach(right);
    expect(hits.length).toBeGreaterThanOrEqual(COUNT - 1); // a vector that is lost everywhere has no distance
    if (lost === 'payload') expect(hits).toHaveLength(COUNT);
    expect(hits.find(({ id }) => id === 6)?.score).toBeCloseTo(Math.SQRT2);
    const bare = await points.search(vectorOf(7), { k: COUNT, exact, withPayload: false });
    expect(bare.every(({ unreadable }) => unreadable === undefined)).toBe(true);
  }
  // A payload that cannot be read matches nothing, neither a condition nor its opposite, with an index or without.
  const known = lost === 'vector' ? COUNT : COUNT - 1;
  for (const key of ['n', 'even']) {
    const condition = key === 'n' ? { key, range: { gte: 0 } } : { key, match: { value: true } };
    const yes = await points.count({ filter: { must: [condition] } });
    const no = await points.count({ filter: { must_not: [condition] } });
    expect(yes + no).toBeGreaterThanOrEqual(known - (lost === 'payload' ? 0 : 1));
    expect(yes + no).toBeLessThanOrEqual(known);
  }
}

/** Integers, then strings by their bytes. */
function byKind(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

/** Written or deleted, the point is whole again, and nothing is said to be damaged any more. */
async function expectRepaired(points: Collection, how: 'upsert' | 'delete'): Promise<void> {
  if (how === 'upsert') {
    await points.upsert(pointOf(7));
    expect(await points.get(HURT)).toMatchObject(pointOf(7).payload ? { payload: pointOf(7).payload } : {});
    expect(await points.search(vectorOf(7), { k: 1 })).toMatchObject([{ id: HURT, score: 0 }]);
  } else {
    expect(await points.delete(HURT)).toMatchObject({ deleted: 1 });
    expect(await points.get(HURT)).toBeUndefined();
  }
  expect(points.status()).toMatchObject({ unreadable: 0, points: how === 'upsert' ? COUNT : COUNT - 1 });
  expect(await points.verify()).toMatchObject({ ok: true, unreadable: 0, missingRows: 0, extraRows: 0 });
}

const lastByte = (value: Buffer): Buffer => flipped(value, 8 * value.length - 1);
const inPayload = (value: Buffer): Buffer => flipped(value, 8 * (value.indexOf('even') + 1));
const DAMAGES = {
  'a wrong bit in its payload': ['payload', inPayload],
  'a wrong bit in its vector': ['vector', lastByte],
  'a wrong bit in both': ['both', (value: Buffer) => inPayload(lastByte(value))],
  'half of its bytes missing': ['both', (value: Buffer) => value.subarray(0, value.length >> 1)],
  'other bytes in its place': ['both', (value: Buffer) => Buffer.alloc(value.length, 0xa5)],
  'no bytes at all': ['both', () => undefined],
} as const;
const cases = Object.entries(DAMAGES).flatMap(([name, [lost, alter]]) =>
  (['memory', 'disk'] as const).flatMap((vectors) =>
    [true, false].map((snapshots) => ({ name, lost, alter, vectors, snapshots })),
  ),
);

describe.each(someOf(cases, 5))('a point with $name (vectors in $vectors, snapshot: $snapshots)', (one) => {
  const { lost, alter, vectors, snapshots } = one;

  test('is counted, listed and named; all others are found, through a compaction too; a write repairs it', () =>
    withDamage(
      { ...CONFIG, vectors },
      alter,
      async (points) => {
        await expectOthers(points, lost);
        const report = await points.verify();
        expect(report).toMatchObject({ ok: false, unreadable: 1, missingRows: 0 });
        expect(report.unreadableRows).toMatchObject([{ row: ROW, why: expect.stringMatching(/./) }]);
        expect(points.status().unreadable).toBe(1);
        const inMemory = vectors === 'memory' && snapshots && lost === 'vector';
        if (inMemory) expect(await points.get(HURT)).toMatchObject({ id: HURT });
        else {
          const error = await errorOf(() => points.get(HURT));
          expect(error).toMatchObject({ code: 'ROW_UNREADABLE', id: HURT, name: 'RowUnreadableError' });
          expect(error.message).toMatch(
            /point "point 7" \(row 8\) cannot be read: .*\. Other points are not affected/,
          );
          expect(await errorOf(() => points.getMany([1, HURT]))).toMatchObject({ code: 'ROW_UNREADABLE' });
        }
        await points.compact();
        await expectOthers(points, lost);
        await points.measureRecall({ sample: 10 });
        await expectRepaired(points, snapshots ? 'upsert' : 'delete');
      },
      snapshots,
    ));
});

const again = 'is found again after the next opening, and a row that can be read again is searched again';
test.each(['with a snapshot', 'without a snapshot'])(`damage ${again}, %s`, (how) =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path, { ...CONFIG, dimension: 64, storage: 'disk' });
    await alterRows(path, (value, row) => (row === ROW ? lastByte(value) : value));
    for (let times = 0; times < 2; times++) {
      if (how === 'without a snapshot') rmSync(join(path, 'snapshots'), { recursive: true });
      const db = await open(path);
      const points = db.collection('points');
      expect(await points.search(vectorOf(7, 64), { k: COUNT })).toHaveLength(COUNT - 1);
      expect(points.status()).toMatchObject({ unreadable: 1, points: COUNT - 1 });
      await points.upsert({ id: 'more', vector: vectorOf(100 + times, 64) });
      await points.delete('more');
      await points.compact();
      await points.measureRecall({ sample: 10 });
      const exact = await points.search(vectorOf(7, 64), { k: COUNT, exact: true });
      expect(exact).toHaveLength(COUNT - 1);
      await db.close();
    }
    await alterRows(path, (value, row) => (row === ROW ? lastByte(value) : value)); // as a backup would
    const db = await open(path);
    expect(await db.collection('points').search(vectorOf(7, 64), { k: 1 })).toMatchObject([{ id: HURT }]);
    expect(await db.collection('points').verify()).toMatchObject({ ok: true, unreadable: 0 });
    await db.close();
  }),
);

describe('a lost vector that is met in a scan of several turns is left out, and the others are found', () => {
  const query = vectorOf(7, 64);
  const filter = { must: [{ key: 'n', range: { gte: 0 } }] };
  const k = COUNT;
  const countOf = (hits: readonly Hit[] | undefined): number | undefined => hits?.length;

  test.each<[string, (points: Collection) => Promise<unknown>, unknown]>([
    ['search', async (points) => countOf(await points.search(query, { k })), COUNT - 1],
    ['an exact search', async (points) => countOf(await points.search(query, { k, exact: true })), COUNT - 1],
    ['a filter', async (points) => countOf(await points.search(query, { k, filter })), COUNT - 1],
    [
      'searchBatch',
      async (points) => (await points.searchBatch([query, query], { k })).map(countOf),
      [COUNT - 1, COUNT - 1],
    ],
    [
      'explain',
      async (points) => {
        const { hits, counters } = await points.explain(query, { k });
        return [hits.length, counters.rowsScanned];
      },
      [COUNT - 1, COUNT],
    ],
    ['measureRecall', async (points) => (await points.measureRecall({ sample: 10, k })).value, 1],
  ])('%s', (_, ask, expected) =>
    withFolder(async (folder) => {
      const path = join(folder, 'db');
      await make(path, { ...CONFIG, dimension: 64, storage: 'disk' });
      await alterRows(path, (value, row) => (row === ROW ? lastByte(value) : value));
      const db = await open(path);
      const points = db.collection('points');
      const { engine } = liveOf(points).graphs[0]!;
      for (const arena of engine.arenas) arena.scanMsPerRow = 1; // too long for one turn
      expect(points.status().points).toBe(COUNT);
      expect(await ask(points)).toEqual(expected);
      expect(points.status()).toMatchObject({ unreadable: 1, points: COUNT - 1 });
      const asked = { vector: query, k, ef: 1, exact: true, exactBelow: 0, admitted: ALL };
      const late = engine.answer(asked);
      expect(late).toBeInstanceOf(Promise);
      await late;
      await db.close();
    }),
  );
});

test('each bit of a row flipped in turn: no answer is wrong, and none of the rows ends an opening', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const count = 8 * 80; // a bit of each row; rows of few bytes are flipped in the same place again
    await make(path, CONFIG, count);
    await alterRows(path, (value, row) => flipped(value, (row - 1) % (8 * value.length)));
    rmSync(join(path, 'snapshots'), { recursive: true });
    const db = await open(path);
    const points = db.collection('points');
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const error = await errorOf(() => points.get(idOf(i)));
      expect(error).toMatchObject({ code: 'ROW_UNREADABLE' });
      const hits = await points.search(vectorOf(i), { k: 2 });
      for (const { id, score, payload, unreadable } of hits) {
        const n = Number(typeof id === 'string' ? id.slice(6) : id);
        const distance = Math.hypot(...vectorOf(n).map((x, j) => x - vectorOf(i)[j]!));
        if (Math.abs(score - distance) > 1e-3) wrong++;
        if (unreadable === undefined && JSON.stringify(payload) !== JSON.stringify(pointOf(n).payload))
          wrong++;
      }
    }
    expect(wrong).toBe(0);
    expect(await points.verify()).toMatchObject({ unreadable: count, missingRows: 0 });
    expect((await points.verify()).unreadableRows).toHaveLength(100);
    await points.upsert(Array.from({ length: count }, (_, i) => pointOf(i)));
    expect(await points.verify()).toMatchObject({ ok: true, unreadable: 0 });
    await db.close();
  }));

test('a bit flipped in the file itself is noticed', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path, CONFIG);
    const file = join(path, 'store', 'data.mdb');
    const bytes = readFileSync(file);
    const vector = Buffer.from(Float32Array.from(vectorOf(7)).buffer);
    let flips = 0;
    for (let at = bytes.indexOf(vector); at >= 0; at = bytes.indexOf(vector, at + 1), flips++)
      bytes[at + 1]! ^= 4;
    expect(flips).toBeGreaterThan(0);
    writeFileSync(file, bytes);
    rmSync(join(path, 'snapshots'), { recursive: true });
    const db = await open(path);
    const points = db.collection('points');
    expect(await errorOf(() => points.get(HURT))).toMatchObject({ code: 'ROW_UNREADABLE' });
    expect(await points.search(vectorOf(7), { k: COUNT })).toHaveLength(COUNT - 1);
    await expectRepaired(points, 'upsert');
    await db.close();
  }));
