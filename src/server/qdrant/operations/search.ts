/* The older requests of search, recommend and discover: each is a query. */
import type { GroupsResult, QueryRequest, VectorInput } from '../api/query.js';
import type {
  DiscoverRequest,
  DiscoverRequestBatch,
  NamedVectorStruct,
  RecommendGroupsRequest,
  RecommendRequest,
  RecommendRequestBatch,
  SearchGroupsRequest,
  SearchRequest,
  SearchRequestBatch,
} from '../api/search.js';
import type { ReadParams, ScoredPoint } from '../api/values.js';
import { ask, askGroups, askMany } from '../ask.js';
import type { AnyOperation, Operation } from '../operation.js';
import type { Schema } from '../schema/schema.js';
import {
  DISCOVER,
  DISCOVERS,
  RECOMMEND,
  RECOMMEND_GROUPS,
  RECOMMENDS,
  SEARCH,
  SEARCH_GROUPS,
  SEARCHES,
} from '../schema/search.js';
import { READ_PARAMS } from '../schema/values.js';

type Asked = Pick<QueryRequest, 'query' | 'using'>;

function byVector(vector: NamedVectorStruct): Asked {
  if (Array.isArray(vector)) return { query: { nearest: vector } };
  return { query: { nearest: vector.vector }, using: vector.name };
}

function searched({ vector, ...others }: SearchRequest): QueryRequest {
  return { ...others, ...byVector(vector) };
}

const likes = ({
  positive,
  negative,
  strategy,
}: Pick<RecommendRequest, 'positive' | 'negative' | 'strategy'>): Asked => ({
  query: { recommend: { positive: positive ?? [], negative: negative ?? [], strategy: strategy ?? null } },
});

function recommended({ positive, negative, strategy, ...others }: RecommendRequest): QueryRequest {
  return { ...others, ...likes({ positive, negative, strategy } as RecommendRequest) };
}

function discovered({ target, context, ...others }: DiscoverRequest): QueryRequest {
  const pairs = context ?? [];
  if (target === null || target === undefined) return { ...others, query: { context: pairs } };
  return { ...others, query: { discover: { target: target as VectorInput, context: pairs } } };
}

const at = (path: string): string => `/collections/{collection_name}/points/${path}`;

function asking<B>(
  name: string,
  path: string,
  summary: string,
  body: Schema<B>,
  as: (body: B) => QueryRequest,
): Operation<ReadParams, B, ScoredPoint[]> {
  return {
    name,
    method: 'POST',
    path: at(path),
    summary,
    writes: false,
    query: READ_PARAMS,
    body,
    handle: (service, input) => ask(service, input.path['collection_name']!, as(input.body)),
  };
}

function askingMany<B>(
  name: string,
  path: string,
  summary: string,
  body: Schema<{ searches: B[] }>,
  as: (one: B) => QueryRequest,
): Operation<ReadParams, { searches: B[] }, ScoredPoint[][]> {
  return {
    name,
    method: 'POST',
    path: at(path),
    summary,
    writes: false,
    query: READ_PARAMS,
    body,
    handle: (service, input) => askMany(service, input.path['collection_name']!, input.body.searches.map(as)),
  };
}

export const searchPoints: Operation<ReadParams, SearchRequest, ScoredPoint[]> = asking(
  'search_points',
  'search',
  'The nearest points to a vector: see query',
  SEARCH,
  searched,
);
export const searchBatch: Operation<ReadParams, SearchRequestBatch, ScoredPoint[][]> = askingMany(
  'search_batch_points',
  'search/batch',
  'Several searches',
  SEARCHES,
  searched,
);
export const recommendPoints: Operation<ReadParams, RecommendRequest, ScoredPoint[]> = asking(
  'recommend_points',
  'recommend',
  'Points like some and unlike others: see query',
  RECOMMEND,
  recommended,
);
export const recommendBatch: Operation<ReadParams, RecommendRequestBatch, ScoredPoint[][]> = askingMany(
  'recommend_batch_points',
  'recommend/batch',
  'Several recommendations',
  RECOMMENDS,
  recommended,
);
export const discoverPoints: Operation<ReadParams, DiscoverRequest, ScoredPoint[]> = asking(
  'discover_points',
  'discover',
  'Points on the right side of pairs: see query',
  DISCOVER,
  discovered,
);
export const discoverBatch: Operation<ReadParams, DiscoverRequestBatch, ScoredPoint[][]> = askingMany(
  'discover_batch_points',
  'discover/batch',
  'Several discoveries',
  DISCOVERS,
  discovered,
);

export const searchGroups: Operation<ReadParams, SearchGroupsRequest, GroupsResult> = {
  name: 'search_point_groups',
  method: 'POST',
  path: at('search/groups'),
  summary: 'The nearest points, by groups of one value',
  writes: false,
  query: READ_PARAMS,
  body: SEARCH_GROUPS,
  handle: (service, { path, body: { vector, ...others } }) =>
    askGroups(service, path['collection_name']!, { ...others, ...byVector(vector) }),
};

export const recommendGroups: Operation<ReadParams, RecommendGroupsRequest, GroupsResult> = {
  name: 'recommend_point_groups',
  method: 'POST',
  path: at('recommend/groups'),
  summary: 'Points like some and unlike others, by groups of one value',
  writes: false,
  query: READ_PARAMS,
  body: RECOMMEND_GROUPS,
  handle: (service, { path, body: { positive, negative, strategy, ...others } }) =>
    askGroups(service, path['collection_name']!, {
      ...others,
      ...likes({ positive, negative, strategy } as RecommendRequest),
    }),
};

export const SEARCH_OPERATIONS: readonly AnyOperation[] = [
  searchPoints,
  searchBatch,
  searchGroups,
  recommendPoints,
  recommendBatch,
  recommendGroups,
  discoverPoints,
  discoverBatch,
];
