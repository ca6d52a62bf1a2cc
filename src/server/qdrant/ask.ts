/* How queries are answered: a search where a vector alone is compared with, which most are, else a tree. */

import type { Hit, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { Query as SiltQuery } from '../../api/query.js';
import type { QueryLike, SearchOptions } from '../../api/reading.js';
import { atMost } from '../../base/checks.js';
import { HITS_MAX, QUERIES_MAX } from '../../base/limits.js';
import { TAKE, type Take } from '../../collection/read/take.js';
import type { QueryRequest } from './api/query.js';
import type { ScoredPoint, SparseVector } from './api/values.js';
import { filterIn } from './filter.js';
import { prepared } from './lookup.js';
import type { Room } from './operation.js';
import { effortIn, isAimless, isAsked, isUnscored, stepIn } from './query.js';
import { scoredOut, type Wanted, withPayloadIn } from './results.js';
import type { Service } from './service.js';
import { vectorIn, withVectorIn } from './vectors.js';
import type { CollectionView } from './view.js';

type Any = Record<string, unknown>;
type Found = Hit<Any, PayloadChoice, VectorChoice>;
type AnySearch = SearchOptions<Any, PayloadChoice, VectorChoice>;
type AnyQuery = SiltQuery<Any, PayloadChoice, VectorChoice>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

export const wantedOf = ({
  with_payload,
  with_vector,
}: Pick<QueryRequest, 'with_payload' | 'with_vector'>): Wanted => ({
  payload: withPayloadIn(with_payload, false),
  vector: with_vector,
});

interface Bounds {
  readonly [TAKE]?: Take;
  readonly signal?: AbortSignal;
}

const UNBOUNDED: Bounds = {};

/** What limits a query: its time, and the bytes of its points, where they have a limit and are more than ids and scores. */
export function boundsOf(room: Room, { payload, vector }: Wanted): Bounds {
  const { signal } = room;
  const isCounted = room.bounded && (payload !== false || Boolean(vector));
  if (!isCounted && !signal) return UNBOUNDED;
  return { ...(isCounted && { [TAKE]: (point: unknown) => room.take(point) }), ...(signal && { signal }) };
}

export async function ask(
  service: Service,
  name: string,
  request: QueryRequest,
  room: Room,
): Promise<ScoredPoint[]> {
  const view = service.view(name);
  const wanted = wantedOf(request);
  const bounds = boundsOf(room, wanted);
  const hits =
    isByVector(request) && !isAimless(view.vector(request.using), request.query)
      ? await searched(view, request, wanted, bounds)
      : await queried(view, await prepared(service, name, request), wanted, bounds);
  const out = new Array<ScoredPoint>(hits.length);
  for (let i = 0; i < hits.length; i++) out[i] = scoredOut(view, hits[i]!, wanted);
  if (isUnscored(request)) for (const point of out) point.score = 1;
  return out;
}

/** How many searches of a batch are under way at once. */
const AT_ONCE = 32;

/** @throws SiltError LIMIT_EXCEEDED where all their results could not be held */
export async function askMany(
  service: Service,
  name: string,
  requests: readonly QueryRequest[],
  room: Room,
): Promise<ScoredPoint[][]> {
  const points = requests.reduce((sum, { limit }) => sum + (limit ?? 10), 0);
  atMost('searches of a batch', requests.length, QUERIES_MAX, 'Make several batches');
  atMost('points that a batch asks for', points, HITS_MAX, 'Make several batches');
  const out: ScoredPoint[][] = [];
  for (let at = 0; at < requests.length; at += AT_ONCE) {
    const some = requests.slice(at, at + AT_ONCE);
    out.push(...(await Promise.all(some.map((one) => ask(service, name, one, room)))));
  }
  return out;
}

type ByVector = QueryRequest & { query: number[] | SparseVector | number[][] };

/** A vector alone, to be compared with: most queries are that, and take the shortest way. */
function isByVector({ query, prefetch }: QueryRequest): boolean {
  if (typeof query !== 'object' || query === null || (prefetch !== null && prefetch !== undefined))
    return false;
  return Array.isArray(query) || 'indices' in query;
}

function searched(
  view: CollectionView,
  request: QueryRequest,
  wanted: Wanted,
  bounds: Bounds,
): Promise<Found[]> {
  const { query, using, filter, params, limit, offset, score_threshold } = request as ByVector;
  const vector = view.vector(using);
  const k = limit ?? 10;
  const options: Writable<AnySearch> = effortIn(view, vector, params, k);
  options.k = k;
  if (vector.field !== '') options.using = vector.field;
  if (offset) options.offset = offset;
  if (filter) options.filter = filterIn(view, filter);
  if (typeof score_threshold === 'number') options.scoreThreshold = score_threshold;
  options.withSeq = true;
  options.withPayload = wanted.payload;
  if (wanted.vector) options.withVector = withVectorIn(view, wanted.vector);
  Object.assign(options, bounds);
  return view.collection.search(vectorIn(vector, query) as QueryLike, options);
}

function queried(
  view: CollectionView,
  request: QueryRequest,
  wanted: Wanted,
  bounds: Bounds,
): Promise<Found[]> {
  const { offset } = request;
  const query: AnyQuery = {
    ...stepIn(view, request),
    // A sample begins nowhere.
    ...(offset && !isAsked(request, 'sample') && { offset }),
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
    withSeq: true,
    ...bounds,
  };
  return view.collection.query(query);
}
