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
import type { DenseField } from '../fields/dense.js';
import { type DenseSpec, type FieldSpec, fieldDropped } from '../fields/field.js';
import type { SparseField } from '../fields/sparse/sparse-field.js';
import type { TextField } from '../fields/text/text-field.js';
import { type Aspects, ONLY_PRESENCE } from '../filter/aspects.js';
import type { IndexKind } from '../filter/indexes/value-index.js';
import type { Path } from '../filter/path.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import type { Platform } from '../platform/platform.js';
import type { PointsEntry } from '../store/entry.js';
import type { Payload } from '../store/payload.js';
import type { Appended, Refused, Store } from '../store/store.js';
import { type ChangedRow, changeIn, vectorsFor } from './changed-rows.js';
import { takeUpMended } from './lacking.js';
import { Listeners } from './listeners.js';
import { type LiveField, liveFieldsOf, type Owner } from './live-field.js';
import { maskIn, newParts, type Parts, partingFrom, patchIn, type Room, withFields } from './parts.js';
import { PayloadChanges, ValueChanges } from './payload-changes.js';
import { reconcile, takeUpChanges } from './reconcile.js';
import { type Arenas, changesOf, type NewRow, newRowsOf, Replay, type Replayed, replayed } from './replay.js';
import { Rows } from './rows.js';
import type { Slots } from './slots.js';
import { MISSING, type StoredRows } from './stored-rows.js';
import { Successor } from './successor.js';

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

export class LiveIndex implements Arenas, Owner {
  readonly platform: Platform;
  /** Number of the collection in the store. */
  readonly collection: number;
  /** What it is called now; '' before its database has named it. */
  name = '';
  config: ResolvedConfig;
  /** The fields that have graphs, in the order of their numbers. */
  graphs: readonly LiveField[];
  readonly store: Store;
  readonly stored: StoredRows;
  readonly rows: Rows;
  readonly payloadChanges: PayloadChanges = new PayloadChanges();
  readonly #valueChanges = new ValueChanges();
  readonly #room: Room;
  #parts: Parts;
  #successor: Successor | undefined;
  readonly #replay: Replay = new Replay(this);
  #poison: SiltError | undefined;
  #lag: Error | undefined;
  readonly #listeners = new Listeners();
  /** Called when all listeners were told of a change, with what the first of them threw, if one did. */
  onTold: (failure: { readonly error: unknown } | undefined) => void = () => {};
  /** Called in the turn in which fields come and go, with those that go, and what is to be closed of them. */
  onFields: (gone: readonly FieldSpec[], parting: readonly DenseField[]) => void = () => {};

  constructor(room: Room, stored: StoredRows, config: ResolvedConfig, parts: Parts, seq: number) {
    const { store, collection } = stored;
    this.#room = room;
    this.platform = room.platform;
    this.stored = stored;
    this.store = store;
    this.collection = collection;
    this.config = config;
    this.#parts = parts;
    this.rows = new Rows(parts.slots, seq);
    this.graphs = liveFieldsOf(this, parts.dense);
  }

  /** In the order of their numbers. */
  get fields(): readonly FieldSpec[] {
    return this.stored.fields;
  }

  get parts(): Parts {
    return this.#parts;
  }

  get slots(): Slots {
    return this.#parts.slots;
  }

  get dense(): readonly DenseField[] {
    return this.#parts.dense;
  }

  /** Those that have inverted indexes of sparse vectors. */
  get sparse(): readonly SparseField[] {
    return this.#parts.sparse;
  }

  /** Those that have inverted indexes of texts. */
  get text(): readonly TextField[] {
    return this.#parts.text;
  }

  get inverted(): readonly (SparseField | TextField)[] {
    return this.#parts.sparse.length + this.#parts.text.length === 0 ? [] : [...this.sparse, ...this.text];
  }

  /** All rows that wait to be linked have done so for `waitedMs`. */
  inherit(waitedMs: number): void {
    for (const field of this.graphs) field.inherit(waitedMs);
  }

  partOf(field: DenseSpec): DenseField {
    const part = this.dense.find(({ spec }) => spec.number === field.number);
    if (!part) throw fieldDropped(field);
    return part;
  }

  /**
   * What changes the fields, in a turn in which no write is under way and no other change. A compaction under way has to
   * begin again.
   */
  otherFields(config: ResolvedConfig, fields: readonly FieldSpec[], named: boolean): () => void {
    const parts = withFields(this.#parts, this.stored, fields, this.#room);
    const graphs = liveFieldsOf(this, parts.dense, this.graphs);
    return () => {
      const parting = partingFrom(this.#parts, parts);
      this.config = config;
      const gone = this.stored.define(fields, named);
      for (const { number } of gone) this.#valueChanges.forget(number);
      this.graphs = graphs;
      this.#parts = parts;
      this.#successor = undefined;
      this.onFields(gone, parting);
      this.changed();
    };
  }

  arrived(row: number, changed: boolean): void {
    for (const field of this.graphs) field.arrived(row, changed);
  }

  /** Of payloads, by the slots of the same rows. */
  get payloadIndexes(): PayloadIndexes {
    return this.#parts.payloadIndexes;
  }

  definePayloadIndex(path: Path, kind: IndexKind): void {
    this.payloadIndexes.define(path, kind);
    this.#successor?.parts.payloadIndexes.define(path, kind);
  }

  dropPayloadIndex(path: string): void {
    this.payloadIndexes.drop(path);
    this.#successor?.parts.payloadIndexes.drop(path);
  }

  get layout(): string {
    return this.#parts.layout;
  }

  get seq(): number {
    return this.rows.seq;
  }

  /** Calls `listener` whenever rows came or went. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Tells those who wait that something changed. */
  changed(): void {
    this.onTold(this.#listeners.tell());
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
    const rows = drafts.reduce((sum, { kind, count }) => sum + (kind === 'put' ? count : 0), 0);
    this.slots.reserve(rows);
    for (const { spec, engine } of this.dense) engine.reserve(rows + vectorsFor(drafts, spec.number));
    return drafts.map((draft) => ({ ...draft, collection: this.collection }));
  }

  /** Writes rows into the arenas while the disk works; nobody sees them yet. Never rejects. */
  stage(entries: readonly PointsEntry[]): Promise<void> {
    return this.#replay.stage(newRowsOf(entries), changesOf(entries));
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
    takeUpMended(this);
    this.changed();
    return own.map(({ seq }, i) => {
      const { previous, refused = [] } = appended[i]!;
      return { seq, previous, refused };
    });
  }

  /** The same for rows that another process wrote: in a state of the store that nobody here reads yet. */
  stageRows(rows: Iterable<NewRow>, changed: Iterable<ChangedRow>): Promise<void> {
    return this.#replay.stage(rows, changed);
  }

  /** The store's readers see what another process wrote: so do ours from here on, unless it says why they do not. */
  follow(entry: Replayed): void {
    try {
      this.#replay.replay([entry]);
      takeUpMended(this);
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

  patch(row: number, seq: number, aspects?: Aspects): void {
    const wasRead = this.stored.whyOf(row) === undefined;
    if (!wasRead) this.stored.recheck(row); // it may be readable now
    const changed = wasRead ? aspects : undefined;
    const slot = patchIn(this.#parts, row, seq, changed);
    if (slot !== undefined) this.payloadChanges.note(slot, changed);
    if (this.#successor) patchIn(this.#successor.parts, row, seq, changed);
  }

  change(changed: ChangedRow): void {
    const { row, fields } = changed;
    if (this.stored.whyOf(row) !== undefined) this.stored.recheck(row); // it may be readable now
    const slot = this.slots.slotOf(row);
    let had = false; // as long as it is not known whether filters by the fields that it has are as before
    try {
      had = changeIn(this.#parts, slot, changed);
    } finally {
      if (slot !== undefined) {
        if (!had) this.payloadChanges.note(slot, ONLY_PRESENCE);
        this.#valueChanges.note(slot, fields);
      }
    }
    this.#successor?.change(changed);
  }

  /** Which slots got another value in a field, or none. */
  valueChanges(field: number): PayloadChanges {
    return this.#valueChanges.of(field);
  }

  /**
   * Takes out of a field a row whose vector is lost: it can be compared with nothing. A row that has nothing else is taken out
   * as a whole.
   */
  expel({ part, spec }: LiveField, row: number): void {
    const slot = this.slots.slotOf(row);
    if (slot === undefined) return; // replaced or deleted since it was met
    this.stored.note(row, spec.number, MISSING);
    if (this.stored.plain) this.#hide(row);
    else part.mask(slot);
    this.changed();
  }

  /** Masks those of some rows that the store has no more. */
  maskMissing(rows: readonly number[]): void {
    for (const row of rows) if (!this.stored.has(row)) this.mask(row);
    this.changed();
  }

  #hide(row: number): void {
    maskIn(this.#parts, row);
    this.#successor?.mask(row);
  }

  /** Empty parts, to be filled by compaction. */
  newParts(): Parts {
    return newParts(this.stored, this.fields, this.payloadIndexes, this.#room);
  }

  /** From here on, these parts learn which rows are masked and changed; `onLost` is told when they cannot follow any more. */
  prepareSuccessor(parts: Parts | undefined, onLost: (error: unknown) => void = () => {}): void {
    this.#successor = parts && new Successor(parts, this.seq, onLost);
  }

  /** The successor takes over. It holds every live row. */
  replace(): Parts {
    const before = this.#parts;
    const next = this.#successor!;
    const { parts } = next;
    for (const [i, field] of this.graphs.entries())
      field.succeeded(parts.dense[i]!.engine, next.changedFrom(field.spec.number));
    this.#parts = parts;
    this.#successor = undefined;
    this.rows.moveTo(this.slots);
    this.changed();
    return before;
  }

  /**
   * Takes up what the store has beyond the index, and masks what it has no more: after a crash, or when the
   * outcome of a commit is not known.
   */
  async reconcile(): Promise<void> {
    await reconcile(this, this.#replay);
    this.changed();
  }

  /** Takes up changes of vectors that are not in the snapshots from which it was opened. */
  takeUpChanges(): Promise<void> {
    return takeUpChanges(this, this.#replay);
  }

  /**
   * From here on: how many rows were linked while they were live, in whichever index, in the fields that there are when that is
   * asked for.
   */
  countLinked(): () => number {
    const before = new Map(this.graphs.map((field) => [field, field.linkedEver]));
    return () => this.graphs.reduce((sum, field) => sum + field.linkedEver - (before.get(field) ?? 0), 0);
  }

  /** The payload of a slot's row; none where that was replaced or deleted, or is unreadable, which is noted. */
  payloadAt(slot: number): Payload | undefined {
    return this.stored.point(this.rows.rowAt(slot))?.payload;
  }

  /** Up to which sequence number everything is linked, masked or in quarantine. */
  get indexedSeq(): number {
    return Math.min(this.seq, ...this.graphs.map(({ indexedSeq }) => indexedSeq));
  }
}
