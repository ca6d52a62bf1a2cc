/*
 * Reads points by id, in slices: each is counted before the next is read, so that an answer that is too large is refused when little more
 * than the limit was read. A point may have 16 MiB of payload, so slices begin small, and grow while points are small.
 */
import type { Collection } from '../../api/collection.js';
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

type Point = Awaited<ReturnType<Collection['getMany']>>[number];

/** Reads points by id, in the order of `ids`. `use` is given each, and returns the bytes that it takes of it. */
export async function readInSlices(
  collection: Collection,
  ids: readonly PointId[],
  use: (point: Point) => number,
): Promise<void> {
  let size = FIRST;
  for (let from = 0; from < ids.length; ) {
    const some = ids.slice(from, from + size);
    let bytes = 1;
    for (const point of await collection.getMany(some)) bytes += use(point);
    from += size;
    size = Math.max(1, Math.min(LARGEST, 2 * size, Math.floor((some.length * SLICE_BYTES) / bytes)));
  }
}

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
  await readInSlices(view.collection, ids, (point) => {
    room.signal?.throwIfAborted();
    if (!point) return 0;
    const part = typeof choice === 'boolean' ? point : partOf(point, choice);
    const record = recordOut(view, part, wanted);
    records.push(record);
    return room.take(record);
  });
  return records;
}

function partOf(point: Found, choice: Projection): Found {
  return { ...point, payload: projected((point.payload ?? {}) as Payload, choice) };
}
