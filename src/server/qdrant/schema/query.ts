/* What queries must look like. */
import type {
  ContextInput,
  FacetRequest,
  Prefetch,
  QueryGroupsRequest,
  QueryInterface,
  QueryRequest,
  QueryRequestBatch,
  SearchMatrixRequest,
  WithLookup,
} from '../api/query.js';
import { orderBy } from './points.js';
import { type Schema, schemaOf, type TUnsafe, Type } from './schema.js';
import {
  dense,
  expression,
  filter,
  lookupLocation,
  maybe,
  payload,
  searchParams,
  shardKey,
  unsigned,
  vectorInput,
  withPayload,
  withVector,
} from './values.js';

const pair = Type.Object({ positive: vectorInput, negative: vectorInput });
const context = Type.Unsafe<ContextInput>(Type.Union([pair, Type.Array(pair), Type.Null()]));
/** How recommendations are compared. */
const strategies: readonly ['average_vector', 'best_score', 'sum_scores'] = [
  'average_vector',
  'best_score',
  'sum_scores',
];
export const strategy: TUnsafe<(typeof strategies)[number]> = Type.Unsafe<(typeof strategies)[number]>(
  Type.Union(strategies.map((name) => Type.Literal(name))),
);
const examples = maybe(Type.Array(vectorInput));

const query: TUnsafe<QueryInterface> = Type.Unsafe<QueryInterface>(
  Type.Union([
    vectorInput,
    Type.Object({
      nearest: vectorInput,
      mmr: maybe(
        Type.Object({
          diversity: maybe(Type.Number({ minimum: 0, maximum: 1 })),
          candidates_limit: maybe(Type.Integer({ minimum: 1, maximum: 16_384 })),
        }),
      ),
    }),
    Type.Object({
      recommend: Type.Object({ positive: examples, negative: examples, strategy: maybe(strategy) }),
    }),
    Type.Object({ discover: Type.Object({ target: vectorInput, context }) }),
    Type.Object({ context }),
    Type.Object({ order_by: orderBy }),
    Type.Object({ fusion: Type.Union([Type.Literal('rrf'), Type.Literal('dbsf')]) }),
    Type.Object({
      rrf: Type.Object({ k: maybe(unsigned(1)), weights: maybe(dense) }, { additionalProperties: false }),
    }),
    Type.Object({ formula: expression, defaults: maybe(payload) }),
    Type.Object({ sample: Type.Literal('random') }),
    Type.Object({
      relevance_feedback: Type.Object({
        target: vectorInput,
        feedback: Type.Array(Type.Object({ example: vectorInput, score: Type.Number() }), { minItems: 1 }),
        strategy: Type.Object({
          naive: Type.Object({ a: Type.Number(), b: Type.Number({ minimum: 0 }), c: Type.Number() }),
        }),
      }),
    }),
  ]),
);

const step = {
  query: maybe(query),
  using: maybe(Type.String()),
  filter: maybe(filter),
  params: maybe(searchParams),
  score_threshold: maybe(Type.Number()),
  limit: maybe(unsigned(1)),
  lookup_from: maybe(lookupLocation),
};

/** Each is checked by PREFETCH on its own: a schema that names itself takes twenty times as long to compile. */
const prefetches = maybe(
  Type.Unsafe<Prefetch | Prefetch[]>(
    Type.Union([Type.Object({}), Type.Array(Type.Object({}))], {
      description: 'A query without offset and results of its own, or several of them',
    }),
  ),
);

export const PREFETCH: Schema<Prefetch> = schemaOf<Prefetch>()(
  Type.Object({ ...step, prefetch: prefetches }),
);

const asking = {
  ...step,
  prefetch: prefetches,
  with_vector: maybe(withVector),
  with_payload: maybe(withPayload),
  shard_key: maybe(shardKey),
};

const request = Type.Unsafe<QueryRequest>(Type.Object({ ...asking, offset: maybe(unsigned()) }));

export const withLookup: TUnsafe<string | WithLookup> = Type.Unsafe<string | WithLookup>(
  Type.Union([
    Type.String(),
    Type.Object({
      collection: Type.String(),
      with_payload: maybe(withPayload),
      with_vectors: maybe(withVector),
    }),
  ]),
);

export const QUERY: Schema<QueryRequest> = schemaOf<QueryRequest>()(request);

export const QUERIES: Schema<QueryRequestBatch> = schemaOf<QueryRequestBatch>()(
  Type.Object({ searches: Type.Array(request) }),
);

export const QUERY_GROUPS: Schema<QueryGroupsRequest> = schemaOf<QueryGroupsRequest>()(
  Type.Object({
    ...asking,
    group_by: Type.String({ minLength: 1 }),
    group_size: maybe(unsigned(1)),
    with_lookup: maybe(withLookup),
  }),
);

export const FACET: Schema<FacetRequest> = schemaOf<FacetRequest>()(
  Type.Object({
    key: Type.String({ minLength: 1 }),
    limit: maybe(unsigned(1)),
    filter: maybe(filter),
    exact: maybe(Type.Boolean()),
    shard_key: maybe(shardKey),
  }),
);

export const MATRIX: Schema<SearchMatrixRequest> = schemaOf<SearchMatrixRequest>()(
  Type.Object({
    filter: maybe(filter),
    sample: maybe(unsigned(2)),
    limit: maybe(unsigned(1)),
    using: maybe(Type.String()),
    shard_key: maybe(shardKey),
  }),
);
