/*
 * How near the points of a sample are to one another. By dense vectors, Silt says that of one moment; by others, each point of the
 * sample asks for its nearest among them, as Qdrant does for all: a point that goes meanwhile is in no more pairs.
 */
import type { NamedVectors } from '../../api/points.js';
import type { DistancePair } from '../../api/query.js';
import type { QueryLike } from '../../api/reading.js';
import { keyTextOf, type PointId } from '../../base/ids.js';
import type { SearchMatrixRequest } from './api/query.js';
import { filterIn } from './filter.js';
import type { Room } from './operation.js';
import type { CollectionView, VectorView } from './view.js';

interface Matrix {
  /** The points of the sample, in the order of their ids. */
  readonly ids: readonly PointId[];
  /** In the same order, and of each point best first. */
  readonly pairs: readonly DistancePair[];
}

export async function matrixOf(
  view: CollectionView,
  body: SearchMatrixRequest,
  { signal }: Room,
): Promise<Matrix> {
  const vector = view.vector(body.using);
  const bounds = signal ? { signal } : {};
  return vector.kind === 'dense' ? ofDense(view, vector, body, bounds) : ofOthers(view, vector, body, bounds);
}

async function ofDense(
  view: CollectionView,
  { field }: VectorView,
  body: SearchMatrixRequest,
  bounds: Pick<Room, 'signal'>,
): Promise<Matrix> {
  const filter = filterIn(view, body.filter);
  const pairs = await view.collection.distanceMatrix({
    sample: body.sample ?? 10,
    limit: body.limit ?? 3,
    ...(field !== '' && { using: field }),
    ...(filter && { filter }),
    ...bounds,
  });
  // Each of the sample has pairs of its own.
  const ids = new Map(pairs.map(({ a }) => [keyTextOf(a), a]));
  return { ids: [...ids.values()], pairs };
}

async function ofOthers(
  view: CollectionView,
  { field }: VectorView,
  body: SearchMatrixRequest,
  bounds: Pick<Room, 'signal'>,
): Promise<Matrix> {
  const { collection } = view;
  const given = filterIn(view, body.filter);
  const sampled = await collection.query({
    query: { sample: 'random' },
    k: body.sample ?? 10,
    filter: { must: [{ has_vector: field }, ...(given ? [given] : [])] },
    withPayload: false,
    withVector: [field],
    ...bounds,
  });
  if (sampled.length < 2) return { ids: [], pairs: [] };
  const points = sampled
    .map(({ id, vector }) => ({
      id,
      key: keyTextOf(id),
      value: (vector as NamedVectors)[field] as QueryLike,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const ids = points.map(({ id }) => id);
  const limit = body.limit ?? 3;
  const among = {
    using: field,
    k: limit + 1,
    filter: { must: { has_id: ids } },
    withPayload: false,
    ...bounds,
  } as const;
  const pairs: DistancePair[] = [];
  for (const { id: a, key, value } of points) {
    const found = await collection.search(value, among);
    const others = found.filter(({ id }) => keyTextOf(id) !== key).slice(0, limit);
    for (const { id: b, score } of others) pairs.push({ a, b, score });
  }
  return { ids, pairs };
}
