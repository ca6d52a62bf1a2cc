/*
 * The arenas of a collection, kept in step with the store: a row that is committed is published here next, and a
 * row that lost its id is masked. Keys of its rows are row numbers (rows.ts).
 *
 * What is committed is taken up, also where staging failed: then from the chunks, in the step that publishes. Where
 * that fails as well, arenas and store are no longer in step; the collection is poisoned, and takes no more writes
 * until it is opened again, so that no row number is given out twice.
 *
 * Only the write queue calls `prepare`, `stage`, `apply` and `replace`, one group at a time. Between them, readers
 * on this thread see index and store at the same sequence number: `apply` follows `refresh` without a pause.
 */
import { SiltError } from '../base/errors.js';
import { inSlices } from '../base/slices.js';
import { bitsOf } from '../filter/bits.js';
import type { IndexKind } from '../filter/indexes/value-index.js';
import type { Path } from '../filter/path.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import type { Engine } from '../hnsw/engine.js';
import type { Payload } from '../store/payload.js';
import type { Chunk, Store } from '../store/store.js';
import type { ResolvedConfig } from './config.js';
import { newLayout, newParts, type Parts } from './parts.js';
import * as rows from './rows.js';
import { MISSING, type StoredRows } from './stored-rows.js';
import { Arrivals } from './upkeep/arrivals.js';
import { straysOf } from './upkeep/strays.js';
import type { Draft } from './write/points.js';
import { Staging } from './write/staging.js';

/** Rows taken up at a stretch: a few milliseconds. */
const SLICE_ROWS = 1_000;

/** What became of one call's operations. */
export interface Written {
  /** Sequence number of the last one. */
  readonly seq: number;
  /** For each, the row that its id named before; 0 for none. */
  readonly previous: Float64Array;
}

export class LiveIndex {
  /** Number of the collection in the store. */
  readonly collection: number;
  readonly config: ResolvedConfig;
  readonly store: Store;
  readonly stored: StoredRows;
  #parts: Parts;
  /** Successors that compaction fills: rows masked meanwhile are masked there as well. */
  #successor: Parts | undefined;
  /** Sequence number of the last operation that is applied, and of the last that was given out. */
  #seq: number;
  #given: number;
  /** Rows linked in indexes that were replaced, less those that their successors brought along. */
  #linkedBefore = 0;
  readonly #staging: Staging = new Staging(this);
  #poison: SiltError | undefined;
  readonly #arrivals = new Arrivals();
  readonly #listeners = new Set<() => void>();
  /** Called when all listeners were told of a change, with what the first of them threw, if one did. */
  onTold: (failure: { readonly error: unknown } | undefined) => void = () => {};

  constructor(stored: StoredRows, config: ResolvedConfig, parts: Parts, seq: number) {
    const { store, collection } = stored;
    this.stored = stored;
    this.store = store;
    this.collection = collection;
    this.config = config;
    this.#parts = parts;
    this.#seq = this.#given = seq;
  }

  get engine(): Engine {
    return this.#parts.engine;
  }

  /** Of payloads, by the slots of the same rows. */
  get payloadIndexes(): PayloadIndexes {
    return this.#parts.payloadIndexes;
  }

  definePayloadIndex(path: Path, kind: IndexKind): void {
    this.payloadIndexes.define(path, kind);
    this.#successor?.payloadIndexes.define(path, kind);
  }

  dropPayloadIndex(path: string): void {
    this.payloadIndexes.drop(path);
    this.#successor?.payloadIndexes.drop(path);
  }

  /** Names the order of the slots. */
  get layout(): string {
    return this.#parts.layout;
  }

  /** Rows that were ever published here: their slots are below. */
  get slots(): number {
    return this.engine.slots;
  }

  /** Number of the last row that was published; 0 if none was. */
  get lastRow(): number {
    return rows.lastRow(this.engine);
  }

  get seq(): number {
    return this.#seq;
  }

  /** Calls `listener` whenever rows came or went. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Tells those who wait that something changed. It has: what one listener throws reaches neither the others nor
   * whoever made the change.
   */
  changed(): void {
    let failure: { readonly error: unknown } | undefined;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        failure ??= { error };
      }
    }
    this.onTold(failure);
  }

  /** Why the collection takes no more writes; undefined as long as it does. */
  get poison(): SiltError | undefined {
    return this.#poison;
  }

  /** Arenas and store are no longer in step. Returns the error of all writes from here on. */
  poisonBy(cause: unknown): SiltError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `what is committed could not be taken up (${why}): nothing is lost, reads go on with what was there before, and writes are refused. Close the database and open it again`;
    this.#poison ??= new SiltError('COLLECTION_POISONED', message, { cause });
    this.changed();
    return this.#poison;
  }

  /**
   * Gives operations their place in the sequence, and gets the memory that their rows need.
   *
   * @throws SiltError OUT_OF_MEMORY, COLLECTION_POISONED; nothing was given out then
   */
  prepare(drafts: readonly Draft[]): Chunk[] {
    if (this.#poison) throw this.#poison;
    const { seq } = this.store.counts(this.collection);
    if (seq > this.#given)
      throw this.poisonBy(new Error(`the store has row number ${seq}, the last given out is ${this.#given}`));
    this.engine.reserve(drafts.reduce((sum, { kind, count }) => sum + (kind === 'put' ? count : 0), 0));
    return drafts.map((draft) => {
      const chunk = { ...draft, collection: this.collection, first: this.#given + 1 };
      this.#given += draft.count;
      return chunk;
    });
  }

  /** Writes rows into the arena while the disk works; nobody sees them yet. Never rejects. */
  stage(chunks: readonly Chunk[]): Promise<void> {
    return this.#staging.stage(chunks);
  }

  /**
   * The operations are committed, and the store's readers see them: so do ours from here on.
   *
   * @throws SiltError COLLECTION_POISONED where they cannot be taken up
   */
  apply(chunks: readonly Chunk[], previous: readonly Float64Array[]): Written[] {
    const { slots, lastRow } = this;
    try {
      this.#takeUp(chunks, previous);
    } catch {
      try {
        this.#takeUp(chunks, previous);
      } catch (error) {
        throw this.poisonBy(error);
      }
    }
    if (this.slots > slots) this.#arrivals.note(lastRow + 1, this.oldestPending);
    this.#seq = this.#given;
    this.changed();
    return chunks.map(({ first, count }, i) => ({ seq: first + count - 1, previous: previous[i]! }));
  }

  #takeUp(chunks: readonly Chunk[], previous: readonly Float64Array[]): void {
    this.#staging.publish(chunks);
    for (const before of previous) for (const row of before) if (row !== 0) this.#mask(row);
  }

  /** The commit failed: what was given out and staged is as if it had never been. */
  forget(): void {
    try {
      this.#staging.forget();
      this.#given = this.#seq;
      this.changed();
    } catch (error) {
      this.poisonBy(error);
    }
  }

  #mask(row: number): void {
    this.stored.forget(row);
    this.#hide(row);
  }

  /** Takes out of the arenas a row whose vector is lost: it can be compared with nothing. */
  expel(row: number): void {
    if (!this.has(row)) return; // replaced or deleted since it was met
    this.stored.note(row, 'vector', MISSING);
    this.#hide(row);
    this.changed();
  }

  /** Masks those of some rows that the store has no more. */
  maskMissing(rows: readonly number[]): void {
    for (const row of rows) if (!this.stored.has(row)) this.#mask(row);
    this.changed();
  }

  #hide(row: number): void {
    maskIn(this.engine, row);
    if (this.#successor) maskIn(this.#successor.engine, row);
  }

  /** Empty parts, to be filled by compaction. */
  newParts(): Parts {
    const { stored, config, payloadIndexes, engine } = this;
    return newParts(stored, config, payloadIndexes, engine.options.arenaBytes);
  }

  /** From here on, `successor` learns which rows are masked. */
  prepareSuccessor(successor: Parts | undefined): void {
    this.#successor = successor;
  }

  /** The successor takes over. It holds every live row. */
  replace(): Parts {
    const before = this.#parts;
    this.#linkedBefore += linkedIn(before.engine) - linkedIn(this.#successor!.engine);
    this.#parts = this.#successor!;
    this.#successor = undefined;
    this.changed();
    return before;
  }

  /**
   * Takes up what the store has beyond the index, and masks what it has no more: after a crash, or when the
   * outcome of a commit is not known.
   */
  async reconcile(): Promise<void> {
    const { store, collection } = this;
    const { engine, slots, lastRow: known } = this;
    for await (const some of inSlices(store.vectors(collection, known), SLICE_ROWS))
      engine.append(
        some.filter((pair): pair is [number, Float32Array] => this.stored.isComparable(pair, this.config)),
      );
    // Those that are gone had slots before: the order is another, and files of the one that was must not be believed.
    if (this.slots > slots) this.#parts = { ...this.#parts, layout: newLayout() };
    for (const row of straysOf(this).extra) this.#mask(row);
    this.#seq = this.#given = Math.max(this.#seq, store.counts(collection).seq);
    this.#arrivals.note(known + 1, this.oldestPending);
    this.changed();
  }

  /** Rows that wait when a collection is opened were left by an earlier life: they have waited long enough. */
  inherit(): void {
    this.#arrivals.inherit(this.config.indexing.maxBufferAgeMs);
  }

  /** Rows linked while they were live since the collection was opened, in whichever index. */
  get linkedEver(): number {
    return this.#linkedBefore + linkedIn(this.engine);
  }

  /** The lowest row number that waits to be linked; 0 if none does. */
  get oldestPending(): number {
    return rows.oldestPending(this.engine);
  }

  /** A copy of a row's vector, exactly as it was written. */
  vectorOf(row: number): Float32Array | undefined {
    if (this.config.vectors === 'disk') return this.stored.vector(row);
    const slot = this.slotOf(row);
    return slot === undefined ? this.stored.vector(row) : this.engine.vectorAt(slot).slice();
  }

  /** The row number of a slot. */
  rowAt(slot: number): number {
    return rows.rowAt(this.engine, slot);
  }

  /** The slot of a row that lives. */
  slotOf(row: number): number | undefined {
    return rows.slotOf(this.engine, row);
  }

  /** Whether a row lives in the arenas. */
  has(row: number): boolean {
    return this.slotOf(row) !== undefined;
  }

  /** The payload of a slot's row; none where that was replaced or deleted, or is unreadable, which is noted. */
  payloadAt(slot: number): Payload | undefined {
    return this.stored.point(this.rowAt(slot))?.payload;
  }

  /** Row numbers of the live rows that have a bit by their slots, ascending: the first `most` behind row `after`. */
  rowsOf(bits: Uint32Array, after: number = 0, most: number = Infinity): number[] {
    const { engine } = this;
    const found: number[] = [];
    for (const slot of bitsOf(bits, rows.slotBehind(engine, after))) {
      if (found.length === most) break;
      if (engine.isLiveAt(slot)) found.push(this.rowAt(slot));
    }
    return found;
  }

  /** How long the row that waits longest has waited. */
  get oldestPendingMs(): number {
    return this.#arrivals.waitedMs(this.oldestPending);
  }

  /** Up to which sequence number everything is linked, masked or in quarantine. */
  get indexedSeq(): number {
    const oldest = this.oldestPending;
    return oldest === 0 ? this.#seq : oldest - 1;
  }
}

function linkedIn(engine: Engine): number {
  return engine.sum((arena) => arena.linkedEver);
}

function maskIn(engine: Engine, row: number): void {
  const slot = rows.slotOf(engine, row);
  if (slot !== undefined) engine.mask(slot);
}
