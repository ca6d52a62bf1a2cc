/* Queries: what is asked, and what is answered. */
import type { Condition, Filter, GeoPoint } from './filter.js';
import type { OrderByInterface } from './points.js';
import type {
  ExtendedPointId,
  Inference,
  PointRecord,
  ScoredPoint,
  ShardKeySelector,
  SparseVector,
  WithPayloadInterface,
  WithVector,
} from './values.js';

/** A vector, or the id of a point that has one. */
export type VectorInput = number[] | SparseVector | number[][] | ExtendedPointId | Inference;

export interface ContextPair {
  positive: VectorInput;
  negative: VectorInput;
}

export type ContextInput = ContextPair | ContextPair[] | null;

export interface NearestQuery {
  nearest: VectorInput;
  mmr?: { diversity?: number | null; candidates_limit?: number | null } | null;
}

export interface RecommendQuery {
  recommend: {
    positive?: VectorInput[] | null;
    negative?: VectorInput[] | null;
    strategy?: 'average_vector' | 'best_score' | 'sum_scores' | null;
  };
}

export interface DiscoverQuery {
  discover: { target: VectorInput; context: ContextInput };
}

export interface FormulaQuery {
  formula: Expression;
  defaults?: { [variable: string]: unknown };
}

export type Query =
  | NearestQuery
  | RecommendQuery
  | DiscoverQuery
  | { context: ContextInput }
  | { order_by: OrderByInterface }
  | { fusion: 'rrf' | 'dbsf' }
  | { rrf: { k?: number | null; weights?: number[] | null } }
  | FormulaQuery
  | { sample: 'random' }
  | RelevanceFeedbackQuery;

export interface RelevanceFeedbackQuery {
  relevance_feedback: {
    target: VectorInput;
    feedback: { example: VectorInput; score: number }[];
    strategy: { naive: { a: number; b: number; c: number } };
  };
}

export type QueryInterface = VectorInput | Query;

interface Decay {
  x: Expression;
  target?: Expression | null;
  scale?: number | null;
  midpoint?: number | null;
}

export type Expression =
  | number
  | string
  | Condition
  | { mult: Expression[] }
  | { sum: Expression[] }
  | { neg: Expression }
  | { abs: Expression }
  | { div: { left: Expression; right: Expression; by_zero_default?: number | null } }
  | { sqrt: Expression }
  | { pow: { base: Expression; exponent: Expression } }
  | { exp: Expression }
  | { log10: Expression }
  | { ln: Expression }
  | { geo_distance: { origin: GeoPoint; to: string } }
  | { datetime: string }
  | { datetime_key: string }
  | { lin_decay: Decay }
  | { exp_decay: Decay }
  | { gauss_decay: Decay };

export interface SearchParams {
  /** Beam width. */
  hnsw_ef?: number | null;
  exact?: boolean;
  /** Ignored, as `acorn`: they say how Qdrant searches, and what Silt finds is as good. */
  quantization?: { ignore?: boolean; rescore?: boolean | null; oversampling?: number | null } | null;
  indexed_only?: boolean;
  acorn?: { enable?: boolean; max_selectivity?: number | null } | null;
  idf?: 'global' | { corpus: Filter } | null;
}

export interface LookupLocation {
  collection: string;
  vector?: string | null;
  shard_key?: ShardKeySelector | null;
}

export interface Prefetch {
  prefetch?: Prefetch | Prefetch[] | null;
  query?: QueryInterface | null;
  using?: string | null;
  filter?: Filter | null;
  params?: SearchParams | null;
  score_threshold?: number | null;
  limit?: number | null;
  /** The collection whose points ids stand for. */
  lookup_from?: LookupLocation | null;
}

interface Asking extends Prefetch {
  shard_key?: ShardKeySelector | null;
  with_vector?: WithVector | null;
  with_payload?: WithPayloadInterface | null;
}

export interface QueryRequest extends Asking {
  offset?: number | null;
}

export interface QueryResponse {
  points: ScoredPoint[];
}

export interface QueryRequestBatch {
  searches: QueryRequest[];
}

export interface WithLookup {
  collection: string;
  with_payload?: WithPayloadInterface | null;
  with_vectors?: WithVector | null;
}

export interface QueryGroupsRequest extends Asking {
  group_by: string;
  group_size?: number | null;
  limit?: number | null;
  with_lookup?: string | WithLookup | null;
}

export interface PointGroup {
  hits: ScoredPoint[];
  id: string | number;
  lookup?: PointRecord | null;
}

export interface GroupsResult {
  groups: PointGroup[];
}

export interface FacetRequest {
  shard_key?: ShardKeySelector | null;
  key: string;
  limit?: number | null;
  filter?: Filter | null;
  /** Counts are exact either way. */
  exact?: boolean | null;
}

export interface FacetResponse {
  hits: { value: string | number | boolean; count: number }[];
}

export interface SearchMatrixRequest {
  shard_key?: ShardKeySelector | null;
  filter?: Filter | null;
  sample?: number | null;
  limit?: number | null;
  using?: string | null;
}

export interface SearchMatrixPairsResponse {
  pairs: { a: ExtendedPointId; b: ExtendedPointId; score: number }[];
}

export interface SearchMatrixOffsetsResponse {
  offsets_row: number[];
  offsets_col: number[];
  scores: number[];
  ids: ExtendedPointId[];
}
