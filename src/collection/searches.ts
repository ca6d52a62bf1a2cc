/*
 * Searches and queries of a collection, from the call to the read path: what is asked is checked and copied at the call, and
 * waits until what it is to find is searchable. What the calls promise stands at the interface (api/collection.ts).
 */
import type { VectorLike } from '../api/metric.js';
import { OPTIONS } from '../api/options.js';
import type { Hit, Payload, PayloadChoice, StoredPoint, VectorChoice } from '../api/points.js';
import type {
  DistancePair,
  Explanation,
  FacetCount,
  FacetOptions,
  Group,
  MatrixOptions,
  Query,
} from '../api/query.js';
import type {
  Cursor,
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
} from '../api/reading.js';
import { atMost, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { HITS_MAX, QUERIES_MAX } from '../base/limits.js';
import type { MultiSpec } from '../fields/field.js';
import type { SparseValue } from '../fields/sparse/sparse-index.js';
import { checkQuery, checkVector, isNumbers } from '../hnsw/vectors.js';
import type { Time } from '../platform/time.js';
import type { CollectionCore } from './core.js';
import type { LiveIndex } from './live-index.js';
import { keyIn, searchEach, valueAt, vectorAt } from './read/by-id.js';
import { checkMultiSearch, multiFor, multiQuery } from './read/multi.js';
import { queryPoints } from './read/query/answer.js';
import { explainQuery, explainStep } from './read/query/explain.js';
import { checkFacet, facetOf } from './read/query/facet.js';
import { queryGroups } from './read/query/groups.js';
import { checkMatrix, distancesWithin } from './read/query/matrix.js';
import { oneStep } from './read/query/one-step.js';
import { cursorBehind, orderedPoints, placeIn } from './read/query/ordered.js';
import { type Asked, parseGroups, parseQueries, parseQuery } from './read/query/parse.js';
import type { CheckedQuery } from './read/query/tree.js';
import type { Reader } from './read/reader.js';
import { besides, checkSearch, copyOf } from './read/request.js';
import { checkPage, checkScroll, cursorOf, type Scroll, scrollPoints } from './read/scroll.js';
import { searchInverted } from './read/search-inverted.js';
import { checkShape } from './read/shape.js';
import { checkSparseSearch, isSparse, sparseQuery } from './read/sparse.js';
import { checkTextSearch, isText, searchText } from './read/text.js';

/** Of whatever results. */
type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

export class Searches {
  readonly #core: CollectionCore;
  readonly #live: LiveIndex;
  readonly #time: Time;
  readonly #reader: Reader;

  constructor(core: CollectionCore) {
    this.#core = core;
    this.#live = core.live;
    this.#time = core.live.platform.time;
    this.#reader = core.reader;
  }

  async search(query: QueryLike, o: AnySearch): Promise<Hit[]> {
    this.#core.assertOpen();
    checkShape(query);
    if (isText(query)) return this.#searchText(query, o);
    const multi = this.#multiFor(o);
    if (multi) return this.#searchMulti(multi, query, o);
    if (this.#isSparse(query, o)) return this.#searchSparse(query, o);
    const by = keyIn(query);
    const { params, minSeq, signal } = checkSearch(o, this.#reader);
    if (by) {
      await this.#reached(minSeq, signal);
      return this.#reader.search(vectorAt(this.#live, by, params.field!), besides(params, by), signal, true);
    }
    const reached = this.#reached(minSeq, signal);
    // A typed array that is read in this turn cannot change, nor run code of the caller's; shared ones are copied.
    if (!reached && ArrayBuffer.isView(query))
      return this.#reader.search(this.#reader.inTurn(query), params, signal, false);
    const own = copyOf(query as VectorLike);
    if (reached) await (minSeq > this.#live.seq ? reached : this.#reader.waiting(reached));
    return this.#reader.search(own, params, signal, true);
  }

  #multiFor(o: AnySearch | undefined): MultiSpec | undefined {
    return this.#live.stored.plain ? undefined : multiFor(this.#live, o?.using);
  }

  scroll(o: ScrollOptions<Payload, PayloadChoice, VectorChoice>): AsyncIterable<StoredPoint> {
    return this.#scroll(checkScroll(o, this.#reader));
  }

  #scroll(scroll: Scroll): AsyncIterable<StoredPoint> {
    const { order } = scroll;
    const { ending, catchUp } = this.#core;
    return order
      ? orderedPoints(this.#live, this.#reader, { ...scroll, order }, ending, catchUp)
      : scrollPoints(this.#live, this.#reader, scroll, ending, catchUp);
  }

  /** Checks what is asked; what it returns reads the page. */
  page(o: ScrollPageOptions<Payload, PayloadChoice, VectorChoice>): () => Promise<ScrollPage> {
    const scroll = checkPage(o, this.#reader, placeIn);
    return async () => {
      const points: StoredPoint[] = [];
      for await (const point of this.#scroll(scroll)) points.push(point);
      const more = points.length === scroll.limit;
      if (more) points.pop();
      return { points, next: more ? nextOf(scroll, points.at(-1)!) : null } as ScrollPage;
    };
  }

  /** By its own form, or, where it names a point, by that of the field. */
  #isSparse(query: QueryLike, o: AnySearch | undefined): boolean {
    if (this.#live.sparse.length === 0) return false;
    return isSparse(query) || this.#live.sparse.some(({ spec }) => spec.name === o?.using);
  }

  async #searchMulti(spec: MultiSpec, query: QueryLike, o: AnySearch): Promise<Hit[]> {
    return this.#answer(this.#checkMulti(spec, query, o));
  }

  #checkMulti(spec: MultiSpec, query: QueryLike, o: AnySearch): CheckedQuery {
    const key = Array.isArray(query) ? undefined : keyIn(query);
    const place = 'the query';
    const to = key ? { key, place } : { value: multiQuery(spec, query), place };
    return checkMultiSearch(this.#reader, spec, to, o);
  }

  async #searchText(query: QueryLike, o: AnySearch): Promise<Hit[]> {
    const search = checkTextSearch(this.#live, this.#reader, query, o);
    await this.#reached(search.minSeq, search.signal);
    return searchText(this.#live, this.#reader, search, this.#core.ending);
  }

  async #searchSparse(query: QueryLike, o: AnySearch): Promise<Hit[]> {
    const by = isSparse(query) ? undefined : keyIn(query);
    const search = checkSparseSearch(this.#live, this.#reader, o);
    const given = by ? undefined : sparseQuery(query);
    await this.#reached(search.minSeq, search.signal);
    const own = given ?? (valueAt(this.#live, by!, search.spec) as SparseValue);
    const { params } = search;
    const asked = by ? { ...search, params: besides(params, by) } : search;
    return searchInverted(this.#live, this.#reader, own, asked, this.#core.ending);
  }

  /** What a search has to wait for: what it is to find, and its turn. Undefined where that is nothing. */
  #reached(minSeq: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    const turn =
      minSeq > this.#live.seq
        ? this.#core.waiters.until(minSeq, 'searchable', signal).then(() => this.#time.takeTurn())
        : this.#core.current();
    return turn?.then(() => {
      signal?.throwIfAborted();
      this.#core.ending.throwIfAborted();
    });
  }

  async searchBatch(queries: readonly QueryLike[], o: AnySearch): Promise<Hit[][]> {
    this.#core.assertOpen();
    if (!Array.isArray(queries))
      throw new ValidationError('INVALID_OPTION', `queries must be an array, got ${show(queries)}`);
    const instead = 'Search in several batches';
    atMost('queries of a batch', queries.length, QUERIES_MAX, instead);
    for (const [i, query] of queries.entries()) checkShape(query, `query ${i}`);
    if (this.#multiFor(o) || queries.some((query) => isText(query) || this.#isSparse(query, o)))
      return this.#searchEach(queries, o, instead);
    const { params, minSeq, signal } = checkSearch(o, this.#reader);
    atMost('queries times k of a batch', queries.length * params.k, HITS_MAX, instead);
    const keys = queries.map(keyIn);
    const own = queries.map((query, i) => (keys[i] ? undefined : copyOf(query as VectorLike)));
    const { dimension, metric } = params.field?.spec ?? this.#live.config;
    for (const [i, vector] of own.entries())
      if (vector) {
        checkVector(vector, dimension, `query ${i}`);
        checkQuery(vector, metric, `query ${i}`);
      }
    await this.#reached(minSeq, signal);
    return keys.some((key) => key !== undefined)
      ? searchEach(this.#live, this.#reader, { keys, vectors: own, params, signal })
      : this.#reader.searchBatch(own as VectorLike[], params, signal);
  }

  /** Of fields without a graph: each is checked and copied at the call. */
  #searchEach(queries: readonly QueryLike[], o: AnySearch, instead: string): Promise<Hit[][]> {
    const { k } = OPTIONS.search.read(o);
    atMost('queries times k of a batch', queries.length * k, HITS_MAX, instead);
    return Promise.all(queries.map((query) => this.search(query, o)));
  }

  async explain(query: QueryLike | Query, o: AnySearch | undefined): Promise<SearchReport | Explanation> {
    this.#core.assertOpen();
    return isTree(query) ? this.#explainTree(query, o) : this.#explainSearch(query, o ?? {});
  }

  async #explainTree(request: Query, o: AnySearch | undefined): Promise<Explanation> {
    if (o !== undefined && Object.keys(o).length > 0)
      throw new ValidationError(
        'INVALID_OPTION',
        `explain takes the options of a query inside it: { query, ${Object.keys(o).join(', ')} }`,
      );
    const query = parseQuery(request, this.#asked);
    await this.#reached(query.minSeq, query.signal);
    return explainQuery(this.#live, this.#reader, query, this.#core.ending);
  }

  /** One in a field without a graph, as a query of one step; undefined where it is in another. */
  #stepOf(query: QueryLike, o: AnySearch): CheckedQuery | undefined {
    if (isText(query)) {
      const search = checkTextSearch(this.#live, this.#reader, query, o);
      const { spec, query: asked, highlight } = search;
      return oneStep(search, { kind: 'text', spec, query: asked, highlight });
    }
    const multi = this.#multiFor(o);
    if (multi) return this.#checkMulti(multi, query, o);
    if (!this.#isSparse(query, o)) return undefined;
    const key = isSparse(query) ? undefined : keyIn(query);
    const search = checkSparseSearch(this.#live, this.#reader, o);
    const place = 'the query';
    const to = key ? { key, place } : { value: sparseQuery(query), place };
    return oneStep(search, { kind: 'nearest', spec: search.spec, to, mmr: undefined });
  }

  async #explainSearch(query: QueryLike, o: AnySearch): Promise<SearchReport> {
    checkShape(query);
    const step = this.#stepOf(query, o);
    if (step) {
      await this.#reached(step.minSeq, step.signal);
      return explainStep(this.#live, this.#reader, step, this.#core.ending);
    }
    const by = keyIn(query);
    const { params, minSeq, signal } = checkSearch(o, this.#reader);
    const given = by ? undefined : copyOf(query as VectorLike);
    await this.#reached(minSeq, signal);
    const own = by ? vectorAt(this.#live, by, params.field!) : given!;
    return this.#reader.explain(own, by ? besides(params, by) : params, signal);
  }

  get #asked(): Asked {
    return { live: this.#live, reader: this.#reader };
  }

  async query(request: unknown): Promise<Hit[]> {
    this.#core.assertOpen();
    return this.#answer(parseQuery(request, this.#asked));
  }

  async queryBatch(requests: unknown): Promise<Hit[][]> {
    this.#core.assertOpen();
    const answers: Hit[][] = [];
    for (const query of parseQueries(requests, this.#asked)) answers.push(await this.#answer(query));
    return answers;
  }

  async #answer(query: CheckedQuery): Promise<Hit[]> {
    await this.#reached(query.minSeq, query.signal);
    return queryPoints(this.#live, this.#reader, query, this.#core.ending);
  }

  async queryGroups(request: unknown): Promise<Group[]> {
    this.#core.assertOpen();
    const { query, grouping } = parseGroups(request, this.#asked);
    await this.#reached(query.minSeq, query.signal);
    return queryGroups(this.#live, this.#reader, query, grouping, this.#core.ending);
  }

  async facet(key: unknown, o: FacetOptions): Promise<FacetCount[]> {
    this.#core.assertOpen();
    const facet = checkFacet(key, o, this.#reader);
    await this.#reached(0, facet.signal);
    return facetOf(this.#live, this.#reader, facet, this.#core.ending);
  }

  async distanceMatrix(o: MatrixOptions): Promise<DistancePair[]> {
    this.#core.assertOpen();
    const matrix = checkMatrix(o, this.#reader);
    await this.#reached(0, matrix.signal);
    return distancesWithin(this.#live, this.#reader, matrix, this.#core.ending);
  }
}

/** Where the page behind a point begins. */
function nextOf({ order }: Scroll, point: StoredPoint): Cursor {
  return order ? cursorBehind(order, point) : cursorOf(point.id);
}

/** A query, and neither a vector nor `{ id }`. */
function isTree(query: QueryLike | Query): query is Query {
  return (
    typeof query === 'object' && query !== null && !isNumbers(query) && !('id' in query) && isQuery(query)
  );
}

/** What else an object may be is said where searches look at it. */
function isQuery(query: object): boolean {
  return Object.keys(query).some((name) => name in OPTIONS.query.table);
}
