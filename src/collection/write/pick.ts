/* Some of the points of a draft. */
import { type FieldValues, partOf } from '../../store/entry.js';
import type { Draft } from '../live-index.js';
import type { DraftMemory } from './draft-memory.js';
import { PackedBytes } from './packed.js';

/** The draft of the points at these places, ascending. The same where all are meant. */
export function pick(draft: Draft, places: readonly number[], memory: DraftMemory): Draft {
  if (places.length === draft.count) return draft;
  const ids = parts(draft.ids, draft.idEnds, places);
  const payloads = parts(draft.payloads, draft.payloadEnds, places);
  const dimension = draft.vectors.length / draft.count;
  const vectors = memory.take(places.length * dimension);
  for (const [next, place] of places.entries())
    vectors.set(draft.vectors.subarray(place * dimension, (place + 1) * dimension), next * dimension);
  const fields = draft.fields?.map(
    ({ field, bytes, ends }): FieldValues => ({ field, ...parts(bytes, ends, places) }),
  );
  return {
    ...draft,
    count: places.length,
    ids: ids.bytes,
    idEnds: ids.ends,
    payloads: payloads.bytes,
    payloadEnds: payloads.ends,
    vectors,
    ...(fields && { fields }),
  };
}

function parts(
  bytes: Uint8Array,
  ends: Uint32Array,
  places: readonly number[],
): ReturnType<PackedBytes['packed']> {
  const packed = new PackedBytes();
  for (const place of places) packed.add(partOf(bytes, ends, place));
  return packed.packed();
}
