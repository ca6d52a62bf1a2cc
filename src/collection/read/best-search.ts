/*
 * The best points by an inverted index, as of the turn in which they are asked for, also where the search itself took several
 * turns: among a million sparse vectors it takes 7 ms and more. What it found is kept; then what came since, or matches only
 * now, is searched as well, by what the query was worth when it began. Where something that was found is gone, or too much came, it
 * is searched anew.
 *
 * Such searches go on one after the other: side by side, all of them would end when the last one does.
 */
import type { InvertedPlan } from '../../fields/inverted/plan.js';
import { andInto } from '../../filter/bits.js';
import { newPostingsTrace, type PostingsTrace, type SlotScore } from '../../kernel/postings-record.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import { fieldOf, type Inverted } from './inverted.js';
import type { Reader } from './reader.js';

/** How a search of an inverted index was done. */
export interface InvertedTrace {
  /** None where there was nothing to search. */
  plan: InvertedPlan | undefined;
  /** Points that were taken in before, in the turn of the answer. */
  takenIn: number;
  postings: PostingsTrace;
}

/** A field, whatever its queries are. */
interface Searchable {
  plan(
    query: unknown,
    k: number,
    of: LiveIndex['slots'],
    bits: Uint32Array,
    counted: boolean,
  ): InvertedPlan | undefined;
  searching(
    plan: InvertedPlan,
    isOver: () => boolean,
    trace: PostingsTrace | undefined,
  ): Generator<void, readonly SlotScore[]>;
  current(
    plan: InvertedPlan,
    found: readonly SlotScore[],
    bits: Uint32Array,
  ): readonly SlotScore[] | undefined;
}

interface Began {
  readonly field: Searchable;
  readonly plan: InvertedPlan;
}

export class BestSearch {
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #spec: Inverted['spec'];
  readonly #query: unknown;
  readonly #k: number;
  #ended: (Began & { readonly found: readonly SlotScore[] }) | undefined;
  readonly trace: InvertedTrace | undefined;

  constructor(
    live: LiveIndex,
    reader: Reader,
    o: { spec: Inverted['spec']; query: unknown; k: number; traced?: boolean },
  ) {
    this.#live = live;
    this.#reader = reader;
    this.#spec = o.spec;
    this.#query = o.query;
    this.#k = o.k;
    this.trace = o.traced ? { plan: undefined, takenIn: 0, postings: newPostingsTrace() } : undefined;
  }

  /**
   * The best of the points that have a bit by their slots, or of all, best first, ties by slot: in this turn, in which what the
   * field lacks is taken in before. Or what is to be waited for before; `pause` lets others go on meanwhile.
   */
  now(
    admitted: Uint32Array | undefined,
    atOnce: boolean,
    pause: () => Promise<void>,
  ): readonly SlotScore[] | Promise<void> {
    const { slots, stored, platform } = this.#live;
    const taking = fieldOf(this.#live, this.#spec);
    const ended = this.#ended;
    if (this.trace && !ended) this.trace.takenIn = taking.pending(slots);
    taking.takeIn(slots, stored, () => false);
    const field = taking as unknown as Searchable;
    const bits = admitted ? both(slots.liveBits, admitted) : slots.liveBits;
    const known = ended?.field === field ? field.current(ended.plan, ended.found, bits) : undefined;
    if (known) return known;
    this.#ended = undefined;
    const plan = field.plan(this.#query, this.#k, slots, bits, this.trace !== undefined);
    if (this.trace) this.trace.plan = plan;
    if (!plan) return [];
    if (this.trace) this.trace.postings = newPostingsTrace();
    let until = atOnce ? Infinity : platform.time.now() + SLICE_MS;
    const search = field.searching(plan, () => platform.time.now() > until, this.trace?.postings);
    const first = search.next();
    if (first.done) return field.current(plan, first.value, bits)!;
    const goOn = async (): Promise<void> => {
      try {
        for (;;) {
          await pause();
          until = platform.time.now() + SLICE_MS;
          const step = search.next();
          if (!step.done) continue;
          this.#ended = { field, plan, found: step.value };
          return;
        }
      } finally {
        search.return([]); // its memory in the index, where it was left
      }
    };
    // It goes on also where nobody comes to wait for it, since another part of the query has failed: it has memory in the index.
    const done = this.#reader.long.run(goOn);
    done.catch(() => {});
    return done;
  }
}

function both(alive: Uint32Array, bits: Uint32Array): Uint32Array {
  const all = alive.slice();
  andInto(all, bits.length < all.length ? lengthened(bits, all.length) : bits);
  return all;
}

function lengthened(bits: Uint32Array, length: number): Uint32Array {
  const longer = new Uint32Array(length);
  longer.set(bits);
  return longer;
}
