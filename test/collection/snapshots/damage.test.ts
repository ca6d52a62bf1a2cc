/*
 * T8: a snapshot that is cut short, altered, foreign, out of date or missing costs time, never a row, and never gives
 * a wrong answer: it is set aside, search is exact meanwhile, and the graph is built again.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SNAPSHOT_VERSION } from '#silt/hnsw/snapshot.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';
import { integer, randomOf } from '../../support/random.js';

const CONFIG = {
  dimension: 8,
  metric: 'euclidean',
  hnsw: { efConstruction: 40 },
  indexing: { paused: true, threads: 1 },
} as const;
const ROWS = 40;

let folder: string;
let path: string;
let snapshot: string;
let whole: Buffer;
let other: Buffer;
const model: Points = new Map(pointsOf(1, ROWS, 8).map((point) => [point.id, point]));

/** A database of two collections alike, linked and closed. */
async function make(at: string, seed: number): Promise<void> {
  const database = await open(at);
  for (const name of ['words', 'others']) {
    const collection = await database.createCollection(name, CONFIG);
    await collection.upsert(pointsOf(name === 'words' ? seed : seed + 1, ROWS, 8));
    await collection.buildNow();
  }
  await database.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silt-damage-'));
  path = join(folder, 'db');
  snapshot = join(path, 'snapshots', '1.snapshot');
  await make(path, 1);
  whole = await readFile(snapshot);
  other = await readFile(join(path, 'snapshots', '2.snapshot'));
});
beforeEach(async () => {
  await rm(join(path, 'snapshots'), { recursive: true });
  await mkdir(join(path, 'snapshots'));
  await writeFile(snapshot, whole);
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens the database, looks at the collection, and closes it without writing a snapshot. */
async function opened(look: (words: Collection, database: Database) => Promise<void>): Promise<void> {
  const database = await open(path, { closeBudgetMs: 0 });
  try {
    await look(database.collection('words'), database);
  } finally {
    await database.close();
  }
}

const files = async (): Promise<string[]> => (await readdir(join(path, 'snapshots'))).sort();

/** The file is not believed, lies aside, and all is found by exact scan. */
async function expectSetAside(what: string, code = 'SNAPSHOT_INVALID'): Promise<void> {
  const rejected: unknown[] = [];
  const note = (message: unknown): void => void rejected.push(message);
  subscribe('silt:snapshot:rejected', note);
  try {
    await opened(async (words) => {
      expect(words.status(), what).toMatchObject({ points: ROWS, pending: ROWS, indexed: 0 });
      await expectHolds(words, model);
      expect((await words.explain(pointsOf(9, 1, 8)[0]!.vector)).plan, what).toMatch(/^exact scan/);
    });
  } finally {
    unsubscribe('silt:snapshot:rejected', note);
  }
  expect(await files(), what).toEqual(['1.snapshot.damaged']);
  expect(rejected, what).toEqual([
    {
      path: snapshot,
      aside: `${snapshot}.damaged`,
      error: expect.objectContaining({ code }),
    },
  ]);
}

/** From here on, all is as if nothing had been: the graph is built, kept in a new snapshot, and read from there. */
async function expectMended(points = model): Promise<void> {
  const database = await open(path);
  const words = database.collection('words');
  await words.buildNow();
  await expectHolds(words, points);
  expect((await words.verify()).ok).toBe(true);
  await database.close();
  expect(await files()).toContain('1.snapshot');
  await opened(async (again) => {
    expect(again.status()).toMatchObject({ points: points.size, pending: 0, indexed: points.size });
    await expectHolds(again, points);
  });
}

async function damaged(what: string, bytes: Uint8Array): Promise<void> {
  await writeFile(snapshot, bytes);
  await expectSetAside(what);
}

test('the whole one is believed', async () => {
  await opened(async (words) => {
    expect(words.status()).toMatchObject({ points: ROWS, pending: 0, indexed: ROWS });
    await expectHolds(words, model);
  });
  expect(await files()).toEqual(['1.snapshot']);
});

const PARTS = amount('SILT_CUTS', 8, 64);

test('cut short at every place', async () => {
  for (let part = 0; part < PARTS; part++) {
    const bytes = whole.subarray(0, Math.floor((part * whole.length) / PARTS));
    await damaged(`${part} parts of ${PARTS}`, bytes);
  }
  await expectMended();
});

test('cut short by some of the last bytes', async () => {
  for (let less = 1; less <= 64; less += 64 / PARTS)
    await damaged(`${less} bytes less`, whole.subarray(0, -less));
  await expectMended();
});

test('bits altered', async () => {
  const random = randomOf(1);
  for (let round = 0; round < amount('SILT_FLIPS', 6, 48); round++) {
    const bytes = Buffer.from(whole);
    const bit = integer(random, 0, 8 * (round % 3 === 0 ? 600 : whole.length));
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await damaged(`bit ${bit} altered`, bytes);
  }
  await expectMended();
});

test('empty, of zeros, of text, of an unknown version, longer than it says', async () => {
  const newer = Buffer.from(whole);
  newer.writeUInt32LE(SNAPSHOT_VERSION + 1, 8);
  await damaged('empty', Buffer.alloc(0));
  await damaged('zeros', Buffer.alloc(whole.length));
  await damaged('text', Buffer.from('hello'));
  await damaged('of a version to come', newer);
  await damaged('longer', Buffer.concat([whole, Buffer.alloc(10)]));
  await expectMended();
});

test('of another collection', async () => {
  await damaged('of another collection', other);
  await expectMended();
});

test('of another database', async () => {
  await make(join(folder, 'foreign'), 1);
  await damaged('of another database', await readFile(join(folder, 'foreign', 'snapshots', '1.snapshot')));
  await expectMended();
});

test('a folder in its place', async () => {
  await rm(snapshot);
  await mkdir(snapshot);
  await expectSetAside('a folder', 'EISDIR');
  await expectMended();
});

test('missing: nothing is set aside', async () => {
  await rm(join(path, 'snapshots'), { recursive: true });
  await opened(async (words) => {
    expect(words.status()).toMatchObject({ points: ROWS, pending: ROWS });
    await expectHolds(words, model);
  });
  expect(await files()).toEqual([]);
  await expectMended();
});

test('what a writer that was killed left behind is swept away', async () => {
  const left = join(path, 'snapshots', '.1.snapshot.0123456789ab.tmp');
  await writeFile(left, whole.subarray(0, 1_000));
  await opened(async (words) => expect(words.status().indexed).toBe(ROWS));
  expect(await files()).toEqual(['1.snapshot']);
});

test('older than the store: what came since waits, what went is gone', async () => {
  const before = join(folder, 'before');
  await cp(path, before, { recursive: true });
  try {
    const then: Points = new Map(model);
    const database = await open(path);
    const words = database.collection('words');
    const added = pointsOf(5, 20, 8, ROWS - 10); // half of them replace
    await words.upsert(added);
    await words.delete([0, 1]);
    await words.upsert({ ...added[0]!, id: 1 });
    await words.delete([1]);
    for (const point of added) then.set(point.id, point);
    for (const id of [0, 1]) then.delete(id);
    await words.buildNow();
    await database.close();
    const newer = await readFile(snapshot);
    await writeFile(snapshot, whole);
    await opened(async (again) => {
      expect(again.status()).toMatchObject({ points: then.size, pending: 20, indexed: then.size - 20 });
      await expectHolds(again, then);
      await again.buildNow();
      expect((await again.verify()).ok).toBe(true);
      await expectHolds(again, then);
    });
    await expectMended(then);
    // And the other way round: the store was taken back, and the snapshot is ahead of it.
    await rm(path, { recursive: true });
    await cp(before, path, { recursive: true });
    await damaged('ahead of the store', newer);
    await expectMended();
  } finally {
    await rm(path, { recursive: true });
    await rename(before, path);
  }
});
