/* What the older requests of search, recommend and discover must look like. */
import type {
  DiscoverRequest,
  DiscoverRequestBatch,
  NamedVectorStruct,
  RecommendExample,
  RecommendGroupsRequest,
  RecommendRequest,
  RecommendRequestBatch,
  SearchGroupsRequest,
  SearchRequest,
  SearchRequestBatch,
} from '../api/search.js';
import { strategy, withLookup } from './query.js';
import { type Schema, schemaOf, Type } from './schema.js';
import {
  dense,
  filter,
  lookupLocation,
  maybe,
  pointId,
  searchParams,
  shardKey,
  sparseVector,
  unsigned,
  withPayload,
  withVector,
} from './values.js';

const common = {
  filter: maybe(filter),
  params: maybe(searchParams),
  with_payload: maybe(withPayload),
  with_vector: maybe(withVector),
  shard_key: maybe(shardKey),
};
const paged = { limit: Type.Optional(unsigned(1)), offset: maybe(unsigned()) };
const score_threshold = maybe(Type.Number());
const grouped = {
  group_by: Type.String({ minLength: 1 }),
  group_size: unsigned(1),
  limit: unsigned(1),
  with_lookup: maybe(withLookup),
};

const vector = Type.Unsafe<NamedVectorStruct>(
  Type.Union([
    dense,
    Type.Object({ name: Type.String(), vector: dense }),
    Type.Object({ name: Type.String(), vector: sparseVector }),
  ]),
);
const example = Type.Unsafe<RecommendExample>(Type.Union([pointId, dense, sparseVector]));
const like = {
  positive: Type.Optional(Type.Array(example)),
  negative: Type.Optional(Type.Array(example)),
  strategy: maybe(strategy),
  using: maybe(Type.String()),
  lookup_from: maybe(lookupLocation),
  score_threshold,
};

const search = Type.Unsafe<SearchRequest>(Type.Object({ vector, ...common, ...paged, score_threshold }));
const recommend = Type.Unsafe<RecommendRequest>(Type.Object({ ...like, ...common, ...paged }));
const discover = Type.Unsafe<DiscoverRequest>(
  Type.Object({
    target: maybe(example),
    context: maybe(Type.Array(Type.Object({ positive: example, negative: example }))),
    using: maybe(Type.String()),
    lookup_from: maybe(lookupLocation),
    ...common,
    ...paged,
  }),
);

export const SEARCH: Schema<SearchRequest> = schemaOf<SearchRequest>()(search);
export const SEARCHES: Schema<SearchRequestBatch> = schemaOf<SearchRequestBatch>()(
  Type.Object({ searches: Type.Array(search) }),
);
export const SEARCH_GROUPS: Schema<SearchGroupsRequest> = schemaOf<SearchGroupsRequest>()(
  Type.Object({ vector, ...common, ...grouped, score_threshold }),
);

export const RECOMMEND: Schema<RecommendRequest> = schemaOf<RecommendRequest>()(recommend);
export const RECOMMENDS: Schema<RecommendRequestBatch> = schemaOf<RecommendRequestBatch>()(
  Type.Object({ searches: Type.Array(recommend) }),
);
export const RECOMMEND_GROUPS: Schema<RecommendGroupsRequest> = schemaOf<RecommendGroupsRequest>()(
  Type.Object({ ...like, ...common, ...grouped }),
);

export const DISCOVER: Schema<DiscoverRequest> = schemaOf<DiscoverRequest>()(discover);
export const DISCOVERS: Schema<DiscoverRequestBatch> = schemaOf<DiscoverRequestBatch>()(
  Type.Object({ searches: Type.Array(discover) }),
);
