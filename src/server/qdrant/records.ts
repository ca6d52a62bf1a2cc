/* Points by their ids, as they are given back. */
import { keyTextOf, type PointId } from '../../base/ids.js';
import type { PointRecord } from './api/values.js';
import { type Found, recordOut, type Wanted } from './results.js';
import { withVectorIn } from './vectors.js';
import type { CollectionView } from './view.js';

/** Points by id, each once, in the order of `ids`; those that are not there are left out. */
export async function recordsOf(
  view: CollectionView,
  named: readonly PointId[],
  wanted: Wanted,
): Promise<PointRecord[]> {
  if (named.length === 0) return [];
  const ids = [...new Map(named.map((id) => [keyTextOf(id), id])).values()];
  if (typeof wanted.payload === 'boolean') {
    const points = await view.collection.getMany(ids);
    return points.flatMap((point) => (point ? [recordOut(view, point, wanted)] : []));
  }
  const found = new Map<string, PointRecord>();
  const options = {
    filter: { must: { has_id: ids } },
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
  };
  for await (const point of view.collection.scroll(options))
    found.set(keyTextOf(point.id), recordOut(view, point as Found, wanted));
  // No filter holds for a damaged point: it is not absent, and this rejects.
  await view.collection.getMany(ids.filter((id) => !found.has(keyTextOf(id))));
  return ids.flatMap((id) => found.get(keyTextOf(id)) ?? []);
}
