/* What the page asks of a collection: each a POST with a body of JSON. What Silt checks by itself is passed on as it came. */
import type { Collection } from '../../api/collection.js';
import type { Filter } from '../../api/filter.js';
import type { RecallOptions } from '../../api/upkeep.js';
import { ValidationError } from '../../base/errors.js';
import { keysOf } from './keys.js';
import { hitView, idOf, pointView } from './points.js';
import type { AnswerView, PageView, PointView, RecallView } from './wire.js';

export type Body = Readonly<Record<string, unknown>>;

export interface Call {
  readonly writes: boolean;
  readonly handle: (collection: Collection, body: Body) => Promise<unknown>;
}

const reading = (handle: Call['handle']): Call => ({ writes: false, handle });
const writing = (handle: Call['handle']): Call => ({ writes: true, handle });

const idsOf = ({ ids }: Body): ReturnType<typeof idOf>[] => {
  if (Array.isArray(ids)) return ids.map(idOf);
  throw new ValidationError('INVALID_OPTION', 'ids must be a list of ids as JSON texts');
};

/** Points that match. */
interface Filtered {
  readonly filter: Filter;
}

/** A page is held in memory as a whole. */
const PAGE_MOST = 1_000;

async function scroll(collection: Collection, body: Body): Promise<PageView> {
  if (Number(body['limit']) > PAGE_MOST)
    throw new ValidationError('LIMIT_EXCEEDED', `limit is ${PAGE_MOST} at most, got ${body['limit']}`);
  const { points, next } = await collection.scrollPage(body as object);
  return { points: points.map(pointView), next };
}

async function get(collection: Collection, body: Body): Promise<(PointView | null)[]> {
  const found = await collection.getMany(idsOf(body));
  return found.map((point) => (point === undefined ? null : pointView(point)));
}

/** `request`: a whole query, as `explain` takes it. */
async function query(collection: Collection, { request }: Body): Promise<AnswerView> {
  if (typeof request !== 'object' || request === null || Array.isArray(request))
    throw new ValidationError('INVALID_QUERY', 'request must be an object: a query of docs/QUERIES.md');
  const { hits, root, ms } = await collection.explain(request as object);
  return { hits: hits.map(hitView), root, ms };
}

/** Searches that are timed for `recall`. */
const TIMED = 40;
const COLD = 10;

async function medianMs(collection: Collection, { k, recall, using }: RecallOptions): Promise<number | null> {
  const filter = using === undefined ? undefined : { must: { has_vector: using } };
  const { points } = await collection.scrollPage({ limit: TIMED, withPayload: false, filter });
  const times: number[] = [];
  for (const [at, { id }] of points.entries()) {
    const from = performance.now();
    await collection.search({ id }, { k, recall, using, withPayload: false });
    // The first ones find caches cold, and plans unmade.
    if (at >= COLD || points.length <= COLD) times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? null;
}

async function recall(collection: Collection, body: Body): Promise<RecallView> {
  const from = performance.now();
  const report = await collection.measureRecall(body as RecallOptions);
  const measuredMs = performance.now() - from;
  return { ...report, searchMs: await medianMs(collection, body as RecallOptions), measuredMs };
}

/** `overwrite`: all of the payload; else the members that are given are merged into it. */
function payload(collection: Collection, { id, payload, overwrite }: Body): Promise<unknown> {
  return overwrite === true
    ? collection.overwritePayload(idOf(id), payload as object)
    : collection.setPayload(idOf(id), payload as object);
}

/** By the last part of the path. */
export const CALLS: Readonly<Record<string, Call>> = {
  scroll: reading(scroll),
  count: reading((collection, body) => collection.count(body as object)),
  get: reading(get),
  query: reading(query),
  keys: reading(keysOf),
  recall: reading(recall),
  upsert: writing((collection, { points, ...o }) => collection.upsert(points as [], o)),
  delete: writing((collection, body) =>
    collection.delete('filter' in body ? (body as unknown as Filtered) : idsOf(body)),
  ),
  payload: writing(payload),
};
