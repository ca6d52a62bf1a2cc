/* What a caller gives to be written or deleted, and what a call asks of the store. */
import { atMost } from '../../base/checks.js';
import { idKeyOf, type PointId } from '../../base/ids.js';
import { IDS_MAX } from '../../base/limits.js';
import { CHANGE_HEAD } from '../../store/entry-parts.js';
import type { Draft } from '../live-index.js';
import { PackedBytes } from './packed.js';

/** What a draft takes in memory. */
export function bytesOf({ vectors, fields = [], payloads, ids, rewritten = 0 }: Draft): number {
  return vectorBytesOf({ vectors, fields }) + payloads.byteLength + ids.byteLength + rewritten;
}

/** Bytes of its vectors, of all fields. */
export function vectorBytesOf({ vectors, fields = [] }: Pick<Draft, 'vectors' | 'fields'>): number {
  return vectors.byteLength + fields.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** How many vectors it brings, about: they have to be linked. */
export function vectorsIn({ kind, count, fields = [] }: Draft): number {
  if (kind === 'put') return count;
  return kind === 'values' && fields.some(({ bytes }) => bytes.length > CHANGE_HEAD * count) ? count : 0;
}

/** How many points it changes that stay where they are, and that need not be linked for it. */
export function changedBy(draft: Draft): number {
  const { kind, count } = draft;
  return kind === 'patch' || kind === 'values' ? count - vectorsIn(draft) : 0;
}

/** Checks ids to be taken out. */
export function draftRemovals(which: readonly PointId[]): Draft {
  const { length } = which;
  atMost('ids to be deleted', length, IDS_MAX, 'Delete them in several calls, or by a filter');
  // By number: an array of a class of its own may iterate as it likes. A hole is an id that is undefined.
  return removalsOf(Array.from({ length }, (_, i) => idKeyOf(which[i])));
}

/**
 * Points to be taken out, by the keys of their ids; `rows`: the row that each id must name then, or its point stays,
 * since it is another.
 */
export function removalsOf(keys: readonly Uint8Array[], rows?: readonly number[]): Draft {
  const ids = new PackedBytes();
  for (const key of keys) ids.add(key);
  const { bytes, ends } = ids.packed();
  return {
    kind: 'remove',
    count: keys.length,
    ids: bytes,
    idEnds: ends,
    payloads: new Uint8Array(0),
    payloadEnds: new Uint32Array(0),
    vectors: new Float32Array(0),
    ...(rows && { expected: Float64Array.from(rows) }),
  };
}
