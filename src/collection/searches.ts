/*
 * Searches and queries of a collection, from the call to the read path: what is asked is checked and copied at the call, and
 * waits until what it is to find is searchable. What the calls promise stands at the interface (api/collection.ts).
 */
import type { VectorLike } from '../api/metric.js';
import type { Hit } from '../api/points.js';
import type { QueryHit } from '../api/query.js';
import type { QueryLike, SearchOptions, SearchReport } from '../api/reading.js';
import { atMost, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { HITS_MAX, QUERIES_MAX } from '../base/limits.js';
import type { Time } from '../platform/time.js';
import type { CollectionCore } from './core.js';
import type { LiveIndex } from './live-index.js';
import { keyIn, searchEach, vectorAt } from './read/by-id.js';
import { queryPoints } from './read/query/answer.js';
import { parseQueries, parseQuery } from './read/query/parse.js';
import type { CheckedQuery } from './read/query/tree.js';
import type { Reader } from './read/reader.js';
import { besides, checkSearch, copyOf } from './read/request.js';

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

  async search(query: QueryLike, o: SearchOptions): Promise<Hit[]> {
    this.#core.assertOpen();
    const by = keyIn(query);
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    if (by) {
      await this.#reached(minSeq, signal);
      return this.#reader.search(vectorAt(this.#live, by), besides(params, by), signal, true);
    }
    const reached = this.#reached(minSeq, signal);
    // A typed array that is read in this turn cannot change, nor run code of the caller's; shared ones are copied.
    if (!reached && ArrayBuffer.isView(query))
      return this.#reader.search(this.#reader.inTurn(query), params, signal, false);
    const own = copyOf(query as VectorLike);
    if (reached) await (minSeq > this.#live.seq ? reached : this.#reader.waiting(reached));
    return this.#reader.search(own, params, signal, true);
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

  async searchBatch(queries: readonly QueryLike[], o: SearchOptions): Promise<Hit[][]> {
    this.#core.assertOpen();
    if (!Array.isArray(queries))
      throw new ValidationError('INVALID_OPTION', `queries must be an array, got ${show(queries)}`);
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    const instead = 'Search in several batches';
    atMost('queries of a batch', queries.length, QUERIES_MAX, instead);
    atMost('queries times k of a batch', queries.length * params.k, HITS_MAX, instead);
    const keys = queries.map(keyIn);
    const own = queries.map((query, i) => (keys[i] ? undefined : copyOf(query as VectorLike)));
    await this.#reached(minSeq, signal);
    return keys.some((key) => key !== undefined)
      ? searchEach(this.#live, this.#reader, { keys, vectors: own, params, signal })
      : this.#reader.searchBatch(own as VectorLike[], params, signal);
  }

  async explain(query: QueryLike, o: SearchOptions): Promise<SearchReport> {
    this.#core.assertOpen();
    const by = keyIn(query);
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    const given = by ? undefined : copyOf(query as VectorLike);
    await this.#reached(minSeq, signal);
    const own = by ? vectorAt(this.#live, by) : given!;
    return this.#reader.explain(own, by ? besides(params, by) : params, signal);
  }

  async query(request: unknown): Promise<QueryHit[]> {
    this.#core.assertOpen();
    return this.#answer(parseQuery(request, this.#live.config, this.#reader.aims));
  }

  async queryBatch(requests: unknown): Promise<QueryHit[][]> {
    this.#core.assertOpen();
    const answers: QueryHit[][] = [];
    for (const query of parseQueries(requests, this.#live.config, this.#reader.aims))
      answers.push(await this.#answer(query));
    return answers;
  }

  async #answer(query: CheckedQuery): Promise<QueryHit[]> {
    await this.#reached(query.minSeq, query.signal);
    return queryPoints(this.#live, this.#reader, query, this.#core.ending);
  }
}
