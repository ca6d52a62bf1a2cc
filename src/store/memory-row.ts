/* Rows of a store in memory. */
import { idKeyOf, type PointId } from '../base/ids.js';
import { type PointsEntry, partOf, Span } from './entry.js';
import type { StoredPoint } from './store.js';

/** Rows that were written together, and are views of the same bytes. */
export interface Share {
  readonly first: number;
  readonly count: number;
  /** How many of them readers see. */
  live: number;
}

const NO_FLOATS = new Float32Array(0);

export class MemoryRow implements StoredPoint {
  /*
   * What was written together is kept as it came, and no views of it are made: two of them take more memory than most
   * payloads, and a hit would have to read them as well.
   */
  constructor(
    /** Decoded when it is written: a hit need not look at bytes for it, which are rarely in a cache. */
    readonly name: PointId,
    readonly bytes: Uint8Array,
    readonly start: number,
    readonly end: number,
    readonly floats: Float32Array,
    /** Where its vector is among them. */
    readonly from: number,
    readonly to: number,
    /** Undefined where its bytes are its own. */
    readonly share: Share | undefined,
    /** By field, where it has several. */
    readonly values: ReadonlyMap<number, Uint8Array> | undefined,
  ) {}

  get id(): Uint8Array {
    return idKeyOf(this.name);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** A view, or a copy where it is one of several fields: there it may lie anywhere. */
  get vector(): Float32Array {
    const value = this.values?.get(0);
    if (value) return new Float32Array(value.slice().buffer);
    return this.floats.subarray(this.from, this.to);
  }

  get payloadIn(): Span {
    return new Span(this.bytes, this.start, this.end);
  }

  /** Bytes of its value in a field. */
  field(field: number): Uint8Array | undefined {
    if (this.values) return this.values.get(field);
    const { buffer, byteOffset, byteLength } = this.vector;
    return field === 0 && byteLength > 0 ? new Uint8Array(buffer, byteOffset, byteLength) : undefined;
  }

  /** The same row with other values in some fields; one without bytes is removed. */
  withValues(changes: Iterable<readonly [field: number, value: Uint8Array]>): MemoryRow {
    const { name, bytes, start, end, share } = this;
    const unnamed = this.field(0);
    const values = new Map(this.values ?? (unnamed && [[0, unnamed]]));
    for (const [field, value] of changes) {
      if (value.length > 0) values.set(field, value);
      else values.delete(field);
    }
    return new MemoryRow(name, bytes, start, end, NO_FLOATS, 0, 0, share, values);
  }

  /** The same row with another payload. */
  with(payload: Uint8Array): MemoryRow {
    const { name, floats, from, to, share, values } = this;
    return new MemoryRow(name, payload, 0, payload.length, floats, from, to, share, values);
  }
}

/** That of operation `i`. */
export function rowOf(entry: PointsEntry, i: number, name: PointId, share: Share): MemoryRow {
  const { payloads, payloadEnds, vectors, count } = entry;
  const start = i === 0 ? 0 : payloadEnds[i - 1]!;
  const dimension = vectors.length / count;
  const [from, to] = [i * dimension, (i + 1) * dimension];
  return new MemoryRow(name, payloads, start, payloadEnds[i]!, vectors, from, to, share, valuesOf(entry, i));
}

function valuesOf({ fields }: PointsEntry, i: number): ReadonlyMap<number, Uint8Array> | undefined {
  if (!fields) return undefined;
  const all = fields.map(({ field, bytes, ends }) => [field, partOf(bytes, ends, i)] as const);
  return new Map(all.filter(([, { length }]) => length > 0));
}

/** Where no more than one in so many of a share live, they get bytes of their own, and the rest is let go. */
export const SHARED_BY = 4;

/** The same row in memory of its own. Copying each when it is written would cost an upsert a sixth more. */
export function copyOf({ name, payload, vector: unnamed, values }: MemoryRow): MemoryRow {
  const vector = values ? new Float32Array(0) : unnamed;
  const bytes = new Uint8Array(vector.byteLength + payload.length);
  const floats = new Float32Array(bytes.buffer, 0, vector.length);
  floats.set(vector);
  bytes.set(payload, vector.byteLength);
  const own = values && new Map([...values].map(([field, value]) => [field, value.slice()]));
  return new MemoryRow(
    name,
    bytes,
    vector.byteLength,
    bytes.length,
    floats,
    0,
    floats.length,
    undefined,
    own,
  );
}
