/*
 * The points of one call, checked and copied: afterwards the caller may change what it gave. Nothing of a batch
 * has had an effect when this throws.
 */
import { show } from '../base/checks.js';
import { SiltError, ValidationError } from '../base/errors.js';
import { idKeyOf, idKeyRoom, type PointId, writeIdKey } from '../base/ids.js';
import { checkVector, rejectVector } from '../hnsw/vectors.js';
import type { VectorLike } from '../kernel/metrics.js';
import { encodePayload, type Payload } from '../store/payload.js';
import type { Chunk } from '../store/store.js';
import type { ResolvedConfig } from './config.js';

export interface Point {
  /** An integer from 0 to 2^64 - 1 (7 and 7n are one id) or a string ('7' is another). */
  readonly id: PointId;
  /** `dimension` finite components. */
  readonly vector: VectorLike;
  /** Any JSON object. */
  readonly payload?: Payload;
}

/** A point that was not written. */
export interface Rejection {
  /** Position in the call's list. */
  readonly index: number;
  readonly id?: PointId;
  /** Stable, of ERROR_CODES. */
  readonly code: string;
  readonly message: string;
}

/** What a call asks the store to do, without its place in the sequence. */
export type Draft = Omit<Chunk, 'first' | 'collection'>;

export interface Checked {
  readonly draft: Draft;
  readonly rejected: readonly Rejection[];
}

/** Components in memory that the writing thread can read where it is: a message would copy it twice. */
function sharedFloats(count: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * count));
}

/** Bytes one after another, with the ends of each. */
class Parts {
  #bytes = new Uint8Array(256);
  readonly ends: number[] = [];
  #end = 0;

  /** Makes room for `bytes` more; returns where they go. */
  room(bytes: number): { into: Uint8Array; at: number } {
    if (this.#end + bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#end + bytes));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return { into: this.#bytes, at: this.#end };
  }

  end(at: number): void {
    this.#end = at;
    this.ends.push(at);
  }

  add(bytes: Uint8Array): void {
    const { into, at } = this.room(bytes.length);
    into.set(bytes, at);
    this.end(at + bytes.length);
  }

  packed(): { bytes: Uint8Array<ArrayBuffer>; ends: Uint32Array<ArrayBuffer> } {
    return { bytes: this.#bytes.slice(0, this.#end), ends: Uint32Array.from(this.ends) };
  }
}

function checkPoint(point: unknown, index: number): asserts point is Point {
  if (typeof point !== 'object' || point === null || Array.isArray(point))
    throw new ValidationError(
      'INVALID_OPTION',
      `point ${index} must be an object { id, vector, payload? }, got ${show(point)}`,
    );
}

/** Copies a vector to `at` and looks at what came out: float32 may hold less than was given. */
function copyVector(
  into: Float32Array,
  at: number,
  point: Point,
  index: number,
  config: ResolvedConfig,
): void {
  const { dimension, metric } = config;
  checkVector(point.vector, dimension, index, point.id);
  into.set(point.vector, at);
  let squares = 0;
  for (let i = at; i < at + dimension; i++) squares += into[i]! * into[i]!;
  if (!(squares < Infinity) || (squares === 0 && metric === 'cosine'))
    throw rejectVector(point.vector, metric, index, point.id);
}

function rejection(error: unknown, index: number, point: unknown): Rejection {
  if (!(error instanceof SiltError)) throw error;
  const id = (point as Partial<Point> | null)?.id;
  const isId = typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint';
  return { index, ...(isId && { id }), code: error.code, message: error.message };
}

/** What is wrong with an id or a payload, and with that of which point. */
function placed(error: unknown, index: number): unknown {
  const { code, message } = error as Partial<ValidationError>;
  if (code !== 'INVALID_ID' && code !== 'INVALID_PAYLOAD') return error;
  return new ValidationError(code, `point ${index}: ${message}`);
}

/**
 * Checks and copies points to be written. With 'throw' the first that is bad throws; with 'skip' it is reported.
 * Of an id given twice the last wins, and the others are reported. `first` is the number of the first point.
 */
export function draftPoints(
  points: readonly Point[],
  config: ResolvedConfig,
  onInvalid: 'throw' | 'skip',
  first = 0,
): Checked {
  const { dimension } = config;
  const rejected: Rejection[] = [];
  const vectors = sharedFloats(points.length * dimension);
  const payloads: Uint8Array[] = [];
  const accepted: number[] = [];
  const latest = new Map<PointId, number>();
  const key = new Parts();
  for (let index = 0; index < points.length; index++) {
    const point: unknown = points[index];
    const number = first + index;
    try {
      checkPoint(point, number);
      const { into, at } = key.room(idKeyRoom(point.id));
      writeIdKey(point.id, into, at);
      copyVector(vectors, index * dimension, point, number, config);
      payloads[index] = encodePayload(point.payload);
      const id = plainId(point.id);
      const earlier = latest.get(id);
      if (earlier !== undefined) rejected.push(superseded(points[earlier]!.id, first + earlier, number));
      latest.set(id, index);
      accepted.push(index);
    } catch (error) {
      const why = placed(error, number);
      if (onInvalid === 'throw') throw why;
      rejected.push(rejection(why, number, point));
    }
  }
  const winners =
    latest.size === accepted.length
      ? accepted
      : accepted.filter((index) => latest.get(plainId(points[index]!.id)) === index);
  rejected.sort((a, b) => a.index - b.index);
  return { draft: packPoints(points, winners, vectors, payloads, dimension), rejected };
}

function superseded(id: PointId, earlier: number, later: number): Rejection {
  const message = `point ${earlier} (id ${show(id)}) is replaced by point ${later} of the same batch`;
  return { index: earlier, id, code: 'DUPLICATE_ID', message };
}

/** 7 and 7n are one id. */
function plainId(id: PointId): PointId {
  return typeof id === 'bigint' && id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
}

function packPoints(
  points: readonly Point[],
  winners: readonly number[],
  vectors: Float32Array,
  payloads: readonly Uint8Array[],
  dimension: number,
): Draft {
  const ids = new Parts();
  const bodies = new Parts();
  winners.forEach((index, place) => {
    const { id } = points[index]!;
    const { into, at } = ids.room(idKeyRoom(id));
    ids.end(writeIdKey(id, into, at));
    bodies.add(payloads[index]!);
    if (place !== index) vectors.copyWithin(place * dimension, index * dimension, (index + 1) * dimension);
  });
  const packed = ids.packed();
  const bodied = bodies.packed();
  return {
    kind: 'put',
    count: winners.length,
    ids: packed.bytes,
    idEnds: packed.ends,
    payloads: bodied.bytes,
    payloadEnds: bodied.ends,
    vectors: winners.length === points.length ? vectors : vectors.slice(0, winners.length * dimension),
  };
}

/** Checks ids to be taken out. */
export function draftRemovals(which: readonly PointId[]): Draft {
  return removalsOf(which.map(idKeyOf));
}

/**
 * Points to be taken out, by the keys of their ids; `rows`: the row that each id must name then, or its point stays,
 * since it is another.
 */
export function removalsOf(keys: readonly Uint8Array[], rows?: readonly number[]): Draft {
  const ids = new Parts();
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
