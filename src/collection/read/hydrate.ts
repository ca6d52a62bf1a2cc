/*
 * Hydration, the last step of the read path: slot → row → id, payload and vector from the store. Also what is read by id.
 *
 * Arenas and store are read in one turn, between two steps of the write queue, so that every row found is there.
 */
import type { Hit, Payload, StoredPoint } from '../../api/points.js';
import { idKeyOf, idOfKey, type PointId } from '../../base/ids.js';
import { isPlain } from '../../fields/field.js';
import { type Aspects, NO_ASPECT } from '../../filter/aspects.js';
import type { Match } from '../../hnsw/query.js';
import { METRICS, type Metric } from '../../kernel/metrics.js';
import type { LiveIndex } from '../live-index.js';
import { MISSING } from '../stored-rows.js';
import { Moment } from './moment.js';
import { type Projection, projected } from './projection.js';
import type { Found, Page, SearchParams, Use } from './request.js';
import { RowUnreadableError } from './unreadable.js';
import { vectorOf } from './vectors.js';

/** Rows that are hydrated in one turn. */
const HYDRATE_ROWS = 1_000;

/** Hits, in this turn where they are few: undefined where one of them changed meanwhile. */
export const hitsOf: Use<Hit[]> = (live, found, params, atOnce) => {
  const matches = params.page
    ? pageOf(live, found.matches, params.page, metricOf(live, params))
    : found.matches;
  return matches.length > HYDRATE_ROWS && !atOnce
    ? hydrateMany(live, matches, params, foundBy(found))
    : hydrated(live, matches, params);
};

/** By which what was found is scored. */
export function metricOf(live: LiveIndex, { field, metric }: SearchParams): Metric {
  return metric ?? field?.spec.metric ?? live.config.metric;
}

/** Of what was found, what is to be given. */
export function pageOf(
  live: LiveIndex,
  matches: readonly Match[],
  { k, offset, scoreThreshold, without }: Page,
  metric: Metric,
): readonly Match[] {
  const { score, higherIsBetter } = METRICS[metric];
  let some = matches;
  if (without !== undefined) {
    const row = live.store.rowOf(live.collection, without);
    some = some.filter(({ slot }) => live.rows.rowAt(slot) !== row);
  }
  if (scoreThreshold !== undefined)
    some = some.filter(({ distance }) =>
      higherIsBetter ? score(distance) >= scoreThreshold : score(distance) <= scoreThreshold,
    );
  return some.slice(offset, offset + k);
}

/** What of payloads decided what was found. */
function foundBy({ filter, aspects }: Found): Aspects {
  return new Set([...(filter?.aspects ?? NO_ASPECT), ...(aspects ?? NO_ASPECT)]);
}

async function hydrateMany(
  live: LiveIndex,
  matches: readonly Match[],
  params: SearchParams,
  aspects: Aspects,
): Promise<Hit[] | undefined> {
  const hits: Hit[] = [];
  const moment = new Moment(live, aspects);
  for (let at = 0; at < matches.length; at += HYDRATE_ROWS) {
    if (!moment.lasts(matches)) return undefined;
    const some = matches.slice(at, at + HYDRATE_ROWS);
    for (const hit of hydrated(live, some, params)) hits.push(hit);
    if (at + HYDRATE_ROWS < matches.length) await live.platform.time.takeTurn();
  }
  return hits;
}

/** Rows as the caller knows them. One that no id names is left out. */
export function hydrated(live: LiveIndex, matches: readonly Match[], params: SearchParams): Hit[] {
  const { score } = METRICS[metricOf(live, params)];
  const hits: Hit[] = [];
  const rows: number[] = [];
  for (const { slot } of matches) rows.push(live.rows.rowAt(slot));
  live.stored.touch(rows, params.withPayload !== false);
  for (let i = 0; i < rows.length; i++) {
    const hit = fill({ id: 0, score: score(matches[i]!.distance) }, live, rows[i]!, params);
    if (hit) hits.push(hit);
  }
  return hits;
}

/** The same as a result with a score. */
export function hitAt(live: LiveIndex, row: number, score: number, o: Parts): Hit | undefined {
  return fill({ id: 0, score }, live, row, o);
}

/** The point of a live row, as far as it can be read. Undefined where not even its id can be. */
export function pointAt(live: LiveIndex, row: number, o: Parts): StoredPoint | undefined {
  return fill({ id: 0 }, live, row, o);
}

/** What is read of a row. */
export type Parts = Pick<SearchParams, 'withPayload' | 'withVector' | 'withSeq' | 'take'>;

type Filled<T> = { -readonly [K in keyof T]: T[K] };

/** Fills in what is read of a row. By assignment, since this is a good part of what a short search costs. */
function fill<T extends StoredPoint>(
  into: Filled<T>,
  live: LiveIndex,
  row: number,
  { withPayload, withVector, withSeq, take }: Parts,
): T | undefined {
  const { stored } = live;
  const read = withPayload ? stored.point(row) : undefined;
  const point = withPayload ? read?.head : stored.head(row);
  const id = point ? (point.name ?? idOfKey(point.id)) : stored.idOf(row);
  // One that is poisoned may have rows that the store has no more.
  if (!point && !live.poison && stored.whyOf(row) === undefined) stored.note(row, 'payload', MISSING);
  if (id === undefined) return undefined;
  into.id = id;
  if (withSeq) into.seq = row; // which row numbers are
  if (read?.payload)
    into.payload = withPayload === true ? read.payload : projected(read.payload, withPayload as Projection);
  const vector = withVector ? vectorOf(live, row, withVector) : undefined;
  if (vector) into.vector = vector as Float32Array;
  // Where there are several fields, or were, any may be absent.
  const isNeeded = withVector === true && stored.plain;
  const hasVector = isNeeded ? vector !== undefined : !withVector || stored.whyOf(row) === undefined;
  const whole = (point !== undefined || !withPayload) && hasVector;
  if (!whole) into.unreadable = stored.whyOf(row) ?? MISSING;
  take?.(into);
  return into as T;
}

export const OF_ANOTHER = 'the row that it names is that of another id';

/** With its vector, and its payload if it has one. */
type WholePoint = StoredPoint<Payload, true, true>;

/** @throws RowUnreadableError */
export function readPoint(live: LiveIndex, id: PointId): WholePoint | undefined {
  const key = idKeyOf(id);
  const row = live.store.rowOf(live.collection, key);
  if (row === 0) return undefined;
  const point = pointAt(live, row, {
    withPayload: true,
    withVector: isPlain(live.fields) || live.stored.values,
  });
  if (point && point.unreadable === undefined && (point.id === id || sameBytes(idKeyOf(point.id), key)))
    return point as WholePoint;
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
): Promise<(WholePoint | undefined)[]> {
  const points: (WholePoint | undefined)[] = [];
  for (const id of ids) {
    if (points.length % SLICE_POINTS === 0) await turn();
    points.push(readPoint(live, id));
  }
  return points;
}
