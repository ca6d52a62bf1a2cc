/* The way in. */
import type { OpenOptions } from '../api/config.js';
import type { Database } from '../api/database.js';
import { OPTIONS } from '../api/options.js';
import type { UrlLike } from '../api/standard.js';
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { type Machine, machineOf } from '../collection/config.js';
import { type Files, sweepTemporaries } from '../platform/files.js';
import type { Platform } from '../platform/platform.js';
import { MemoryStore } from '../store/memory.js';
import type { Store } from '../store/store.js';
import { LocalDatabase } from './database.js';

function pathOfUrl(files: Files, url: URL): string {
  try {
    return files.pathOfUrl(url);
  } catch (cause) {
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a directory; ${url.href} is not one on this system`,
      {
        cause,
      },
    );
  }
}

/** What users of other databases give for one in memory, or as an address: an error, and no directory of that name. */
function checkPath(given: unknown, files: Files): string {
  if (given instanceof URL) {
    if (given.protocol === 'file:') return pathOfUrl(files, given);
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a directory: a string, or a URL object of file:; got a URL of ${given.protocol}`,
    );
  }
  const expected = 'path must be a directory (a string, or a URL object of file:), or be left out';
  if (typeof given !== 'string' || given.length === 0)
    throw new ValidationError('INVALID_OPTION', `${expected} for a database in memory; got ${show(given)}`);
  if (given === ':memory:')
    throw new ValidationError(
      'INVALID_OPTION',
      'got the path ":memory:". Leave the path out for a database in memory: open()',
    );
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given) || given.startsWith('file:'))
    throw new ValidationError(
      'INVALID_OPTION',
      `${expected}; got ${show(given)}. Give new URL(…) for an address of file:, or the path of a directory`,
    );
  if (given.includes('\0'))
    throw new ValidationError('INVALID_OPTION', `${expected}; got a string with a zero byte in it`);
  return given;
}

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
  const { closeBudgetMs, readOnly } = OPTIONS.open.read(options);
  if (readOnly && directory === undefined)
    throw new ValidationError('INVALID_OPTION', 'readOnly needs the path of a database that is there');
  const store = directory === undefined ? new MemoryStore(platform) : await openStore(directory, readOnly);
  return openWith(store, closeBudgetMs, machineOf(platform));
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
