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
import { bestOf, caughtUp, fieldOf, type InvertedTrace, newInvertedTrace } from '../inverted.js';
import { summedBy } from '../multi.js';
import type { Reader } from '../reader.js';
import { allMatching } from '../request.js';

import { comparedBy, invertedBy, multiBy, scoreBy } from './examples-of.js';
import { byDeviation, byRank, byScale, fused } from './fusion.js';
import { EMPTY, type List, pageOf, type Scored } from './list.js';
import type { Memo } from './memo.js';
import { KeyMemo, PayloadMemo } from './memos.js';
import { MultiMemo } from './multi-memo.js';
import { NearestSearch } from './nearest.js';
import { bestBy, byFormula, diverse, inOrder, inOrderOfIds, nearestBy, sampled } from './rank.js';
import { SimilarityMemo } from './similarity-memo.js';
import { type AskOf, type Step, wanted } from './tree.js';

/** Times that what is missing is done before, until all is done in one turn. */
const TRIES = 16;
/** Slots that an inverted index may take in within the last turn: a text takes longer. */
const FEW_TEXTS = 512;
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
  /** Of a step by an inverted index. */
  inverted: InvertedTrace | undefined;
}

/** Points that a step ranks; all of them are found by the steps below. */
interface Candidates {
  readonly lists: readonly List[];
  readonly bits: Uint32Array;
  readonly count: number;
}

type Chore = () => Promise<unknown>;

export class Run {
  /** By places. */
  readonly traces: Map<string, StepTrace> = new Map();
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #signal: AbortSignal | undefined;
  readonly #ending: AbortSignal;
  readonly #payloads: PayloadMemo;
  readonly #keys: KeyMemo;
  /** What is kept for each step, by its place, and of which examples it speaks. */
  readonly #kept = new Map<string, { readonly key: string; readonly what: NearestSearch | Memo }>();
  #chores: Chore[] = [];
  readonly #caughtUp = new Set<Step>();
  #atOnce = false;
  readonly #traced: boolean;

  /** `traced`: inverted indexes are asked how they were searched as well. */
  constructor(
    live: LiveIndex,
    reader: Reader,
    signal: AbortSignal | undefined,
    ending: AbortSignal,
    traced = false,
  ) {
    this.#traced = traced;
    this.#live = live;
    this.#reader = reader;
    this.#signal = signal;
    this.#ending = ending;
    this.#payloads = new PayloadMemo(live);
    this.#keys = new KeyMemo(live);
  }

  /** Whether this try is the last one, which does all in one turn. */
  get atOnce(): boolean {
    return this.#atOnce;
  }

  /**
   * What `make` makes, in one turn, of what it asks for here. Where something must be done before, it is told undefined, and
   * returns that: it is called again then. So it may where what it found is gone.
   */
  async answer<T>(make: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (let tries = 1; ; tries++) {
      this.#check();
      this.#atOnce = tries > TRIES;
      const made = make();
      const answer = made instanceof Promise ? await made : made;
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

  /** The keys of their ids, likewise. */
  keysOf(bits: Uint32Array): KeyMemo | undefined {
    return this.learned(this.#keys, bits) ? this.#keys : undefined;
  }

  /** Whether something is known of these points; it will be at the next try, where they are many. */
  learned(memo: Memo, bits: Uint32Array): boolean {
    const left = memo.unknown(bits);
    const count = countOnes(left);
    if (count === 0) return true;
    if (count > memo.few && !this.#atOnce) {
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
    this.#chores.push(() => filters.settle(filter, params, this.#signal));
    return undefined;
  }

  #check(): void {
    this.#signal?.throwIfAborted();
    this.#ending.throwIfAborted();
  }

  readonly #pause = async (): Promise<void> => {
    await this.#live.platform.time.breathe();
    this.#check();
  };

  #traceOf(step: Step): StepTrace {
    const known = this.traces.get(step.place);
    if (known) return known;
    const made = {
      ms: 0,
      found: 0,
      given: 0,
      compared: 0,
      search: newTrace(),
      filter: undefined,
      inverted: undefined,
    };
    this.traces.set(step.place, made);
    return made;
  }

  /** What a step gives, best first; undefined where something must be done before. */
  listOf(step: Step): List | undefined {
    const below = step.prefetch.map((one) => this.listOf(one));
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
        return this.#nearest(step, ask, candidates);
      case 'sparse':
      case 'text':
        return this.#inverted(step, ask, candidates);
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
    traced.compared = this.#live.rows.countLive(bits);
    const most = wanted(step);
    switch (ask.kind) {
      case 'recommend':
      case 'discover':
      case 'context': {
        const { vectors, without, key } = comparedBy(ask, step.place, this.#live);
        const make = (): SimilarityMemo =>
          new SimilarityMemo(this.#live, this.#reader, ask.field, vectors, scoreBy(ask));
        const memo = this.#keptFor(step, key, make);
        return this.learned(memo, bits) ? bestBy(ask.field, memo, bits, { most, without }) : undefined;
      }
      case 'multi': {
        const { query, without, key } = multiBy(ask, this.#live);
        const memo = this.#keptFor(step, key, () => new MultiMemo(this.#live, ask.spec, query));
        const metric = summedBy(ask.spec.metric);
        return this.learned(memo, bits)
          ? nearestBy(this.#live, memo, bits, { most, without, metric })
          : undefined;
      }
      case 'orderBy': {
        const memo = this.#reader.memos.orders(ask.path);
        return this.learned(memo, bits) ? inOrder(this.#live, memo, bits, { ...ask, most }) : undefined;
      }
      case 'sample':
        return sampled(this.#live, bits, most, ask.seed);
      default:
        return inOrderOfIds(this.#live, bits, most);
    }
  }

  #keptFor<T extends NearestSearch | Memo>(step: Step, key: string, make: () => T): T {
    const kept = this.#kept.get(step.place);
    if (kept?.key === key) return kept.what as T;
    const what = make();
    this.#kept.set(step.place, { key, what });
    return what;
  }

  /** By an inverted index, which takes in first what it lacks: a few points in this turn, many before. */
  #inverted(step: Step, ask: AskOf<'sparse' | 'text'>, candidates: Candidates | undefined): List | undefined {
    const live = this.#live;
    const { spec } = ask;
    const traced = this.#traceOf(step);
    const all = candidates || !step.filter;
    const bits = all ? candidates?.bits : this.admitted(step, traced);
    if (!all && !bits) return undefined;
    if (fieldOf(live, spec).pending(live.slots) > FEW_TEXTS && !this.#atOnce && !this.#caughtUp.has(step)) {
      this.#chores.push(async () => {
        await caughtUp(live, spec, this.#pause);
        this.#caughtUp.add(step); // once: where much is written, more has come by now
      });
      return undefined;
    }
    const { query, without } = invertedBy(ask, live);
    const most = wanted(step);
    if (this.#traced) traced.inverted = newInvertedTrace();
    const best = bestOf(live, spec, query, {
      k: without === undefined ? most : most + 1,
      admitted: bits,
      trace: traced.inverted,
    });
    traced.compared = candidates?.count ?? live.slots.countLive(bits ?? live.slots.liveBits);
    return { points: best.filter(({ slot }) => slot !== without).slice(0, most), higher: true };
  }

  #nearest(
    step: Step,
    ask: AskOf<'nearest' | 'average'>,
    candidates: Candidates | undefined,
  ): List | undefined {
    const live = this.#live;
    const { filter, aim } = step;
    const { field } = ask;
    const { vectors, without, key } = comparedBy(ask, step.place, live);
    const [vector] = vectors as [Float32Array];
    const mmr = ask.kind === 'nearest' ? ask.mmr : undefined;
    const most = mmr ? mmr.candidates : wanted(step);
    const k = most + without.size;
    const traced = this.#traceOf(step);
    let matches: readonly { readonly slot: number; readonly distance: number }[];
    if (candidates) {
      matches = this.#reader.among(field, vector, candidates.bits, Math.min(k, candidates.count));
      traced.compared = candidates.count;
    } else {
      const effort = aim
        ? { ef: aim.ef, bound: aim.bound, exact: aim.exact }
        : { ef: ANY_EF, bound: undefined, exact: true };
      const params = { field, k, ...effort, filter, withPayload: false, withVector: false };
      const make = (): NearestSearch =>
        new NearestSearch(live, this.#reader, { vector, params, trace: traced.search });
      const search = this.#keptFor(step, `${key} ${k}`, make);
      const found = search.now(this.#signal, this.#atOnce);
      traced.filter = search.filter;
      if (typeof found === 'function') {
        this.#chores.push(found);
        return undefined;
      }
      matches = found;
    }
    const others = without.size === 0 ? matches : matches.filter(({ slot }) => !without.has(slot));
    const { score, higherIsBetter: higher } = METRICS[field.spec.metric];
    if (others.length === 0) return EMPTY;
    if (mmr) return { points: diverse(field, others.slice(0, most), mmr, wanted(step)), higher };
    const points: Scored[] = others
      .slice(0, most)
      .map(({ slot, distance }) => ({ slot, score: score(distance) }));
    return { points, higher };
  }
}
