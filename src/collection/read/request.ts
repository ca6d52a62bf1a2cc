/* What is asked of the read path, and what comes back. Options are checked once, and complete afterwards. */

import { OPTIONS } from '../../api/options.js';
import type { SearchOptions } from '../../api/reading.js';
import type { Match, SearchTrace } from '../../hnsw/query.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { VectorLike } from '../../kernel/metrics.js';
import type { LiveIndex } from '../live-index.js';
import type { Aim, Aims } from './aim.js';
import { type CheckedFilter, checkFilter, type ResolvedFilter } from './filters.js';
import type { RecentQueries } from './recent.js';

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

/** What is asked, which writes it waits for, and until when. */
export interface CheckedSearch {
  readonly params: SearchParams;
  readonly minSeq: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range; the reason of `signal` */
export function checkSearch(given: SearchOptions, aims: Aims): CheckedSearch {
  const o = OPTIONS.search.read(given);
  const { k, recall, ef, exact, minSeq, withPayload, withVector, signal } = o;
  const filter = o.filter === undefined ? undefined : checkFilter(o.filter);
  const aim = aims.for({ k, recall, ef, filtered: filter !== undefined });
  const params: SearchParams = {
    k,
    ef: aim.ef,
    bound: aim.bound,
    exact: exact || aim.exact,
    aim: exact ? undefined : aim,
    filter,
    withPayload,
    withVector,
  };
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
