/* What is asked of the read path, and what comes back. Options are checked once, and complete afterwards. */

import { OPTIONS } from '../../api/options.js';
import type { Payload, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import { atMost } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { K_MAX } from '../../base/limits.js';
import type { Aspect } from '../../filter/aspects.js';
import type { Match, SearchTrace } from '../../hnsw/query.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { Metric, VectorLike } from '../../kernel/metrics.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import type { Aim, Aims } from './aim.js';
import type { CheckedFilter, ResolvedFilter } from './filters.js';
import { type Projection, projectionOf } from './projection.js';
import type { RecentQueries } from './recent.js';
import { type Take, takeOf } from './take.js';
import type { Vectors } from './vectors.js';

/** Options of a search, complete. */
export interface SearchParams {
  /** That is searched; none where only which points match is asked. */
  readonly field?: LiveField | undefined;
  /** By which what is found is scored, where that is not the metric of the field. */
  readonly metric?: Metric | undefined;
  readonly k: number;
  readonly ef: number;
  /** See Query. */
  readonly bound?: number | undefined;
  readonly exact: boolean;
  /** Whether points that wait to be indexed are left out. */
  readonly indexedOnly?: boolean | undefined;
  /** Where these come from. None where nobody asked for a recall. */
  readonly aim?: Aim | undefined;
  readonly filter: CheckedFilter | undefined;
  readonly withPayload: boolean | Projection;
  readonly withVector: Vectors;
  /** Whether hits have sequence numbers. */
  readonly withSeq?: boolean | undefined;
  readonly take?: Take | undefined;
  /** Undefined where all that is found is given. `k` counts what it leaves out as well. */
  readonly page?: Page | undefined;
}

/** Which of the matches are given. */
export interface Page {
  readonly k: number;
  readonly offset: number;
  readonly scoreThreshold: number | undefined;
  /** Key of the id of a point that is not: the one that is asked with. */
  readonly without: Uint8Array | undefined;
}

/** A field that is searched, and what is remembered of its searches. */
export interface SearchedField {
  readonly field: LiveField;
  readonly recent: RecentQueries;
  readonly aims: Aims;
}

/** Everything is compared. */
export const EXACT_AIM: Aim = {
  ef: 1,
  bound: undefined,
  exact: true,
  target: undefined,
  basis: undefined,
  why: undefined,
};

/** The fields of a collection, as options name them. */
export interface Fields {
  /** Whether what is found are words of texts. */
  readonly texts?: boolean;
  /** @throws ValidationError */
  searched(using: string | undefined): {
    readonly field: LiveField | undefined;
    readonly aims: Pick<Aims, 'for'>;
  };
  /** @throws ValidationError */
  vectors(choice: VectorChoice): Vectors;
  /** @throws ValidationError INVALID_FILTER */
  filter(given: unknown): CheckedFilter;
}

export type HighlightParams = ReturnType<typeof OPTIONS.highlight.read>;

/** What is asked, which writes it waits for, and until when. */
export interface CheckedSearch {
  readonly params: SearchParams;
  readonly minSeq: number;
  /** Undefined where hits are not to have highlights. */
  readonly highlight?: HighlightParams | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range; the reason of `signal` */
export function checkSearch(
  given: SearchOptions<Payload, PayloadChoice, VectorChoice>,
  reader: Fields,
): CheckedSearch {
  const o = OPTIONS.search.read(given);
  const { field, aims } = reader.searched(o.using);
  const {
    recall,
    ef,
    exact,
    indexedOnly,
    minSeq,
    offset,
    scoreThreshold,
    withPayload,
    withVector,
    withSeq,
    signal,
  } = o;
  const filter = o.filter === undefined ? undefined : reader.filter(o.filter);
  const paged = offset > 0 || scoreThreshold !== undefined;
  const k = o.k + offset;
  if (offset > 0) atMost('k and offset of a search', k, K_MAX, 'scroll reads any number of points');
  const aim = aims.for({ k, recall, ef, filtered: filter !== undefined || indexedOnly });
  const params: SearchParams = {
    field,
    k,
    ef: aim.ef,
    bound: aim.bound,
    exact: exact || aim.exact,
    indexedOnly,
    aim: exact ? undefined : aim,
    filter,
    withPayload: projectionOf('withPayload', withPayload),
    withVector: reader.vectors(withVector),
    withSeq,
    take: takeOf(given),
    page: paged ? { k: o.k, offset, scoreThreshold, without: undefined } : undefined,
  };
  signal?.throwIfAborted();
  return { params, minSeq, signal, highlight: highlightOf(o.highlight, reader) };
}

function highlightOf(given: boolean | object | undefined, { texts }: Fields): HighlightParams | undefined {
  if (given === undefined || given === false) return undefined;
  if (texts) return OPTIONS.highlight.read(given === true ? {} : given);
  throw new ValidationError(
    'INVALID_OPTION',
    'highlight works only with text searches: search({ text }, { highlight })',
  );
}

/** The same search with a point's own vector: the point, by the key of its id, is not among what is given. */
export function besides(params: SearchParams, key: Uint8Array): SearchParams {
  const page = params.page ?? { k: params.k, offset: 0, scoreThreshold: undefined };
  return { ...params, k: params.k + 1, page: { ...page, without: key } };
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
  /** What of payloads the matches are such by, whatever the filter. */
  readonly aspects?: ReadonlySet<Aspect>;
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

/** A request that takes several turns: the caller may change the vector meanwhile. */
export function ownOf(request: Request): Request {
  const { vector, own } = request;
  return vector && !own ? { ...request, vector: copyOf(vector), own: true } : request;
}
