/* Opens the database of a command: for reading beside whoever writes it, or for writing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collection } from '../../api/collection.js';
import type { OpenOptions } from '../../api/config.js';
import type { Database } from '../../api/database.js';
import { CommandError } from './exits.js';
import { interruptible } from './signals.js';

type Use<T> = (database: Database, signal: AbortSignal) => Promise<T>;

export const isAddress = (place: string | undefined): place is string => /^https?:\/\//i.test(place ?? '');

export const pathOf = (dir: string | undefined): string => dir ?? process.env['SILT_PATH'] ?? './silt-data';

/** A graph that was worked on is saved at the end, however long that takes. */
const CLOSE_BUDGET_MS = 3_600_000;

async function opened<T>(dir: string, o: OpenOptions, use: Use<T>, waits = false): Promise<T> {
  const { open } = await import('../../index.js');
  const database = await open(dir, o);
  try {
    return await interruptible((signal) => use(database, signal), { waits });
  } finally {
    await database.close();
  }
}

/** @throws CommandError where there is none */
export function expectDatabase(dir: string): void {
  if (isAddress(dir))
    throw new CommandError(
      'USAGE',
      `expected the folder of a database, got the address ${dir}: run this where the folder is`,
    );
  if (!existsSync(join(dir, 'store/data.mdb')))
    throw new CommandError(
      'NOT_FOUND',
      `there is no database at ${dir}. Check the path${/[\\/.]/.test(dir) ? '' : ' (the folder comes first, then the collection)'}; silt import makes one`,
    );
}

/** Runs `use` with the database as another process may be writing it. */
export function reading<T>(dir: string | undefined, use: Use<T>): Promise<T> {
  const path = pathOf(dir);
  expectDatabase(path);
  return opened(path, { readOnly: true }, use);
}

/** Runs `use` with the database, for writing. `create`: where there is none, one is made; `waits`: as of `interruptible`. */
export function writing<T>(
  dir: string | undefined,
  use: Use<T>,
  { create = false, waits = false }: { readonly create?: boolean; readonly waits?: boolean } = {},
): Promise<T> {
  const path = pathOf(dir);
  if (!create) expectDatabase(path);
  return opened(path, { closeBudgetMs: CLOSE_BUDGET_MS }, use, waits);
}

/** What belongs to the server, and is hidden from people too. */
const SETTINGS = 'qdrant:settings';

export function collectionsOf(database: Database): string[] {
  return database
    .collections()
    .map(({ name }) => name)
    .filter((name) => name !== SETTINGS);
}

/** @throws CommandError USAGE for what belongs to the server */
export function expectOwn(name: string): string {
  if (name !== SETTINGS) return name;
  throw new CommandError(
    'USAGE',
    `"${name}" belongs to silt serve, which keeps its settings there: take another name`,
  );
}

/** The only one of these. `place`: what they are in, `what`: what that is. @throws CommandError where there is not one */
export function onlyOf(names: readonly string[], place: string, what: string): string {
  if (names.length === 1) return names[0]!;
  if (names.length === 0)
    throw new CommandError('NOT_FOUND', `${place} has no collections yet: silt import makes one`);
  throw new CommandError(
    'USAGE',
    `${place} has ${names.length} collections: say which, behind ${what} (${names.slice(0, 10).join(', ')})`,
  );
}

/** The collection of this name, or the only one. */
export function collectionOf(database: Database, name: string | undefined): Collection {
  if (name !== undefined) return database.collection(expectOwn(name));
  return database.collection(onlyOf(collectionsOf(database), database.path!, 'the folder'));
}
