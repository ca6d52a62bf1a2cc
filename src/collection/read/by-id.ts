/* Searches with the vector of a stored point, which is not among the results. */
import type { Hit, VectorValue } from '../../api/points.js';
import type { QueryLike } from '../../api/reading.js';
import { show, showId } from '../../base/checks.js';
import { SiltError, ValidationError } from '../../base/errors.js';
import { idKeyOf, idOfKey, type PointId } from '../../base/ids.js';
import type { ValueSpec } from '../../fields/field.js';
import type { VectorLike } from '../../kernel/metrics.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import { readPoint } from './hydrate.js';
import type { Reader } from './reader.js';
import { besides, type SearchParams } from './request.js';

function isById(query: unknown): query is { readonly id: PointId } {
  return (
    typeof query === 'object' &&
    query !== null &&
    !ArrayBuffer.isView(query) &&
    !Array.isArray(query) &&
    'id' in query
  );
}

/** Key of the id that a query names; undefined where it is a vector. @throws ValidationError for an invalid id */
export function keyIn(query: QueryLike): Uint8Array | undefined {
  if (!isById(query)) return undefined;
  const other = Object.keys(query).find((key) => key !== 'id');
  if (other !== undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `a query must be a vector or { id }, got an object with the member ${JSON.stringify(other)}`,
    );
  return idKeyOf(query.id);
}

/**
 * The vector of a stored point, by the key of its id.
 *
 * @throws SiltError POINT_NOT_FOUND
 */
export function vectorAt(live: LiveIndex, key: Uint8Array, field: LiveField): Float32Array {
  const id = idOfKey(key);
  const point = readPoint(live, id);
  const vector = point && field.vectorOf(live.store.rowOf(live.collection, key));
  if (vector) return vector;
  if (point)
    throw new SiltError(
      'POINT_NOT_FOUND',
      `the point ${showId(id)} has no vector in the field ${show(field.spec.name)} to search by`,
    );
  throw new SiltError(
    'POINT_NOT_FOUND',
    `there is no point with the id ${showId(id)} to search by. Write it first, or search with a vector`,
  );
}

/**
 * What a stored point has in a field that has no graph.
 *
 * @throws SiltError POINT_NOT_FOUND
 */
export function valueAt(live: LiveIndex, key: Uint8Array, spec: ValueSpec): VectorValue {
  const id = idOfKey(key);
  const point = readPoint(live, id);
  const value = point && live.stored.value(live.store.rowOf(live.collection, key), spec);
  if (value) return value;
  const what = point
    ? `the point ${showId(id)} has no vector in the field ${show(spec.name)}`
    : `there is no point with the id ${showId(id)}`;
  throw new SiltError('POINT_NOT_FOUND', `${what} to search by`);
}

/** A batch in which some queries name points: one after another, in turns. */
export async function searchEach(
  live: LiveIndex,
  reader: Reader,
  {
    keys,
    vectors,
    params,
    signal,
  }: {
    readonly keys: readonly (Uint8Array | undefined)[];
    /** Where there is no key. */
    readonly vectors: readonly (VectorLike | undefined)[];
    readonly params: SearchParams;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Hit[][]> {
  const hits: Hit[][] = [];
  for (const [i, key] of keys.entries()) {
    const turn = live.platform.time.takeTurn();
    if (turn) await turn;
    signal?.throwIfAborted();
    const vector = key ? vectorAt(live, key, params.field!) : vectors[i]!;
    hits.push(await reader.search(vector, key ? besides(params, key) : params, signal, true));
  }
  return hits;
}
