/* Which values are open databases, where a program passes one. */
import type { Database } from '../../api/database.js';
import { show } from '../../base/checks.js';
import { awaitHint } from '../../base/hints.js';

const NEEDED = ['collection', 'collections', 'createCollection', 'close'] as const;

/** By what it can do: it may come from another copy of the package. */
export function isDatabase(value: unknown): value is Database {
  if (typeof value !== 'object' || value === null) return false;
  return NEEDED.every((name) => typeof (value as Partial<Database>)[name] === 'function');
}

export const DATABASE_TYPE = 'an open Database';

/** Why a value is none. */
export function noDatabase(value: unknown): string {
  return `database must be ${DATABASE_TYPE}, got ${show(value)}${awaitHint(value)}`;
}

/** Where options are asked for: it would be options without any. */
export function insteadOfOptions(name: string, value: unknown): string | undefined {
  return isDatabase(value) ? `${name} takes options, got a Database: write { database: db }` : undefined;
}
