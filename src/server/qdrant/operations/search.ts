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
import { ask, askMany } from '../ask.js';
import { askGroups } from '../groups.js';
import type { AnyOperation, Operation, Room } from '../operation.js';
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
import type { Service } from '../service.js';

type Asked = Pick<QueryRequest, 'query' | 'using'>;

function byVector(vector: NamedVectorStruct): Asked {
  if (Array.isArray(vector)) return { query: { nearest: vector } };
  return { query: { nearest: vector.vector }, using: vector.name };
}

function searched({ vector, ...others }: SearchRequest): QueryRequest {
  return { ...others, ...byVector(vector) };
}

function recommended({ positive, negative, strategy, ...others }: RecommendRequest): QueryRequest {
  const recommend = { positive: positive ?? [], negative: negative ?? [], strategy: strategy ?? null };
  return { ...others, query: { recommend } };
}

function discovered({ target, context, ...others }: DiscoverRequest): QueryRequest {
  const pairs = context ?? [];
  if (target === null || target === undefined) return { ...others, query: { context: pairs } };
  return { ...others, query: { discover: { target: target as VectorInput, context: pairs } } };
}

interface Described<B> {
  readonly name: string;
  /** What comes behind `points/`. */
  readonly path: string;
  readonly summary: string;
  readonly body: Schema<B>;
}

function asking<B, R>(
  { name, path, summary, body }: Described<B>,
  handle: (service: Service, collection: string, body: B, room: Room) => Promise<R>,
): Operation<ReadParams, B, R> {
  return {
    name,
    method: 'POST',
    path: `/collections/{collection_name}/points/${path}`,
    summary,
    writes: false,
    query: READ_PARAMS,
    body,
    handle: (service, { path, body, room }) => handle(service, path['collection_name']!, body, room),
  };
}

export const searchPoints: Operation<ReadParams, SearchRequest, ScoredPoint[]> = asking(
  {
    name: 'search_points',
    path: 'search',
    summary: 'The nearest points to a vector: see query',
    body: SEARCH,
  },
  (service, name, body, room) => ask(service, name, searched(body), room),
);

export const searchBatch: Operation<ReadParams, SearchRequestBatch, ScoredPoint[][]> = asking(
  { name: 'search_batch_points', path: 'search/batch', summary: 'Several searches', body: SEARCHES },
  (service, name, { searches }, room) => askMany(service, name, searches.map(searched), room),
);

export const searchGroups: Operation<ReadParams, SearchGroupsRequest, GroupsResult> = asking(
  {
    name: 'search_point_groups',
    path: 'search/groups',
    summary: 'The nearest points, by groups of one value',
    body: SEARCH_GROUPS,
  },
  (service, name, { vector, ...others }, room) =>
    askGroups(service, name, { ...others, ...byVector(vector) }, room),
);

export const recommendPoints: Operation<ReadParams, RecommendRequest, ScoredPoint[]> = asking(
  {
    name: 'recommend_points',
    path: 'recommend',
    summary: 'Points like some and unlike others: see query',
    body: RECOMMEND,
  },
  (service, name, body, room) => ask(service, name, recommended(body), room),
);

export const recommendBatch: Operation<ReadParams, RecommendRequestBatch, ScoredPoint[][]> = asking(
  {
    name: 'recommend_batch_points',
    path: 'recommend/batch',
    summary: 'Several recommendations',
    body: RECOMMENDS,
  },
  (service, name, { searches }, room) => askMany(service, name, searches.map(recommended), room),
);

export const recommendGroups: Operation<ReadParams, RecommendGroupsRequest, GroupsResult> = asking(
  {
    name: 'recommend_point_groups',
    path: 'recommend/groups',
    summary: 'Points like some and unlike others, by groups of one value',
    body: RECOMMEND_GROUPS,
  },
  (service, name, body, room) => askGroups(service, name, { ...body, ...recommended(body) }, room),
);

export const discoverPoints: Operation<ReadParams, DiscoverRequest, ScoredPoint[]> = asking(
  {
    name: 'discover_points',
    path: 'discover',
    summary: 'Points on the right side of pairs: see query',
    body: DISCOVER,
  },
  (service, name, body, room) => ask(service, name, discovered(body), room),
);

export const discoverBatch: Operation<ReadParams, DiscoverRequestBatch, ScoredPoint[][]> = asking(
  { name: 'discover_batch_points', path: 'discover/batch', summary: 'Several discoveries', body: DISCOVERS },
  (service, name, { searches }, room) => askMany(service, name, searches.map(discovered), room),
);

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
