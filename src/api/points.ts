/* Points as callers write them and read them back. `P` is the type of their payloads. */
import type { PointId } from '../base/ids.js';
import type { AnyFields, AnyVector, Fields, IfAny, IfPlain, VectorName, VectorsFrom } from './fields.js';
import type { VectorLike } from './metric.js';

/** A payload of which nothing more is known: any JSON object. */
export type Payload = Record<string, unknown>;

/** `{ any: 0 }` where all strings are keys of `P`. Not `string extends keyof P`: TypeScript would not compare beyond that. */
type AnyKey<P extends object> = { [K in keyof P as string extends K ? 'any' : never]: 0 };

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** The type without what JSON cannot represent, at any depth: a member that is a Date, say, takes no value. */
type OfJson<T> = T extends Json
  ? T
  : T extends bigint | symbol | Date | ((...args: never[]) => unknown)
    ? never
    : T extends object
      ? { [K in keyof T]: OfJson<T[K]> }
      : T;

/** What may be written as a payload: any object where nothing more is known, interfaces too. */
export type PayloadInput<P extends object> = AnyKey<P> extends { any: 0 } ? object : OfJson<P>;

/** Members of a payload to be set; `null` removes one. */
export type PayloadChange<P extends object> =
  AnyKey<P> extends { any: 0 } ? object : { readonly [K in keyof P]?: OfJson<P[K]> | null | undefined };

/** The components that are not 0: `indices` are integers from 0 to 2^32 - 1 in any order, none twice, `values` finite numbers. */
export interface SparseVector {
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** What a point has in one field: a dense vector, a sparse one, or several dense ones (`multi`). */
export type VectorInput = VectorLike | SparseVector | readonly VectorLike[];

/** The same as it is read: float32, and indices in ascending order. */
export type VectorValue =
  | Float32Array
  | { readonly indices: Uint32Array; readonly values: Float32Array }
  | readonly Float32Array[];

/** By the names of fields; '' is the unnamed one. What is left out, a point does not have. */
export type NamedVectors = Readonly<Record<string, VectorValue>>;

export interface Point<P extends object = Payload> {
  /** An integer from 0 to 2^64 - 1 (7 and 7n are one id) or a string ('7' is another). */
  readonly id: PointId;
  /** `dimension` finite components. */
  readonly vector: VectorLike;
  /** Any JSON object. */
  readonly payload?: PayloadInput<P> | undefined;
}

/** A point of a collection with several fields, or without vectors. */
export interface NamedPoint<P extends object = Payload> extends Omit<Point<P>, 'vector'> {
  /** By the names of fields, '' for the unnamed one; any of them may be missing. A vector without a name is of the unnamed one. */
  readonly vector?: VectorLike | Readonly<Record<string, VectorInput | undefined>> | undefined;
}

/** What may be written: each point must have a vector where the collection has the unnamed field alone. */
export type PointInput<P extends object = Payload> = Point<P> | NamedPoint<P>;

/** What is written into a field of this kind. */
type Written<K> = K extends 'dense'
  ? VectorLike
  : K extends 'sparse'
    ? SparseVector
    : K extends 'multi'
      ? readonly VectorLike[]
      : never;

/** The vectors of a point as they are written, by the names of fields. */
type VectorsInto<F> = { readonly [K in VectorName<F> & keyof F]?: Written<F[K]> | undefined };

/** What may be written to a collection with these fields. */
export type PointOf<P extends object = Payload, F extends Fields = AnyFields> = IfPlain<
  F,
  PointInput<P>,
  Omit<NamedPoint<P>, 'vector'> & {
    /** By the names of fields, any of which may be missing; one without a name is of the unnamed field. */
    readonly vector?: ('' extends keyof F ? VectorLike : never) | VectorsInto<F> | undefined;
  }
>;

/** Vectors that take the place of those of a stored point: in the fields that are named, '' for the unnamed one; others stay. */
export interface VectorUpdate<F extends Fields = AnyFields> {
  readonly id: PointId;
  /** A vector without a name is of the unnamed field. */
  readonly vector: IfPlain<
    F,
    VectorLike | Readonly<Record<string, VectorInput | undefined>>,
    ('' extends keyof F ? VectorLike : never) | VectorsInto<F>
  >;
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

/** Whether vectors are read, and where there are several fields, of which of them. */
export type VectorChoice = boolean | readonly string[];

/** The `vector` of a result, by the option `withVector`; `V`: what it is where points have one. */
export type VectorPart<WithVector, V = Float32Array> = [WithVector] extends [true]
  ? {
      /** The components as float32. Missing from a point that is `unreadable`, and from no other. */
      readonly vector: V;
    }
  : [WithVector] extends [false]
    ? unknown
    : [WithVector] extends [boolean]
      ? { readonly vector?: V }
      : {
          /** By the names of fields, as far as the point has them. */
          readonly vector?: NamedVectors;
        };

/** The `vector` of a result, by the option `withVector`, in a collection with these fields. */
type VectorOf<F, WithVector> = IfPlain<
  F,
  VectorPart<WithVector, IfAny<F, AnyVector, Float32Array>>,
  [WithVector] extends [false]
    ? unknown
    : {
        /** By the names of fields, as far as the point has them. */
        readonly vector?: VectorsFrom<F, WithVector extends readonly (infer N)[] ? N : VectorName<F>>;
      }
>;

export interface StoredBase {
  readonly id: PointId;
  /** Why the point, damaged on the disk, could not be read. What could not be read is left out. `get` rejects instead. */
  readonly unreadable?: string;
  /** With `highlight`: fragments of the text that was searched, with the words that were found between marks. */
  readonly highlights?: readonly string[];
  /** With `withSeq`: the sequence number of the write that it comes from. Changes of payloads and of single vectors keep it. */
  readonly seq?: number;
  /** With `orderBy`: the value that the point is here for; times in microseconds since 1970. */
  readonly orderValue?: number;
}

/** A point as it is read by id or by `scroll`. */
export type StoredPoint<
  P extends object = Payload,
  WithPayload extends PayloadChoice = PayloadChoice,
  WithVector extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> = StoredBase & PayloadPart<P, WithPayload> & VectorOf<F, WithVector>;

/** A result of a search. */
export type Hit<
  P extends object = Payload,
  WithPayload extends PayloadChoice = PayloadChoice,
  WithVector extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> = StoredBase & {
  /**
   * Similarity for cosine, dot, jaccard and sparse vectors, relevance for text (greater is better); distance for euclidean,
   * manhattan and hamming.
   */
  readonly score: number;
} & PayloadPart<P, WithPayload> &
  VectorOf<F, WithVector>;
