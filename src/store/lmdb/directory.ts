/*
 * A database folder as the system sees it: its one path, what may lie in it, and errors of the system as errors of
 * the database. Nothing here knows what is in the files.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SiltError, StoreError } from '../../base/errors.js';
import { cannotSync } from '../../platform/files.js';
import { isReadersFull, readersFull } from './tables.js';

export const STORE_FOLDER = 'store';

/** What systems and tools leave in folders that are empty to their users. In lower case. */
const LITTER = new Set([
  '.gitkeep',
  '.gitignore',
  '.keep',
  '.ds_store',
  '.localized',
  '.spotlight-v100',
  '.trashes',
  '.fseventsd',
  'lost+found',
  'thumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
]);

/** Code of an error that the system gave, as `ENOENT`; '' for any other. */
export function systemCode(error: unknown): string {
  // Node has no name for this one: its code is "Unknown system error -122".
  if (error instanceof Error && 'errno' in error && error.errno === -osConstants.errno.EDQUOT)
    return 'EDQUOT';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no folder can be made there. Give a path on a disk',
  EACCES: 'this process may not read and write it. Give it permission, or open a copy that it may write',
  EPERM: 'this process may not read and write it. Give it permission, or open a copy that it may write',
  EROFS: 'it is on a file system that is mounted read-only. Open a copy of it on one that can be written',
  ELOOP: 'its symbolic links form a circle. Give the path of a real folder',
  ENAMETOOLONG: 'its path is longer than the system allows. Give a shorter one',
  EMFILE: 'this process has too many files open. Close some, or raise the limit',
  ENFILE: 'the system has too many files open. Close some, or raise the limit',
};

/** LMDB's own codes for what it found in a file; and text that was to be JSON. */
function isDamage(cause: unknown): cause is Error {
  const numbers = [-30_797, -30_796, -30_793, -30_784];
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return cause instanceof SyntaxError || (typeof code === 'number' && numbers.includes(code));
}

/** What an opening failed with, as the error of a database: the path, the reason, what to do. */
export function openingError(path: string, cause: unknown): SiltError {
  if (cause instanceof SiltError) return cause;
  if (isReadersFull(cause)) return readersFull(cause);
  const code = systemCode(cause);
  if (code === 'EEXIST' && !existsSync(path))
    return new SiltError(
      'DATABASE_INVALID',
      `${path} is a symbolic link to nowhere. Create what it points to, or give another path`,
      { cause },
    );
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new SiltError(
      'DATABASE_INVALID',
      `${path} cannot be a database: it, or what it lies in, is a file, and a folder was expected. Give the path of a folder, or of one that does not exist yet`,
      { cause },
    );
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const room = code === 'EDQUOT' ? 'no room within the quota' : 'no room';
    return new StoreError('DISK_FULL', `${room} on the disk of ${path}: the database was not opened`, cause);
  }
  if (isDamage(cause))
    return new SiltError(
      'DATABASE_INVALID',
      `the store of ${path} is damaged: ${cause.message}. Restore it from a backup`,
      { cause },
    );
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new SiltError('DATABASE_INACCESSIBLE', `${path} cannot be opened: ${reason}`, { cause });
}

/** @throws a system error unless this process may write there */
function expectWritable(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK);
}

/** Has the system put the names in a folder on the disk: to sync a file does not do that for its name. */
export function syncNames(folder: string): void {
  try {
    const file = openSync(folder, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!cannotSync(error)) throw error;
  }
}

/**
 * After a loss of power, the store file of a database folder is found under its name.
 *
 * @throws a system error where the disk fails
 */
export function syncStoreName(path: string): void {
  for (const folder of [join(path, STORE_FOLDER), path, dirname(path)]) syncNames(folder);
}

/** As `mkdir -p`, level by level: Node's own goes round for ever where no folder can be made, as in /proc. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
    syncNames(dirname(path));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw error;
    await makeDirectory(above);
    await makeDirectory(path);
  }
}

/**
 * Makes the folder if there is none, and returns its real path: absolute, links followed. That is resolved once, so
 * that neither `process.chdir` nor a link that is turned elsewhere has a later write go to another place.
 *
 * @throws SiltError DATABASE_INVALID where something else is in its place, or in it
 * @throws SiltError DATABASE_INACCESSIBLE where the system refuses
 */
export async function prepareDirectory(given: string): Promise<string> {
  const absolute = resolve(given);
  try {
    await makeDirectory(absolute);
    const path = realpathSync(absolute);
    const entries = await readdir(path);
    const other = entries.find((name) => !LITTER.has(name.toLowerCase()));
    if (other !== undefined && !entries.includes(STORE_FOLDER))
      throw new SiltError(
        'DATABASE_INVALID',
        `${path} is not a database: it holds ${JSON.stringify(other)}, and no folder "${STORE_FOLDER}". Give the path of a database, of an empty folder, or of one that does not exist yet`,
      );
    await makeDirectory(join(path, STORE_FOLDER));
    return path;
  } catch (error) {
    throw openingError(absolute, error);
  }
}

/**
 * LMDB does not survive files that it may not write: the process would end by a signal.
 *
 * @throws a system error unless this process may write the files of the store, or make them
 */
export function expectStoreWritable(folder: string): void {
  for (const name of ['data.mdb', 'lock.mdb']) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) expectWritable(folder);
    else if (found.isFile()) expectWritable(file);
    else
      throw new SiltError(
        'DATABASE_INVALID',
        `${file} is not a file, and that of a store was expected. Restore a backup`,
      );
  }
}
