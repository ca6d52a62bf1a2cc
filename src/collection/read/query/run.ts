/*
 * Answers a tree. All of it is computed in one turn of the event loop, between two steps of the write queue, so that it
 * speaks of one moment. What would take long in that turn is done before, in several turns or on other threads, and kept:
 * searches (nearest.ts) and what is found out point by point (memo.ts) are brought up to date in the last turn, which does
 * little else. Where too much changed meanwhile it is tried again, and in the end done in one turn, however long.
 */
import { countOnes } from '../../../base/ones.js';
import { newBits, setAll, setBit } from '../../../filter/bits.js';
import { newTrace, type SearchTrace } from '../../../hnsw/query.js';
import { METRICS } from '../../../kernel/metrics.js';
import type { LiveIndex } from '../../live-index.js';
import type { ResolvedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import { allMatching } from '../request.js';
import { comparedBy, scoreBy } from './examples-of.js';
import { byDeviation, byRank, byScale, fused } from './fusion.js';
import { EMPTY, type List, pageOf, type Scored } from './list.js';
import type { Memo } from './memo.js';
import { OrderMemo, PayloadMemo, SimilarityMemo } from './memos.js';
import { NearestSearch } from './nearest.js';
import { bestBy, byFormula, diverse, inOrder, inOrderOfIds, sampled } from './rank.js';
import { type CheckedQuery, type Step, wanted } from './tree.js';

/** Times that what is missing is done before, until all is done in one turn. */
const TRIES = 16;
/** Points of which something may be found out within the last turn. */
const FEW = 1_024;
/** Width of a search that compares all. */
const ANY_EF = 256;

/** How a step was answered: where it is asked for. */
export interface StepTrace {
  ms: number;
  /** How many points it found, and how many it gave. */
  found: number;
  given: number;
  /** How many points it compared one by one, or ranked. */
  compared: number;
  readonly search: SearchTrace;
  filter: ResolvedFilter | undefined;
}

/** Points that a step ranks; all of them are found by the steps below. */
interface Candidates {
  readonly lists: readonly List[];
  readonly bits: Uint32Array;
  readonly count: number;
}

type Chore = () => Promise<unknown>;

export class Run {
  readonly traces: Map<Step, StepTrace> = new Map();
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #query: CheckedQuery;
  readonly #ending: AbortSignal;
  readonly #payloads: PayloadMemo;
  /** What is kept for each step, and of which examples it speaks. */
  readonly #kept = new Map<Step, { readonly key: string; readonly what: NearestSearch | Memo }>();
  #chores: Chore[] = [];
  #atOnce = false;

  constructor(live: LiveIndex, reader: Reader, query: CheckedQuery, ending: AbortSignal) {
    this.#live = live;
    this.#reader = reader;
    this.#query = query;
    this.#ending = ending;
    this.#payloads = new PayloadMemo(live);
  }

  /**
   * What `use` makes of the list of the root, in the turn in which that was found. Undefined: something has to be done before,
   * as `need` was told, or what it found is gone.
   */
  async answer<T>(use: (list: List, atOnce: boolean) => T | undefined | Promise<T | undefined>): Promise<T> {
    const { root } = this.#query;
    for (let tries = 1; ; tries++) {
      this.#check();
      this.#atOnce = tries > TRIES;
      const list = this.#listOf(root);
      const used = list && use(list, this.#atOnce);
      const answer = used instanceof Promise ? await used : used;
      if (answer !== undefined) return answer;
      const chores = this.#chores.splice(0);
      try {
        await Promise.all(chores.map((chore) => chore()));
      } finally {
        this.#ending.throwIfAborted(); // what fails because the collection ends meanwhile, rejects with that
      }
    }
  }

  /** The payloads of some points; undefined where they must be read first. */
  payloadsOf(slots: Iterable<number>): PayloadMemo | undefined {
    const bits = newBits(this.#live.rows.slots);
    for (const slot of slots) setBit(bits, slot);
    return this.learned(this.#payloads, bits) ? this.#payloads : undefined;
  }

  /** Whether something is known of these points; it will be at the next try, where they are many. */
  learned(memo: Memo, bits: Uint32Array): boolean {
    const left = memo.unknown(bits);
    const count = countOnes(left);
    if (count === 0) return true;
    if (count > FEW && !this.#atOnce) {
      this.#chores.push(() => memo.learnOverTurns(bits, this.#pause));
      return false;
    }
    memo.learnNow(left);
    return true;
  }

  /** The slots of all points that a filter admits; undefined where payloads must be read first. Not to be changed. */
  admitted({ filter }: Pick<Step, 'filter'>, traced?: StepTrace): Uint32Array | undefined {
    const { slots } = this.#live.rows;
    if (!filter) {
      const all = newBits(slots);
      setAll(all, slots);
      return all;
    }
    const params = allMatching(filter);
    const { filters } = this.#reader;
    const found = filters.resolve(filter, params, this.#atOnce);
    if (traced) traced.filter = found;
    if (found?.admitted.kind === 'bits') return found.admitted.bits;
    this.#chores.push(() => filters.settle(filter, params, this.#query.signal));
    return undefined;
  }

  #check(): void {
    this.#query.signal?.throwIfAborted();
    this.#ending.throwIfAborted();
  }

  readonly #pause = async (): Promise<void> => {
    await this.#live.platform.time.breathe();
    this.#check();
  };

  #traceOf(step: Step): StepTrace {
    const known = this.traces.get(step);
    if (known) return known;
    const made = { ms: 0, found: 0, given: 0, compared: 0, search: newTrace(), filter: undefined };
    this.traces.set(step, made);
    return made;
  }

  #listOf(step: Step): List | undefined {
    const below = step.prefetch.map((one) => this.#listOf(one));
    const lists = below.filter((list) => list !== undefined);
    if (lists.length < below.length) return undefined;
    const { time } = this.#live.platform;
    const began = time.now();
    const list = this.#rank(step, step.prefetch.length > 0 ? this.#candidates(lists) : undefined);
    const page = list && pageOf(list, step);
    const traced = this.#traceOf(step);
    traced.ms += time.now() - began;
    traced.found = list?.points.length ?? 0;
    traced.given = page?.points.length ?? 0;
    return page;
  }

  #candidates(lists: readonly List[]): Candidates {
    const bits = newBits(this.#live.rows.slots);
    for (const { points } of lists) for (const { slot } of points) setBit(bits, slot);
    return { lists, bits, count: countOnes(bits) };
  }

  /** What a step finds, best first; undefined where something must be done before. */
  #rank(step: Step, candidates: Candidates | undefined): List | undefined {
    const { ask } = step;
    switch (ask.kind) {
      case 'fusion': {
        const shares = { rrf: byRank(ask.k), dbsf: byDeviation, weighted: byScale };
        return fused(candidates!.lists, shares[ask.by], ask.weights);
      }
      case 'formula': {
        const { lists, bits, count } = candidates!;
        this.#traceOf(step).compared = count;
        return byFormula(ask, lists, bits, (slots) => this.payloadsOf(slots));
      }
      case 'nearest':
      case 'average':
        return this.#nearest(step, candidates);
      default:
        return this.#amongAll(step, candidates);
    }
  }

  /** Steps that look at each point. */
  #amongAll(step: Step, candidates: Candidates | undefined): List | undefined {
    const { ask } = step;
    const traced = this.#traceOf(step);
    const bits = candidates ? candidates.bits : this.admitted(step, traced);
    if (!bits) return undefined;
    traced.compared = this.#live.engine.countLive(bits);
    const most = wanted(step);
    switch (ask.kind) {
      case 'recommend':
      case 'discover':
      case 'context': {
        const { vectors, without, key } = comparedBy(step, this.#live);
        const make = (): SimilarityMemo =>
          new SimilarityMemo(this.#live, this.#reader, vectors, scoreBy(ask));
        const memo = this.#keptFor(step, key, make);
        return this.learned(memo, bits) ? bestBy(this.#live, memo, bits, { most, without }) : undefined;
      }
      case 'orderBy': {
        const memo = this.#keptFor(step, '', () => new OrderMemo(this.#live, ask.path));
        return this.learned(memo, bits) ? inOrder(this.#live, memo, bits, { ...ask, most }) : undefined;
      }
      case 'sample':
        return sampled(this.#live, bits, most, ask.seed);
      default:
        return inOrderOfIds(this.#live, bits, most);
    }
  }

  #keptFor<T extends NearestSearch | Memo>(step: Step, key: string, make: () => T): T {
    const kept = this.#kept.get(step);
    if (kept?.key === key) return kept.what as T;
    const what = make();
    this.#kept.set(step, { key, what });
    return what;
  }

  #nearest(step: Step, candidates: Candidates | undefined): List | undefined {
    const live = this.#live;
    const { ask, filter, aim } = step;
    const { vectors, without, key } = comparedBy(step, live);
    const [vector] = vectors as [Float32Array];
    const mmr = ask.kind === 'nearest' ? ask.mmr : undefined;
    const most = mmr ? mmr.candidates : wanted(step);
    const k = most + without.size;
    const traced = this.#traceOf(step);
    let matches: readonly { readonly slot: number; readonly distance: number }[];
    if (candidates) {
      matches = this.#reader.among(vector, candidates.bits, Math.min(k, candidates.count));
      traced.compared = candidates.count;
    } else {
      const effort = aim
        ? { ef: aim.ef, bound: aim.bound, exact: aim.exact }
        : { ef: ANY_EF, bound: undefined, exact: true };
      const params = { k, ...effort, filter, withPayload: false, withVector: false };
      const make = (): NearestSearch =>
        new NearestSearch(live, this.#reader, { vector, params, trace: traced.search });
      const found = this.#keptFor(step, key, make).now(this.#query.signal, this.#atOnce);
      if (typeof found === 'function') {
        this.#chores.push(found);
        return undefined;
      }
      matches = found;
    }
    const others = without.size === 0 ? matches : matches.filter(({ slot }) => !without.has(slot));
    const { score, higherIsBetter: higher } = METRICS[live.config.metric];
    if (others.length === 0) return EMPTY;
    if (mmr) return { points: diverse(live, others.slice(0, most), mmr, wanted(step)), higher };
    const points: Scored[] = others
      .slice(0, most)
      .map(({ slot, distance }) => ({ slot, score: score(distance) }));
    return { points, higher };
  }
}
