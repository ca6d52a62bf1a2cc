/* The options of reads, and how a search was answered. */
import type { PointId } from '../base/ids.js';
import type { AnyFields, FieldName, Fields } from './fields.js';
import type { Filter } from './filter.js';
import type { VectorLike } from './metric.js';
import type { OrderBy } from './order.js';
import type { PathInto } from './paths.js';
import type { Hit, Payload, PayloadChoice, SparseVector, StoredPoint, VectorChoice } from './points.js';
import type { AbortSignalLike } from './standard.js';
import type { HighlightOptions, TextQuery } from './text.js';
import type { IndexKind } from './upkeep.js';

/**
 * What is searched for: a vector, dense or sparse, several for a field of several (`multi`), what a stored point has, or words for
 * a field of text.
 */
export type QueryLike =
  | VectorLike
  | SparseVector
  | readonly VectorLike[]
  | { readonly id: PointId }
  | TextQuery;

/** `W` and `V`: what is given for `withPayload` and `withVector`, which decide the type of the results. */
export interface SearchOptions<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  /** The name of the field that is searched. Default: the unnamed one, or the only one. */
  readonly using?: FieldName<F> | undefined;
  /** How many points, 1 to 100,000. Default 10. */
  readonly k?: number | undefined;
  /**
   * The share of the k nearest points to be found, in the mean over many queries: above 0; 1 compares all points, whatever
   * `ef` is. The collection learns by itself how far its searches must go for that. Searches by words, sparse vectors and several
   * vectors compare all points whatever `recall` and `ef` are. Default 0.98.
   */
  readonly recall?: number | undefined;
  /**
   * Beam width, 1 to 16,384: how far a search goes, whatever it finds. With `recall` as well, the most that a search spends
   * on that. At least k.
   */
  readonly ef?: number | undefined;
  /** Compare all points. Default false. */
  readonly exact?: boolean | undefined;
  /**
   * Leave out points that are not indexed yet: faster where indexing is far behind. Without an effect on searches by words, sparse
   * vectors and several vectors. Default false.
   */
  readonly indexedOnly?: boolean | undefined;
  /** Only points that match. Payload indexes make it fast; without, payloads are read. */
  readonly filter?: Filter<P, F> | undefined;
  /** Waits until the write with this sequence number is searchable. Default 0. */
  readonly minSeq?: number | undefined;
  /** Leaves out results that are worse than this score: below it, or above it where a smaller score is better. */
  readonly scoreThreshold?: number | undefined;
  /**
   * Skips the first n results, 0 to 100,000: the second page of ten is `offset: 10`. Pages are searches of their own: where
   * none may come twice, or be missed, ask for `exact`. Default 0.
   */
  readonly offset?: number | undefined;
  /** For searches by text: gives each hit `highlights`, the parts of its text where words were found. Default false. */
  readonly highlight?: boolean | HighlightOptions | undefined;
  /** Whether results have payloads; or which part of them: `{ include: ['title', 'author.name'] }`, `{ exclude: ['text'] }`. Default true. */
  readonly withPayload?: W | undefined;
  /** Whether results have vectors; in a collection with named fields, or those of which. Default false. */
  readonly withVector?: V | undefined;
  /** Gives each hit `seq`, the sequence number of the write that it comes from. Default false. */
  readonly withSeq?: boolean | undefined;
  /** Rejects with its reason while the search waits for its turn; one that has begun is finished. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface CountOptions<P extends object = Payload, F extends Fields = AnyFields> {
  /** Only points that match. */
  readonly filter?: Filter<P, F> | undefined;
  /** Gives up, and rejects with its reason. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface ScrollOptions<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  /** Only points that match. */
  readonly filter?: Filter<P, F> | undefined;
  /** Most points, 0 or more. Default: all. */
  readonly limit?: number | undefined;
  /** Begins after this id. Ids are in order: integers, then strings by their bytes. */
  readonly after?: PointId | undefined;
  /**
   * In the order of a value of the payloads, numbers or times, instead of ids; equal ones by their ids. Points without one are
   * left out; one that has several comes once for each. Begin with `startFrom`, not with `after`.
   */
  readonly orderBy?: PathInto<P> | OrderBy<P> | undefined;
  /** Whether points have payloads, or which part of them. Default true. */
  readonly withPayload?: W | undefined;
  /** Whether points have vectors. Default false. */
  readonly withVector?: V | undefined;
  /** Ends the iteration, which then throws its reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Where a page ended: opaque, and good for as long as the collection lasts, also in another process. */
export type Cursor = string;

export interface ScrollPageOptions<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> extends Omit<ScrollOptions<P, W, V, F>, 'after'> {
  /** Points of a page, 1 to 10,000. Default 100. */
  readonly limit?: number | undefined;
  /** The `next` of the page before. Default: the first page. */
  readonly cursor?: Cursor | null | undefined;
}

export interface ScrollPage<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  readonly points: StoredPoint<P, W, V, F>[];
  /** For the next page; null where there is none. */
  readonly next: Cursor | null;
}

/** How many live points match: for certain at least, as expected, at most. */
export interface Cardinality {
  readonly min: number;
  readonly expected: number;
  readonly max: number;
}

export interface FilterReport {
  /** How many live points match: known (all three are one number), or estimated. */
  readonly matches: Cardinality;
  /** Payload indexes that served. None: payloads were read. */
  readonly indexes: readonly { readonly path: string; readonly kind: IndexKind }[];
  /** Payloads read for this filter so far, by this search and those before it. */
  readonly payloadsRead: number;
}

/** How a recall that was asked for is to be reached. */
export interface AimReport {
  readonly target: number;
  /** The beam of a walk is no wider than `ef`; it ends at rows that are `bound` times farther, if there is a bound. */
  readonly ef: number;
  readonly bound: number | null;
  /** All points are compared instead. */
  readonly exact: boolean;
  /** Measured recall, lower confidence limit; null where nothing was measured. */
  readonly measured: number | null;
  /** By how many queries, and when, in milliseconds since 1970. */
  readonly queries: number;
  readonly at: number | null;
  /** Why it is not by measured recall; null where it is. */
  readonly why: string | null;
}

/** A word of a search, or an index of a sparse vector. */
export interface TermReport {
  /** The word as the field has it; the index. */
  readonly term: string | number;
  /** Live points that have it. */
  readonly documents: number;
  /** How rare it counts to be; null where that does not count. */
  readonly idf: number | null;
  /** What an occurrence is worth, before it counts how often it comes in how long a text. */
  readonly weight: number;
  /** Windows of 16,384 points in which it was not added to scores: alone it makes no hit there (MaxScore). */
  readonly windowsLeft: number;
}

/** How an inverted index, of texts or of sparse vectors, was searched. */
export interface InvertedReport {
  /** In the order in which they are added up. Of a beginning, or where letters may be wrong: all words that are meant. */
  readonly terms: readonly TermReport[];
  /** Points that the index had to take in before, in the turn of the answer. */
  readonly takenIn: number;
  /** Windows of 16,384 points in which any of the terms occurs. */
  readonly windows: number;
  /** Occurrences that were added to scores. */
  readonly postings: number;
  /** Points that were considered as results, one by one. */
  readonly candidates: number;
}

export interface SearchReport<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  /** In words: a sentence on the filter, if there is one, and one for each arena. */
  readonly plan: string;
  readonly hits: Hit<P, W, V, F>[];
  /** Missing where `ef` was given alone, or `exact`. */
  readonly recall?: AimReport;
  readonly filter?: FilterReport;
  /** Of a search by words or by a sparse vector. */
  readonly inverted?: InvertedReport;
  readonly counters: {
    /** Rows that exact scans went over: the pending ones, or all. */
    readonly rowsScanned: number;
    /** Rows that the walk of the graph met. */
    readonly nodesVisited: number;
    /** Among all of these, rows that are replaced or deleted. */
    readonly rowsMasked: number;
    /** Candidates of the walk whose float32 vectors were compared. */
    readonly candidatesRescored: number;
    /** Hits that were still pending. */
    readonly hitsFromWindow: number;
  };
  /** Milliseconds by step. `scan` is that of everything, where the plan says so. */
  readonly ms: {
    readonly filter: number;
    readonly window: number;
    readonly graph: number;
    readonly rescore: number;
    readonly scan: number;
    readonly hydrate: number;
    readonly total: number;
  };
}
