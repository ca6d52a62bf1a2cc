/*
 * The fields of a collection, as types: from the configuration that it is made with, or as a caller names them. Where nothing
 * is known of them (`any`), every name and every kind of vector passes.
 */
import type { CollectionConfig } from './config.js';
import type { VectorLike } from './metric.js';
import type {
  NamedPoint,
  NamedVectors,
  Payload,
  PointInput,
  SparseVector,
  VectorChoice,
  VectorPart,
} from './points.js';

/** What a field has for each point: a dense vector, a sparse one, several dense ones, or a text of the payload. */
export type FieldKind = 'dense' | 'sparse' | 'multi' | 'text';

/** The fields of a collection: their kinds by their names, '' for the unnamed one. */
export type Fields = Readonly<Record<string, FieldKind>>;

/**
 * Of a collection that is not known to the compiler. `any`, and nothing narrower: so a collection of known fields goes where one
 * of any is asked for, and the other way.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyFields = any;

type IfAny<F, Then, Else> = 0 extends 1 & F ? Then : Else;

/** Whether results have one vector without a name: there is no other field, or nothing is known. */
type IfPlain<F, Then, Else> = IfAny<F, Then, [keyof F] extends [''] ? Then : Else>;

/** The names in one part of a configuration, each with itself. */
type Part<C, K extends string> = K extends keyof C
  ? [Exclude<C[K], string | undefined>] extends [never]
    ? Record<never, never>
    : Exclude<C[K], string | undefined>
  : Record<never, never>;

type Unnamed<C> = C extends { readonly dimension: number } ? { readonly '': 'dense' } : Record<never, never>;

type Dense<D> = D extends { readonly multi: infer M } ? (M extends true ? 'multi' : 'dense') : 'dense';

type Flat<T> = { readonly [K in keyof T]: T[K] };

type Of<C, V, S, T> = string extends keyof V | keyof S | keyof T
  ? AnyFields
  : Flat<
      Unnamed<C> & { readonly [K in keyof V]: Dense<V[K]> } & { readonly [K in keyof S]: 'sparse' } & {
        readonly [K in keyof T]: 'text';
      }
    >;

/** The fields that a configuration has: any where it does not tell their names. */
export type FieldsOf<C> = IfAny<C, AnyFields, Of<C, Part<C, 'vectors'>, Part<C, 'sparse'>, Part<C, 'text'>>>;

/** A configuration without members that there are not: the compiler takes any that are left for a type parameter. */
export type Known<C, Of = CollectionConfig> = {
  readonly [K in keyof C]: K extends keyof Of
    ? C[K] extends object
      ? string extends keyof C[K]
        ? C[K]
        : Known<C[K], Exclude<Of[K], string | number | boolean | undefined>>
      : C[K]
    : never;
};

/** The name of a field: completed where the fields are known. */
export type FieldName<F> = IfAny<F, string, keyof F & string>;

/** The name of a field that points have vectors in. */
export type VectorName<F> = IfAny<
  F,
  string,
  { [K in keyof F]: F[K] extends 'text' ? never : K }[keyof F] & string
>;

/** Which vectors are read: all, none, or those of some fields. */
export type ChoiceOf<F> = IfAny<F, VectorChoice, boolean | readonly VectorName<F>[]>;

/** What is written into a field of this kind. */
type Written<K> = K extends 'dense'
  ? VectorLike
  : K extends 'sparse'
    ? SparseVector
    : K extends 'multi'
      ? readonly VectorLike[]
      : never;

/** What is read from it. */
type Read<K> = K extends 'dense'
  ? Float32Array
  : K extends 'sparse'
    ? { readonly indices: Uint32Array; readonly values: Float32Array }
    : K extends 'multi'
      ? readonly Float32Array[]
      : never;

/** The vectors of a point as they are written, by the names of fields. */
export type VectorsInto<F> = { readonly [K in VectorName<F> & keyof F]?: Written<F[K]> | undefined };

/** The vectors of a point as they are read, by the names of fields. */
export type VectorsFrom<F, Names = VectorName<F>> = IfAny<
  F,
  NamedVectors,
  { readonly [K in Names & VectorName<F> & keyof F]?: Read<F[K]> }
>;

/** What may be written to a collection with these fields. */
export type PointOf<P extends object = Payload, F extends Fields = AnyFields> = IfPlain<
  F,
  PointInput<P>,
  Omit<NamedPoint<P>, 'vector'> & {
    /** By the names of fields, any of which may be missing; one without a name is of the unnamed field. */
    readonly vector?: ('' extends keyof F ? VectorLike : never) | VectorsInto<F> | undefined;
  }
>;

/** The `vector` of a result, by the option `withVector`, in a collection with these fields. */
export type VectorOf<F, WithVector> = IfPlain<
  F,
  VectorPart<WithVector>,
  [WithVector] extends [false]
    ? unknown
    : {
        /** By the names of fields, as far as the point has them. */
        readonly vector?: VectorsFrom<F, WithVector extends readonly (infer N)[] ? N : VectorName<F>>;
      }
>;
