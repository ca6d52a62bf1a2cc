/* What is flushed, and when: what users asked for, and nothing that only has to outlive the process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { UPGRADE } from '#silt/store/records.js';
import { PAUSED, pointsOf } from '../support/databases.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import { toFormat1 } from '../support/formats.js';
import { openLmdb, openWith } from '../support/stores.js';

async function withWatched(use: (points: Collection, store: FaultyStore) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const store = new FaultyStore(await openLmdb(join(folder, 'db')), Infinity);
    const db = await openWith(store);
    try {
      await use(await db.createCollection('points', PAUSED), store);
    } finally {
      await db.close();
    }
  });
}

/** What was committed since the last call: the keys of records, and whether it was flushed. */
function commits({ transactions }: FaultyStore): { keys: string[]; flushed: boolean }[] {
  return transactions.splice(0).map(({ transaction: { records = [], flush = true } }) => ({
    keys: records.map(([key]) => key),
    flushed: flush,
  }));
}

test('a build notes where it is, and flushes nothing', () =>
  withWatched(async (points, store) => {
    await points.upsert(pointsOf(1, 50));
    commits(store);
    await points.buildNow();
    const note = { keys: ['linking/1'], flushed: false };
    expect(commits(store)).toEqual([note, note]);
  }));

test('waitFor "durable" flushes what is only committed, whatever a build noted behind it; and nothing twice', () =>
  withWatched(async (points, store) => {
    const { seq } = await points.upsert(pointsOf(1, 50), { durability: 'committed' });
    await points.buildNow();
    expect(commits(store).filter(({ flushed }) => flushed)).toEqual([
      { keys: expect.arrayContaining(['collection/points']), flushed: true }, // when it was made
    ]);
    await points.waitFor(seq, 'durable');
    expect(commits(store)).toEqual([{ keys: ['flushed'], flushed: true }]);
    await points.waitFor(seq, 'durable');
    const later = await points.upsert(pointsOf(2, 50, 50));
    await points.buildNow();
    commits(store);
    await points.waitFor(later.seq, 'durable'); // was flushed when it was acknowledged
    expect(commits(store)).toEqual([]);
  }));

test('waitFor "durable" flushes what was committed while rows of an older format were rewritten', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await open(path);
    await (await made.createCollection('points', PAUSED)).upsert(pointsOf(1, 5_000)); // a few transactions
    await made.close();
    await toFormat1(path);
    const store = new FaultyStore(await openLmdb(path), Infinity);
    const db = await openWith(store);
    const points = db.collection('points');
    const { seq } = await points.upsert(pointsOf(2, 1), { durability: 'committed' });
    while (store.records(UPGRADE).length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(store.transactions.at(-1)).toMatchObject({ transaction: { upgrade: true, flush: false } });
    expect(commits(store).filter(({ flushed }) => flushed)).toEqual([]);
    await points.waitFor(seq, 'durable');
    expect(commits(store)).toEqual([{ keys: ['flushed'], flushed: true }]);
    await db.close();
  }));
