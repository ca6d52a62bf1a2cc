/*
 * The way in. It reads what the caller gave at once. The database behind it, which is most of Silt, is loaded by the first opening and
 * not by the import: programs that import Silt and open nothing yet, or use `HnswIndex` alone, start sooner.
 */
import type { OpenOptions } from '../api/config.js';
import type { Database } from '../api/database.js';
import { OPTIONS } from '../api/options.js';
import type { UrlLike } from '../api/standard.js';
import { ValidationError } from '../base/errors.js';
import { logged } from '../platform/logged.js';
import type { Platform } from '../platform/platform.js';
import type { Store } from '../store/store.js';
import { checkPath } from './path.js';

/** What an entry hands in. */
export interface Entry {
  readonly platform: Platform;
  /** Opens the store in a folder: for writing, which makes one where there is none, or as one that another process writes. */
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
  const { machineOf, MemoryStore, openWith } = await import('./over-store.js');
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
