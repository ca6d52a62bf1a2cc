/* Reads points by id. */
import { keyTextOf, type PointId } from '../../base/ids.js';
import type { PointRecord } from './api/values.js';
import type { Room } from './operation.js';
import { type Found, recordOut, type Wanted } from './results.js';
import { withVectorIn } from './vectors.js';
import type { CollectionView } from './view.js';

/** How many points are read at once. Each may have 16 MiB of payload, and is counted only after it has been read. */
const AT_ONCE = 64;

/** Points by id, without duplicates, in the order of `ids`. Missing points are left out. */
export async function recordsOf(
  view: CollectionView,
  named: readonly PointId[],
  wanted: Wanted,
  room?: Room,
): Promise<PointRecord[]> {
  if (named.length === 0) return [];
  const ids = [...new Map(named.map((id) => [keyTextOf(id), id])).values()];
  if (typeof wanted.payload === 'boolean') {
    const records: PointRecord[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE)
      for (const point of await view.collection.getMany(ids.slice(at, at + AT_ONCE))) {
        if (!point) continue;
        const record = recordOut(view, point, wanted);
        room?.take(record);
        records.push(record);
      }
    return records;
  }
  const found = new Map<string, PointRecord>();
  const options = {
    filter: { must: { has_id: ids } },
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
  };
  for await (const point of view.collection.scroll(options)) {
    const record = recordOut(view, point as Found, wanted);
    room?.take(record);
    found.set(keyTextOf(point.id), record);
  }
  // A damaged point matches no filter, so it looks missing. Reading it here rejects.
  await view.collection.getMany(ids.filter((id) => !found.has(keyTextOf(id))));
  return ids.flatMap((id) => found.get(keyTextOf(id)) ?? []);
}
