/* The way in. */
import type { OpenOptions } from '../api/config.js';
import type { Database } from '../api/database.js';
import { OPTIONS } from '../api/options.js';
import type { UrlLike } from '../api/standard.js';
import { ValidationError } from '../base/errors.js';
import { type Machine, machineOf } from '../collection/config.js';
import { sweepTemporaries } from '../platform/files.js';
import { logged } from '../platform/logged.js';
import type { Platform } from '../platform/platform.js';
import { MemoryStore } from '../store/memory.js';
import type { Store } from '../store/store.js';
import { LocalDatabase } from './database.js';
import { checkPath } from './path.js';

/** What an entry hands in. */
export interface Entry {
  readonly platform: Platform;
  /** Opens the store in a directory: for writing, which makes one where there is none, or as one that another process writes. */
  openStore(directory: string, readOnly: boolean): Promise<Store>;
}

/** `open` of the public surface, on what an entry hands in. */
export async function openOn(
  { platform, openStore }: Entry,
  path: string | UrlLike | undefined,
  options: OpenOptions,
): Promise<Database> {
  const directory = path === undefined ? undefined : checkPath(path, platform.files);
  const { closeBudgetMs, readOnly, logger } = OPTIONS.open.read(options);
  if (readOnly && directory === undefined)
    throw new ValidationError('INVALID_OPTION', 'readOnly needs the path of a database that is there');
  const store = directory === undefined ? new MemoryStore(platform) : await openStore(directory, readOnly);
  const events = logger ? logged(platform.events, logger) : platform.events;
  return openWith(store, closeBudgetMs, machineOf({ ...platform, events }));
}

/**
 * Puts a backup into place: a copy of the database in `from`, which may be in use, at `to`.
 *
 * @throws ValidationError where something is at `to`
 * @throws SiltError DATABASE_INVALID where `from` is not a database
 */
export async function restoreOn(
  { platform, openStore }: Entry,
  from: string | UrlLike,
  to: string | UrlLike,
): Promise<void> {
  const [source, target] = [checkPath(from, platform.files), checkPath(to, platform.files)];
  const store = await openStore(source, true);
  try {
    await store.backUp?.(target);
  } finally {
    await store.close();
  }
}

/** Snapshots are only a cache: where their folder cannot be had, the graph is built again, and `status()` says why. */
async function prepareSnapshots({ files, events }: Platform, folder: string): Promise<void> {
  try {
    await files.makeFolder(folder);
    await sweepTemporaries(files, folder);
  } catch (error) {
    events.publish('silt:snapshot:error', { collection: '', error });
  }
}

/** A database over any store. */
export async function openWith(store: Store, closeBudgetMs: number, machine: Machine): Promise<Database> {
  try {
    if (store.path !== undefined && !store.readOnly)
      await prepareSnapshots(machine.platform, `${store.path}/snapshots`);
    return await LocalDatabase.over(store, closeBudgetMs, machine);
  } catch (error) {
    await store.close();
    throw error;
  }
}
