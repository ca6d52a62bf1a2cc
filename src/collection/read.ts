/*
 * The read path of a collection: plan, window, graph, merge, rescore (all in hnsw/search.ts, over the arenas),
 * then hydrate: row → id, payload and vector from the store.
 *
 * Arenas and store are read in one turn, between two steps of the write queue, so that every row found is there.
 */
import { atMost, flagOf, integerIn, optionsOf, show, signalOf } from '../base/checks.js';
import { SiltError } from '../base/errors.js';
import { idKeyOf, idOfKey, type PointId } from '../base/ids.js';
import { EF_MAX, GRAPH_MIN_ROWS, K_MAX } from '../base/limits.js';
import { takeTurn } from '../base/slices.js';
import type { Filter } from '../filter/grammar.js';
import { VectorLost } from '../hnsw/codes.js';
import { EF_DEFAULT } from '../hnsw/plan.js';
import { clearTrace, type SearchTrace } from '../hnsw/search.js';
import { isNumbers } from '../hnsw/vectors.js';
import type { Admission } from '../hnsw/wanted.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { Payload } from '../store/payload.js';
import { type CheckedFilter, checkFilter } from './filters.js';
import type { LiveIndex } from './live-index.js';
import { MISSING } from './stored-rows.js';

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
  /** Damaged on the disk: what is wrong. What could not be read of the point is left out. */
  readonly unreadable?: string;
}

export interface StoredPoint {
  readonly id: PointId;
  readonly payload?: Payload;
  /** Exactly as it was written. */
  readonly vector?: Float32Array;
  /** Damaged on the disk: what is wrong. What could not be read of the point is left out. `get` rejects instead. */
  readonly unreadable?: string;
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

/** Which writes a search waits for, and until when. */
export interface When {
  readonly minSeq: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range; the reason of `signal` */
export function checkSearch(given: SearchOptions): { readonly wish: Wish } & When {
  const o = optionsOf('search', given, KNOWN);
  const minSeq = integerIn('minSeq', o.minSeq ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const wish = {
    k: integerIn('k', o.k ?? 10, 1, Number.MAX_SAFE_INTEGER),
    ef: integerIn('ef', o.ef ?? EF_DEFAULT, 1, EF_MAX),
    exact: flagOf('exact', o.exact, false),
    ...(o.filter !== undefined && { filter: checkFilter(o.filter) }),
    withPayload: flagOf('withPayload', o.withPayload, true),
    withVector: flagOf('withVector', o.withVector, false),
  };
  atMost('k', wish.k, K_MAX, 'scroll reads any number of points');
  const signal = signalOf(o.signal);
  signal?.throwIfAborted();
  return { wish, minSeq, signal };
}

/** A query as it is at the call: the caller may change it afterwards. What is no vector is looked at later. */
export function copyOf(query: VectorLike): VectorLike {
  return isNumbers(query) ? (query.slice() as VectorLike) : query;
}

/** Row numbers with their scores, best first. */
export type Ranked = [number, number][];

export interface FindOptions {
  readonly admission?: Admission | undefined;
  readonly trace?: SearchTrace | undefined;
  /** In one turn, however long that takes. */
  readonly atOnce?: boolean;
}

/**
 * The nearest rows. A promise where a scan would hold the event loop up, which is then done in several turns: rows that
 * were replaced or deleted meanwhile may be among them. A row whose vector is lost is expelled, and the rest is searched
 * again.
 */
export function findRows(
  live: LiveIndex,
  query: VectorLike,
  wish: Pick<Wish, 'k' | 'ef' | 'exact'>,
  o: FindOptions = {},
): Ranked | Promise<Ranked> {
  const { k, ef, exact } = wish;
  const { admission, trace, atOnce = false } = o;
  const wanted = { k, ef, exact, exactBelow: GRAPH_MIN_ROWS };
  const all = { ...wanted, ...(admission && { admission }), ...(trace && { trace }) };
  for (;;) {
    try {
      const { inner } = live;
      const found = atOnce ? inner.find(query, all) : inner.findInTurns(query, all);
      if (!(found instanceof Promise)) return found as Ranked;
      return (found as Promise<Ranked>).catch((error: unknown) => {
        expelLost(live, error, trace);
        return findRows(live, query, wish, o);
      });
    } catch (error) {
      expelLost(live, error, trace);
    }
  }
}

/** Takes out the row whose vector is lost, which can be compared with nothing. Throws on what is another error. */
function expelLost(live: LiveIndex, error: unknown, trace: SearchTrace | undefined): void {
  if (!(error instanceof VectorLost)) throw error;
  live.expel(Number(error.id));
  if (trace) clearTrace(trace);
}

/** Rows that are hydrated in one turn. */
export const HYDRATE_ROWS = 1_000;

/** `hydrate` over several turns; undefined where one of them was replaced or deleted meanwhile. */
export async function hydrateMany(
  live: LiveIndex,
  found: readonly [number, number][],
  wish: Wish,
): Promise<Hit[] | undefined> {
  const hits: Hit[] = [];
  for (let at = 0; at < found.length; at += HYDRATE_ROWS) {
    const some = found.slice(at, at + HYDRATE_ROWS);
    if (!some.every(([row]) => live.stored.has(row))) return undefined;
    for (const hit of hydrate(live, some, wish)) hits.push(hit);
    if (at + HYDRATE_ROWS < found.length) await takeTurn();
  }
  return hits;
}

/** Rows as the caller knows them. One that no id names is left out. */
export function hydrate(live: LiveIndex, found: readonly [number, number][], wish: Wish): Hit[] {
  const hits: Hit[] = [];
  for (const [row, score] of found) {
    const hit = fill({ id: 0, score }, live, row, wish);
    if (hit) hits.push(hit);
  }
  return hits;
}

/** The point of a live row, as far as it can be read. Undefined where not even its id can be. */
export function pointAt(
  live: LiveIndex,
  row: number,
  o: Pick<Wish, 'withPayload' | 'withVector'>,
): StoredPoint | undefined {
  return fill({ id: 0 }, live, row, o);
}

type Filled<T> = { -readonly [K in keyof T]: T[K] };

/** Fills in what is read of a row. By assignment, since this is a good part of what a short search costs. */
function fill<T extends StoredPoint>(
  into: Filled<T>,
  live: LiveIndex,
  row: number,
  { withPayload, withVector }: Pick<Wish, 'withPayload' | 'withVector'>,
): T | undefined {
  const { stored } = live;
  const point = withPayload ? stored.point(row) : stored.head(row);
  const id = point ? idOfKey(point.id) : stored.idOf(row);
  // One that is poisoned may have rows that the store has no more.
  if (!point && !live.poison && stored.whyOf(row) === undefined) stored.note(row, 'payload', MISSING);
  if (id === undefined) return undefined;
  into.id = id;
  const payload = withPayload ? point?.payload : undefined;
  if (payload) into.payload = payload as Payload;
  const vector = withVector ? live.vectorOf(row) : undefined;
  if (vector) into.vector = vector;
  const whole = (point !== undefined || !withPayload) && (vector !== undefined || !withVector);
  if (!whole) into.unreadable = stored.whyOf(row) ?? MISSING;
  return into as T;
}

/** The stored bytes of a point are damaged. Other points are not affected; writing or deleting it repairs it. */
export class RowUnreadableError extends SiltError {
  /** The id that was asked for. */
  readonly id: PointId;

  constructor(id: PointId, row: number, why: string) {
    super(
      'ROW_UNREADABLE',
      `point ${show(id)} (row ${row}) cannot be read: ${why}. Other points are not affected; upsert it again or delete it`,
    );
    this.id = id;
  }
}

export const OF_ANOTHER = 'the row that it names is that of another id';

/** @throws RowUnreadableError */
export function readPoint(live: LiveIndex, id: PointId): StoredPoint | undefined {
  const key = idKeyOf(id);
  const row = live.store.rowOf(live.collection, key);
  if (row === 0) return undefined;
  const point = pointAt(live, row, { withPayload: true, withVector: true });
  if (point?.unreadable === undefined && point && sameBytes(idKeyOf(point.id), key)) return point;
  throw new RowUnreadableError(id, row, live.stored.whyOf(row) ?? OF_ANOTHER);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Points read in one turn. */
const SLICE_POINTS = 256;

export async function readPoints(
  live: LiveIndex,
  ids: readonly PointId[],
  turn: () => Promise<void>,
): Promise<(StoredPoint | undefined)[]> {
  const points: (StoredPoint | undefined)[] = [];
  for (const id of ids) {
    if (points.length % SLICE_POINTS === 0) await turn();
    points.push(readPoint(live, id));
  }
  return points;
}
