/* Which collection of the database a tool means, and what it says of it. */
import { ValidationError } from '../../base/errors.js';
import type { Asked, Place } from '../served/asked.js';

/** The collection of this name, or the only one. */
export async function collectionFor(place: Place, name: string | undefined): Promise<Asked> {
  if (name !== undefined) return place.collection(name);
  const names = await place.names();
  if (names.length === 1) return place.collection(names[0]!);
  const which =
    names.length === 0 ? 'the database has none yet' : `it is one of ${names.slice(0, 20).join(', ')}`;
  throw new ValidationError('INVALID_OPTION', `collection is needed: ${which}`);
}

/** The field of text that is meant. Only one is found by itself. */
export function textFieldOf(collection: Asked, using: string | undefined): string {
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

export async function described(collection: Asked): Promise<object> {
  const { name, points, createdAt, config, payloadIndexes, memoryBytes } = await collection.info();
  return {
    name,
    points,
    createdAt: new Date(createdAt).toISOString(),
    config,
    payloadIndexes,
    memoryBytes,
  };
}

export async function listed(place: Place): Promise<object[]> {
  const all: object[] = [];
  for (const name of await place.names()) {
    const { points, config } = await (await place.collection(name)).info();
    all.push({ name, points, dimension: config.dimension, textFields: Object.keys(config.text ?? {}) });
  }
  return all;
}
