/*
 * Queries: a tree of what is looked for. Leaves find points, `prefetch` finds points for the query above it, which ranks
 * them anew: by another vector, by fusion, by a formula. docs/QUERIES.md says what each computes.
 */
import type { PointId } from '../base/ids.js';
import type { AnyFields, FieldName, Fields, VectorName } from './fields.js';
import type { Filter, FilterCondition, GeoPoint } from './filter.js';
import type { VectorLike } from './metric.js';
import type { OrderBy } from './order.js';
import type { PathInto } from './paths.js';
import type { Hit, Payload, PayloadChoice, SparseVector, VectorChoice } from './points.js';
import type { FilterReport, InvertedReport } from './reading.js';
import type { AbortSignalLike } from './standard.js';
import type { HighlightOptions, TextQuery } from './text.js';

/** What is compared with: what a point has in the field, a vector, several, or a sparse one, or that of a stored point, by its id. */
export type Example = VectorLike | readonly VectorLike[] | SparseVector | PointId | { readonly id: PointId };

/** What is near to the one and not to the other. */
export interface ContextPair {
  readonly positive: Example;
  readonly negative: Example;
}

/** Nearest points, chosen so that they differ: maximal marginal relevance (Carbonell & Goldstein 1998). */
export interface Diversity {
  /** From 0, the nearest alone count, to 1, only that they differ. Default 0.5. */
  readonly diversity?: number | undefined;
  /** The nearest points to choose from, 1 to 16,384. Default: as many as are asked for. */
  readonly candidates?: number | undefined;
}

/**
 * The points nearest to a vector, or to a stored point, which is left out. By a sparse vector, `{ indices, values }`, those that
 * have an index in common with it. By several vectors, in a field that has several for each point, by MaxSim.
 */
export interface NearestQuery {
  readonly nearest: VectorLike | readonly VectorLike[] | SparseVector | { readonly id: PointId };
  readonly mmr?: Diversity | undefined;
}

/** Points like some and unlike others. Points that are named are left out. */
export interface RecommendQuery {
  readonly recommend: {
    readonly positive?: readonly Example[] | undefined;
    readonly negative?: readonly Example[] | undefined;
    /**
     * `average_vector`: near to the mean of the positive, away from that of the negative: needs a positive one. `best_score`: by the example that
     * is most similar, whichever it is. `sum_scores`: by the similarities to the positive, less those to the negative.
     * Default `average_vector`.
     */
    readonly strategy?: 'average_vector' | 'best_score' | 'sum_scores' | undefined;
  };
}

/** Points on the right side of as many pairs as possible; among these, those near to the target. */
export interface DiscoverQuery {
  readonly discover: { readonly target: Example; readonly context: ContextPair | readonly ContextPair[] };
}

/** Points on the right side of all pairs: these have the score 0, the others less. */
export interface ContextQuery {
  readonly context: ContextPair | readonly ContextPair[];
}

/**
 * Points by how similar they are to a target, and to what a better judge, a larger model say, thought well of among the first results:
 * a × similarity to the target + the sum over pairs of examples of (difference of their scores)^b × c × (similarity to the better − to
 * the other). Points that are named are left out.
 */
export interface FeedbackQuery {
  readonly relevanceFeedback: {
    readonly target: Example;
    readonly feedback: readonly { readonly example: Example; readonly score: number }[];
    /** Numbers that were fitted to the data and both models; `b` is at least 0. */
    readonly strategy: { readonly naive: { readonly a: number; readonly b: number; readonly c: number } };
  };
}

/** Points by a value of their payloads: numbers, and times in microseconds. One that has several comes once for each. */
export interface OrderByQuery<P extends object = Payload> {
  readonly orderBy: PathInto<P> | OrderBy<P>;
}

/** Points at random, each at most once. */
export interface SampleQuery {
  readonly sample: 'random';
  /** The same points again, as long as nothing is written. An integer, 0 to 2^32 - 1. */
  readonly seed?: number | undefined;
}

/** Of a step by words. */
export interface HighlightChoice {
  /** Gives each hit of the query `highlights`, the parts of its text where words of this step were found. Default false. */
  readonly highlight?: boolean | HighlightOptions | undefined;
}

/** What finds points by itself, or ranks those of its `prefetch`. */
export type Leaf<P extends object = Payload> =
  | VectorLike
  | readonly VectorLike[]
  | SparseVector
  | (TextQuery & HighlightChoice)
  | { readonly id: PointId }
  | NearestQuery
  | RecommendQuery
  | DiscoverQuery
  | ContextQuery
  | FeedbackQuery
  | OrderByQuery<P>
  | SampleQuery;

/**
 * One list from several. `rrf`: by their ranks (reciprocal rank fusion). `dbsf`: by scores, each list scaled by its mean and
 * deviation. `weighted`: by scores, each list scaled to 0 to 1.
 */
export interface Fusion {
  readonly fusion: 'rrf' | 'dbsf' | 'weighted';
  /** With `rrf`: the greater, the less the first ranks stand out. At least 1. Default 2. */
  readonly k?: number | undefined;
  /** One for each prefetch. Default 1. */
  readonly weights?: readonly number[] | undefined;
}

/** The parameters of a decay: 1 at the target, `midpoint` at the distance `scale` from it. */
export interface Decay {
  readonly x: Expression;
  /** Default 0. */
  readonly target?: Expression | undefined;
  /** Above 0. Default 1. */
  readonly scale?: number | undefined;
  /** Between 0 and 1; with `lin_decay`, these as well. Default 0.5. */
  readonly midpoint?: number | undefined;
}

/**
 * A number for each point. A string is a variable: `$score` and `$score[0]`, the score in the first prefetch, `$score[1]` in the
 * second; or the path of a number in the payload. A condition is 1 where it holds, 0 elsewhere.
 */
export type Expression =
  | number
  | string
  | FilterCondition
  | { readonly sum: readonly Expression[] }
  | { readonly mult: readonly Expression[] }
  | {
      readonly div: {
        readonly left: Expression;
        readonly right: Expression;
        readonly by_zero_default?: number | undefined;
      };
    }
  | { readonly neg: Expression }
  | { readonly abs: Expression }
  | { readonly sqrt: Expression }
  | { readonly pow: { readonly base: Expression; readonly exponent: Expression } }
  | { readonly exp: Expression }
  | { readonly ln: Expression }
  | { readonly log10: Expression }
  /** Meters. */
  | { readonly geo_distance: { readonly origin: GeoPoint; readonly to: string } }
  /** Seconds since 1970: of a time, and of one in the payload. */
  | { readonly datetime: string }
  | { readonly datetime_key: string }
  | { readonly lin_decay: Decay }
  | { readonly exp_decay: Decay }
  | { readonly gauss_decay: Decay };

/** Ranks what its `prefetch` found by a formula, greatest first. */
export interface Rescore {
  readonly formula: Expression;
  /** Values of variables for points that lack them: without one, a score counts 0, and a value that is missing is an error. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
}

/** One step of a tree: what finds points for the query above it. */
export interface Prefetch<P extends object = Payload, F extends Fields = AnyFields> {
  /** Without one, points in the order of their ids. With `prefetch` there must be one. */
  readonly query?: Leaf<P> | Fusion | Rescore | undefined;
  /** The name of the field that `query` compares by. Default: the unnamed one, or the only one of its kind. */
  readonly using?: FieldName<F> | undefined;
  /** Finds the points that this query ranks, and no others are among its results. Nested 8 deep at most. */
  readonly prefetch?: Prefetch<P, F> | readonly Prefetch<P, F>[] | undefined;
  /** Only points that match; for all that is below as well. */
  readonly filter?: Filter<P, F> | undefined;
  /** How many points, 1 to 100,000. Default 10. */
  readonly k?: number | undefined;
  /** Skips the first n results. Default 0. */
  readonly offset?: number | undefined;
  /** Leaves out results that are worse than this score. */
  readonly scoreThreshold?: number | undefined;
  /** As of a search. */
  readonly recall?: number | undefined;
  /** As of a search. */
  readonly ef?: number | undefined;
  /** Compares all points. */
  readonly exact?: boolean | undefined;
  /**
   * Leave out points that are not indexed yet: faster where indexing is far behind. Without an effect on searches by words, sparse
   * vectors and several vectors. Default false.
   */
  readonly indexedOnly?: boolean | undefined;
}

/** `W` and `V`: what is given for `withPayload` and `withVector`, which decide the type of the results. */
export interface Query<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> extends Prefetch<P, F> {
  /** Waits until the write with this sequence number is searchable. Default 0. */
  readonly minSeq?: number | undefined;
  /** Whether results have payloads; or which part of them. Default true. */
  readonly withPayload?: W | undefined;
  /** Whether results have vectors. Default false. */
  readonly withVector?: V | undefined;
  /** As of a search. */
  readonly withSeq?: boolean | undefined;
  /** Rejects with its reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The best points of each group. */
export interface GroupsQuery<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> extends Query<P, W, V, F> {
  /** Path of the values by which points are grouped: strings, numbers, booleans. One that has several is in several groups. */
  readonly groupBy: PathInto<P>;
  /** Most points of a group, 1 to 10,000. Default 3. */
  readonly groupSize?: number | undefined;
  /** How many groups, 1 to 10,000. Default: `k`. */
  readonly groups?: number | undefined;
}

/** Points of one value, best first. */
export interface Group<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  readonly key: string | number | boolean;
  readonly hits: Hit<P, W, V, F>[];
}

export interface FacetOptions<P extends object = Payload, F extends Fields = AnyFields> {
  /** Only points that match. */
  readonly filter?: Filter<P, F> | undefined;
  /** Most values, 1 to 100,000. Default 10. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** How many points have a value. */
export interface FacetCount {
  readonly value: string | number | boolean;
  readonly count: number;
}

export interface MatrixOptions<P extends object = Payload, F extends Fields = AnyFields> {
  /** The dense field by whose vectors points are compared. Default: the unnamed one, or the only one. */
  readonly using?: VectorName<F> | undefined;
  /** Points at random, 2 to 1,000. Default 10. */
  readonly sample?: number | undefined;
  /** The nearest of the sample, for each of its points. Default 3. */
  readonly limit?: number | undefined;
  /** The same points again, as long as nothing is written. */
  readonly seed?: number | undefined;
  /** Only points that match. */
  readonly filter?: Filter<P, F> | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Two points, and the score of the one by the vector of the other. */
export interface DistancePair {
  readonly a: PointId;
  readonly b: PointId;
  readonly score: number;
}

/** How a step of a query was answered. */
export interface StepReport {
  /** Where it stands: '' for the whole, `prefetch[1]`. */
  readonly place: string;
  /** What it asks, in words. */
  readonly query: string;
  /** How it was answered, in words. */
  readonly plan: string;
  readonly filter?: FilterReport;
  /** Of a step by words or by a sparse vector. */
  readonly inverted?: InvertedReport;
  /** How many points it found, and gave. */
  readonly found: number;
  readonly given: number;
  readonly counters: {
    /** Points that it ranked one by one. */
    readonly compared: number;
    /** As in SearchReport. */
    readonly rowsScanned: number;
    readonly nodesVisited: number;
    readonly rowsMasked: number;
    readonly candidatesRescored: number;
  };
  /** Milliseconds on the calling thread, without those of the steps below. */
  readonly ms: number;
  readonly prefetch: readonly StepReport[];
}

/** How a query was answered. */
export interface Explanation<
  P extends object = Payload,
  W extends PayloadChoice = PayloadChoice,
  V extends VectorChoice = boolean,
  F extends Fields = AnyFields,
> {
  /** A line for each step, those below set in. */
  readonly plan: string;
  readonly hits: Hit<P, W, V, F>[];
  readonly root: StepReport;
  readonly ms: { readonly hydrate: number; readonly total: number };
}
