/*
 * Filters of a collection: which rows match, decided by payload indexes as far as they go and by payloads beyond,
 * and remembered for the next search with the same filter.
 *
 * Selections speak of slots, whose rows never change: one holds until the slots are given anew (compaction) or an
 * index comes or goes. What is asked for and used in one turn of the event loop belongs to the rows of that turn.
 */
import { randomFrom } from '../base/random.js';
import { breathe } from '../base/slices.js';
import type { Condition } from '../filter/condition.js';
import { compile, type Matcher } from '../filter/evaluate.js';
import { parseFilter } from '../filter/parse.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import { type Cardinality, type FilterPlan, planFilter, READ_MAX } from '../filter/plan.js';
import { boundsOf } from '../filter/resolve.js';
import { Selection } from '../filter/selection.js';
import type { Admission } from '../hnsw/hnsw-index.js';
import { decodePayload } from '../store/payload.js';
import type { LiveIndex } from './live-index.js';

/** A checked filter, and what tells it from others. */
export interface CheckedFilter {
  readonly condition: Condition;
  readonly key: string;
}

/** What the rows are wanted for. `exact`: it must be known of all whether they match. */
export interface Goal {
  readonly k: number;
  readonly ef: number;
  readonly exact: boolean;
}

/** For a count, a scroll, a deletion. */
export const ALL_KNOWN: Goal = { k: 1, ef: 1, exact: true };

/** How a filter was answered. */
export interface Chosen {
  readonly admission: Admission;
  readonly plan: FilterPlan;
  /** How many match, where that is an estimate. */
  readonly cardinality?: Cardinality | undefined;
  /** Paths whose indexes served. */
  readonly indexes: readonly string[];
  /** Payloads read for this filter so far. */
  payloadsRead(): number;
}

/** Bytes that remembered selections may take, and how many there may be. */
const CACHE_BYTES = 1 << 26;
const CACHE_MAX = 256;
/** Payloads read to learn how many rows match. */
const SAMPLE = 128;
/** Payloads are read for so long at a stretch. */
const SLICE_MS = 2;

/** @throws ValidationError INVALID_FILTER */
export function checkFilter(filter: unknown): CheckedFilter {
  const condition = parseFilter(filter);
  // No filter holds an object of this form, so that 7n and "7" remain apart.
  const key = JSON.stringify(filter, (_, value: unknown) =>
    typeof value === 'bigint' ? { bigint: String(value) } : value,
  );
  return { condition, key };
}

/** The key of an id as a string of one character a byte, as filters hold it. */
export function textOfKey(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

export function keyOfText(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

interface Remembered {
  readonly selection: Selection;
  readonly used: Set<string>;
}

export class Filters {
  readonly #live: LiveIndex;
  readonly #ending: AbortSignal;
  readonly #remembered = new Map<string, Remembered>();
  #of: PayloadIndexes | undefined;
  #version = -1;
  readonly #random = randomFrom(1);

  constructor(live: LiveIndex, ending: AbortSignal) {
    this.#live = live;
    this.#ending = ending;
  }

  /** Tells whether points match, by their payloads and the keys of their ids. */
  matcher({ condition }: CheckedFilter): Matcher {
    const { payloadIndexes } = this.#live;
    return compile(condition, { tokenized: (path) => payloadIndexes.get(path)?.kind === 'text' });
  }

  #fresh(filter: CheckedFilter): Remembered {
    const live = this.#live;
    const matches = this.matcher(filter);
    const selection = new Selection((slot) => {
      const point = live.store.point(live.collection, live.rowAt(slot));
      return point !== undefined && matches(decodePayload(point.payload), textOfKey(point.id));
    });
    return { selection, used: new Set() };
  }

  /** What is known of a filter, for the rows that there are now. */
  #now(filter: CheckedFilter): Remembered {
    const { payloadIndexes } = this.#live;
    if (this.#of !== payloadIndexes || this.#version !== payloadIndexes.version) this.#remembered.clear();
    this.#of = payloadIndexes;
    this.#version = payloadIndexes.version;
    const found = this.#remembered.get(filter.key) ?? this.#fresh(filter);
    this.#remembered.delete(filter.key); // the one asked for last goes to the end
    this.#remembered.set(filter.key, found);
    this.#extend(filter, found);
    this.#forgetOld();
    return found;
  }

  #extend({ condition }: CheckedFilter, { selection, used }: Remembered): void {
    const live = this.#live;
    const rows = live.slots;
    if (selection.rows === rows) return;
    const bounds = boundsOf(condition, {
      rows,
      mark(path, test, words) {
        const upTo = live.payloadIndexes.mark(path, test, words, rows);
        if (upTo > 0) used.add(path);
        return upTo;
      },
      slotOf(key) {
        const row = live.store.rowOf(live.collection, keyOfText(key));
        return row === 0 ? undefined : live.slotOf(row);
      },
    });
    selection.extend(bounds, rows);
  }

  #forgetOld(): void {
    const bytesEach = 8 * Math.ceil(this.#live.slots / 32);
    const most = Math.max(1, Math.min(CACHE_MAX, Math.floor(CACHE_BYTES / bytesEach)));
    for (const key of this.#remembered.keys()) {
      if (this.#remembered.size <= most) return;
      this.#remembered.delete(key);
    }
  }

  #plan(selection: Selection, goal: Goal): { plan: FilterPlan; cardinality?: Cardinality } {
    if (!selection.open) return { plan: { kind: 'decided' } };
    const live = this.#live;
    const sure = live.countLive(selection.sure);
    const undecided = live.countLive(selection.possible) - sure;
    if (undecided === 0) selection.settle();
    if (undecided > READ_MAX && !goal.exact && selection.sampled < SAMPLE) this.#sample(selection);
    const cardinality = selection.cardinality(sure, undecided);
    const { k, ef, exact } = goal;
    const plan = planFilter({ ...cardinality, live: live.index.size, undecided, k, ef, exact });
    return { plan, cardinality };
  }

  /** Asks about undecided rows from all over the collection. */
  #sample(selection: Selection): void {
    const { slots } = this.#live;
    for (let tries = 0; selection.sampled < SAMPLE && tries < 100 * SAMPLE; tries++) {
      const slot = Math.floor(this.#random() * slots);
      if (selection.isOpen(slot) && this.#live.isLiveAt(slot)) selection.sample(slot);
    }
  }

  /** Reads payloads, some at a time, until what `choose` leaves to be read is little. */
  async settle(filter: CheckedFilter, goal: Goal, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const { selection } = this.#now(filter);
      if (this.#plan(selection, goal).plan.kind !== 'read') return;
      const until = performance.now() + SLICE_MS;
      for (const slot of selection.undecided()) {
        selection.admits(slot);
        if (performance.now() > until) break;
      }
      if (selection.decided) return;
      await breathe();
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
    }
  }

  /** Which rows match, now: to be used in the same turn. */
  choose(filter: CheckedFilter, goal: Goal): Chosen {
    const { selection, used } = this.#now(filter);
    let { plan, cardinality } = this.#plan(selection, goal);
    if (plan.kind === 'read') {
      selection.decideAll();
      ({ plan, cardinality } = this.#plan(selection, goal));
    }
    const accepts = (slot: number): boolean => selection.admits(slot);
    const admission: Admission =
      plan.kind === 'decided'
        ? { bits: selection.sure }
        : { bits: selection.possible, accepts, ...(plan.kind === 'afterwards' && { take: plan.take }) };
    return { admission, plan, cardinality, indexes: [...used].sort(), payloadsRead: () => selection.read };
  }
}
