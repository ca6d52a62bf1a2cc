/* What is asked of the read path, and what comes back. Options are checked once, and complete afterwards. */
import { atMost, flagOf, integerIn, optionsOf, shareOf, signalOf, valueOr } from '../../base/checks.js';
import { EF_MAX, K_MAX } from '../../base/limits.js';
import type { Filter } from '../../filter/grammar.js';
import type { Match, SearchTrace } from '../../hnsw/query.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { VectorLike } from '../../kernel/metrics.js';
import type { LiveIndex } from '../live-index.js';
import type { Aim, Aims } from './aim.js';
import { type CheckedFilter, checkFilter, type ResolvedFilter } from './filters.js';
import type { RecentQueries } from './recent.js';

export interface SearchOptions {
  /** How many points, 1 to 100,000. Default 10. */
  readonly k?: number | undefined;
  /**
   * The share of the k nearest points to be found, in the mean over many queries: above 0; 1 compares all points, whatever
   * `ef` is. The collection learns by itself how far its searches must go for that. Default 0.98.
   */
  readonly recall?: number | undefined;
  /**
   * Beam width, 1 to 16,384: how far a search goes, whatever it finds. With `recall` as well, the most that a search spends
   * on that. At least k.
   */
  readonly ef?: number | undefined;
  /** Compare all points. Default false. */
  readonly exact?: boolean | undefined;
  /** Only points that match. Payload indexes make it fast; without, payloads are read. */
  readonly filter?: Filter | undefined;
  /** Waits until the write with this sequence number is findable. */
  readonly minSeq?: number | undefined;
  /** Default true. */
  readonly withPayload?: boolean | undefined;
  /** Default false. */
  readonly withVector?: boolean | undefined;
  /** Gives up waiting, and answers that have not begun. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a search, complete. */
export interface SearchParams {
  readonly k: number;
  readonly ef: number;
  /** See Query. */
  readonly bound?: number | undefined;
  readonly exact: boolean;
  /** Where these come from. None where nobody asked for a recall. */
  readonly aim?: Aim | undefined;
  readonly filter: CheckedFilter | undefined;
  readonly withPayload: boolean;
  readonly withVector: boolean;
}

const KNOWN = ['k', 'recall', 'ef', 'exact', 'filter', 'minSeq', 'withPayload', 'withVector', 'signal'];

/** What is asked, which writes it waits for, and until when. */
export interface CheckedSearch {
  readonly params: SearchParams;
  readonly minSeq: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range; the reason of `signal` */
export function checkSearch(given: SearchOptions, aims: Aims): CheckedSearch {
  const o = optionsOf('search', given, KNOWN);
  const minSeq = integerIn('minSeq', valueOr(o.minSeq, 0), 0, Number.MAX_SAFE_INTEGER);
  const k = integerIn('k', valueOr(o.k, 10), 1, Number.MAX_SAFE_INTEGER);
  const recall = o.recall === undefined ? undefined : shareOf('recall', o.recall);
  const ef = o.ef === undefined ? undefined : integerIn('ef', o.ef, 1, EF_MAX);
  const exact = flagOf('exact', o.exact, false);
  const filter = o.filter === undefined ? undefined : checkFilter(o.filter);
  atMost('k', k, K_MAX, 'scroll reads any number of points');
  const aim = aims.for({ k, recall, ef, filtered: filter !== undefined });
  const params: SearchParams = {
    k,
    ef: aim.ef,
    bound: aim.bound,
    exact: exact || aim.exact,
    aim: exact ? undefined : aim,
    filter,
    withPayload: flagOf('withPayload', o.withPayload, true),
    withVector: flagOf('withVector', o.withVector, false),
  };
  const signal = signalOf(o.signal);
  signal?.throwIfAborted();
  return { params, minSeq, signal };
}

/** All points that match, for a count, a scroll, a deletion: it must be known of each. */
export function allMatching(filter: CheckedFilter): SearchParams {
  return { k: 1, ef: 1, exact: true, filter, withPayload: false, withVector: false };
}

/** A query as it is at the call: the caller may change it afterwards. Anything that is not a vector is rejected later. */
export function copyOf(query: VectorLike): VectorLike {
  return isNumbers(query) ? (query.slice() as VectorLike) : query;
}

export interface Request {
  /** None: only which points match is asked. */
  readonly vector?: VectorLike | undefined;
  readonly params: SearchParams;
  /** See Query. */
  readonly hidden?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Nobody else changes the vector. */
  readonly own?: boolean | undefined;
  /** How many others wait as well: if any, another thread may answer it, and the vector must be `own`. */
  readonly shared?: number | undefined;
  /** Filled in where it is given. */
  readonly trace?: SearchTrace | undefined;
  /** Where the vector is kept, once it is known to be good. */
  readonly recent?: RecentQueries | undefined;
}

export interface Found {
  /** The nearest, best first. */
  readonly matches: readonly Match[];
  /** None where the request has none. */
  readonly filter: ResolvedFilter | undefined;
}

/** Undefined says that there is none. */
export type Answer = NonNullable<unknown> | null;

/**
 * What is done with the rows found, in the turn in which they were. A promise where that takes several turns (never with
 * `atOnce`): of undefined, where one of the rows went meanwhile.
 */
export type Use<T extends Answer> = (
  live: LiveIndex,
  found: Found,
  params: SearchParams,
  atOnce: boolean,
) => T | Promise<T | undefined>;
