/*
 * The read path of a collection: plan, window, graph, merge, rescore (all in hnsw/search.ts, over the arenas),
 * then hydrate: row → id, payload and vector from the store.
 *
 * Arenas and store are read in one turn, between two steps of the write queue, so that every row found is there.
 */
import { atMost, flagOf, integerIn, optionsOf, signalOf } from '../base/checks.js';
import { idKeyOf, idOfKey, type PointId } from '../base/ids.js';
import { EF_MAX, GRAPH_MIN_ROWS, K_MAX } from '../base/limits.js';
import type { Filter } from '../filter/grammar.js';
import type { Admission } from '../hnsw/hnsw-index.js';
import { EF_DEFAULT } from '../hnsw/plan.js';
import type { SearchTrace } from '../hnsw/search.js';
import { isNumbers } from '../hnsw/vectors.js';
import type { VectorLike } from '../kernel/metrics.js';
import { decodePayload, type Payload } from '../store/payload.js';
import { type CheckedFilter, checkFilter } from './filters.js';
import type { LiveIndex } from './live-index.js';

export interface SearchOptions {
  /** How many points, 1 to 100,000. Default 10. */
  readonly k?: number | undefined;
  /** Beam width, 1 to 16,384: more recall for more time. Default 256, at least k. */
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

export interface Hit {
  readonly id: PointId;
  /** Similarity for cosine, dot and jaccard, distance for euclidean and hamming. */
  readonly score: number;
  readonly payload?: Payload;
  readonly vector?: Float32Array;
}

export interface StoredPoint {
  readonly id: PointId;
  readonly payload?: Payload;
  /** Exactly as it was written. */
  readonly vector?: Float32Array;
}

/** Options of a search, complete. */
export interface Wish {
  readonly k: number;
  readonly ef: number;
  readonly exact: boolean;
  readonly filter?: CheckedFilter;
  readonly withPayload: boolean;
  readonly withVector: boolean;
}

const KNOWN = ['k', 'ef', 'exact', 'filter', 'minSeq', 'withPayload', 'withVector', 'signal'];

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range; the reason of `signal` */
export function checkSearch(o: SearchOptions): Wish {
  optionsOf('search', o, KNOWN);
  if (o.minSeq !== undefined) integerIn('minSeq', o.minSeq, 0, Number.MAX_SAFE_INTEGER);
  const wish = {
    k: integerIn('k', o.k ?? 10, 1, Number.MAX_SAFE_INTEGER),
    ef: integerIn('ef', o.ef ?? EF_DEFAULT, 1, EF_MAX),
    exact: flagOf('exact', o.exact, false),
    ...(o.filter !== undefined && { filter: checkFilter(o.filter) }),
    withPayload: flagOf('withPayload', o.withPayload, true),
    withVector: flagOf('withVector', o.withVector, false),
  };
  atMost('k', wish.k, K_MAX, 'scroll reads any number of points');
  signalOf(o.signal)?.throwIfAborted();
  return wish;
}

/** A query as it is at the call: the caller may change it afterwards. What is no vector is looked at later. */
export function copyOf(query: VectorLike): VectorLike {
  return isNumbers(query) ? (query.slice() as VectorLike) : query;
}

/** The nearest rows with their scores, best first. */
export function findRows(
  live: LiveIndex,
  query: VectorLike,
  wish: Wish,
  { admission, trace }: { readonly admission?: Admission | undefined; readonly trace?: SearchTrace } = {},
): [number, number][] {
  const { k, ef, exact } = wish;
  const wanted = { k, ef, exact, exactBelow: GRAPH_MIN_ROWS };
  return live.inner.find(query, {
    ...wanted,
    ...(admission && { admission }),
    ...(trace && { trace }),
  }) as [number, number][];
}

/** The nearest rows, compared with all: by other threads where that takes long. */
export async function findExactly(
  live: LiveIndex,
  query: VectorLike,
  k: number,
  admission?: Admission,
): Promise<[number, number][]> {
  return (await live.inner.findExact(query, k, admission)) as [number, number][];
}

/**
 * The nearest points, compared with all. Undefined where one of them was replaced or deleted while that took more
 * than one turn: then it must be done in one.
 */
export async function searchExactly(
  live: LiveIndex,
  query: VectorLike,
  wish: Wish,
  admission?: Admission,
): Promise<Hit[] | undefined> {
  const found = await findExactly(live, query, wish.k, admission);
  const there = found.every(([row]) => live.store.point(live.collection, row) !== undefined);
  return there ? hydrate(live, found, wish) : undefined;
}

/** Rows as the caller knows them. */
export function hydrate(live: LiveIndex, found: readonly [number, number][], wish: Wish): Hit[] {
  // One that is poisoned may have rows that the store has no more.
  const there = live.poison
    ? found.filter(([row]) => live.store.point(live.collection, row) !== undefined)
    : found;
  return there.map(([row, score]) => {
    const { id, payload, vector } = pointAt(live, row, wish);
    return { id, score, ...(payload && { payload }), ...(vector && { vector }) };
  });
}

/** @throws Error where the store does not have a row that the arenas have: they were not read in one turn */
export function pointAt(
  live: LiveIndex,
  row: number,
  { withPayload, withVector }: Pick<Wish, 'withPayload' | 'withVector'>,
): StoredPoint {
  const stored = live.store.point(live.collection, row);
  if (!stored) throw new Error(`row ${row} of collection ${live.collection} is not in the store`);
  const id = idOfKey(stored.id);
  const payload = withPayload ? decodePayload(stored.payload) : undefined;
  const vector = withVector ? live.vectorOf(row) : undefined;
  return { id, ...(payload && { payload }), ...(vector && { vector }) };
}

export function readPoint(live: LiveIndex, id: PointId): StoredPoint | undefined {
  const row = live.store.rowOf(live.collection, idKeyOf(id));
  return row === 0 ? undefined : pointAt(live, row, { withPayload: true, withVector: true });
}
