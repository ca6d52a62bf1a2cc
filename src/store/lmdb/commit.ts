/*
 * Puts transactions together and commits them, one at a time. What ids named before is read here, as committed; then
 * the transaction is handed over whole (batch.ts).
 *
 * Two threads have one of these each: the writer, and the thread that has the database open, for writes of a few rows,
 * which it puts together no slower than it would send them away.
 */
import type { Faults } from '../../platform/faults.js';
import { ChangedFields } from '../changed-fields.js';
import { type PointsEntry, Span } from '../entry.js';
import type { LatestRows } from '../latest-rows.js';
import { Patcher } from '../patch.js';
import { refusalOf } from '../refusal.js';
import { FieldSpan, RowCodec, rowBytes } from '../row.js';
import {
  type Appended,
  type Committed,
  type Counts,
  effectOf,
  type Logged,
  PURGE_ROWS,
  type Refused,
  type Transaction,
} from '../store.js';
import { Batch } from './batch.js';
import { ChangesSoFar } from './changes.js';
import { checksum } from './checksum.js';
import {
  firstChange,
  firstKey,
  idOfStored,
  newRowKey,
  patchesOf,
  ROW_BYTES,
  rowKey,
  rowOfValue,
  StoredIds,
  writeRowKey,
} from './keys.js';
import { isFollowed, LOG, logKey, logRecord, positionIn } from './log.js';
import { mendIds } from './mend-ids.js';
import { StoredPayloads } from './payloads.js';
import { countsBehind, type Done, SoFar } from './so-far.js';
import { stripRows } from './strip.js';
import {
  countsKey,
  parseRecord,
  recordKey,
  recordValue,
  type Table,
  type Tables,
  tableNumber,
} from './tables.js';
import { upgradeRows } from './upgrade.js';

export interface Refusal {
  readonly error: unknown;
  /** LMDB takes no more transactions, of readers neither, until all of the process have closed the environment. */
  readonly lost: boolean;
}

export type Reply = { readonly committed: Committed } | Refusal;

/** Where what is committed now is read. */
export interface Reading {
  get(table: Table, key: Buffer): Buffer | undefined;
  /** All that a transaction needs is read: LMDB need not keep its pages. */
  end(): void;
  /** Whether no more transactions can be had: LMDB gives up when it could not write the page that makes one the latest. */
  isLost(): boolean;
}

/** The values of an entry's points, field by field: those of operation `i` once they were moved there, one by one. */
function fieldSpans({ vectors, count, fields = [] }: PointsEntry): {
  readonly spans: readonly FieldSpan[];
  moveTo(i: number): void;
} {
  const { buffer, byteOffset, byteLength } = vectors;
  const each = byteLength / count;
  const vector = new FieldSpan(0, new Uint8Array(buffer, byteOffset, byteLength), 0, 0);
  if (each > 0) return { spans: [vector], moveTo: () => vector.moveTo(vector.end + each) };
  const spans = fields.map(({ field, bytes }) => new FieldSpan(field, bytes, 0, 0));
  const moveTo = (i: number): void => {
    for (const [at, { ends }] of fields.entries()) spans[at]!.moveTo(ends[i]!);
  };
  return { spans, moveTo };
}

interface AppliedIds {
  readonly previous: Float64Array;
  readonly points: number;
  readonly again: ReadonlySet<number>;
}

export class Committer {
  readonly #tables: Tables;
  readonly #reading: Reading;
  readonly #faults: Faults;
  readonly #batch: Batch;
  readonly #codec = new RowCodec(checksum);
  readonly #ids: number;
  readonly #rows: number;
  /** Keys are copied as they are put, so that one buffer serves all. */
  readonly #row = newRowKey(0, 0);
  readonly #storedIds = new StoredIds();
  /** Where payloads are read that this transaction has not changed. */
  readonly #stored: StoredPayloads;
  /** Why no more transactions can be had. */
  #loss: { readonly error: unknown } | undefined;

  constructor(tables: Tables, reading: Reading, faults: Faults) {
    this.#faults = faults;
    this.#tables = tables;
    this.#reading = reading;
    this.#batch = new Batch(tables.environment);
    this.#ids = tableNumber(tables.ids);
    this.#rows = tableNumber(tables.rows);
    this.#codec.oldRows = true; // it reads those that it upgrades
    this.#stored = new StoredPayloads(this.#codec, (key) => reading.get(tables.rows, key));
  }

  /** Never rejects: whether a rejection that nobody handles ends a thread is up to the process. */
  async commit(transaction: Transaction): Promise<Reply> {
    try {
      return { committed: await this.#commit(transaction) };
    } catch (error) {
      if (!this.#loss && this.#reading.isLost()) this.#loss = { error };
      return { error, lost: this.#loss !== undefined };
    }
  }

  async #commit(transaction: Transaction): Promise<Committed> {
    const batch = this.#batch;
    if (this.#loss) throw this.#loss.error;
    this.#faults.crash?.('transaction');
    let committed: Committed;
    try {
      committed = this.#apply(transaction);
      this.#reading.end();
      const done = batch.commit();
      this.#faults.crash?.('written');
      await done;
    } finally {
      batch.clear();
    }
    this.#faults.crash?.('committed');
    return committed;
  }

  #apply(transaction: Transaction): Committed {
    const { entries = [], records = [], upgrade, mend } = transaction;
    const get = (key: Buffer): Buffer | undefined => this.#reading.get(this.#tables.rows, key);
    const changes = new ChangesSoFar(this.#codec, { batch: this.#batch, rows: this.#rows, get });
    const soFar = new SoFar(entries, this.#stored, changes);
    const appended = entries.map((entry) => this.#append(entry, soFar));
    const mended = mend ? mendIds(this.#tables, this.#codec, mend, this) : undefined;
    this.#log(
      entries,
      appended,
      mended,
      records.some(([name]) => isFollowed(name)),
    );
    for (const [key, value] of records) this.#setRecord(recordKey(key), value);
    if (upgrade) upgradeRows(this.#tables, this.#codec, this);
    return { appended, purged: this.#purge(transaction) };
  }

  #append(entry: PointsEntry, soFar: SoFar): Appended {
    const { collection } = entry;
    const key = countsKey(collection);
    const counts = soFar.counts.get(collection) ??
      parseRecord<Counts>(key, this.#reading.get(this.#tables.records, key)) ?? { seq: 0, points: 0 };
    const first = counts.seq + 1;
    const done =
      entry.kind === 'patch'
        ? this.#patch(entry, first, counts, soFar)
        : entry.kind === 'values'
          ? this.#change(entry, first, counts, soFar)
          : this.#replace(entry, first, counts, soFar);
    const now = countsBehind(entry, first, counts, done);
    soFar.counts.set(collection, now);
    this.#setRecord(key, now);
    return done.appended;
  }

  /** One table after the other: LMDB then finds its pages in the processor's caches (a seventh more rows a second). */
  #replace(entry: PointsEntry, first: number, counts: Counts, { ids, payloads, changes }: SoFar): Done {
    const { kind, collection } = entry;
    const { previous, points, again } = this.#applyIds(entry, first, ids);
    let { patched = 0 } = counts;
    const changed = new ChangedFields(counts);
    for (const before of previous) {
      if (before === 0 || again.has(before)) continue;
      this.#batch.remove(this.#rows, rowKey(this.#row, collection, before));
      if (patched > 0 && payloads.forget(collection, before)) {
        this.#batch.remove(this.#rows, rowKey(this.#row, patchesOf(collection), before));
        patched--;
      }
      changes.forget(collection, before, changed);
    }
    if (kind === 'put') {
      this.#putRows(entry, first, again);
      payloads.put(entry, first);
    }
    return { appended: { first, previous }, points: counts.points + points, patched, changed };
  }

  /** Payloads alone: no row is written, and no id. */
  #patch(entry: PointsEntry, first: number, counts: Counts, soFar: SoFar): Done {
    const { collection } = entry;
    const patcher = new Patcher(entry.payloads);
    let { points, patched = 0 } = counts;
    const appended = this.#beside(entry, first, soFar.ids, (row, i, id) => {
      const { value, isNew } = soFar.payloads.patch(collection, row, patcher, first + i, id);
      const key = rowKey(this.#row, patchesOf(collection), row);
      this.#batch.put(this.#rows, key, value.length).set(value);
      if (isNew) patched++;
    });
    return { appended, points, patched, changed: new ChangedFields(counts) };
  }

  /** Values of some fields alone. */
  #change(entry: PointsEntry, first: number, counts: Counts, soFar: SoFar): Done {
    const { points, patched = 0 } = counts;
    const changed = new ChangedFields(counts);
    const appended = this.#beside(entry, first, soFar.ids, (row, i) =>
      soFar.changes.change(entry, i, first + i, row, changed),
    );
    return { appended, points, patched, changed };
  }

  /** Puts something beside the rows that the ids of an entry name. */
  #beside(
    entry: PointsEntry,
    first: number,
    latest: LatestRows,
    put: (row: number, i: number, id: Uint8Array) => void,
  ): Appended {
    const { collection, count, idEnds, expected } = entry;
    const previous = new Float64Array(count);
    const refused: Refused[] = [];
    const part = new Span(entry.ids, 0, 0);
    for (let i = 0; i < count; i++) {
      part.moveTo(idEnds[i]!);
      const id = this.#storedIds.of(collection, part);
      const row = latest.rowAt(latest.placeOf(id)) ?? rowOfValue(this.#reading.get(this.#tables.ids, id));
      if (row === 0 || (expected && row !== expected[i])) continue;
      try {
        put(row, i, idOfStored(id));
        previous[i] = row;
      } catch (error) {
        refused.push(refusalOf(i, error));
      }
    }
    return { first, previous, ...(refused.length > 0 && { refused }) };
  }

  /** Returns what the ids named before, how many points more there are, and rows of the entry whose ids came again. */
  #applyIds(
    { kind, collection, count, ids, idEnds, expected }: PointsEntry,
    first: number,
    latest: LatestRows,
  ): AppliedIds {
    const batch = this.#batch;
    const previous = new Float64Array(count);
    const again = new Set<number>();
    let points = 0;
    const part = new Span(ids, 0, 0);
    for (let i = 0; i < count; i++) {
      part.moveTo(idEnds[i]!);
      const id = this.#storedIds.of(collection, part);
      const place = latest.placeOf(id);
      const before = latest.rowAt(place) ?? rowOfValue(this.#reading.get(this.#tables.ids, id));
      if (expected && before !== expected[i]) continue; // written again meanwhile
      previous[i] = before;
      if (before >= first) again.add(before);
      if (before !== 0) points--;
      if (kind === 'remove') {
        if (before !== 0) batch.remove(this.#ids, id);
        latest.setRow(place, 0);
        continue;
      }
      points++;
      batch.putNumber(this.#ids, id, first + i);
      latest.setRow(place, first + i);
    }
    return { previous, points, again };
  }

  #putRows(entry: PointsEntry, first: number, again: ReadonlySet<number>): void {
    const { collection, count, idEnds, payloadEnds } = entry;
    const id = new Span(entry.ids, 0, 0);
    const payload = new Span(entry.payloads, 0, 0);
    const { spans, moveTo } = fieldSpans(entry);
    const batch = this.#batch;
    for (let i = 0; i < count; i++) {
      id.moveTo(idEnds[i]!);
      payload.moveTo(payloadEnds[i]!);
      moveTo(i);
      const number = first + i;
      if (again.has(number)) continue;
      batch.reserve(this.#rows, ROW_BYTES, rowBytes(id, payload, spans));
      writeRowKey(batch.key, batch.keyAt, collection, number);
      this.#codec.writeAt(batch.value, batch.valueAt, collection, number, id, payload, spans);
    }
  }

  /** Tells who follows the store what the transaction does. */
  #log(
    entries: readonly PointsEntry[],
    appended: readonly Appended[],
    mended: Logged | undefined,
    records: boolean,
  ): void {
    if (entries.length === 0 && !mended && !records) return;
    const position = positionIn(this.#reading.get(this.#tables.records, LOG)) + 1;
    const logged = entries.map(({ kind, collection, count }, i): Logged => {
      const { first, previous } = appended[i]!;
      return { collection, effect: effectOf(kind), first, count, previous };
    });
    if (mended) logged.push(mended);
    const record = logRecord(position, { entries: logged, records });
    const table = tableNumber(this.#tables.records);
    this.#batch.put(table, logKey(position), record.length).set(record);
    this.#batch.putNumber(table, LOG, position);
  }

  /** Undefined removes a record. */
  #setRecord(key: Buffer, value: unknown): void {
    if (value === undefined) this.remove(this.#tables.records, key);
    else this.put(this.#tables.records, key, recordValue(value));
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    this.#batch.put(tableNumber(table), key, value.length).set(value);
  }

  remove(table: Table, key: Buffer): void {
    this.#batch.remove(tableNumber(table), key);
  }

  /** Takes away rows of a collection, some at once, whatever table they are in: what takes most room first. */
  #purge({ purge: collection, purgeRows: most = PURGE_ROWS, purgeField }: Transaction): number {
    if (collection === undefined) return 0;
    if (purgeField !== undefined) return this.#purgeField(collection, purgeField, most);
    const { rows, ids, records } = this.#tables;
    let left = most;
    const parts: [Table, number][] = [
      [rows, patchesOf(collection)],
      [rows, collection],
      [ids, collection],
    ];
    for (const [table, number] of parts) {
      left -= this.#removeRange(table, firstKey(number), firstKey(number + 1), left);
      if (left === 0) return most;
    }
    this.remove(records, countsKey(collection));
    return most - left;
  }

  /** The same of values in a field: those that lie beside rows, then those in rows. */
  #purgeField(collection: number, field: number, most: number): number {
    const removed = this.#purgeChanged(collection, field, most);
    if (removed > 0) return most;
    return stripRows(this.#tables, this.#codec, { collection, field, most }, this) ? most : 0;
  }

  #purgeChanged(collection: number, field: number, most: number): number {
    const { rows, records } = this.#tables;
    const patches = patchesOf(collection);
    const removed = this.#removeRange(
      rows,
      firstChange(patches, field),
      firstChange(patches, field + 1),
      most,
    );
    const key = countsKey(collection);
    const counts = parseRecord<Counts>(key, this.#reading.get(records, key));
    if (!counts) return removed; // of a collection that is gone
    const { changed: _, ...others } = counts;
    const changed = new ChangedFields(counts);
    changed.remove(field, removed < most ? Infinity : removed);
    this.#setRecord(key, { ...others, ...changed.counts });
    return removed;
  }

  #removeRange(table: Table, start: Buffer, end: Buffer, limit: number): number {
    const keys = [...table.getKeys({ start, end, limit })].map((key) => Buffer.from(key));
    for (const key of keys) this.remove(table, key);
    return keys.length;
  }
}
