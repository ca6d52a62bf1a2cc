/** The demo's database: one collection, in a folder of its own beside the vectors. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Collection, type Database, DatabaseLockedError, open } from 'silt';
import type { Glove } from './glove-rows.js';
import type { DemoOptions } from './options.js';

const FOLDER = 'demo';
const COLLECTION = 'words';
/** Ids looked up at a stretch: a few milliseconds. */
const SLICE = 1000;
/** Time for the snapshot of all 341,479 rows on a slow disk; the default is meant for servers that are told to stop. */
const CLOSE_BUDGET_MS = 30_000;

export interface WordsDatabase {
  db: Database;
  words: Collection;
}

export function databaseFolder(cacheDir: string): string {
  return join(cacheDir, FOLDER);
}

/**
 * Removes the database of the last run. It is opened first, because a run that still goes on would lose its files.
 * @throws DatabaseLockedError while another process has it open
 */
export async function removeDatabase(folder: string): Promise<void> {
  try {
    const db = await open(folder, { closeBudgetMs: 0 });
    await db.close();
  } catch (error) {
    if (error instanceof DatabaseLockedError) throw error;
    // Whatever else is wrong with it: it is ours, and about to go.
  }
  await rm(folder, { recursive: true, force: true });
}

/** Opens the database, and makes the collection where there is none. */
export async function openWords(
  folder: string,
  dimension: number,
  { threads }: Pick<DemoOptions, 'threads'>,
): Promise<WordsDatabase> {
  const db = await open(folder, { closeBudgetMs: CLOSE_BUDGET_MS });
  const indexing = threads === undefined ? {} : { threads };
  try {
    const there = db.collections().some(({ name }) => name === COLLECTION);
    const words = there
      ? db.collection(COLLECTION)
      : await db.createCollection(COLLECTION, { dimension, metric: 'cosine', indexing });
    return { db, words };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Those of `rows` whose word is not in the collection yet. */
export async function missingRows(
  words: Pick<Collection, 'count' | 'getMany'>,
  glove: Pick<Glove, 'words'>,
  rows: Uint32Array,
): Promise<Uint32Array> {
  if ((await words.count()) === 0) return rows;
  const missing: number[] = [];
  for (let from = 0; from < rows.length; from += SLICE) {
    const some = rows.subarray(from, from + SLICE);
    const points = await words.getMany(Array.from(some, (row) => glove.words[row]!));
    points.forEach((point, i) => {
      if (point === undefined) missing.push(some[i]!);
    });
    await nextTurn();
  }
  return Uint32Array.from(missing);
}
