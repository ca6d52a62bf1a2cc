/* Schemas that requests have in common. */
import type { Filter } from '../api/filter.js';
import type { PointsBatch } from '../api/points.js';
import type { Expression, LookupLocation, SearchParams, VectorInput } from '../api/query.js';
import type {
  ExtendedPointId,
  Payload,
  ReadParams,
  ShardKeySelector,
  VectorStruct,
  WithPayloadInterface,
  WithVector,
  WriteParams,
} from '../api/values.js';
import {
  type Schema,
  schemaOf,
  type TArray,
  type TInteger,
  type TNull,
  type TNumber,
  type TObject,
  type TOptional,
  type TSchema,
  type TUnion,
  type TUnsafe,
  Type,
} from './schema.js';

/** May be left out, or null. */
export const maybe = <S extends TSchema>(schema: S): TOptional<TUnion<[S, TNull]>> =>
  Type.Optional(Type.Union([schema, Type.Null()]));

export const unsigned = (minimum = 0): TInteger => Type.Integer({ minimum });

const strings = Type.Array(Type.String());
const object = Type.Object({});

/** An id is looked at by whoever converts it, which tells what is wrong with it. */
export const pointId: TUnsafe<ExtendedPointId> = Type.Unsafe<ExtendedPointId>(
  Type.Union([Type.Number(), Type.BigInt(), Type.String()], {
    description: 'An integer from 0 to 2^64 - 1, or a UUID',
  }),
);

/** Filters are checked by whoever converts them. */
export const filter: TUnsafe<Filter> = Type.Unsafe<Filter>(
  Type.Object({}, { description: 'must, must_not, should, min_should: see docs/FILTERS.md' }),
);

/** Likewise. */
export const expression: TUnsafe<Expression> = Type.Unsafe<Expression>(
  Type.Union([Type.Number(), Type.String(), object], { description: 'A formula: see docs/QUERIES.md' }),
);

export const payload: TUnsafe<Payload> = Type.Unsafe<Payload>(object);

const key = Type.Union([Type.String(), Type.Number()]);
export const shardKey: TUnsafe<ShardKeySelector> = Type.Unsafe<ShardKeySelector>(
  Type.Union([
    key,
    Type.Array(key),
    Type.Object({ target: key, fallback: key }, { description: 'No key is found: there is one shard' }),
  ]),
);

export const dense: TArray<TNumber> = Type.Array(Type.Number());
export const sparseVector: TObject<{ indices: TArray<TInteger>; values: TArray<TNumber> }> = Type.Object({
  indices: Type.Array(unsigned()),
  values: dense,
});
const ofModel = { model: Type.String(), options: maybe(object) };
const inference = Type.Union(
  [
    Type.Object({ text: Type.String(), ...ofModel }),
    Type.Object({ image: Type.Unknown(), ...ofModel }),
    Type.Object({ object: Type.Unknown(), ...ofModel }),
  ],
  { description: 'Answered with 501: vectors are made by no model' },
);

const vector = Type.Union([dense, sparseVector, Type.Array(dense), inference]);

export const vectorStruct: TUnsafe<VectorStruct> = Type.Unsafe<VectorStruct>(
  Type.Union([dense, Type.Array(dense), inference, Type.Record(Type.String(), vector)]),
);

export const vectorsOfBatch: TUnsafe<PointsBatch['batch']['vectors']> = Type.Unsafe<
  PointsBatch['batch']['vectors']
>(
  Type.Union([
    Type.Array(dense),
    Type.Array(Type.Array(dense)),
    Type.Array(inference),
    Type.Record(Type.String(), Type.Array(vector)),
  ]),
);

export const vectorInput: TUnsafe<VectorInput> = Type.Unsafe<VectorInput>(
  Type.Union([dense, pointId, sparseVector, Type.Array(dense), inference]),
);

export const withPayload: TUnsafe<WithPayloadInterface> = Type.Unsafe<WithPayloadInterface>(
  Type.Union([
    Type.Boolean(),
    strings,
    Type.Object({ include: strings }, { additionalProperties: false }),
    Type.Object({ exclude: strings }, { additionalProperties: false }),
  ]),
);

export const withVector: TUnsafe<WithVector> = Type.Unsafe<WithVector>(Type.Union([Type.Boolean(), strings]));

export const searchParams: TUnsafe<SearchParams> = Type.Unsafe<SearchParams>(
  Type.Object({
    hnsw_ef: maybe(unsigned(1)),
    exact: Type.Optional(Type.Boolean()),
    indexed_only: Type.Optional(Type.Boolean()),
    quantization: maybe(
      Type.Object({
        ignore: Type.Optional(Type.Boolean()),
        rescore: maybe(Type.Boolean()),
        oversampling: maybe(Type.Number({ minimum: 1 })),
      }),
    ),
    acorn: maybe(
      Type.Object({
        enable: Type.Optional(Type.Boolean()),
        max_selectivity: maybe(Type.Number({ minimum: 0, maximum: 1 })),
      }),
    ),
    idf: maybe(Type.Union([Type.String(), Type.Object({ corpus: filter })])),
  }),
);

export const lookupLocation: TUnsafe<LookupLocation> = Type.Unsafe<LookupLocation>(
  Type.Object({ collection: Type.String(), vector: maybe(Type.String()), shard_key: maybe(shardKey) }),
);

/** Parameters of the query string are text over HTTP: the front makes numbers and booleans of them. */
export const WRITE_PARAMS: Schema<WriteParams> = schemaOf<WriteParams>()(
  Type.Object({
    wait: Type.Optional(Type.Boolean()),
    ordering: Type.Optional(
      Type.Union([Type.Literal('weak'), Type.Literal('medium'), Type.Literal('strong')]),
    ),
    timeout: Type.Optional(unsigned(1)),
  }),
);

export const READ_PARAMS: Schema<ReadParams> = schemaOf<ReadParams>()(
  Type.Object({
    consistency: Type.Optional(
      Type.Union([Type.Integer(), Type.Literal('majority'), Type.Literal('quorum'), Type.Literal('all')]),
    ),
    timeout: Type.Optional(unsigned(1)),
  }),
);

export interface Timeout {
  timeout?: number;
}

export const TIMEOUT: Schema<Timeout> = schemaOf<Timeout>()(
  Type.Object({ timeout: Type.Optional(unsigned(1)) }),
);

/** Of what is told of the service. How much of it, and by what, makes no difference. */
export interface TelemetryParams extends Timeout {
  /** Hashes in the place of names. */
  anonymize?: boolean;
  details_level?: number;
  per_collection?: boolean;
}

export const TELEMETRY: Schema<TelemetryParams> = schemaOf<TelemetryParams>()(
  Type.Object({
    anonymize: Type.Optional(Type.Boolean()),
    details_level: Type.Optional(unsigned()),
    per_collection: Type.Optional(Type.Boolean()),
    timeout: Type.Optional(unsigned(1)),
  }),
);

export interface Wait {
  wait?: boolean;
}

export const WAIT: Schema<Wait> = schemaOf<Wait>()(Type.Object({ wait: Type.Optional(Type.Boolean()) }));
