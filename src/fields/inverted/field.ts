/*
 * A field with an inverted index, of sparse vectors or of texts. What its index lacks is taken in before a search of the field is
 * answered: so the answer is exact at every moment.
 *
 * Values that change while their rows stay leave places behind (intake.ts). An index that has too many of them is rebuilt
 * beside the one that answers, in the background, and takes its place when it has everything.
 *
 * Only the thread that has the collection open reads and writes it, and only rows that are published are taken in: a commit
 * that fails leaves nothing to be taken back.
 */
import type { VectorValue } from '../../api/points.js';
import { countOnes } from '../../base/ones.js';
import { andNotInto, hasBit } from '../../filter/bits.js';
import type { PostingsTrace, SlotScore } from '../../kernel/postings-record.js';
import type { Payload } from '../../store/payload.js';
import type { SparseSpec, TextSpec, ValueSpec } from '../field.js';
import type { Places } from '../places.js';
import {
  type Found,
  Intake,
  type InvertedIndex,
  type Kept,
  type Known,
  type LiveSlots,
  type ReadValue,
} from './intake.js';
import type { InvertedPlan, Weighed } from './plan.js';

export type InvertedSpec = SparseSpec | TextSpec;

/** Where values are read. */
export interface StoredValues {
  value(row: number, spec: ValueSpec): VectorValue | undefined;
  point(row: number): { readonly payload: Payload | undefined } | undefined;
  /** What is wrong with a row; undefined as far as is known. */
  whyOf(row: number): string | undefined;
  /** Grows when rows that were unreadable can be read. */
  readonly mendings: number;
}

/** Where more than these came since a search began, all is searched again. */
const FRESH_MAX = 32_768;

/** An index that has so many places for each slot, and these beside, is rebuilt. */
const PLACES_SHARE = 2;
const PLACES_FEW = 4_096;

export abstract class InvertedField<Spec extends InvertedSpec, Value, Query, W extends Weighed = Weighed> {
  readonly spec: Spec;
  readonly #newIntake: () => Intake<InvertedIndex<Value, Query, W>, Value>;
  #intake: Intake<InvertedIndex<Value, Query, W>, Value>;
  /** It takes the place of the other when it has everything. */
  #next: Intake<InvertedIndex<Value, Query, W>, Value> | undefined;
  /** Changes of those before. */
  #changesBefore = 0;
  /** What `mendings` was when slots were taken in last. */
  #mendings = 0;

  constructor(spec: Spec, newIndex: () => InvertedIndex<Value, Query, W>) {
    this.spec = spec;
    this.#newIntake = () => new Intake(newIndex);
    this.#intake = this.#newIntake();
  }

  /** What values are made by: an index of a file that says otherwise is not to be taken up. */
  abstract get madeBy(): string;

  /** What the point of a row has here. */
  protected abstract valueOf(stored: StoredValues, row: number): Value | undefined;

  /** The index of now: it may be another one when slots were taken in. */
  protected get index(): InvertedIndex<Value, Query, W> {
    return this.#intake.made();
  }

  get bytes(): number {
    return this.#intake.bytes + (this.#next?.bytes ?? 0);
  }

  /** Grows whenever a value comes or goes. */
  get changes(): number {
    return this.#changesBefore + this.#intake.changes;
  }

  /** Places that were given: of values, and of slots without. */
  get places(): number {
    return this.#intake.places.count;
  }

  /** Slots that were not looked at since they came or changed. */
  pending(slots: Pick<LiveSlots, 'count'>): number {
    return this.#intake.pending(slots);
  }

  /** Returns what tells whether all that is lacking now was taken in, whatever comes meanwhile. */
  lacking(slots: Pick<LiveSlots, 'count'>): () => boolean {
    const intake = this.#intake;
    const lacked = intake.lacks(slots);
    return () => this.#intake !== intake || intake.hasTaken(lacked); // another one has everything
  }

  /** The same of those that another process would look at again, as they could not be read. */
  unsettled(slots: Pick<LiveSlots, 'count'>): number {
    return this.pending(slots) + this.#intake.unread.size;
  }

  /** Live points that have a value, of those that were looked at. */
  points(slots: LiveSlots): number {
    const { index, changed } = this.#intake;
    return index ? Math.max(0, index.count(this.#intake.live(slots)) - changed.size) : 0;
  }

  /** The value of a slot may be another. */
  change(slot: number): void {
    this.#intake.change(slot);
    this.#next?.change(slot);
  }

  /** The points of the slots below have no value here: the field is younger than they are. */
  passOver(slots: number): void {
    this.#intake.passOver(slots);
  }

  /** Takes in what it lacks, until `isOver`. */
  takeIn(slots: LiveSlots, stored: StoredValues, isOver: () => boolean): void {
    if (stored.mendings !== this.#mendings) {
      this.#mendings = stored.mendings;
      this.#intake.retry();
      this.#next?.retry();
    }
    this.#intake.takeIn(slots, (slot) => this.#read(slots, stored, slot), isOver);
  }

  /** Whether another index is being made, or is to be. */
  renewing({ count }: Pick<LiveSlots, 'count'>): boolean {
    return this.#next !== undefined || this.#intake.places.count > PLACES_SHARE * count + PLACES_FEW;
  }

  /** Slots that the other index lacks, once it has seen all of them: writers wait for these as well. */
  renewalPending(slots: Pick<LiveSlots, 'count'>): number {
    const next = this.#next;
    return next && next.places.upTo >= slots.count ? next.pending(slots) : 0;
  }

  /** Goes on with the other index, until `isOver`. */
  renew(slots: LiveSlots, stored: StoredValues, isOver: () => boolean): void {
    if (!this.renewing(slots)) return;
    this.#next ??= this.#newIntake();
    this.#next.takeIn(slots, (slot) => this.#read(slots, stored, slot), isOver);
    if (this.#next.pending(slots) > 0) return;
    this.#changesBefore = this.changes;
    this.#intake = this.#next;
    this.#next = undefined;
  }

  #read(slots: LiveSlots, stored: StoredValues, slot: number): ReadValue<Value> {
    const row = slots.rowAt(slot);
    const value = this.valueOf(stored, row);
    return { value, isUnread: value === undefined && stored.whyOf(row) !== undefined };
  }

  /** What a file is to have of it; see Intake.kept. */
  kept(): Kept {
    return this.#intake.kept();
  }

  /** Takes up what a file has, in small steps; see Intake.restoring. What is there after an error is of no use. */
  restoring(found: Found, known: Known): Generator<number> {
    return this.#intake.restoring(found, known);
  }

  /** Frees its memory; everything would be taken in again. */
  dispose(): void {
    this.#changesBefore = this.changes;
    this.#intake = this.#newIntake();
    this.#next = undefined;
  }

  /**
   * How the best of the slots that are `admitted` and live are found. All must have been taken in. Undefined where there is
   * nothing. `counted`: see `weigh`.
   */
  plan(
    query: Query,
    k: number,
    slots: LiveSlots,
    admitted: Uint32Array,
    counted = false,
  ): InvertedPlan<W> | undefined {
    const { places, index } = this.#intake;
    if (!index) return undefined;
    const weighed = index.weigh(query, this.#intake.live(slots), counted);
    return { weighed, k, rows: places.count, bits: places.bitsOf(admitted), places };
  }

  /**
   * Does what a plan says: the best places, best first, `k` at least and what is as good as the last of these, or all. Yields
   * whenever `isOver` says that time is over.
   */
  *searching(
    { weighed, k, rows, bits, places }: InvertedPlan<W>,
    isOver?: () => boolean,
    trace?: PostingsTrace,
  ): Generator<void, SlotScore[]> {
    const { index } = this;
    const search = { rows, bits, isOver, trace };
    if (places.same) return yield* index.searching(weighed, { k, ...search });
    // There, ties go by place: what is as good as the last is looked at as well.
    let best: SlotScore[];
    let most = k;
    do {
      most *= 2;
      best = yield* index.searching(weighed, { k: most, ...search });
    } while (best.length === most && best[most - 1]!.score === best[k - 1]!.score);
    return best;
  }

  /**
   * What a search has found, brought up to date: the best of the slots that are `admitted` and live, best first, ties by slot.
   * Undefined where that cannot be done: something is gone, too much came, or another index took the place of that which was searched.
   */
  current(plan: InvertedPlan<W>, best: readonly SlotScore[], admitted: Uint32Array): SlotScore[] | undefined {
    const { k, bits, places } = plan;
    if (places !== this.#intake.places) return undefined;
    const now = places.bitsOf(admitted);
    if (now === bits) return inSlots(best, places, k);
    const kept = best.filter(({ slot: place }) => hasBit(now, place));
    // Who comes behind those that are gone is not known, unless there is nobody.
    if (best.length >= k && kept.length < best.length) return undefined;
    const fresh = now.slice();
    andNotInto(fresh, bits);
    const count = countOnes(fresh);
    if (count > FRESH_MAX) return undefined;
    if (count === 0) return inSlots(kept, places, k);
    const more = this.searching({ ...plan, rows: places.count, bits: fresh }).next().value!;
    return inSlots([...kept, ...more], places, k);
  }
}

/** The best `k` of some places, ties by slot. */
function inSlots(best: readonly SlotScore[], places: Places, k: number): SlotScore[] {
  const found = best.map(({ slot: place, score }) => ({ slot: places.slotAt(place), score }));
  return found.sort((a, b) => b.score - a.score || a.slot - b.slot).slice(0, k);
}
