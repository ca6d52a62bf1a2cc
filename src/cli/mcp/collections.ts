/* Which collection of the database a tool means, and what it says of it. */
import type { Collection } from '../../api/collection.js';
import type { Database } from '../../api/database.js';
import { ValidationError } from '../../base/errors.js';
import { collectionsOf } from '../frame/database.js';

/** The collection of this name, or the only one. */
export function collectionFor(database: Database, name: string | undefined): Collection {
  if (name !== undefined) return database.collection(name);
  const names = collectionsOf(database);
  if (names.length === 1) return database.collection(names[0]!);
  const which =
    names.length === 0 ? 'the database has none yet' : `it is one of ${names.slice(0, 20).join(', ')}`;
  throw new ValidationError('INVALID_OPTION', `collection is needed: ${which}`);
}

/** The field of text that is meant. Only one is found by itself. */
export function textFieldOf(collection: Collection, using: string | undefined): string {
  if (using !== undefined) return using;
  const fields = Object.keys(collection.config.text ?? {});
  if (fields.length === 1) return fields[0]!;
  throw new ValidationError(
    'INVALID_OPTION',
    fields.length === 0
      ? `"${collection.name}" has no field of text. Search by vector or id instead`
      : `using is needed: "${collection.name}" has the fields of text ${fields.join(', ')}`,
  );
}

export function described(collection: Collection): object {
  const { name, points, createdAt, config, payloadIndexes, memoryBytes } = collection.info();
  return {
    name,
    points,
    createdAt: new Date(createdAt).toISOString(),
    config,
    payloadIndexes,
    memoryBytes,
  };
}

export function listed(database: Database): object[] {
  return collectionsOf(database).map((name) => {
    const { points, config } = database.collection(name).info();
    return { name, points, dimension: config.dimension, textFields: Object.keys(config.text ?? {}) };
  });
}
