/* Entries as the write path makes them, for tests that speak to a store directly. */
import { idKeyOf, type PointId } from '#silt/base/ids.js';
import { changeTo } from '#silt/store/changes.js';
import type { PointsEntry } from '#silt/store/entry.js';
import { encodePatch, type Patch } from '#silt/store/patch.js';
import { encodePayload } from '#silt/store/payload.js';

function joined(parts: readonly Uint8Array[]): {
  bytes: Uint8Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
} {
  const ends = new Uint32Array(parts.length);
  let end = 0;
  for (const [i, part] of parts.entries()) ends[i] = end += part.length;
  const bytes = new Uint8Array(end);
  for (const [i, part] of parts.entries()) bytes.set(part, ends[i]! - part.length);
  return { bytes, ends };
}

export function putEntry(
  collection: number,
  points: readonly { id: PointId; vector: readonly number[]; payload?: Record<string, unknown> }[],
): PointsEntry {
  const ids = joined(points.map(({ id }) => idKeyOf(id)));
  const payloads = joined(points.map(({ payload }) => encodePayload(payload)));
  return {
    kind: 'put',
    collection,
    count: points.length,
    ids: ids.bytes,
    idEnds: ids.ends,
    payloads: payloads.bytes,
    payloadEnds: payloads.ends,
    vectors: Float32Array.from(points.flatMap(({ vector }) => vector)),
  };
}

/** Points with values in some fields, by the numbers of these. */
export function fieldsEntry(
  collection: number,
  points: readonly { id: PointId; fields: Readonly<Record<number, readonly number[]>> }[],
): PointsEntry {
  const entry = putEntry(
    collection,
    points.map(({ id }) => ({ id, vector: [] })),
  );
  const numbers = [...new Set(points.flatMap(({ fields }) => Object.keys(fields).map(Number)))];
  const fields = numbers.map((field) => {
    const values = points.map((point) => new Uint8Array(Float32Array.from(point.fields[field] ?? []).buffer));
    return { field, ...joined(values) };
  });
  return { ...entry, fields };
}

export function removeEntry(collection: number, ids: readonly PointId[]): PointsEntry {
  const { bytes, ends } = joined(ids.map(idKeyOf));
  return {
    kind: 'remove',
    collection,
    count: ids.length,
    ids: bytes,
    idEnds: ends,
    payloads: new Uint8Array(0),
    payloadEnds: new Uint32Array(0),
    vectors: new Float32Array(0),
  };
}

/** Values of fields that points get, by the numbers of these; undefined removes one. */
export function valuesEntry(
  collection: number,
  points: readonly { id: PointId; fields: Readonly<Record<number, readonly number[] | undefined>> }[],
  expected?: readonly number[],
): PointsEntry {
  const numbers = [...new Set(points.flatMap(({ fields }) => Object.keys(fields).map(Number)))];
  const fields = numbers.map((field) => {
    const changes = points.map((point) =>
      field in point.fields
        ? changeTo(new Uint8Array(Float32Array.from(point.fields[field] ?? []).buffer))
        : new Uint8Array(0),
    );
    return { field, ...joined(changes) };
  });
  return {
    ...removeEntry(
      collection,
      points.map(({ id }) => id),
    ),
    kind: 'values',
    fields,
    ...(expected && { expected: Float64Array.from(expected) }),
  };
}

export function patchEntry(
  collection: number,
  ids: readonly PointId[],
  patch: Patch,
  expected?: readonly number[],
): PointsEntry {
  const payloads = encodePatch(patch);
  return {
    ...removeEntry(collection, ids),
    kind: 'patch',
    payloads,
    payloadEnds: Uint32Array.of(payloads.length),
    ...(expected && { expected: Float64Array.from(expected) }),
  };
}
