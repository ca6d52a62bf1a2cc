/*
 * The searches of a collection, from a checked wish to hits: filter, then arenas, then hydration. The last three steps
 * are one turn of the event loop, so that filter, arenas and store speak of the same rows.
 */
import { takeTurn } from '../base/slices.js';
import { newTrace, type SearchTrace } from '../hnsw/search.js';
import type { VectorLike } from '../kernel/metrics.js';
import { reportOf, type SearchReport } from './explain.js';
import type { Chosen, Filters } from './filters.js';
import type { LiveIndex } from './live-index.js';
import { findRows, type Hit, HYDRATE_ROWS, hydrate, hydrateMany, searchExactly, type Wish } from './read.js';
import type { RecentQueries } from './recall.js';

interface Found {
  readonly rows: [number, number][];
  readonly chosen: Chosen | undefined;
}

export class Searcher {
  readonly #live: LiveIndex;
  readonly #filters: Filters;
  readonly #recent: RecentQueries;
  readonly #ending: AbortSignal;

  constructor(live: LiveIndex, filters: Filters, recent: RecentQueries, ending: AbortSignal) {
    this.#live = live;
    this.#filters = filters;
    this.#recent = recent;
    this.#ending = ending;
  }

  /** Reads what a filter leaves open, which may take many turns. */
  async #settle({ filter, ...goal }: Wish, signal: AbortSignal | undefined): Promise<void> {
    if (!filter) return;
    await this.#filters.settle(filter, goal, signal);
    this.#ending.throwIfAborted();
  }

  #choose({ filter, ...goal }: Wish): Chosen | undefined {
    return filter && this.#filters.choose(filter, goal);
  }

  #find(query: VectorLike, wish: Wish, trace?: SearchTrace): Found {
    const chosen = this.#choose(wish);
    const ef = chosen?.plan.kind === 'ask' ? chosen.plan.ef : wish.ef;
    const o = { admission: chosen?.admission, ...(trace && { trace }) };
    const rows = findRows(this.#live, query, { ...wish, ef }, o);
    return { rows, chosen };
  }

  async search(query: VectorLike, wish: Wish, signal: AbortSignal | undefined): Promise<Hit[]> {
    await this.#settle(wish, signal);
    if (wish.exact) {
      const hits = await searchExactly(this.#live, query, wish, this.#choose(wish)?.admission);
      this.#ending.throwIfAborted();
      if (hits) return hits;
    }
    this.#recent.note(query);
    return this.#hits(query, wish);
  }

  /** Finds and hydrates in one turn; many rows in several, unless one of them goes meanwhile. */
  #hits(query: VectorLike, wish: Wish): Hit[] | Promise<Hit[]> {
    const { rows } = this.#find(query, wish);
    return rows.length > HYDRATE_ROWS ? this.#manyHits(query, wish, rows) : hydrate(this.#live, rows, wish);
  }

  async #manyHits(query: VectorLike, wish: Wish, rows: readonly [number, number][]): Promise<Hit[]> {
    const hits = await hydrateMany(this.#live, rows, wish);
    this.#ending.throwIfAborted();
    return hits ?? hydrate(this.#live, this.#find(query, wish).rows, wish);
  }

  async searchBatch(
    queries: readonly VectorLike[],
    wish: Wish,
    signal: AbortSignal | undefined,
  ): Promise<Hit[][]> {
    const answers: Hit[][] = [];
    for (const query of queries) {
      await takeTurn();
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
      await this.#settle(wish, signal);
      answers.push(await this.#hits(query, wish));
    }
    return answers;
  }

  async explain(query: VectorLike, wish: Wish, signal: AbortSignal | undefined): Promise<SearchReport> {
    const began = performance.now();
    await this.#settle(wish, signal);
    const trace = newTrace();
    const settled = performance.now();
    const { rows, chosen } = this.#find(query, wish, trace);
    const searched = performance.now();
    const hits = hydrate(this.#live, rows, wish);
    const ended = performance.now();
    const inside = trace.windowMs + trace.graphMs + trace.rescoreMs + trace.scanMs;
    return reportOf(
      this.#live,
      { hits, rows, trace, chosen },
      {
        filter: chosen ? settled - began + (searched - settled - inside) : 0,
        hydrate: ended - searched,
        total: ended - began,
      },
    );
  }
}
