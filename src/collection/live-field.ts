/*
 * A field of dense vectors as searches and upkeep see it: whichever engine it has now (compaction makes another), what was learned
 * of its graph, and how long its points have waited to be linked.
 */
import type { DenseField } from '../fields/dense.js';
import type { DenseSpec } from '../fields/field.js';
import { forEachBit, newBits, setBit } from '../filter/bits.js';
import type { Calibration } from '../hnsw/calibration.js';
import type { Engine } from '../hnsw/engine.js';
import { placeAt } from '../hnsw/slots.js';
import { LINKED, MASKED, QUARANTINED } from '../kernel/layout.js';
import type { Time } from '../platform/time.js';
import { Arrivals } from './arrivals.js';
import type { Rows } from './rows.js';
import type { StoredRows } from './stored-rows.js';

/** The collection of a field. */
export interface Owner {
  readonly rows: Rows;
  readonly stored: StoredRows;
  readonly platform: { readonly time: Time };
  /** What it has of a field now. @throws ValidationError where the field was dropped */
  partOf(spec: DenseSpec): DenseField;
}

export class LiveField {
  readonly spec: DenseSpec;
  /** Which effort finds how much, as it was learned last: see upkeep/calibrator.ts. */
  calibration: Calibration | undefined;
  readonly #owner: Owner;
  readonly #arrivals: Arrivals;
  /** Places that there were when vectors came last. */
  #seen = 0;
  /** Rows linked in engines that were replaced, less those that their successors brought along. */
  #linkedBefore = 0;
  /** How many engines there were before this one. */
  #generation = 0;

  constructor(spec: DenseSpec, owner: Owner) {
    this.spec = spec;
    this.#owner = owner;
    this.#arrivals = new Arrivals(owner.platform.time);
  }

  get generation(): number {
    return this.#generation;
  }

  get part(): DenseField {
    return this.#owner.partOf(this.spec);
  }

  get engine(): Engine {
    return this.part.engine;
  }

  /** The slot of a place, in the engine of now. */
  slotAt(place: number): number {
    return this.part.places.slotAt(place);
  }

  /** Whether the point of a slot lives, and has a vector here. */
  hasAt(slot: number): boolean {
    return this.part.has(slot);
  }

  /** Of bits by slots, those whose points have a vector here. */
  amongSlots(bits: Uint32Array): Uint32Array {
    if (this.part.places.same) return bits;
    const some = newBits(32 * bits.length);
    forEachBit(bits, (slot) => {
      if (this.hasAt(slot)) setBit(some, slot);
    });
    return some;
  }

  /** Row number of a place. */
  rowAt(place: number): number {
    return this.#owner.rows.rowAt(this.slotAt(place));
  }

  /** A copy of a row's vector, exactly as it was written. */
  vectorOf(row: number): Float32Array | undefined {
    const { rows, stored } = this.#owner;
    const slot = this.spec.storage === 'disk' ? undefined : rows.slotOf(row);
    if (slot === undefined) return stored.vector(row, this.spec);
    const { part } = this;
    const place = part.places.placeOf(slot);
    return place === undefined ? undefined : part.engine.vectorAt(place).slice();
  }

  /** The same of the row in a slot. */
  vectorAt(slot: number): Float32Array | undefined {
    return this.vectorOf(this.#owner.rows.rowAt(slot));
  }

  /** The place of the first vector that waits to be linked; undefined if none does. */
  get #firstPending(): number | undefined {
    for (const arena of this.engine.arenas) {
      const row = arena.advanceWindow();
      if (row < arena.rows) return arena.base + row;
    }
    return undefined;
  }

  /** The row whose vector waits to be linked before all others; 0 if none does. */
  get oldestPending(): number {
    const place = this.#firstPending;
    return place === undefined ? 0 : Number(this.engine.keyAt(place));
  }

  /** Vectors written by operation `seq` and later ones came now; `changed`: some of them for rows that were there. */
  arrived(seq: number, changed: boolean): void {
    const { slots } = this.engine;
    const place = this.#seen;
    this.#seen = slots;
    if (slots > place)
      this.#arrivals.note({ place, low: seq, high: changed ? seq : Infinity }, this.#firstPending);
  }

  /** All vectors that wait have done so for `waitedMs`; changes that the snapshot had not are behind the others. */
  inherit(waitedMs: number): void {
    const { engine, restored } = this.part;
    const { store, collection } = this.#owner.stored;
    const changedAt = store.counts(collection).changed?.[this.spec.number]?.at ?? 0;
    this.#seen = engine.slots;
    const some = restored.slots > 0 && changedAt > restored.seq;
    this.#arrivals.inherit(waitedMs, some ? restored.seq + 1 : Infinity);
  }

  /** How long the vector that waits longest has waited. */
  get oldestPendingMs(): number {
    return this.#arrivals.waitedMs(this.#firstPending);
  }

  /** Whether the vector of a row waits to be linked. */
  isPending(row: number): boolean {
    const slot = this.#owner.rows.slotOf(row);
    return slot !== undefined && this.isPendingAt(slot);
  }

  /** The same of the row in a slot. */
  isPendingAt(slot: number): boolean {
    const place = this.part.places.placeOf(slot);
    if (place === undefined) return false;
    const { arena, row: at } = placeAt(this.engine.arenas, place);
    return (arena.kernel.stateGet(at) & (LINKED | QUARANTINED | MASKED)) === 0;
  }

  /** Visits the slots of the vectors that are not in the graph. */
  eachUnlinked(visit: (slot: number, isQuarantined: boolean) => void): void {
    for (const arena of this.engine.arenas)
      for (const row of arena.waitingRows())
        visit(this.slotAt(arena.base + row), (arena.kernel.stateGet(row) & QUARANTINED) !== 0);
  }

  /** How many vectors lie between the first that waits and that of a row, which waits. */
  waitingBefore(row: number): number {
    let waiting = 0;
    for (const arena of this.engine.arenas)
      for (let at = arena.advanceWindow(); at < arena.rows; at++, waiting++)
        if (arena.isLive(at) && Number(arena.keyOf(at)) === row) return waiting;
    return waiting;
  }

  /** How many rows lie between the first that waits and row number `row`. */
  waitingBelow(row: number): number {
    let rows = 0;
    for (const arena of this.engine.arenas) {
      for (let at = arena.advanceWindow(); at < arena.rows && arena.keyOf(at) < row; at++) rows++;
    }
    return rows;
  }

  /** Up to which sequence number everything is linked, masked or in quarantine. */
  get indexedSeq(): number {
    const place = this.#firstPending;
    const batch = this.#arrivals.of(place);
    if (place === undefined || !batch) return this.#owner.rows.seq;
    const key = Number(this.engine.keyAt(place));
    return Math.min(batch.high, Math.max(batch.low, key)) - 1;
  }

  /** Rows linked while they were live since the collection was opened, in whichever engine. */
  get linkedEver(): number {
    return this.#linkedBefore + linkedIn(this.engine);
  }

  /**
   * Another engine is about to take the place of this one. What waits there has done so as long as what waits here; `changedFrom`:
   * vectors were changed in it, by operations from there on.
   */
  succeeded(next: Engine, changedFrom: number): void {
    this.#linkedBefore += linkedIn(this.engine) - linkedIn(next);
    this.#generation++;
    this.#arrivals.inherit(this.oldestPendingMs, changedFrom);
    this.#seen = next.slots;
  }
}

/** Those of a collection, in the order of their parts; what is known of some stays. */
export function liveFieldsOf(
  owner: Owner,
  dense: readonly DenseField[],
  known: readonly LiveField[] = [],
): LiveField[] {
  return dense.map(
    ({ spec }) => known.find((one) => one.spec.number === spec.number) ?? new LiveField(spec, owner),
  );
}

function linkedIn(engine: Engine): number {
  return engine.sum((arena) => arena.linkedEver);
}
