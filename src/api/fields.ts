/*
 * The fields of a collection, as types: from the configuration that it is made with, or as a caller names them. Where nothing
 * is known of them (`any`), every name and every kind of vector passes.
 */
import type { CollectionConfig, NewField } from './config.js';

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

export type IfAny<F, Then, Else> = 0 extends 1 & F ? Then : Else;

/** Whether results have one vector without a name: there is no other field, or nothing is known. */
export type IfPlain<F, Then, Else> = IfAny<F, Then, [keyof F] extends [''] ? Then : Else>;

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

/** Fields, and one that was created after them. */
export type WithField<F, N extends string, C extends NewField> = IfAny<
  F,
  AnyFields,
  Flat<Omit<F, N> & { readonly [K in N]: KindOf<C> }>
>;

type KindOf<C> = C extends { readonly vector: infer D }
  ? Dense<D>
  : C extends { readonly sparse: object }
    ? 'sparse'
    : 'text';

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

/** What a result has as its vector where nothing is known of the fields: one without a name, or several by their names. */
// biome-ignore lint/suspicious/noExplicitAny: either would be wrong of some collections
export type AnyVector = any;

/** The name of a field: completed where the fields are known. */
export type FieldName<F> = IfAny<F, string, keyof F & string>;

/** The name of a field that points have vectors in. */
export type VectorName<F> = IfAny<
  F,
  string,
  { [K in keyof F]: F[K] extends 'text' ? never : K }[keyof F] & string
>;

/** Which vectors are read: all, none, or those of some fields. */
export type ChoiceOf<F> = boolean | readonly VectorName<F>[];

/** What is read from a field of this kind. */
type Read<K> = K extends 'dense'
  ? Float32Array
  : K extends 'sparse'
    ? { readonly indices: Uint32Array; readonly values: Float32Array }
    : K extends 'multi'
      ? readonly Float32Array[]
      : never;

/** The vectors of a point as they are read, by the names of fields. */
export type VectorsFrom<F, Names = VectorName<F>> = {
  readonly [K in Names & VectorName<F> & keyof F]?: Read<F[K]>;
};
