/*
 * An inverted index, the places of slots in it, and how far it has come. Slots are taken in in their order, those of points
 * without a value as well.
 *
 * A value that changes while its row stays is added again, at the next place of the index, and its old place is nobody's
 * from then on: no list is changed in the middle, and frequencies and lengths stay exact. Place and slot are the same as long as
 * that has not happened.
 */
import type { BlockReader } from '../../filter/indexes/blocks.js';
import type { Slots as SearchedPlaces } from '../../kernel/postings-query.js';
import type { PostingsTrace, SlotScore } from '../../kernel/postings-record.js';
import { Places } from '../places.js';
import type { Live } from './live.js';

export interface PlacesSearch extends SearchedPlaces {
  readonly k: number;
  readonly isOver?: (() => boolean) | undefined;
  readonly trace?: PostingsTrace | undefined;
}

/** By places, which ascend. */
export interface InvertedIndex<Value, Query, Weighed> {
  readonly bytes: number;
  add(place: number, value: Value): void;
  /** Whether a place has this value, as far as the index can tell. */
  has?(place: number, value: Value): boolean;
  forget(place: number): void;
  count(live: Live): number;
  /** `counted`: with the numbers of documents also where no weight depends on them. */
  weigh(query: Query, live: Live, counted: boolean): Weighed;
  /** The best places; yields whenever `isOver` says so. Places may be added meanwhile. */
  searching(query: Weighed, search: PlacesSearch): Generator<void, SlotScore[]>;
  /** Places may be added before the last block was asked for. */
  dump(): Iterable<Uint8Array>;
  /** Takes up what was dumped, of the places below `count`: see dump.ts for what it yields. @throws SnapshotError */
  loading(from: BlockReader, count: number): Generator<number>;
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

/** What the point of a slot has; `isUnread`: that could not be read. */
export interface ReadValue<Value> {
  readonly value: Value | undefined;
  readonly isUnread: boolean;
}

/** What a file has beside an index. */
interface KeptPlaces {
  /** Slots taken in: those below. */
  readonly upTo: number;
  /** Places. */
  readonly count: number;
  /** Of each place; left out where place and slot are the same. */
  readonly slots: Uint32Array | undefined;
  /** Slots whose values are to be looked at again. */
  readonly again: readonly number[];
}

/** What a file is to have. */
export interface Kept extends KeptPlaces {
  /** Left out where there is no value. */
  readonly blocks: Iterable<Uint8Array> | undefined;
}

/** What a file has. */
export interface Found extends KeptPlaces {
  /** Of the index; left out where there is no value. */
  readonly from: BlockReader | undefined;
}

/** What is known of a collection whose file is read. */
export interface Known {
  /** Slots that are the same as when the file was written: those below. */
  readonly count: number;
  /** Slots whose values the file has: these at least. */
  readonly upTo: number;
}

/** What there was to be taken in at some moment. */
export interface Lacked {
  /** The slots below. */
  readonly upTo: number;
  /** As many changes of slots, since the first. */
  readonly changes: number;
}

const DEAD = { value: undefined, isUnread: false };

export class Intake<Index extends InvertedIndex<Value, unknown, unknown>, Value> {
  readonly #newIndex: () => Index;
  /** None before the first value: there may be thousands of collections. */
  #index: Index | undefined;
  #places = new Places();
  /** Grows whenever a place is given or left. */
  #version = 0;
  #changes = 0;
  /** Slots taken in whose value may have changed since, in the order in which they are looked at. */
  readonly #changed = new Set<number>();
  /** How many have left it again. */
  #lookedAt = 0;
  /** Slots taken in that could not be read. */
  readonly #unread = new Set<number>();

  constructor(newIndex: () => Index) {
    this.#newIndex = newIndex;
  }

  /** Grows whenever a value comes or goes. */
  get changes(): number {
    return this.#changes;
  }

  get index(): Index | undefined {
    return this.#index;
  }

  get places(): Places {
    return this.#places;
  }

  get bytes(): number {
    return (this.#index?.bytes ?? 0) + this.#places.bytes;
  }

  /** Slots whose value may be another than the index has. */
  get changed(): ReadonlySet<number> {
    return this.#changed;
  }

  get unread(): ReadonlySet<number> {
    return this.#unread;
  }

  /** Slots that were not looked at since they came or changed. */
  pending({ count }: Pick<LiveSlots, 'count'>): number {
    return Math.max(0, count - this.#places.upTo) + this.#changed.size;
  }

  /** What there is to be taken in now. */
  lacks({ count }: Pick<LiveSlots, 'count'>): Lacked {
    return { upTo: count, changes: this.#lookedAt + this.#changed.size };
  }

  /** Whether all of that was taken in, whatever came since. */
  hasTaken({ upTo, changes }: Lacked): boolean {
    return this.#places.upTo >= upTo && this.#lookedAt >= changes;
  }

  /** The index, for the first value. */
  made(): Index {
    this.#index ??= this.#newIndex();
    return this.#index;
  }

  change(slot: number): void {
    if (slot < this.#places.upTo) this.#changed.add(slot);
  }

  /** The slots below have no value. */
  passOver(slots: number): void {
    this.#places.take([], slots);
    this.#version++;
  }

  /** Those that could not be read may be readable now. */
  retry(): void {
    for (const slot of this.#unread) this.#changed.add(slot);
    this.#unread.clear();
  }

  /** Takes in what it lacks, until `isOver`: of changes and of new slots by turns, so that neither waits for ever more of the others. */
  takeIn(slots: LiveSlots, read: (slot: number) => ReadValue<Value>, isOver: () => boolean): void {
    const valueAt = (slot: number): Value | undefined => {
      const { value, isUnread } = slots.isLiveAt(slot) ? read(slot) : DEAD;
      if (isUnread) this.#unread.add(slot);
      return value;
    };
    const takeNext = (): void => {
      const slot = this.#places.upTo;
      this.#take(slot, valueAt(slot));
    };
    for (const slot of this.#changed) {
      if (isOver()) return;
      if (slots.isLiveAt(slot)) this.#takeAgain(slot, valueAt(slot));
      this.#changed.delete(slot); // what throws is tried again
      this.#lookedAt++;
      if (this.#places.upTo < slots.count) takeNext();
    }
    while (this.#places.upTo < slots.count && !isOver()) takeNext();
  }

  /** One without a value has a place as well: so place and slot stay the same. */
  #take(slot: number, value: Value | undefined): void {
    if (value !== undefined) this.#add(value);
    this.#places.take([slot], slot + 1);
    this.#version++;
  }

  #takeAgain(slot: number, value: Value | undefined): void {
    const place = this.#places.placeOf(slot);
    this.#version++;
    if (value === undefined) {
      if (place === undefined) return;
      this.#places.leave(slot);
      this.#changes++;
    } else if (place === undefined || !this.#index?.has?.(place, value)) {
      this.#add(value);
      this.#places.move(slot);
    }
  }

  /** What throws, for want of memory, leaves nothing behind. */
  #add(value: Value): void {
    const { count } = this.#places;
    this.#changes++;
    try {
      this.made().add(count, value);
    } catch (error) {
      this.#index?.forget(count);
      throw error;
    }
  }

  /** All that there is, as it is now, however long it takes until the last block is asked for. */
  kept(): Kept {
    const places = this.#places;
    return {
      upTo: places.upTo,
      count: places.count,
      slots: places.slotsByPlace(),
      again: [...new Set([...this.#changed, ...this.#unread])],
      blocks: this.#index?.dump(),
    };
  }

  /**
   * Takes up what was kept, in small steps (see dump.ts for what it yields); `count`: slots from there on are others now. All
   * below `upTo` are known to have been taken in. For one that is empty.
   *
   * @throws SnapshotError
   */
  *restoring({ slots, again, ...kept }: Found, { count, upTo }: Known): Generator<number> {
    const { from } = kept;
    const most = Math.min(kept.upTo, count);
    if (from) yield* this.made().loading(from, slots ? kept.count : most);
    if (!slots) this.#places.takeAll(Math.max(most, upTo));
    else {
      for (const _ of this.#places.restoring(slots, most)) yield 0;
      for (let slot = most; slot < upTo; slot++) this.#places.take([slot], slot + 1);
    }
    for (const slot of again) this.change(slot);
  }

  /** Of slots, by places. */
  live({ version, liveBits }: LiveSlots): Live {
    const places = this.#places;
    return { rows: places.count, bits: places.bitsOf(liveBits), version: version + this.#version };
  }
}
