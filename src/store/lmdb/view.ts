/*
 * What one thread reads of an LMDB store: one state of it, by one reading transaction, from the memory map.
 */
import { ClosedError } from '../../base/errors.js';
import { RowCodec, RowFault } from '../row.js';
import type { Counts, Logged, Moment, StoredPoint, StoreView, Tail } from '../store.js';
import { backUp } from './backup.js';
import { ChangeCodec } from './changes.js';
import { checksum } from './checksum.js';
import { openingError } from './directory.js';
import {
  changeKey,
  firstChange,
  firstKey,
  idOfStored,
  newChangeKey,
  newRowKey,
  patchesOf,
  rowKey,
  rowOfChange,
  rowOfKey,
  rowOfValue,
  storedId,
} from './keys.js';
import { LOG, logKey, positionIn, readLog } from './log.js';
import { OpenRanges } from './ranges.js';
import {
  countsKey,
  getLastTxnId,
  isReadersFull,
  parseRecord,
  readersFull,
  recordKey,
  type Table,
  type Tables,
} from './tables.js';

export type ReadTransaction = ReturnType<Tables['env']['useReadTransaction']>;
type Range = { start: Buffer; end?: Buffer; transaction: ReadTransaction; exclusiveStart?: boolean };

interface Beside {
  readonly patches: boolean;
  readonly changed: Counts['changed'];
}

/** What lies beside rows: under which keys, of which row each is, and since which operation. */
interface Lying {
  readonly effect: Logged['effect'];
  readonly from: Buffer;
  readonly to: Buffer;
  keyOf(row: number): Buffer;
  rowOf(key: Buffer): number;
  seqIn(value: Buffer, row: number): number;
}

export class LmdbView implements StoreView {
  readonly path: string;
  protected readonly tables: Tables;
  #reading: ReadTransaction;
  protected readonly codec: RowCodec = new RowCodec(checksum);
  protected readonly ranges: OpenRanges = new OpenRanges();
  protected closed = false;
  readonly #row = newRowKey(0, 0);
  readonly #changeKey = newChangeKey(0, 0, 0);
  readonly #changes = new ChangeCodec(this.codec);
  /** By collection: what lies beside its rows in the state that is read. */
  readonly #beside = new Map<number, Beside>();

  constructor(path: string, tables: Tables, reading: ReadTransaction) {
    this.path = path;
    this.tables = tables;
    this.#reading = reading;
  }

  /** Ended by its owner. */
  protected get reading(): ReadTransaction {
    return this.#reading;
  }

  protected set reading(reading: ReadTransaction) {
    this.#reading = reading;
    this.#beside.clear();
  }

  /** See `Store.backUp`. */
  async backUp(to: string): Promise<void> {
    this.expectOpen();
    await backUp(this.tables, this.path, to);
  }

  /** See `Store.moment`. */
  moment(): Moment {
    this.expectOpen();
    return new LmdbMoment(this.path, this.tables, this.codec.oldRows);
  }

  protected expectOpen(): void {
    if (this.closed) throw new ClosedError('database');
  }

  /** A transaction that has ended is read through memory that may be gone. */
  #expectReading(): void {
    this.expectOpen();
    if (isEnded(this.reading)) throw readersFull();
  }

  /** A value as it lies in the buffer of all reads, until the next one; its `length` is the value's own. */
  #read(table: Table, key: Buffer): Buffer | undefined {
    this.#expectReading();
    // The type leaves the options out; the function takes those of `get`.
    const read = table.getBinaryFast as (
      key: Buffer,
      o: { transaction: ReadTransaction },
    ) => Buffer | undefined;
    return read.call(table, key, { transaction: this.reading });
  }

  protected get(table: Table, key: Buffer): Buffer | undefined {
    const value = this.#read(table, key);
    return value?.subarray(0, value.length);
  }

  #parsed<T>(key: Buffer, value: Buffer | undefined): T | undefined {
    try {
      return parseRecord<T>(key, value);
    } catch (error) {
      throw openingError(this.path, error);
    }
  }

  records(prefix: string): [string, unknown][] {
    this.#expectReading();
    const start = recordKey(prefix);
    const found: [string, unknown][] = [];
    const range: Range = { start, transaction: this.reading };
    for (const { key, value } of this.tables.records.getRange(range)) {
      const name = Buffer.from(key).toString();
      if (!name.startsWith(prefix)) break;
      found.push([name, this.#parsed(key, value)]);
    }
    return found;
  }

  counts(collection: number): Counts {
    const key = countsKey(collection);
    const counts = this.#parsed<Counts>(key, this.get(this.tables.records, key)) ?? { seq: 0, points: 0 };
    if (Number.isSafeInteger(counts.seq) && Number.isSafeInteger(counts.points)) return counts;
    throw openingError(this.path, new SyntaxError(`its record "${key}" has no counts`));
  }

  rowOf(collection: number, id: Uint8Array): number {
    return rowOfValue(this.#read(this.tables.ids, storedId(collection, id)));
  }

  vector(collection: number, row: number, into?: Float32Array): Float32Array | undefined {
    if (this.#has(collection).changed?.[0]) {
      const bytes = this.field(collection, row, 0);
      return bytes && floatsOf(bytes, into);
    }
    const value = this.#read(this.tables.rows, rowKey(this.#row, collection, row));
    return value && floatsOf(this.codec.vector(value, collection, row), into);
  }

  field(collection: number, row: number, field: number): Uint8Array | undefined {
    const change = this.#change(collection, row, field);
    if (change) return this.#changes.valueIn(change, collection, field, row)?.slice();
    const value = this.#read(this.tables.rows, rowKey(this.#row, collection, row));
    return value && this.codec.field(value, collection, row, field)?.slice();
  }

  hasField(collection: number, row: number, field: number): boolean {
    const change = this.#change(collection, row, field);
    if (change) return this.#changes.hasValue(change, collection, field, row);
    const value = this.#read(this.tables.rows, rowKey(this.#row, collection, row));
    return value !== undefined && this.codec.hasField(value, collection, row, field);
  }

  changedAt(collection: number, row: number, field: number): number | undefined {
    const change = this.#change(collection, row, field);
    return change && this.#changes.seqIn(change, collection, field, row);
  }

  /** What lies beside a row in the place of its value in a field. */
  #change(collection: number, row: number, field: number): Buffer | undefined {
    if (!this.#has(collection).changed?.[field]) return undefined;
    return this.#read(this.tables.rows, changeKey(this.#changeKey, patchesOf(collection), field, row));
  }

  /** What lies beside the rows of a collection: else it need not be looked for. */
  #has(collection: number): Beside {
    let has = this.#beside.get(collection);
    if (!has) {
      const { patched = 0, changed } = this.counts(collection);
      this.#beside.set(collection, (has = { patches: patched > 0, changed }));
    }
    return has;
  }

  point(collection: number, row: number): StoredPoint | undefined {
    if (this.#has(collection).patches) {
      const patches = patchesOf(collection);
      const patch = this.#read(this.tables.rows, rowKey(this.#row, patches, row));
      if (patch) return this.codec.point(patch, patches, row);
    }
    const value = this.#read(this.tables.rows, rowKey(this.#row, collection, row));
    return value && this.codec.point(value, collection, row);
  }

  #range(collection: number, after: number): Range {
    this.#expectReading();
    const start = newRowKey(collection, after + 1);
    return { start, end: firstKey(collection + 1), transaction: this.reading };
  }

  *patched(collection: number, seq: number): Generator<number> {
    // There may be a million of them, and mostly none is new, or a few are.
    if (!this.#has(collection).patches || (this.counts(collection).patchedAt ?? Infinity) <= seq) return;
    const patches = patchesOf(collection);
    yield* this.#behind(collection, seq, {
      effect: 'payloads',
      from: newRowKey(patches, 1),
      to: firstChange(patches, 0),
      keyOf: (row) => rowKey(this.#row, patches, row),
      rowOf: rowOfKey,
      seqIn: (value, row) => this.codec.patchedAt(value, patches, row),
    });
  }

  *changed(collection: number, field: number, seq: number): Generator<number> {
    if ((this.#has(collection).changed?.[field]?.at ?? 0) <= seq) return;
    const patches = patchesOf(collection);
    yield* this.#behind(collection, seq, {
      effect: 'values',
      from: firstChange(patches, field),
      to: firstChange(patches, field + 1),
      keyOf: (row) => changeKey(this.#changeKey, patches, field, row),
      rowOf: rowOfChange,
      seqIn: (value, row) => this.#changes.seqIn(value, collection, field, row),
    });
  }

  /** Rows beside which something was put behind a sequence number, ascending. */
  *#behind(collection: number, seq: number, those: Lying): Generator<number> {
    const isBehind = (value: Buffer, row: number): boolean => {
      try {
        return those.seqIn(value, row) > seq;
      } catch (error) {
        if (error instanceof RowFault) return true;
        throw error;
      }
    };
    const lately = this.#changedLately(collection, seq, those.effect);
    for (const row of lately ?? []) {
      const value = this.get(this.tables.rows, those.keyOf(row));
      if (value && isBehind(value, row)) yield row;
    }
    if (lately) return;
    this.#expectReading();
    const range: Range = { start: those.from, end: those.to, transaction: this.reading };
    for (const { key, value } of this.ranges.of(this.tables.rows.getRange(range))) {
      const row = those.rowOf(key);
      if (isBehind(value, row)) yield row;
    }
  }

  /** Rows of which the log says that, ascending; undefined where it does not reach so far. */
  #changedLately(collection: number, seq: number, effect: Logged['effect']): number[] | undefined {
    const rows = new Set<number>();
    for (let { position } = this; ; position--) {
      const tail = readLog(this.get(this.tables.records, logKey(position)), position);
      if (!tail) return undefined;
      const own = tail.entries.filter((entry) => entry.collection === collection);
      for (const { effect: what, first, count, previous } of own)
        if (what === effect && first + count - 1 > seq) for (const row of previous) rows.add(row);
      if (own.some(({ first }) => first <= seq + 1)) return [...rows].sort((a, b) => a - b);
    }
  }

  *rows(collection: number, after: number): Generator<number> {
    const range = this.#range(collection, after);
    for (const key of this.ranges.of(this.tables.rows.getKeys(range))) {
      yield rowOfKey(key);
    }
  }

  *vectors(collection: number, after: number): Generator<readonly [number, Float32Array | undefined]> {
    const range = this.#range(collection, after);
    for (const { key, value } of this.ranges.of(this.tables.rows.getRange(range))) {
      yield [rowOfKey(key), this.#readable(collection, rowOfKey(key), value)];
    }
  }

  #readable(collection: number, row: number, value: Buffer): Float32Array | undefined {
    try {
      if (this.#has(collection).changed?.[0]) return this.vector(collection, row);
      return floatsOf(this.codec.vector(value, collection, row));
    } catch (error) {
      if (error instanceof RowFault) return undefined;
      throw error;
    }
  }

  *ids(collection: number, after?: Uint8Array): Generator<readonly [Uint8Array, number]> {
    this.#expectReading();
    const start = after === undefined ? firstKey(collection) : storedId(collection, after);
    const range: Range = { start, end: firstKey(collection + 1), transaction: this.reading };
    if (after !== undefined) range.exclusiveStart = true;
    for (const { key, value } of this.ranges.of(this.tables.ids.getRange(range))) {
      yield [idOfStored(key), rowOfValue(value)];
    }
  }

  /** Of the last commit that is in the log; 0 before the first. */
  get position(): number {
    return positionIn(this.get(this.tables.records, LOG));
  }

  tail(after: number): Tail | undefined {
    const entries: Logged[] = [];
    let records = false;
    for (let position = after + 1; position <= this.position; position++) {
      const tail = readLog(this.get(this.tables.records, logKey(position)), position);
      if (!tail) return undefined;
      entries.push(...tail.entries);
      records ||= tail.records;
    }
    return { entries, records };
  }
}

/** One state, by a reading transaction of its own. */
export class LmdbMoment extends LmdbView implements Moment {
  constructor(path: string, tables: Tables, oldRows: boolean) {
    super(path, tables, newReading(tables));
    this.codec.oldRows = oldRows;
  }

  /** Hands over the reading transaction; this view has none any more. */
  take(): ReadTransaction {
    this.closed = true;
    this.ranges.close();
    return this.reading;
  }

  end(): void {
    if (!this.closed) this.take().done();
  }
}

/** The package marks transactions that have ended, and ends none twice: the type leaves that out. */
export function isEnded(transaction: ReadTransaction): boolean {
  return (transaction as { readonly isDone?: boolean }).isDone === true;
}

/** Of LMDB's numbers of transactions, what the package tells: 32 bits. */
const NUMBERS = 0x1_0000_0000;

/**
 * The number of the transaction whose state a reading one sees. Not that of the last one when it began: a commit that is
 * under way is told of by `info()` before readers see it.
 */
export function numberOf(tables: Tables, transaction: ReadTransaction): number {
  tables.records.get(LOG, { transaction });
  return getLastTxnId();
}

/** The number of the last transaction that was committed. */
export function lastNumber({ environment }: Tables): number {
  return environment.info().lastTxnId % NUMBERS;
}

/** A copy of components, wherever their bytes are: in `into`, where that has just the room. */
function floatsOf(bytes: Uint8Array, into?: Float32Array): Float32Array {
  const vector = into?.byteLength === bytes.length ? into : new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer, vector.byteOffset).set(bytes);
  return vector;
}

/**
 * A reading transaction of what is committed now. That at hand goes on until it is ended.
 *
 * @throws SiltError READERS_FULL
 */
export function newReading({ env }: Tables): ReadTransaction {
  env.resetReadTxn();
  try {
    return env.useReadTransaction();
  } catch (error) {
    throw isReadersFull(error) ? readersFull(error) : error;
  }
}
