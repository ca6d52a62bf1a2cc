/*
 * The embedded store: LMDB in a database directory. This thread reads, from the memory map (and see
 * writing.ts for who writes).
 *
 * Shared state: the environment. Readers hold one transaction, which is renewed by `refresh` alone, so that they
 * see whole commits, and none before the arenas have it. Transactions are committed one at a time.
 */
import { join } from 'node:path';
import { ClosedError } from '../../base/errors.js';
import type { Platform } from '../../platform/platform.js';
import type { RecordChange } from '../entry.js';
import { IDENTITY, UPGRADE } from '../records.js';
import { RowCodec, RowFault } from '../row.js';
import type { Committed, Counts, Store, StoredPoint, Transaction } from '../store.js';
import { checksum } from './checksum.js';
import { checkDataFile } from './data-file.js';
import { expectStoreWritable, openingError, prepareDirectory, STORE_FOLDER } from './directory.js';
import { type Identity, identify, OLD_ROWS_VERSION, STORE_VERSION } from './identity.js';
import { firstKey, idOfStored, newRowKey, rowKey, rowOfKey, rowOfValue, storedId } from './keys.js';
import { lockDirectory } from './lock.js';
import { expectNoTwin, releaseRecord, takeRecord } from './lock-record.js';
import { OpenRanges } from './ranges.js';
import { expectRoom, sweepProbes } from './room.js';
import { countsKey, openTables, parseRecord, recordKey, type Table, type Tables } from './tables.js';
import { UPGRADE_BEGIN } from './upgrade.js';
import { Writing } from './writing.js';

type ReadTransaction = ReturnType<Tables['env']['useReadTransaction']>;
type Range = { start: Buffer; end?: Buffer; transaction: ReadTransaction; exclusiveStart?: boolean };

type Surroundings = Pick<Platform, 'faults'>;
type Unlock = Awaited<ReturnType<typeof lockDirectory>>;

export class LmdbStore implements Store {
  readonly path: string;
  readonly uuid: string;
  readonly #tables: Tables;
  readonly #unlock: Unlock;
  readonly #row = newRowKey(0, 0);
  readonly #codec = new RowCodec(checksum);
  readonly #ranges = new OpenRanges();
  readonly #writing: Writing;
  #reading: ReadTransaction;
  #closed = false;

  private constructor(
    { faults }: Surroundings,
    { path, uuid }: { readonly path: string; readonly uuid: string },
    unlock: Unlock,
    tables: Tables,
    reading: ReadTransaction,
  ) {
    this.path = path;
    this.uuid = uuid;
    this.#unlock = unlock;
    this.#tables = tables;
    this.#reading = reading;
    this.#writing = new Writing(path, tables, (table, key) => this.#get(table, key), faults);
  }

  /**
   * Opens the store of a database directory; makes both where there is none.
   *
   * @throws DatabaseLockedError while another opener has it
   * @throws SiltError DATABASE_INVALID for a directory of another format, or of other things
   * @throws SiltError DATABASE_INACCESSIBLE where the system refuses
   */
  static async open(given: string, platform: Surroundings): Promise<LmdbStore> {
    const path = await prepareDirectory(given);
    let unlock: Unlock;
    try {
      unlock = await lockDirectory(path);
    } catch (error) {
      throw openingError(path, error);
    }
    let opened: { store: LmdbStore; identity: Identity };
    try {
      opened = await LmdbStore.#openLocked(platform, path, unlock);
    } catch (error) {
      await unlock?.();
      throw openingError(path, error);
    }
    const { store, identity } = opened;
    try {
      await store.#beginUpgrade(identity);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  static async #openLocked(
    platform: Surroundings,
    path: string,
    unlock: Unlock,
  ): Promise<{ store: LmdbStore; identity: Identity }> {
    const folder = join(path, STORE_FOLDER);
    expectStoreWritable(folder);
    if (unlock) sweepProbes(folder);
    expectRoom(folder);
    await checkDataFile(join(folder, 'data.mdb'), unlock !== undefined);
    const tables = openTables(folder, (readers) => expectNoTwin(readers, path));
    let reading: ReadTransaction | undefined;
    try {
      reading = tables.env.useReadTransaction();
      tables.records.get(recordKey(IDENTITY), { transaction: reading });
      const identity = identify(tables, path);
      takeRecord(tables, path);
      const before = reading;
      reading = undefined; // it is ended by what follows, and may be ended once
      reading = renewed(tables, before);
      const store = new LmdbStore(platform, { path, uuid: identity.uuid }, unlock, tables, reading);
      return { store, identity };
    } catch (error) {
      try {
        reading?.done();
      } finally {
        await tables.env.close();
      }
      throw error;
    }
  }

  /** From its first moment on, what holds rows of this format, or a log, is of this version. */
  async #beginUpgrade({ version, uuid }: Identity): Promise<void> {
    if (version < STORE_VERSION) {
      const identity: Identity = { version: STORE_VERSION, uuid };
      const records: RecordChange[] = [[IDENTITY, identity]];
      if (version <= OLD_ROWS_VERSION) records.push([UPGRADE, UPGRADE_BEGIN]);
      await this.commit({ records });
      this.refresh();
    }
    this.#codec.oldRows = this.records(UPGRADE).length > 0; // until `refresh` finds the record removed
  }

  async commit(transaction: Transaction): Promise<Committed> {
    this.#expectOpen();
    return this.#writing.commit(transaction);
  }

  refresh(): void {
    if (this.#writing.isLost) return; // what is seen stays to be seen
    this.#reading = renewed(this.#tables, this.#reading);
    this.#writing.readersAreCurrent();
    if (this.#codec.oldRows) this.#codec.oldRows = this.records(UPGRADE).length > 0;
  }

  #expectOpen(): void {
    if (this.#closed) throw new ClosedError('database');
  }

  /** A value as it lies in the buffer of all reads, until the next one; its `length` is the value's own. */
  #read(table: Table, key: Buffer): Buffer | undefined {
    this.#expectOpen();
    // The type leaves the options out; the function takes those of `get`.
    const read = table.getBinaryFast as (
      key: Buffer,
      o: { transaction: ReadTransaction },
    ) => Buffer | undefined;
    return read.call(table, key, { transaction: this.#reading });
  }

  #get(table: Table, key: Buffer): Buffer | undefined {
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
    this.#expectOpen();
    const start = recordKey(prefix);
    const found: [string, unknown][] = [];
    const range: Range = { start, transaction: this.#reading };
    for (const { key, value } of this.#tables.records.getRange(range)) {
      const name = Buffer.from(key).toString();
      if (!name.startsWith(prefix)) break;
      found.push([name, this.#parsed(key, value)]);
    }
    return found;
  }

  counts(collection: number): Counts {
    const key = countsKey(collection);
    const counts = this.#parsed<Counts>(key, this.#get(this.#tables.records, key)) ?? { seq: 0, points: 0 };
    if (Number.isSafeInteger(counts.seq) && Number.isSafeInteger(counts.points)) return counts;
    throw openingError(this.path, new SyntaxError(`its record "${key}" has no counts`));
  }

  rowOf(collection: number, id: Uint8Array): number {
    return rowOfValue(this.#read(this.#tables.ids, storedId(collection, id)));
  }

  vector(collection: number, row: number): Float32Array | undefined {
    const value = this.#get(this.#tables.rows, rowKey(this.#row, collection, row));
    return value && floatsOf(this.#codec.vector(value, collection, row));
  }

  point(collection: number, row: number): StoredPoint | undefined {
    const value = this.#read(this.#tables.rows, rowKey(this.#row, collection, row));
    return value && this.#codec.point(value, collection, row);
  }

  #range(collection: number, after: number): Range {
    this.#expectOpen();
    const start = newRowKey(collection, after + 1);
    return { start, end: firstKey(collection + 1), transaction: this.#reading };
  }

  *rows(collection: number, after: number): Generator<number> {
    const range = this.#range(collection, after);
    for (const key of this.#ranges.of(this.#tables.rows.getKeys(range))) {
      yield rowOfKey(key);
    }
  }

  *vectors(collection: number, after: number): Generator<readonly [number, Float32Array | undefined]> {
    const range = this.#range(collection, after);
    for (const { key, value } of this.#ranges.of(this.#tables.rows.getRange(range))) {
      yield [rowOfKey(key), this.#readable(collection, rowOfKey(key), value)];
    }
  }

  #readable(collection: number, row: number, value: Buffer): Float32Array | undefined {
    try {
      return floatsOf(this.#codec.vector(value, collection, row));
    } catch (error) {
      if (error instanceof RowFault) return undefined;
      throw error;
    }
  }

  *ids(collection: number, after?: Uint8Array): Generator<readonly [Uint8Array, number]> {
    this.#expectOpen();
    const start = after === undefined ? firstKey(collection) : storedId(collection, after);
    const range: Range = { start, end: firstKey(collection + 1), transaction: this.#reading };
    if (after !== undefined) range.exclusiveStart = true;
    for (const { key, value } of this.#ranges.of(this.#tables.ids.getRange(range))) {
      yield [idOfStored(key), rowOfValue(value)];
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ranges.close();
    await this.#writing.close();
    await this.#release();
  }

  /** Each thing is let go of, whatever becomes of the others. */
  async #release(): Promise<void> {
    try {
      if (!this.#writing.isLost) releaseRecord(this.#tables);
    } catch {} // a full disk: the record of a process that reads no more binds nobody
    try {
      this.#reading.done();
    } finally {
      try {
        await this.#tables.env.close();
      } finally {
        await this.#unlock?.();
      }
    }
  }
}

/** A copy of components, wherever their bytes are. */
function floatsOf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(bytes.length / 4);
  new Uint8Array(vector.buffer).set(bytes);
  return vector;
}

function renewed({ env }: Tables, before: ReadTransaction): ReadTransaction {
  before.done();
  env.resetReadTxn();
  return env.useReadTransaction();
}
