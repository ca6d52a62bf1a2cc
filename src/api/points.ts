/* Points as callers write them and read them back. `P` is the type of their payloads. */
import type { PointId } from '../base/ids.js';
import type { VectorLike } from './metric.js';

/** A payload of which nothing more is known: any JSON object. */
export type Payload = Record<string, unknown>;

/** `{ any: 0 }` where all strings are keys of `P`. Not `string extends keyof P`: TypeScript would not compare beyond that. */
type AnyKey<P extends object> = { [K in keyof P as string extends K ? 'any' : never]: 0 };

/** What may be written as a payload: any object where nothing more is known, interfaces too. */
export type PayloadInput<P extends object> = AnyKey<P> extends { any: 0 } ? object : Members<P>;

/** Members of a payload to be set; `null` removes one. */
export type PayloadChange<P extends object> =
  AnyKey<P> extends { any: 0 } ? object : { readonly [K in keyof P]?: P[K] | null | undefined };

export interface Point<P extends object = Payload> {
  /** An integer from 0 to 2^64 - 1 (7 and 7n are one id) or a string ('7' is another). */
  readonly id: PointId;
  /** `dimension` finite components. */
  readonly vector: VectorLike;
  /** Any JSON object. */
  readonly payload?: PayloadInput<P> | undefined;
}

/** A part of payloads: only what these paths lead to (`a.b`, `a[].b`), or all but that. One of the two. */
export type PayloadSelection =
  | { readonly include: readonly string[]; readonly exclude?: undefined }
  | { readonly exclude: readonly string[]; readonly include?: undefined };

/** Which part of payloads is read: all of it, nothing, or a selection. */
export type PayloadChoice = boolean | PayloadSelection;

/** The `payload` of a result, by the option `withPayload`: a point may have none, and `false` reads none. */
export type PayloadPart<P extends object, WithPayload> = [WithPayload] extends [false]
  ? unknown
  : [WithPayload] extends [PayloadSelection]
    ? { readonly payload?: PartOf<P> }
    : { readonly payload?: Members<P> };

/** The same members, as a type without a name: an interface of its own would not pass for any JSON object. */
export type Members<P extends object> = { [K in keyof P]: P[K] };

/** What a selection may leave of a value: any member may be missing, at any depth, and any element of an array. */
export type PartOf<T> = T extends readonly (infer E)[]
  ? PartOf<E>[]
  : T extends object
    ? { [K in keyof T]?: PartOf<T[K]> }
    : T;

/** The `vector` of a result, by the option `withVector`. */
export type VectorPart<WithVector> = [WithVector] extends [true]
  ? {
      /** The components as float32. Missing from a point that is `unreadable`, and from no other. */
      readonly vector: Float32Array;
    }
  : [WithVector] extends [false]
    ? unknown
    : { readonly vector?: Float32Array };

export interface StoredBase {
  readonly id: PointId;
  /** Why the point, damaged on the disk, could not be read. What could not be read is left out. `get` rejects instead. */
  readonly unreadable?: string;
  /** With `orderBy`: the value that the point is here for; times in microseconds since 1970. */
  readonly orderValue?: number;
}

/** A point as it is read by id or by `scroll`. */
export type StoredPoint<
  P extends object = Payload,
  WithPayload extends PayloadChoice = PayloadChoice,
  WithVector extends boolean = boolean,
> = StoredBase & PayloadPart<P, WithPayload> & VectorPart<WithVector>;

/** A result of a search. */
export type Hit<
  P extends object = Payload,
  WithPayload extends PayloadChoice = PayloadChoice,
  WithVector extends boolean = boolean,
> = StoredBase & {
  /** Similarity for cosine, dot and jaccard (greater is better), distance for euclidean, manhattan and hamming. */
  readonly score: number;
} & PayloadPart<P, WithPayload> &
  VectorPart<WithVector>;
