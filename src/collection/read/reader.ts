/*
 * The read path of a collection: filter, then arenas, then what is done with the rows that were found.
 *
 * The three are one turn of the event loop, between two steps of the write queue, so that filter, arenas and store speak
 * of the same moment: an answer has every live point that belongs to it, once, as it is at that moment. Where one of them
 * takes several turns, the last turn checks that what was found is still there, and all begins again where it is not.
 *
 * `search`, batch, `explain`, counts, scrolls, deletions and the measuring of recall all go through `answer`. How arenas
 * are searched is in hnsw/answer.ts.
 */
import type { Hit, VectorChoice } from '../../api/points.js';
import type { SearchReport } from '../../api/reading.js';
import type { ValidationError } from '../../base/errors.js';
import { GRAPH_MIN_ROWS } from '../../base/limits.js';
import { fieldDropped } from '../../fields/field.js';
import { type Admitted, ALL } from '../../hnsw/admitted.js';
import { VectorLost } from '../../hnsw/codes.js';
import type { Engine } from '../../hnsw/engine.js';
import { clearTrace, type Match, newTrace, type Query, type SearchTrace } from '../../hnsw/query.js';
import type { VectorLike } from '../../kernel/metrics.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import { Aims } from './aim.js';
import { reportOf } from './explain.js';
import { type CheckedFilter, checkFilter, Filters, type ResolvedFilter } from './filters.js';
import { hitsOf } from './hydrate.js';
import { admittedIn } from './indexed-only.js';
import { OneByOne } from './one-by-one.js';
import { KeptMemos } from './query/kept-memos.js';
import { RecentQueries } from './recent.js';
import {
  type Answer,
  allMatching,
  copyOf,
  type Fields,
  ownOf,
  type Request,
  type SearchedField,
  type SearchParams,
  type Use,
} from './request.js';
import { noField, otherField } from './shape.js';
import { inSlots, withTies } from './ties.js';
import { type Vectors, vectorsFor } from './vectors.js';

/** Times that an answer of several turns begins again, because what it found is gone, before it is given in one. */
const TRIES = 3;
const NOTHING: readonly Match[] = [];
/** Queries of a batch that are under way at once, where they take several turns. */
const BATCH_AT_ONCE = 32;

export class Reader implements Fields {
  readonly filters: Filters;
  /** What queries found out about all points. */
  readonly memos: KeptMemos;
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  readonly #turnCopy: Float32Array;
  #fields: readonly SearchedField[] = [];
  /** Of which fields these are. */
  #of: readonly LiveField[] = [];
  /** Searches that go on for several turns on this thread. */
  readonly long: OneByOne = new OneByOne();
  /** Searches that whoever asked for them does not have yet. */
  #underWay = 0;
  readonly #over = (): void => {
    this.#underWay--;
  };

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
    this.#turnCopy = new Float32Array(live.config.dimension);
    this.filters = new Filters(live, ending);
    this.memos = new KeptMemos(live);
  }

  /** In the order of their numbers. */
  get fields(): readonly SearchedField[] {
    const { graphs } = this.#live;
    if (graphs !== this.#of) {
      const known = this.#fields;
      this.#of = graphs;
      this.#fields = graphs.map(
        (field) =>
          known.find((one) => one.field === field) ?? {
            field,
            recent: new RecentQueries(),
            aims: new Aims(this.#live, field),
          },
      );
    }
    return this.#fields;
  }

  /** @throws ValidationError where the field was dropped */
  of(field: LiveField): SearchedField {
    const found = this.fields.find((one) => one.field === field);
    if (!found) throw fieldDropped(field.spec);
    return found;
  }

  without(kind: string): ValidationError {
    return noField(kind, this.#live.fields);
  }

  searched(using: string | undefined): SearchedField {
    const [first, ...others] = this.fields;
    if (using === undefined && first && (others.length === 0 || first.field.spec.number === 0)) return first;
    const found = this.fields.find(({ field }) => field.spec.name === using);
    if (found) return found;
    const names = this.fields.map(({ field }) => field.spec.name);
    throw names.length === 0 ? this.without('dense') : otherField('dense', using, names);
  }

  vectors(choice: VectorChoice): Vectors {
    return vectorsFor(this.#live.stored, choice);
  }

  filter(given: unknown): CheckedFilter {
    return checkFilter(given, this.#live.stored.values);
  }

  /** In this turn, where that is possible: a promise otherwise. */
  answer<T extends Answer>(request: Request, use: Use<T>): T | Promise<T> {
    const { params } = request;
    const filter = params.filter && this.filters.resolve(params.filter, params);
    if (params.filter && !filter) return this.#answerOverTurns(request, use, undefined);
    const first = this.#turn(request, filter, use, false);
    return first instanceof Promise ? this.#answerOverTurns(request, use, first) : first;
  }

  /** `first`: what has begun; none where payloads must be read before. */
  async #answerOverTurns<T extends Answer>(
    given: Request,
    use: Use<T>,
    first: Promise<T | undefined> | undefined,
  ): Promise<T> {
    const request = ownOf(given);
    const { params, signal, trace } = request;
    try {
      let answer = await first;
      for (let tries = 1; answer === undefined; tries++) {
        clearTrace(trace);
        if (params.filter) await this.filters.settle(params.filter, params, signal);
        this.#ending.throwIfAborted();
        const filter = params.filter && this.filters.resolve(params.filter, params, true);
        answer = await this.#turn(request, filter, use, tries > TRIES);
        signal?.throwIfAborted(); // many hits take several turns as well
      }
      return answer;
    } finally {
      this.#ending.throwIfAborted(); // what fails because the collection ends meanwhile, rejects with that
    }
  }

  #turn<T extends Answer>(
    request: Request,
    filter: ResolvedFilter | undefined,
    use: Use<T>,
    atOnce: boolean,
  ): T | Promise<T | undefined> {
    const { vector, recent, params } = request;
    const { field } = params;
    if (vector === undefined || !field)
      return use(this.#live, { matches: NOTHING, filter }, request.params, atOnce);
    const matches = this.#search(vector, field, request, filter, atOnce);
    if (matches instanceof Promise) return this.#whenFound(matches, field, ownOf(request), filter, use);
    recent?.note(vector);
    return use(this.#live, { matches: inSlots(field, matches, params.k), filter }, params, atOnce);
  }

  /** A row whose vector is lost can be compared with nothing: it is taken out, and the rest is searched again. */
  #search(
    vector: VectorLike,
    field: LiveField,
    { params, hidden, trace, shared }: Pick<Request, 'params' | 'hidden' | 'trace' | 'shared'>,
    filter: ResolvedFilter | undefined,
    atOnce: boolean,
  ): readonly Match[] | Promise<readonly Match[]> {
    const { k, ef, bound, exact, indexedOnly } = params;
    const { engine } = field;
    const admitted = admittedIn(field, filter ? filter.admitted : ALL, params);
    const now = (): Admitted => this.#admittedNow(filter!, field, params, engine);
    const admittedNow = filter && (() => admittedIn(field, now(), params));
    const exactBelow = GRAPH_MIN_ROWS;
    // biome-ignore format: one line of each
    const query = {
      vector, k, ef, bound, exact, exactBelow, hidden,
      admitted, admittedNow, indexedOnly, trace, shared,
    };
    const ask = (asked: Query): Match[] | Promise<Match[]> => {
      clearTrace(trace);
      return atOnce ? engine.answerAtOnce(asked) : engine.answer(asked);
    };
    for (;;) {
      try {
        return withTies(field, query, ask);
      } catch (error) {
        this.#expelLost(field, error);
      }
    }
  }

  /**
   * For a step of a query: rows, where `answer` gives what is made of them. A promise where it takes several turns: of undefined,
   * where it must begin again.
   */
  matches(
    vector: Float32Array,
    params: SearchParams & { readonly field: LiveField },
    filter: ResolvedFilter | undefined,
    { atOnce, trace }: { readonly atOnce: boolean; readonly trace: SearchTrace | undefined },
  ): readonly Match[] | Promise<readonly Match[] | undefined> {
    const { field } = params;
    const { engine } = field;
    const matches = this.#search(vector, field, { params, trace }, filter, atOnce);
    if (!(matches instanceof Promise)) return inSlots(field, matches, params.k);
    return matches.then(
      (found) => inSlots(field, found, params.k),
      (error: unknown) => {
        this.#ending.throwIfAborted();
        if (field.engine === engine) this.#expelLost(field, error); // else it was closed
        return undefined;
      },
    );
  }

  /** The `k` nearest of the live rows that have a bit by their slots and a vector in the field, all compared, in this turn. */
  among(field: LiveField, vector: Float32Array, bits: Uint32Array, k: number): readonly Match[] {
    const admitted: Admitted = { kind: 'bits', bits: field.part.places.bitsOfFew(bits) };
    const query = { vector, k, ef: 1, exact: true, exactBelow: 0, admitted };
    for (;;) {
      try {
        if (k === 0) return NOTHING;
        const ask = (asked: Query): Match[] => field.engine.answerAtOnce(asked);
        return inSlots(field, withTies(field, query, ask) as Match[], k);
      } catch (error) {
        this.#expelLost(field, error);
      }
    }
  }

  /** Which rows match now, of those that came since it was resolved as well. Of slots given anew, it is not asked. */
  #admittedNow(
    { admitted }: ResolvedFilter,
    field: LiveField,
    params: SearchParams,
    engine: Engine,
  ): Admitted {
    if (field.engine !== engine) return admitted;
    return this.filters.resolve(params.filter!, params, true)!.admitted;
  }

  /** Slots mean something else after a compaction, and rows that were replaced or deleted are not in the store:
   * arenas and store change in one step. */
  async #whenFound<T extends Answer>(
    pending: Promise<readonly Match[]>,
    field: LiveField,
    request: Request,
    filter: ResolvedFilter | undefined,
    use: Use<T>,
  ): Promise<T | undefined> {
    const live = this.#live;
    const { engine } = field;
    let matches: readonly Match[];
    try {
      matches = await pending;
    } catch (error) {
      if (field.engine === engine) this.#expelLost(field, error); // else it was closed
      return undefined;
    }
    const { params } = request;
    // Of many payloads that changed meanwhile, it is read in slices whether they match.
    if (filter?.admitted.kind === 'bits')
      await this.filters.settle(params.filter!, allMatching(params.filter!), request.signal);
    request.signal?.throwIfAborted();
    this.#ending.throwIfAborted();
    if (field.engine !== engine) return undefined;
    for (const { slot } of matches) if (!engine.isLiveAt(slot)) return undefined;
    if (filter && !this.filters.isAsBefore(params.filter!, filter)) return undefined;
    if (request.vector) request.recent?.note(request.vector);
    return use(live, { matches: inSlots(field, matches, params.k), filter }, params, false);
  }

  /** Throws on what is another error. */
  #expelLost(field: LiveField, error: unknown): void {
    if (!(error instanceof VectorLost)) throw error;
    this.#live.expel(field, Number(error.key));
  }

  /** The same, as nobody changes it during this turn: other threads may write what is shared. Good until the next call. */
  inTurn(vector: VectorLike): VectorLike {
    if (!ArrayBuffer.isView(vector) || !(vector.buffer instanceof SharedArrayBuffer)) return vector;
    if (!(vector instanceof Float32Array) || vector.length !== this.#turnCopy.length) return copyOf(vector);
    this.#turnCopy.set(vector);
    return this.#turnCopy;
  }

  /**
   * One that comes while others wait may be answered by another thread, in a later turn; one that comes alone is answered
   * in this turn. `own`: nobody else changes the vector.
   */
  search(
    vector: VectorLike,
    params: SearchParams,
    signal: AbortSignal | undefined,
    own: boolean,
  ): Hit[] | Promise<Hit[]> {
    // A stored point that asks for its neighbours finds more than a query of the same kind: nothing is learned from it.
    const recent = params.exact || params.page?.without ? undefined : this.#recentOf(params);
    const shared = this.#underWay;
    const kept = own || shared === 0 ? vector : copyOf(vector);
    const request = {
      vector: kept,
      own: own || shared > 0,
      params,
      signal,
      recent,
      shared,
      trace: undefined,
    };
    return this.#tracked(this.answer(request, hitsOf));
  }

  #recentOf({ field }: SearchParams): RecentQueries | undefined {
    return field && this.of(field).recent;
  }

  /** Counts an answer as under way, until whoever waits for it has it. */
  #tracked<T>(hits: T | Promise<T>): T | Promise<T> {
    this.#underWay++;
    if (hits instanceof Promise) void hits.then(this.#over, this.#over);
    else queueMicrotask(this.#over); // whoever waits for it goes on behind that
    return hits;
  }

  /** Whether somebody waits for an answer. */
  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** For what asks for several searches: it is under way as one. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }

  /** A search waits for its turn. */
  async waiting(turn: Promise<void>): Promise<void> {
    await this.during(() => turn);
  }

  searchBatch(
    vectors: readonly VectorLike[],
    params: SearchParams,
    signal: AbortSignal | undefined,
  ): Promise<Hit[][]> {
    return this.during(() => this.#searchEach(vectors, params, signal));
  }

  /** `vectors`: nobody else changes them. */
  async #searchEach(
    vectors: readonly VectorLike[],
    params: SearchParams,
    signal: AbortSignal | undefined,
  ): Promise<Hit[][]> {
    const answers: (Hit[] | Promise<Hit[]>)[] = [];
    const recent = params.exact ? undefined : this.#recentOf(params);
    for (const [i, vector] of vectors.entries()) {
      const turn = this.#live.platform.time.takeTurn();
      if (turn) await turn;
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
      const shared = vectors.length - 1 - i + this.#underWay - 1;
      const hits = this.answer({ vector, own: true, params, signal, recent, shared }, hitsOf);
      answers.push(hits);
      if (hits instanceof Promise) hits.catch(() => {}); // looked at below
      if (i >= BATCH_AT_ONCE) await answers[i - BATCH_AT_ONCE];
    }
    return Promise.all(answers);
  }

  explain(
    vector: VectorLike,
    params: SearchParams,
    signal: AbortSignal | undefined,
  ): SearchReport | Promise<SearchReport> {
    const began = this.#live.platform.time.now();
    const trace = newTrace();
    const use: Use<SearchReport> = (live, found) => reportOf(live, found, params, { trace, began });
    return this.#tracked(this.answer({ vector, own: true, params, signal, trace }, use));
  }
}
