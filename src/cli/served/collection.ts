/*
 * A collection that a server of Silt has open, by the calls that its dashboard makes: ids, queries and errors are Silt's own there.
 * What comes back is as it is read from a folder.
 */
import type { NewField, ResolvedConfig } from '../../api/config.js';
import type { Filter } from '../../api/filter.js';
import type { Hit, PointInput, StoredPoint, VectorValue } from '../../api/points.js';
import type { Explanation, Query } from '../../api/query.js';
import type {
  Cursor,
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
} from '../../api/reading.js';
import type {
  CollectionInfo,
  CollectionStatus,
  CollectionVerifyReport,
  CompactReport,
  IndexKind,
  RecallOptions,
} from '../../api/upkeep.js';
import type { UpsertOptions, WriteReceipt } from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';
import type { HitView, PageView, PointView, VectorView } from '../../server/dashboard/wire.js';
import { parse } from '../../server/http/json.js';
import { jsonOf } from '../frame/values.js';
import type { Asked, MeasuredRecall } from './asked.js';

/** Bytes of a body, about: servers take 32 MiB. */
const BODY = 24_000_000;
/** Bytes of a page of points, about, and how many points it has: at first, and at most. */
const PAGE_BYTES = 8_000_000;
const PAGE_FIRST = 32;
const PAGE_MOST = 1_000;

function vectorOf(view: VectorView): VectorValue {
  if ('indices' in view)
    return { indices: Uint32Array.from(view.indices), values: Float32Array.from(view.values) };
  return typeof view[0] === 'number'
    ? Float32Array.from(view as readonly number[])
    : (view as readonly (readonly number[])[]).map((one) => Float32Array.from(one));
}

/** Where there is no field but the unnamed one, a point has its vector without a name. */
function isPlain({ dimension, vectors, sparse, text }: ResolvedConfig): boolean {
  return dimension > 0 && typeof vectors === 'string' && !sparse && !text;
}

/** `ask`: sends a call with its body of JSON. */
export type Ask = <T>(call: string, body: string) => Promise<T>;

export class ServedCollection implements Asked {
  readonly name: string;
  readonly config: ResolvedConfig;
  readonly #ask: Ask;

  constructor({ name, config }: CollectionInfo, ask: Ask) {
    this.name = name;
    this.config = config;
    this.#ask = ask;
  }

  #call<T>(call: string, body: object): Promise<T> {
    return this.#ask<T>(call, jsonOf(body));
  }

  #pointOf({ id, payload, vectors, ...rest }: PointView): StoredPoint {
    const named = vectors && Object.entries(vectors).map(([name, view]) => [name, vectorOf(view)] as const);
    const [[, only] = []] = named ?? [];
    const vector = named && (isPlain(this.config) ? only : Object.fromEntries(named));
    return {
      id: parse(id),
      ...(payload && { payload }),
      ...(vector && { vector }),
      ...rest,
    } as StoredPoint;
  }

  async getMany(ids: readonly PointId[]): Promise<(StoredPoint | undefined)[]> {
    const found = await this.#call<(PointView | null)[]>('get', { ids: ids.map(jsonOf) });
    return found.map((point) => (point === null ? undefined : this.#pointOf(point)));
  }

  count({ filter }: { readonly filter?: Filter | undefined }): Promise<number> {
    return this.#call('count', { filter });
  }

  async scrollPage({ signal: _, ...o }: Omit<ScrollPageOptions, 'orderBy'>): Promise<ScrollPage> {
    const { points, next } = await this.#call<PageView>('scroll', o);
    return { points: points.map((point) => this.#pointOf(point)), next };
  }

  /** In pages that a server answers, however large points are. */
  async *scroll(o: Omit<ScrollOptions, 'after' | 'orderBy'>): AsyncIterable<StoredPoint> {
    let [cursor, size]: [Cursor | null, number] = [null, PAGE_FIRST];
    for (let left = o.limit ?? Number.POSITIVE_INFINITY; left > 0; ) {
      const page: ScrollPage = await this.scrollPage({ ...o, cursor, limit: Math.min(size, left) });
      yield* page.points;
      left -= page.points.length;
      cursor = page.next;
      if (cursor === null) return;
      const looked = page.points.slice(-8);
      const each = Buffer.byteLength(jsonOf(looked)) / Math.max(1, looked.length);
      size = Math.max(1, Math.min(PAGE_MOST, 4 * size, Math.floor(PAGE_BYTES / each)));
    }
  }

  #hitsOf(hits: readonly HitView[]): Hit[] {
    return hits.map((hit) => this.#pointOf(hit) as Hit);
  }

  search(query: QueryLike, o: SearchOptions): Promise<Hit[]> {
    const { highlight, signal: _, ...rest } = o;
    const leaf = ArrayBuffer.isView(query) || Array.isArray(query) || 'indices' in query;
    const asked = leaf ? { nearest: query } : { ...query, ...(highlight && { highlight }) };
    return this.query({ ...rest, query: asked } as Query);
  }

  async query({ signal: _, ...request }: Query): Promise<Hit[]> {
    const { hits } = await this.#call<{ hits: readonly HitView[] }>('query', { request });
    return this.#hitsOf(hits);
  }

  explain(request: Query): Promise<Explanation>;
  explain(query: QueryLike, o: SearchOptions): Promise<SearchReport>;
  async explain(query: Query | QueryLike, options?: SearchOptions): Promise<Explanation | SearchReport> {
    const body = options === undefined ? { request: query } : { query, options };
    const report = await this.#call<Explanation & { hits: readonly HitView[] }>('explain', body);
    return { ...report, hits: this.#hitsOf(report.hits) };
  }

  measureRecall(o: RecallOptions): Promise<MeasuredRecall> {
    return this.#call('recall', o);
  }

  verify({ repair }: { readonly repair: boolean }): Promise<CollectionVerifyReport> {
    return this.#call(repair ? 'repair' : 'verify', {});
  }

  compact(): Promise<CompactReport> {
    return this.#call('compact', {});
  }

  status(): Promise<CollectionStatus> {
    return this.#call('status', {});
  }

  info(): Promise<CollectionInfo> {
    return this.#call('info', {});
  }

  createField(name: string, field: NewField): Promise<unknown> {
    return this.#call('field', { name, field });
  }

  createPayloadIndex(path: string, kind: IndexKind): Promise<unknown> {
    return this.#call('index', { path, kind });
  }

  delete(which: readonly PointId[] | { readonly filter: Filter }): Promise<WriteReceipt> {
    return this.#call(
      'delete',
      'filter' in which ? which : { ids: (which as readonly PointId[]).map(jsonOf) },
    );
  }

  /** In parts where a body would be too large, unless all points are stored or none. */
  async upsert(
    points: readonly PointInput[],
    { onInvalid }: Pick<UpsertOptions, 'onInvalid'> = {},
  ): Promise<WriteReceipt> {
    const body = jsonOf({ points, onInvalid });
    if (onInvalid !== 'skip' || points.length === 1 || Buffer.byteLength(body) <= BODY)
      return this.#ask('upsert', body);
    const half = points.length >> 1;
    const a = await this.upsert(points.slice(0, half), { onInvalid });
    const b = await this.upsert(points.slice(half), { onInvalid });
    const rejected = b.rejected.map((one) => ({ ...one, index: one.index + half }));
    return {
      ...b,
      inserted: a.inserted + b.inserted,
      replaced: a.replaced + b.replaced,
      rejected: [...a.rejected, ...rejected],
    };
  }
}
