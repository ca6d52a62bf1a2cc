/*
 * T10 in the file layer: every operation on a snapshot fails in its turn. No row depends on it: the status says so,
 * writes and searches go on, the next snapshot is written, and no file is left behind.
 */
import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import type { FileOperation } from '#silt/platform/faults.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { amount, someOf } from '../../support/amount.js';
import { withFolder } from '../../support/files.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';

const CONFIG = {
  dimension: 8,
  metric: 'euclidean',
  hnsw: { efConstruction: 40 },
  indexing: { paused: true, threads: 1 },
} as const;

/** One in so many of the operations fails. */
const STEP = amount('SILT_STEP', 5, 1);

afterEach(() => {
  nodePlatform.faults.file = undefined;
});

/** Lets file operation number `n` fail, counted from 0; returns how to learn which one did. */
function failAt(n: number, code: string): () => FileOperation | undefined {
  let left = n;
  let struck: FileOperation | undefined;
  nodePlatform.faults.file = (operation) => {
    if (left-- !== 0) return;
    struck = operation;
    throw Object.assign(new Error(`${code}: failed on purpose, ${operation}`), { code });
  };
  return () => struck;
}

/** Puts points into the collection and into the model. */
async function upsert(
  collection: Collection,
  model: Points,
  seed: number,
  count: number,
  from: number,
): Promise<void> {
  const points = pointsOf(seed, count, 8, from);
  await collection.upsert(points);
  for (const point of points) model.set(point.id, point);
}

/** No temporary file, nothing set aside: at most the snapshot itself. */
async function expectTidy(folder: string): Promise<void> {
  expect((await readdir(`${folder}/snapshots`)).filter((name) => name !== '1.snapshot')).toEqual([]);
}

describe.each(someOf(['ENOSPC', 'EIO'], 2))('%s', (code) => {
  test('in any file operation of a life loses nothing', async () => {
    const seen = new Set<FileOperation>();
    let n = 0;
    for (let struck: FileOperation | undefined = 'open'; struck !== undefined; n += STEP) {
      await withFolder(async (folder) => {
        const which = failAt(n, code);
        const model: Points = new Map();
        const database = await open(folder);
        const words = await database.createCollection('words', CONFIG);
        await upsert(words, model, 1, 80, 0);
        await words.buildNow();
        await upsert(words, model, 2, 10, 75);
        await words.delete([1, 2]);
        for (const id of [1, 2]) model.delete(id);
        await words.compact();
        struck = which();
        // The compaction held; its snapshot did not, and the status says so until one does.
        expect(words.status().lastError).toEqual(struck ? expect.stringContaining(code) : null);
        expect(words.status().state).toBe(struck ? 'degraded' : 'paused');
        await expectHolds(words, model);
        await expectTidy(folder);
        await words.compact();
        if (struck) expect(words.status()).toMatchObject({ lastError: null, state: 'paused' });
        await upsert(words, model, 3, 10, 200);
        await database.close();
        struck = which();
        await expectTidy(folder);
        for (let openings = 0; openings < 2; openings++) {
          const again = await open(folder);
          await expectHolds(again.collection('words'), model);
          await again.collection('words').buildNow();
          expect((await again.collection('words').verify()).ok).toBe(true);
          expect(again.collection('words').status()).toMatchObject({ pending: 0, lastError: null });
          await expectHolds(again.collection('words'), model);
          await again.close();
        }
        if (struck) seen.add(struck);
      });
    }
    if (STEP === 1)
      expect([...seen].sort()).toEqual(['close', 'open', 'rename', 'sync', 'syncFolder', 'write']);
    expect(n).toBeGreaterThan(10);
  });
});

test('while every file operation fails, the collection works, and closes; only the graph is made again', async () => {
  await withFolder(async (folder) => {
    const model: Points = new Map();
    const database = await open(folder);
    const words = await database.createCollection('words', { ...CONFIG, indexing: { mergeThreshold: 20 } });
    nodePlatform.faults.file = (operation) => {
      throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
    };
    for (let round = 0; round < 5; round++) {
      await upsert(words, model, round, 40, 30 * round);
      if (round % 2 === 0) await words.compact();
      await expectHolds(words, model);
    }
    await words.buildNow();
    expect(words.status()).toMatchObject({ pending: 0, quarantined: 0, lastError: 'EIO: open' });
    await database.close();
    nodePlatform.faults.file = undefined;
    expect(await readdir(`${folder}/snapshots`)).toEqual([]);
    const again = await open(folder);
    expect(again.collection('words').status()).toMatchObject({ points: model.size, pending: model.size });
    await expectHolds(again.collection('words'), model);
    await again.close();
  });
});
