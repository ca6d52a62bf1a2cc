/*
 * A field with an inverted index, of sparse vectors or of texts, and how far it has come. It takes in slots in their order, those
 * of points without a value as well. What lies behind is taken in before a search of the field is answered: so the answer
 * is exact at every moment.
 *
 * A value that changes while its row stays is added again, at the next place of the index, and its old place is nobody's
 * from then on: no list is changed in the middle, and frequencies and lengths stay exact. Place and slot are the same as long as
 * that has not happened.
 *
 * Only the thread that has the collection open reads and writes it, and only rows that are published are taken in: a commit
 * that fails leaves nothing to be taken back.
 */
import type { VectorValue } from '../../api/points.js';
import type { Slots as SearchedPlaces } from '../../kernel/postings-query.js';
import type { SlotScore } from '../../kernel/postings-record.js';
import type { Payload } from '../../store/payload.js';
import type { SparseSpec, TextSpec, ValueSpec } from '../field.js';
import { Places } from '../places.js';
import type { Live } from './live.js';

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

/** The slots of a collection. */
export interface LiveSlots {
  readonly count: number;
  /** Another number whenever rows came or went; it only grows. */
  readonly version: number;
  readonly liveBits: Uint32Array;
  rowAt(slot: number): number;
  isLiveAt(slot: number): boolean;
}

/** By places, which ascend. */
interface InvertedIndex<Value, Query, Weighed> {
  readonly bytes: number;
  add(place: number, value: Value): void;
  /** Whether a place has this value, as far as the index can tell. */
  has?(place: number, value: Value): boolean;
  forget(place: number): void;
  count(live: Live): number;
  weigh(query: Query, live: Live): Weighed;
  search(query: Weighed, search: SearchedPlaces & { readonly k: number }): SlotScore[];
}

/** An index that has so many places for each slot, and these beside, is rebuilt. */
const PLACES_SHARE = 2;
const PLACES_FEW = 4_096;

export abstract class InvertedField<Spec extends InvertedSpec, Value, Query, Weighed = unknown> {
  readonly spec: Spec;
  readonly #newIndex: () => InvertedIndex<Value, Query, Weighed>;
  /** None before the first value: there may be thousands of collections. */
  #index: InvertedIndex<Value, Query, Weighed> | undefined;
  #places = new Places();
  /** Grows whenever a place is given or left. */
  #version = 0;
  /** Slots taken in whose value may have changed since. */
  readonly #changed = new Set<number>();
  /** Slots taken in that could not be read, and what `mendings` was then. */
  readonly #unread = new Set<number>();
  #mendings = 0;

  constructor(spec: Spec, newIndex: () => InvertedIndex<Value, Query, Weighed>) {
    this.spec = spec;
    this.#newIndex = newIndex;
  }

  /** What the point of a row has here. */
  protected abstract valueOf(stored: StoredValues, row: number): Value | undefined;

  /** The index of now: it may be rebuilt when slots are taken in. */
  protected get index(): InvertedIndex<Value, Query, Weighed> {
    this.#index ??= this.#newIndex();
    return this.#index;
  }

  get bytes(): number {
    return (this.#index?.bytes ?? 0) + this.#places.bytes;
  }

  /** Slots that were not looked at since they came or changed. */
  pending({ count }: Pick<LiveSlots, 'count'>): number {
    return Math.max(0, count - this.#places.upTo) + this.#changed.size;
  }

  /** Live points that have a value, of those that were looked at. */
  points(slots: LiveSlots): number {
    return this.#index ? Math.max(0, this.#index.count(this.#live(slots)) - this.#changed.size) : 0;
  }

  /** The value of a slot may be another. */
  change(slot: number): void {
    if (slot < this.#places.upTo) this.#changed.add(slot);
  }

  /** The points of the slots below have no value here: the field is younger than they are. */
  passOver(slots: number): void {
    this.#places.take([], slots);
  }

  /** Takes in what it lacks, until `isOver`. */
  takeIn(slots: LiveSlots, stored: StoredValues, isOver: () => boolean): void {
    if (stored.mendings !== this.#mendings) {
      this.#mendings = stored.mendings;
      for (const slot of this.#unread) this.#changed.add(slot);
      this.#unread.clear();
    }
    for (const slot of this.#changed) {
      if (isOver()) return;
      if (slots.isLiveAt(slot)) this.#takeAgain(slot, this.#read(slots, stored, slot));
      this.#changed.delete(slot); // last: what throws is tried again
    }
    if (this.#places.count > PLACES_SHARE * slots.count + PLACES_FEW) this.dispose();
    while (this.#places.upTo < slots.count && !isOver()) {
      const slot = this.#places.upTo;
      this.#take(slot, slots.isLiveAt(slot) ? this.#read(slots, stored, slot) : undefined);
    }
  }

  #read(slots: LiveSlots, stored: StoredValues, slot: number): Value | undefined {
    const row = slots.rowAt(slot);
    const value = this.valueOf(stored, row);
    if (value === undefined && stored.whyOf(row) !== undefined) this.#unread.add(slot);
    return value;
  }

  #take(slot: number, value: Value | undefined): void {
    if (value !== undefined) this.#add(this.#places.count, value);
    this.#places.take([slot], slot + 1);
    this.#version++;
  }

  #takeAgain(slot: number, value: Value | undefined): void {
    const place = this.#places.placeOf(slot);
    this.#version++;
    if (value === undefined) this.#places.leave(slot);
    else if (place === undefined || !this.index.has?.(place, value)) {
      this.#add(this.#places.count, value);
      this.#places.move(slot);
    }
  }

  /** What throws, for want of memory, leaves nothing behind. */
  #add(place: number, value: Value): void {
    try {
      this.index.add(place, value);
    } catch (error) {
      this.#index?.forget(place);
      throw error;
    }
  }

  /** Frees its memory; everything would be taken in again. */
  dispose(): void {
    this.#version++;
    this.#places = new Places();
    this.#changed.clear();
    this.#unread.clear();
    this.#index = undefined;
  }

  /** By places. */
  #live({ version, liveBits }: LiveSlots): Live {
    const places = this.#places;
    return { rows: places.count, bits: places.bitsOf(liveBits), version: version + this.#version };
  }

  /** The best of the slots that are `admitted` and live, best first, ties by slot. All must have been taken in. */
  best(query: Query, k: number, slots: LiveSlots, admitted: Uint32Array): SlotScore[] {
    const places = this.#places;
    if (!this.#index) return [];
    const weighed = this.#index.weigh(query, this.#live(slots));
    const search = { rows: places.count, bits: places.bitsOf(admitted) };
    if (places.same) return this.#index.search(weighed, { k, ...search });
    // There, ties go by place: what is as good as the last is looked at as well.
    let best: SlotScore[];
    let most = k;
    do {
      most *= 2;
      best = this.#index.search(weighed, { k: most, ...search });
    } while (best.length === most && best[most - 1]!.score === best[k - 1]!.score);
    const found = best.map(({ slot: place, score }) => ({ slot: places.slotAt(place), score }));
    return found.sort((a, b) => b.score - a.score || a.slot - b.slot).slice(0, k);
  }
}
