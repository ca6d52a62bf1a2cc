/* What the page, and the command line, ask of a collection: each a POST with a body of JSON. What Silt checks by itself is passed on as it came. */
import type { Collection } from '../../api/collection.js';
import type { NewField } from '../../api/config.js';
import type { Filter } from '../../api/filter.js';
import type { QueryLike } from '../../api/reading.js';
import type { IndexKind, RecallOptions } from '../../api/upkeep.js';
import { ValidationError } from '../../base/errors.js';
import { TAKE, type Take } from '../../collection/read/take.js';
import { QdrantError } from '../qdrant/errors.js';
import type { Room } from '../qdrant/operation.js';
import { readInSlices } from '../qdrant/records.js';
import { keysOf } from './keys.js';
import { hitView, idOf, pointView } from './points.js';
import type { AnswerView, PageView, PointView, RecallView } from './wire.js';

export type Body = Readonly<Record<string, unknown>>;

/** Who asks. */
export interface Asker {
  /** Counts what the answer holds, while it is gathered. */
  readonly room: Room;
  /** Aborts when whoever asks has left. */
  left(): AbortSignal;
}

export interface Call {
  readonly writes: boolean;
  readonly handle: (collection: Collection, body: Body, asker: Asker) => Promise<unknown>;
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

/** @throws ValidationError LIMIT_EXCEEDED */
function checkMost(name: string, value: unknown, most: number): void {
  if (Number(value) > most)
    throw new ValidationError('LIMIT_EXCEEDED', `${name} is ${most} at most, got ${value}`);
}

/** Beside options: points are counted as they are read. */
const counting = (room: Room): { readonly [TAKE]: Take } => ({ [TAKE]: (point) => room.take(point) });

/** A page is held in memory as a whole. */
const PAGE_MOST = 1_000;

async function scroll(collection: Collection, body: Body, { room }: Asker): Promise<PageView> {
  checkMost('limit', body['limit'], PAGE_MOST);
  const { points, next } = await collection.scrollPage({ ...body, ...counting(room) } as object);
  return { points: points.map(pointView), next };
}

async function get(collection: Collection, body: Body, { room }: Asker): Promise<(PointView | null)[]> {
  const found: (PointView | null)[] = [];
  await readInSlices(collection, idsOf(body), (point) => {
    const view = point === undefined ? null : pointView(point);
    found.push(view);
    return room.take(view);
  });
  return found;
}

/** A whole query. @throws ValidationError */
function requestIn({ request }: Body): object {
  if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  throw new ValidationError('INVALID_QUERY', 'request must be an object: a query of docs/QUERIES.md');
}

async function query(collection: Collection, body: Body, { room }: Asker): Promise<AnswerView> {
  const { hits, root, ms } = await collection.explain({ ...requestIn(body), ...counting(room) } as object);
  return { hits: hits.map(hitView), root, ms };
}

/** Of a whole query, `request`; or of a search, `query` with its `options`. */
async function explain(collection: Collection, body: Body, { room }: Asker): Promise<object> {
  const { query, options } = body;
  const report =
    query === undefined
      ? await collection.explain({ ...requestIn(body), ...counting(room) } as object)
      : await collection.explain(query as QueryLike, { ...(options as object), ...counting(room) } as object);
  return { ...report, hits: report.hits.map(hitView) };
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

/** As many as the page asks for: each compares all points. */
const SAMPLE_MOST = 10_000;
const K_MOST = 1_000;
/** Measurements that go on at once, of all who ask. */
const MEASURED_AT_ONCE = 4;

async function recall(collection: Collection, body: Body, { left }: Asker): Promise<RecallView> {
  checkMost('sample', body['sample'], SAMPLE_MOST);
  checkMost('k', body['k'], K_MOST);
  const options = body as RecallOptions;
  const from = performance.now();
  const report = await collection.measureRecall({ ...options, signal: left() });
  const measuredMs = performance.now() - from;
  return { ...report, searchMs: await medianMs(collection, options), measuredMs };
}

/** The same, for so many at a time. `name`: what they are. */
function atMostAtOnce(name: string, most: number, handle: Call['handle']): Call['handle'] {
  let count = 0;
  return async (...given) => {
    if (count >= most) throw new QdrantError(429, `too many ${name} at once, ${most} at most. Try again`);
    count++;
    try {
      return await handle(...given);
    } finally {
      count--;
    }
  };
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
  explain: reading(explain),
  status: reading(async (collection) => collection.status()),
  info: reading(async (collection) => collection.info()),
  keys: reading((collection, _, { room }) => keysOf(collection, counting(room))),
  recall: reading(atMostAtOnce('measurements of recall', MEASURED_AT_ONCE, recall)),
  verify: reading(atMostAtOnce('checks', 1, (collection) => collection.verify())),
  repair: writing(atMostAtOnce('repairs', 1, (collection) => collection.verify({ repair: true }))),
  compact: writing((collection) => collection.compact()),
  field: writing(async (collection, { name, field }) => {
    await collection.createField(name as string, field as NewField);
    return true;
  }),
  index: writing(async (collection, { path, kind }) => {
    await collection.createPayloadIndex(path as string, kind as IndexKind);
    return true;
  }),
  upsert: writing((collection, { points, ...o }) => collection.upsert(points as [], o)),
  delete: writing((collection, body) =>
    collection.delete('filter' in body ? (body as unknown as Filtered) : idsOf(body)),
  ),
  payload: writing(payload),
};
