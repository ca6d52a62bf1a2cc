/*
 * T9 where the poison is strong enough to end the process: after a bounded number of openings the row is in
 * quarantine, found all the same, and every other row is linked. Nothing else is taken for such a row.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { vectorsFor } from '../support/random.js';
import { until } from '../support/steps.js';
import { openLmdb } from '../support/stores.js';

const child = fileURLToPath(new URL('poison.mjs', import.meta.url));
const ROWS = 800;
const vectors = vectorsFor('cosine', 1, ROWS, 32);

/** A database with rows that wait: row number i + 1 has id i. */
async function fill(folder: string, threads: number): Promise<void> {
  const database = await open(folder);
  const words = await database.createCollection('words', {
    dimension: 32,
    metric: 'cosine',
    hnsw: { efConstruction: 40 },
    indexing: { paused: true, threads },
  });
  await words.upsert(vectors.map((vector, id) => ({ id, vector })));
  await database.close();
}

/** Opens and builds, killed each time, until a build comes to its end; returns how often it was killed. */
async function killsUntilBuilt(folder: string, row: number, most: number): Promise<number> {
  for (let kills = 0; kills <= most; kills++) {
    const [code, signal] = (await once(
      spawn(process.execPath, [child, folder, String(row)], { stdio: 'inherit' }),
      'close',
    )) as [number | null, string | null];
    if (code === 0) return kills;
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  }
  throw new Error(`still killed after ${most} openings`);
}

async function expectOwnRank(words: Collection, ids: Iterable<number>): Promise<void> {
  for (const id of ids) expect((await words.search(vectors[id]!, { k: 1 }))[0]!.id).toBe(id);
}

/** Records that a store keeps about builds. */
async function recordsOf(folder: string, prefix: string): Promise<unknown[]> {
  const store = await openLmdb(folder);
  try {
    return store.records(prefix).map(([, value]) => value);
  } finally {
    await store.close();
  }
}

const PLACES = [
  ['in the middle', 456, 2],
  ['first', 1, 1],
  ['last', ROWS, 2],
] as const;

test.each(someOf(PLACES, 3))(
  'a row that kills the process, %s (row %d, %d threads)',
  async (_, row, threads) => {
    await withFolder(async (folder) => {
      await fill(folder, threads);
      // Twice with all rows, then with 25 and 1: twice each, where a narrow build before it came to its end.
      const kills = await killsUntilBuilt(folder, row, 10);
      expect(kills).toBeGreaterThan(1);
      const database = await open(folder);
      const words = database.collection('words');
      expect(words.status()).toMatchObject({
        points: ROWS,
        indexed: ROWS - 1,
        quarantined: 1,
        pending: 0,
        lastError: null,
      });
      expect((await words.verify()).ok).toBe(true);
      await expectOwnRank(words, vectors.keys());
      // Replaced, it is an ordinary row.
      await words.upsert({ id: row - 1, vector: vectors[row - 1]! });
      await words.buildNow();
      expect(words.status()).toMatchObject({ points: ROWS, indexed: ROWS, quarantined: 0 });
      await database.close();
      // And in quarantine it stays, also without a snapshot: the next opening does not try it again.
      expect(await recordsOf(folder, 'quarantine/')).toEqual([[row]]);
    });
  },
);

test('a database that is closed while it builds, again and again, is not taken for one that crashes', async () => {
  await withFolder(async (folder) => {
    await fill(folder, 2);
    let cutShort = 0;
    for (let closes = 0; closes < 12; closes++) {
      const database = await open(folder, { closeBudgetMs: 0 }); // no snapshot: it begins anew each time
      const words = database.collection('words');
      const built = words.buildNow().catch((error: unknown) => error);
      await until(() => words.status().indexed > 10);
      await database.close();
      if ((await built) instanceof Error) cutShort++;
    }
    expect(cutShort).toBeGreaterThan(0);
    expect(await recordsOf(folder, 'linking/')).toEqual([]);
    const database = await open(folder);
    const words = database.collection('words');
    const { linked, quarantined } = await words.buildNow();
    expect({ linked, quarantined }).toEqual({ linked: ROWS, quarantined: 0 });
    expect(words.status()).toMatchObject({ indexed: ROWS, quarantined: 0, state: 'paused' });
    await database.close();
  });
});

test('where the suspect was replaced meanwhile, the row behind it is not taken for it', async () => {
  await withFolder(async (folder) => {
    await fill(folder, 1);
    const store = await openLmdb(folder);
    // One more death at row 1 alone would have proved it.
    await store.commit({ records: [['linking/1', { row: 1, most: 1, strikes: 2 }]] });
    await store.close();
    const database = await open(folder);
    const words = database.collection('words');
    await words.delete(0);
    await words.buildNow();
    expect(words.status()).toMatchObject({ points: ROWS - 1, indexed: ROWS - 1, quarantined: 0 });
    await database.close();
  });
});

test('where what was suspected comes through narrowly, builds become wide again, and still find the row', async () => {
  await withFolder(async (folder) => {
    await fill(folder, 2);
    const store = await openLmdb(folder);
    // Somebody has killed the process some times: rows are linked one by one.
    await store.commit({ records: [['linking/1', { row: 1, most: 1, strikes: 1 }]] });
    await store.close();
    const row = 700;
    await killsUntilBuilt(folder, row, 0).catch(() => {}); // 32 one by one, then 32 at a time, in which it is killed
    expect(await recordsOf(folder, 'linking/')).toMatchObject([{ most: 32 }]);
    await killsUntilBuilt(folder, row, 6);
    expect(await recordsOf(folder, 'quarantine/')).toEqual([[row]]);
  });
});
