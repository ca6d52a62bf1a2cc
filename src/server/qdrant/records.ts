/*
 * Reads points by id, in slices: each is counted before the next is read, so that an answer that is too large is refused when little more
 * than the limit was read. A point may have 16 MiB of payload, so slices begin small, and grow while points are small.
 */
import { keyTextOf, type PointId } from '../../base/ids.js';
import { type Projection, projected, projectionOf } from '../../collection/read/projection.js';
import type { Payload, PointRecord } from './api/values.js';
import type { Room } from './operation.js';
import { type Found, recordOut, type Wanted } from './results.js';
import type { CollectionView } from './view.js';

/** Points of the first slice, and of the largest. */
const FIRST = 4;
const LARGEST = 64;
/** Bytes that a slice should have, by what the points of the one before have. */
const SLICE_BYTES = 4 * 1024 ** 2;

/** Points by id, without duplicates, in the order of `ids`. Missing points are left out. */
export async function recordsOf(
  view: CollectionView,
  named: readonly PointId[],
  wanted: Wanted,
  room: Room,
): Promise<PointRecord[]> {
  const ids = [...new Map(named.map((id) => [keyTextOf(id), id])).values()];
  const choice = projectionOf('with_payload', wanted.payload);
  const records: PointRecord[] = [];
  let size = FIRST;
  for (let from = 0; from < ids.length; ) {
    const some = ids.slice(from, from + size);
    let bytes = 1;
    for (const point of await view.collection.getMany(some)) {
      if (!point) continue;
      const part = typeof choice === 'boolean' ? point : partOf(point, choice);
      const record = recordOut(view, part, wanted);
      bytes += room.take(record);
      records.push(record);
    }
    from += size;
    size = Math.max(1, Math.min(LARGEST, 2 * size, Math.floor((some.length * SLICE_BYTES) / bytes)));
  }
  return records;
}

function partOf(point: Found, choice: Projection): Found {
  return { ...point, payload: projected((point.payload ?? {}) as Payload, choice) };
}
