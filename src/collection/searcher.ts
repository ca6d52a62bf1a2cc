/*
 * The searches of a collection, from a checked wish to hits: filter, then arenas, then hydration. The last three steps
 * are one turn of the event loop, so that filter, arenas and store speak of the same rows; but for long scans, of which
 * the last turn checks that they still do.
 */
import { takeTurn } from '../base/slices.js';
import { clearTrace, newTrace, type SearchTrace } from '../hnsw/search.js';
import type { Admission } from '../hnsw/wanted.js';
import type { VectorLike } from '../kernel/metrics.js';
import { reportOf, type SearchReport } from './explain.js';
import type { Chosen, Filters } from './filters.js';
import type { LiveIndex } from './live-index.js';
import {
  type FindOptions,
  findRows,
  type Hit,
  HYDRATE_ROWS,
  hydrate,
  hydrateMany,
  type Ranked,
  type Wish,
} from './read.js';
import type { RecentQueries } from './recall.js';

interface Found {
  readonly rows: Ranked;
  readonly chosen: Chosen | undefined;
}

/** Found, or still being looked for. */
interface Begun {
  readonly rows: Ranked | Promise<Ranked>;
  readonly chosen: Chosen | undefined;
}

/** Times that a search of several turns begins again, because what it found is gone, before it is done in one. */
const TRIES = 3;

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

  #find(query: VectorLike, wish: Wish, o: FindOptions): Begun {
    const chosen = this.#choose(wish);
    const ef = chosen?.plan.kind === 'ask' ? chosen.plan.ef : wish.ef;
    const admission = chosen && this.#whileValid(chosen.admission);
    return { chosen, rows: findRows(this.#live, query, { ...wish, ef }, { ...o, admission }) };
  }

  /** Slots mean something else after a compaction: then nothing is read, and the search begins again. */
  #whileValid(admission: Admission): Admission {
    const { accepts } = admission;
    if (!accepts) return admission;
    const { layout } = this.#live;
    return { ...admission, accepts: (slot) => this.#live.layout === layout && accepts(slot) };
  }

  /**
   * Finds rows, in several turns where that takes long, and uses them in the turn in which they were found. Begins again
   * where they are gone by then, or where `use` comes to nothing, because they went while it took its turns.
   */
  async #answer<T>(
    query: VectorLike,
    wish: Wish,
    signal: AbortSignal | undefined,
    use: (found: Found, atOnce: boolean) => T | Promise<T | undefined>,
    trace?: SearchTrace,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      await this.#settle(wish, signal);
      const atOnce = tries >= TRIES;
      const { layout } = this.#live;
      const { chosen, rows } = this.#find(query, wish, { trace, atOnce });
      const found = rows instanceof Promise ? await this.#orEnding(rows) : rows;
      signal?.throwIfAborted();
      if (found === rows || (this.#live.layout === layout && this.#areStored(found))) {
        const used = use({ chosen, rows: found }, atOnce);
        if (!(used instanceof Promise)) return used;
        const answer = await this.#orEnding(used);
        if (answer !== undefined) return answer;
      }
      if (trace) clearTrace(trace);
    }
  }

  /** What fails because the collection ends meanwhile, rejects with that. */
  async #orEnding<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      this.#ending.throwIfAborted();
    }
  }

  /** Rows that were replaced or deleted since they were found are not in the store. */
  #areStored(rows: Ranked): boolean {
    const { stored } = this.#live;
    return rows.every(([row]) => stored.has(row));
  }

  search(query: VectorLike, wish: Wish, signal: AbortSignal | undefined): Promise<Hit[]> {
    return this.#answer(query, wish, signal, ({ rows }, atOnce) => {
      if (!wish.exact) this.#recent.note(query);
      return this.#hits(rows, wish, atOnce);
    });
  }

  /** Many rows are hydrated over several turns: undefined where one of them goes meanwhile. */
  #hits(rows: Ranked, wish: Wish, atOnce: boolean): Hit[] | Promise<Hit[] | undefined> {
    const many = rows.length > HYDRATE_ROWS && !atOnce;
    return many ? hydrateMany(this.#live, rows, wish) : hydrate(this.#live, rows, wish);
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
      answers.push(
        await this.#answer(query, wish, signal, ({ rows }, atOnce) => this.#hits(rows, wish, atOnce)),
      );
    }
    return answers;
  }

  explain(query: VectorLike, wish: Wish, signal: AbortSignal | undefined): Promise<SearchReport> {
    const began = performance.now();
    const trace = newTrace();
    return this.#answer(query, wish, signal, (found) => this.#report(found, wish, trace, began), trace);
  }

  #report({ rows, chosen }: Found, wish: Wish, trace: SearchTrace, began: number): SearchReport {
    const searched = performance.now();
    const hits = hydrate(this.#live, rows, wish);
    const ended = performance.now();
    const inside = trace.windowMs + trace.graphMs + trace.rescoreMs + trace.scanMs;
    return reportOf(
      this.#live,
      { hits, rows, trace, chosen },
      {
        filter: chosen ? searched - began - inside : 0,
        hydrate: ended - searched,
        total: ended - began,
      },
    );
  }
}
