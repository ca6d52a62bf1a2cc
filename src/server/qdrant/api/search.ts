/* The older requests of search, recommend and discover, which Qdrant 1.17 has. `query` can all of it. */
import type { Filter } from './filter.js';
import type { LookupLocation, SearchParams, WithLookup } from './query.js';
import type {
  ExtendedPointId,
  ShardKeySelector,
  SparseVector,
  WithPayloadInterface,
  WithVector,
} from './values.js';

interface Asking {
  shard_key?: ShardKeySelector | null;
  filter?: Filter | null;
  params?: SearchParams | null;
  limit?: number;
  offset?: number | null;
  with_payload?: WithPayloadInterface | null;
  with_vector?: WithVector | null;
  score_threshold?: number | null;
}

interface Grouping {
  group_by: string;
  group_size: number;
  limit: number;
  with_lookup?: string | WithLookup | null;
}

export type NamedVectorStruct =
  | number[]
  | { name: string; vector: number[] }
  | { name: string; vector: SparseVector };

export interface SearchRequest extends Asking {
  vector: NamedVectorStruct;
}

export interface SearchRequestBatch {
  searches: SearchRequest[];
}

export interface SearchGroupsRequest extends Omit<SearchRequest, 'limit' | 'offset'>, Grouping {}

export type RecommendExample = ExtendedPointId | number[] | SparseVector;

export interface RecommendRequest extends Asking {
  positive?: RecommendExample[];
  negative?: RecommendExample[];
  strategy?: 'average_vector' | 'best_score' | 'sum_scores' | null;
  using?: string | null;
  lookup_from?: LookupLocation | null;
}

export interface RecommendRequestBatch {
  searches: RecommendRequest[];
}

export interface RecommendGroupsRequest extends Omit<RecommendRequest, 'limit' | 'offset'>, Grouping {}

export interface DiscoverRequest extends Omit<Asking, 'score_threshold'> {
  target?: RecommendExample | null;
  context?: { positive: RecommendExample; negative: RecommendExample }[] | null;
  using?: string | null;
  lookup_from?: LookupLocation | null;
}

export interface DiscoverRequestBatch {
  searches: DiscoverRequest[];
}
