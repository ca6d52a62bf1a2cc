/*
 * Whether a database has a collection. `collections` goes through all of them, and `collection` makes an error that names those that are
 * alike: of a thousand, either takes milliseconds. So a database of this process says how it finds one.
 */
import type { Collection } from '../api/collection.js';
import type { Database } from '../api/database.js';

type Finder = (name: string) => Collection | undefined;

const finders = new WeakMap<Database, Finder>();

/** `finder` throws ClosedError where the database is closed. */
export function foundBy(database: Database, finder: Finder): void {
  finders.set(database, finder);
}

/** @throws ClosedError */
export function find(database: Database, name: string): Collection | undefined {
  const finder = finders.get(database);
  if (finder) return finder(name);
  const isThere = database.collections().some((one) => one.name === name);
  return isThere ? database.collection(name) : undefined;
}
