/*
 * How a tree is answered: all of it in one turn of the event loop, between two steps of the write queue, so that it
 * speaks of one moment. What would take long in that turn is done before, in several turns or on other threads, and kept:
 * searches (nearest.ts) and what is found out point by point (memo.ts) are brought up to date in the last turn, which does
 * little else. Where too much changed meanwhile it is tried again, and in the end done in one turn, however long.
 */
import { countOnes } from '../../../base/ones.js';
import type { SparseSpec, TextSpec } from '../../../fields/field.js';
import { newBits, setAll, setBit } from '../../../filter/bits.js';
import { newTrace, type SearchTrace } from '../../../hnsw/query.js';
import type { LiveIndex } from '../../live-index.js';
import { SLICE_MS } from '../../slices.js';
import type { BestSearch, InvertedTrace } from '../best-search.js';
import type { ResolvedFilter } from '../filters.js';
import type { Highlights } from '../highlights.js';
import { caughtUp, fieldOf } from '../inverted.js';
import type { Reader } from '../reader.js';
import { allMatching } from '../request.js';
import type { Choice } from './diverse.js';
import type { FacetCounting } from './facet-count.js';
import { highlightsOf } from './highlights.js';
import type { IdWalk } from './id-walk.js';
import type { Memo } from './memo.js';
import { KeyMemo, PayloadMemo } from './memos.js';
import type { NearestSearch } from './nearest.js';
import type { Step } from './tree.js';

/** Times that what is missing is done before, until all is done in one turn. */
const TRIES = 16;
/**
 * Slots that an inverted index may take in within the last turn. Beside a load at full speed some hundred wait, which take 3 to 5 ms.
 * With 128 or 48 instead, queries wait for turns of others, 90 to 140 ms at p99 and not 25 to 43, and that of the event loop is the same.
 */
const FEW_TEXTS = 512;

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

/** Keys of ids that are kept from page to page of an order, though other points are on the next. */
const KEYS_KEPT = 65_536;

/** What lasts from try to try. */
type Lasting = NearestSearch | BestSearch | Memo | Choice | IdWalk | FacetCounting;

type Chore = () => Promise<unknown>;

export class Tries {
  /** By places. */
  readonly traces: Map<string, StepTrace> = new Map();
  protected readonly live: LiveIndex;
  protected readonly reader: Reader;
  protected readonly signal: AbortSignal | undefined;
  readonly #ending: AbortSignal;
  readonly #payloads: PayloadMemo;
  #keys: KeyMemo;
  /** What is kept for each step, by its place, and of which examples it speaks. */
  readonly #kept = new Map<string, { readonly key: string; readonly what: Lasting }>();
  #chores: Chore[] = [];
  readonly #caughtUp = new Set<Step>();
  #atOnce = false;
  #highlights: Highlights | undefined;
  protected readonly traced: boolean;

  /** `traced`: inverted indexes are asked how they were searched as well. */
  constructor(
    live: LiveIndex,
    reader: Reader,
    signal: AbortSignal | undefined,
    ending: AbortSignal,
    traced = false,
  ) {
    this.traced = traced;
    this.live = live;
    this.reader = reader;
    this.signal = signal;
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
      if (answer !== undefined) {
        await this.#highlights?.fill(this.pause);
        return answer;
      }
      const chores = this.#chores.splice(0);
      try {
        await Promise.all(chores.map((chore) => chore()));
      } finally {
        this.#ending.throwIfAborted(); // what fails because the collection ends meanwhile, rejects with that
      }
    }
  }

  /** Shows what steps by words have found: the hits of an answer have it when the answer is there. Undefined where no step asks for it. */
  highlightsOf(root: Step): Highlights | undefined {
    this.#highlights = highlightsOf(this.live, root);
    return this.#highlights;
  }

  /** The payloads of some points; undefined where they must be read first. */
  payloadsOf(slots: Iterable<number>): PayloadMemo | undefined {
    const bits = newBits(this.live.rows.slots);
    for (const slot of slots) setBit(bits, slot);
    return this.learned(this.#payloads, bits) ? this.#payloads : undefined;
  }

  /** The keys of their ids, likewise. Those of pages before are let go of when they are many more than are asked for. */
  keysOf(bits: Uint32Array): KeyMemo | undefined {
    if (this.#keys.size > KEYS_KEPT + 2 * countOnes(bits)) this.#keys = new KeyMemo(this.live);
    return this.learned(this.#keys, bits) ? this.#keys : undefined;
  }

  /** Whether something is known of these points; it will be at the next try, where they are many. */
  learned(memo: Memo, bits: Uint32Array): boolean {
    const left = memo.unknown(bits);
    const count = countOnes(left);
    if (count === 0) return true;
    if (this.atOnce) memo.learnNow(left);
    else if (!memo.learnFew(left, count)) {
      this.before(() => memo.learnOverTurns(bits, this.pause));
      return false;
    }
    return true;
  }

  /** The slots of all points that a filter admits; undefined where payloads must be read first. Not to be changed. */
  admitted({ filter }: Pick<Step, 'filter'>, traced?: StepTrace): Uint32Array | undefined {
    const { slots } = this.live.rows;
    if (!filter) {
      const all = newBits(slots);
      setAll(all, slots);
      return all;
    }
    const params = allMatching(filter);
    const { filters } = this.reader;
    const found = filters.resolve(filter, params, this.atOnce);
    if (traced) traced.filter = found;
    if (found?.admitted.kind === 'bits') return found.admitted.bits;
    this.before(() => filters.settle(filter, params, this.signal));
    return undefined;
  }

  #check(): void {
    this.signal?.throwIfAborted();
    this.#ending.throwIfAborted();
  }

  protected readonly pause = async (): Promise<void> => {
    await this.live.platform.time.breathe();
    this.#check();
  };

  protected traceOf(step: Step): StepTrace {
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

  /** `place`: of a step, or of a part of one. */
  protected keptFor<T extends Lasting>(place: string, key: string, make: () => T): T {
    const kept = this.#kept.get(place);
    if (kept?.key === key) return kept.what as T;
    const what = make();
    this.#kept.set(place, { key, what });
    return what;
  }

  /** What `goOn` comes to, in this turn if that is soon; undefined where it will at a later try. */
  protected soon<T>(goOn: (isOver: () => boolean) => T | undefined): T | undefined {
    const { time } = this.live.platform;
    const isOver = (): (() => boolean) => {
      const until = time.now() + SLICE_MS;
      return () => !this.atOnce && time.now() > until;
    };
    const found = goOn(isOver());
    if (found === undefined)
      this.before(async () => {
        do await this.pause();
        while (goOn(isOver()) === undefined);
      });
    return found;
  }

  /** Whether an inverted index has taken in all but a few points; it will at the next try. */
  protected isCaughtUp(step: Step, spec: SparseSpec | TextSpec): boolean {
    const live = this.live;
    const few = fieldOf(live, spec).pending(live.slots) <= FEW_TEXTS;
    if (few || this.atOnce || this.#caughtUp.has(step)) return true;
    this.before(async () => {
      await caughtUp(live, spec, this.pause);
      this.#caughtUp.add(step); // once: where much is written, more has come by now
    });
    return false;
  }

  /** What is to be done before the next try. */
  protected before(chore: Chore): void {
    this.#chores.push(chore);
  }
}
