/*
 * A copy of a database folder while it is in use: a database of its own, as of one moment.
 *
 * Snapshots are copied first, then the store. So no snapshot is ahead of the store that it belongs to, and what the
 * store has beyond it is taken up when the copy is opened. LMDB copies within a reading transaction: what is committed
 * meanwhile is not in the copy, nothing is in it by half, and writers go on.
 *
 * All is written into a folder of another name beside the place it is meant for, and renamed when it is on the disk: the
 * copy is there as a whole or not at all.
 */

import { randomUUID } from 'node:crypto';
import { constants, existsSync, realpathSync, statSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SiltError, StoreError, ValidationError } from '../../base/errors.js';
import { isMissing } from '../../platform/files.js';
import { LINKING } from '../records.js';
import { makeDirectory, STORE_FOLDER, syncNames, systemCode } from './directory.js';
import { openTables, readersFull, recordKey, type Tables } from './tables.js';
import { updateRecord } from './update.js';

const SNAPSHOTS_FOLDER = 'snapshots';

/** A link to a folder stands for that folder. */
function realPlace(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/**
 * Copies the database folder `from`, whose tables are open, to `given`, which must not exist, or be empty.
 *
 * @throws ValidationError where something is in its place
 * @throws StoreError DISK_FULL, or SiltError DATABASE_INACCESSIBLE, where the system refuses; no copy is left
 */
export async function backUp(tables: Tables, from: string, given: string): Promise<void> {
  const to = realPlace(resolve(given));
  const partial = join(dirname(to), `.${basename(to)}.${randomUUID()}.tmp`);
  try {
    await expectFree(to);
    await makeDirectory(dirname(to));
    await mkdir(partial);
    await copySnapshots(join(from, SNAPSHOTS_FOLDER), join(partial, SNAPSHOTS_FOLDER));
    const store = join(partial, STORE_FOLDER);
    await mkdir(store);
    await tables.env.backup(store, true); // compact: without the free pages of the file
    await forgetBuilds(store);
    await sync(join(store, 'data.mdb'));
    for (const folder of [store, partial]) syncNames(folder);
    await rmdir(to).catch(() => {}); // it may be there and empty
    await rename(partial, to);
    syncNames(dirname(to));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw copyError(from, to, error);
  }
}

/** LMDB says in words alone what went wrong. */
function copyError(from: string, to: string, error: unknown): SiltError {
  if (error instanceof SiltError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/READERS_FULL/.test(text)) return readersFull(error as Error);
  if (/MDB_/.test(text))
    return new SiltError('DATABASE_INVALID', `the store of ${from} could not be copied: ${text}`, {
      cause: error,
    });
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || /no space|quota/i.test(text))
    return new StoreError('DISK_FULL', `there is no space on the disk of ${to}: no backup was made`, error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST')
    return new ValidationError('INVALID_OPTION', `${to} is not empty any more: no backup was made`);
  if (code === 'EBUSY' || code === 'EXDEV') return mountPoint(to, error);
  return new SiltError('DATABASE_INACCESSIBLE', `no backup can be written to ${to}: ${text}`, {
    cause: error,
  });
}

function mountPoint(to: string, cause?: unknown): SiltError {
  return new SiltError(
    'DATABASE_INACCESSIBLE',
    `${to} is a mount point, which a finished copy cannot take the place of: no backup was made. Give the path of a folder within it, such as ${join(to, 'backup')}`,
    { cause },
  );
}

/**
 * A build that was under way at the moment of the copy goes on in the original: whoever opens the copy must not take it
 * for one that ended its process. Rows in quarantine stay there.
 */
async function forgetBuilds(store: string): Promise<void> {
  const copy = openTables(store);
  try {
    const start = recordKey(LINKING);
    const end = recordKey(`${LINKING}\uffff`);
    for (const key of [...copy.records.getKeys({ start, end })])
      updateRecord(copy, key.toString(), () => 'removed');
  } finally {
    await copy.env.close();
  }
  await rm(join(store, 'lock.mdb'), { force: true });
}

async function expectFree(to: string): Promise<void> {
  const stat = statSync(to, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory())
    throw new ValidationError(
      'INVALID_OPTION',
      `${to} is not a folder. Give the path of one that does not exist yet`,
    );
  const [found] = stat ? await readdir(to) : [];
  if (found !== undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `${to} is not empty: it holds ${JSON.stringify(found)}. Give the path of a folder that does not exist yet, or of an empty one`,
    );
  // One of the same file system (a bind mount) is found out when the copy is finished.
  if (stat && stat.dev !== statSync(dirname(to)).dev) throw mountPoint(to);
}

/** Slots come first, as they are written: the others may have more of them then, never fewer. */
const isOfSlots = (name: string): boolean => /^\d+\.slots$/.test(name);
const isOfField = (name: string): boolean => /^\d+(\.\d+)?\.(snapshot|inverted|payloads)$/.test(name);

/** They are written beside their names and renamed: each is copied as a whole, or is gone. Without one, the index is built again. */
async function copySnapshots(from: string, to: string): Promise<void> {
  await mkdir(to);
  const names = existsSync(from) ? await readdir(from) : [];
  for (const name of [...names.filter(isOfSlots), ...names.filter(isOfField)]) {
    try {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
      await sync(join(to, name));
    } catch (error) {
      if (!isMissing(error)) throw error; // its collection was dropped meanwhile
    }
  }
  syncNames(to);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}
