/*
 * A collection in memory, kept in step with its store: the arenas at hand, the ones that compaction makes, and the steps
 * by which an entry that is being committed gets there.
 *
 * What is committed is taken up, also where staging failed (replay.ts). Where that cannot be done, arenas and store are no
 * longer in step; the collection is poisoned, and takes no more writes until it is opened again.
 *
 * Only the write queue calls `prepare`, `stage`, `apply` and `replace`, one group at a time. Between them, readers
 * on this thread see index and store at the same sequence number: `apply` follows `refresh` without a pause.
 */
import type { ResolvedConfig } from '../api/config.js';
import { SiltError } from '../base/errors.js';
import type { IndexKind } from '../filter/indexes/value-index.js';
import type { Path } from '../filter/path.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import type { Calibration } from '../hnsw/calibration.js';
import type { Engine } from '../hnsw/engine.js';
import type { Platform } from '../platform/platform.js';
import type { PointsEntry } from '../store/entry.js';
import type { Payload } from '../store/payload.js';
import type { Appended, Refused, Store } from '../store/store.js';
import { newParts, type Parts } from './parts.js';
import { PayloadChanges } from './payload-changes.js';
import { type Arenas, type NewRow, newRowsOf, Replay, type Replayed, replayed } from './replay.js';
import { Rows, slotOf } from './rows.js';
import { MISSING, type StoredRows } from './stored-rows.js';
import { straysOf } from './strays.js';

/** Rows taken up at a time: a few milliseconds. */
const SLICE_ROWS = 1_000;

/** The entry of a call, whatever collection it is for. */
export type Draft = Omit<PointsEntry, 'collection'>;

/** What became of one call's operations. */
export interface Written {
  /** Sequence number of the last one. */
  readonly seq: number;
  /** For each, the row that its id named before; 0 for none. Of patches, the row that was patched. */
  readonly previous: Float64Array;
  readonly refused: readonly Refused[];
}

export class LiveIndex implements Arenas {
  readonly platform: Platform;
  /** Number of the collection in the store. */
  readonly collection: number;
  /** What it is called now; '' before its database has named it. */
  name = '';
  readonly config: ResolvedConfig;
  readonly store: Store;
  readonly stored: StoredRows;
  readonly rows: Rows;
  readonly payloadChanges: PayloadChanges = new PayloadChanges();
  /** Which effort finds how much, as it was learned last: see upkeep/calibrator.ts. */
  calibration: Calibration | undefined;
  #parts: Parts;
  /** Successors that compaction fills: rows masked meanwhile are masked there as well. */
  #successor: Parts | undefined;
  /** Rows linked in indexes that were replaced, less those that their successors brought along. */
  #linkedBefore = 0;
  readonly #replay: Replay = new Replay(this);
  #poison: SiltError | undefined;
  #lag: Error | undefined;
  readonly #listeners = new Set<() => void>();
  /** Called when all listeners were told of a change, with what the first of them threw, if one did. */
  onTold: (failure: { readonly error: unknown } | undefined) => void = () => {};

  constructor(stored: StoredRows, config: ResolvedConfig, parts: Parts, seq: number) {
    const { store, collection } = stored;
    this.platform = parts.engine.platform;
    this.stored = stored;
    this.store = store;
    this.collection = collection;
    this.config = config;
    this.#parts = parts;
    this.rows = new Rows(parts.engine, seq);
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

  /** Sequence number of the last operation that is applied. */
  get seq(): number {
    return this.rows.seq;
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
    const message = `what was committed could not be loaded into memory (${why}): nothing is lost, reads continue with the state before, and writes are rejected. Close the database and open it again`;
    this.#poison ??= new SiltError('COLLECTION_POISONED', message, { cause });
    this.changed();
    return this.#poison;
  }

  /**
   * The entries of drafts; gets the memory that their rows need.
   *
   * @throws SiltError OUT_OF_MEMORY, COLLECTION_POISONED
   */
  prepare(drafts: readonly Draft[]): PointsEntry[] {
    if (this.#poison) throw this.#poison;
    this.engine.reserve(drafts.reduce((sum, { kind, count }) => sum + (kind === 'put' ? count : 0), 0));
    return drafts.map((draft) => ({ ...draft, collection: this.collection }));
  }

  /** Writes rows into the arenas while the disk works; nobody sees them yet. Never rejects. */
  stage(entries: readonly PointsEntry[]): Promise<void> {
    return this.#replay.stage(newRowsOf(entries));
  }

  /**
   * The entries are committed, and the store's readers see them: so do ours from here on.
   *
   * @throws SiltError COLLECTION_POISONED where they cannot be taken up
   */
  apply(entries: readonly PointsEntry[], appended: readonly Appended[]): Written[] {
    const { first } = appended[0]!;
    if (first !== this.seq + 1)
      throw this.poisonBy(
        new Error(`the store gave row number ${first}, the last one taken up is ${this.seq}`),
      );
    const own = entries.map((entry, i) => replayed(entry, appended[i]!));
    try {
      this.#replay.replay(own);
    } catch (error) {
      throw this.poisonBy(error);
    }
    this.changed();
    return own.map(({ seq }, i) => {
      const { previous, refused = [] } = appended[i]!;
      return { seq, previous, refused };
    });
  }

  /** The same for rows that another process wrote: in a state of the store that nobody here reads yet. */
  stageRows(rows: Iterable<NewRow>): Promise<void> {
    return this.#replay.stage(rows);
  }

  /** The store's readers see what another process wrote: so do ours from here on, unless it says why they do not. */
  follow(entry: Replayed): void {
    try {
      this.#replay.replay([entry]);
      this.#lag = undefined;
    } catch (cause) {
      this.fallBehind(cause);
    }
    this.changed();
  }

  /** Readers of the store see what another process wrote, and ours do not: from here on, they say why. */
  fallBehind(cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#lag = new Error(`what another process wrote could not be loaded: ${why}`, { cause });
  }

  /** Why rows here are not those of the store, which another process writes: the next look has to compare them all. */
  get lag(): Error | undefined {
    return this.#lag;
  }

  /** The commit failed: what was staged is as if it had never been. */
  forget(): void {
    try {
      this.#replay.forget();
      this.changed();
    } catch (error) {
      this.poisonBy(error);
    }
  }

  mask(row: number): void {
    this.stored.forget(row);
    this.#hide(row);
  }

  patch(row: number, seq: number): void {
    if (this.stored.whyOf(row) !== undefined) this.stored.recheck(row); // it may be readable now
    for (const parts of [this.#parts, this.#successor]) {
      const slot = parts && slotOf(parts.engine, row);
      if (slot === undefined) continue;
      parts!.payloadIndexes.patch(slot, seq);
      if (parts === this.#parts) this.payloadChanges.note(slot);
    }
  }

  /** Takes out of the arenas a row whose vector is lost: it can be compared with nothing. */
  expel(row: number): void {
    if (!this.rows.has(row)) return; // replaced or deleted since it was met
    this.stored.note(row, 'vector', MISSING);
    this.#hide(row);
    this.changed();
  }

  /** Masks those of some rows that the store has no more. */
  maskMissing(rows: readonly number[]): void {
    for (const row of rows) if (!this.stored.has(row)) this.mask(row);
    this.changed();
  }

  #hide(row: number): void {
    maskIn(this.engine, row);
    if (this.#successor) maskIn(this.#successor.engine, row);
  }

  /** Empty parts, to be filled by compaction. */
  newParts(): Parts {
    const { platform, stored, config, payloadIndexes, engine } = this;
    const { arenaBytes } = engine.options;
    return newParts(stored, config, payloadIndexes, { platform, arenaBytes });
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
    this.rows.moveTo(this.engine);
    this.changed();
    return before;
  }

  /**
   * Takes up what the store has beyond the index, and masks what it has no more: after a crash, or when the
   * outcome of a commit is not known.
   */
  async reconcile(): Promise<void> {
    const { store, stored, collection, rows } = this;
    const { slots, lastRow: known, seq } = rows;
    const { time } = this.platform;
    let patches = 0;
    for await (const some of time.inSlices(store.patched(collection, seq), SLICE_ROWS)) {
      for (const row of some) this.patch(row, seq);
      patches += some.length;
    }
    for await (const some of time.inSlices(store.vectors(collection, known), SLICE_ROWS)) {
      const found = some.filter((pair): pair is [number, Float32Array] =>
        stored.isComparable(pair, this.config),
      );
      const numbers = found.map(([number]) => number);
      const newRows = found.map(([, vector]) => ({ vector }));
      this.#replay.replay([
        { seq: some.at(-1)![0], numbers, rows: () => newRows, previous: [], patched: [] },
      ]);
    }
    // Those that are gone had slots before: the order is another, and files of the one that was must not be believed.
    if (rows.slots > slots) this.#parts = { ...this.#parts, layout: this.platform.uuid() };
    for (const row of straysOf(stored, rows).extra) this.mask(row);
    const now = store.counts(collection).seq;
    rows.advance(now, Math.min(patches, now - rows.seq)); // at least so many: some may have been patched twice
    this.changed();
  }

  /** Rows linked while they were live since the collection was opened, in whichever index. */
  get linkedEver(): number {
    return this.#linkedBefore + linkedIn(this.engine);
  }

  /** A copy of a row's vector, exactly as it was written. */
  vectorOf(row: number): Float32Array | undefined {
    if (this.config.vectors === 'disk') return this.stored.vector(row);
    const slot = this.rows.slotOf(row);
    return slot === undefined ? this.stored.vector(row) : this.engine.vectorAt(slot).slice();
  }

  /** The payload of a slot's row; none where that was replaced or deleted, or is unreadable, which is noted. */
  payloadAt(slot: number): Payload | undefined {
    return this.stored.point(this.rows.rowAt(slot))?.payload;
  }

  /** Up to which sequence number everything is linked, masked or in quarantine. */
  get indexedSeq(): number {
    return this.rows.indexedSeq;
  }
}

function linkedIn(engine: Engine): number {
  return engine.sum((arena) => arena.linkedEver);
}

function maskIn(engine: Engine, row: number): void {
  const slot = slotOf(engine, row);
  if (slot !== undefined) engine.mask(slot);
}
