/*
 * The embedded store: LMDB in a database directory. This thread reads, from the memory map; another one writes.
 *
 * Shared state: the environment. Readers hold one transaction, which is renewed by `refresh` alone, so that they
 * see whole commits, and none before the arenas have it. The writer commits when it is told to, one at a time.
 */
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ClosedError, StoreError } from '../base/errors.js';
import { checksum } from './crc32c-node.js';
import { checkDataFile } from './data-file-node.js';
import { expectStoreWritable, openingError, prepareDirectory, STORE_FOLDER } from './directory-node.js';
import { IDENTITY, type Identity, identify, STORE_VERSION } from './identity-node.js';
import { Committer, type Refusal, type Reply } from './lmdb-commit-node.js';
import { firstKey, idOfStored, newRowKey, rowKey, rowOfKey, rowOfValue, storedId } from './lmdb-keys.js';
import { OpenRanges } from './lmdb-ranges-node.js';
import {
  countsKey,
  openTables,
  parseRecord,
  recordKey,
  type Table,
  type Tables,
} from './lmdb-tables-node.js';
import type { Message, Request, WriterData } from './lmdb-writer-node.js';
import { lockDirectory } from './lock-node.js';
import { expectNoTwin, releaseRecord, takeRecord } from './lock-record-node.js';
import { RowCodec, RowFault } from './row.js';
import {
  type Committed,
  type Counts,
  type Store,
  type StoredPoint,
  type Transaction,
  UPGRADE,
} from './store.js';
import { UPGRADE_BEGIN } from './upgrade-node.js';
import { newWriterStart, watchStart } from './writer-start-node.js';

type ReadTransaction = ReturnType<Tables['env']['useReadTransaction']>;
type Range = { start: Buffer; end?: Buffer; transaction: ReadTransaction; exclusiveStart?: boolean };

const entry = new URL('./lmdb-writer-entry-node.js', import.meta.url);

type Unlock = Awaited<ReturnType<typeof lockDirectory>>;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** A write of so few rows and bytes is put together by this thread, which takes it no longer than a message does. */
const FEW_ROWS = 8;
const FEW_BYTES = 32_768;

function isSmall({ chunks = [], records, purge, upgrade }: Transaction): boolean {
  if (chunks.length === 0 || records || purge !== undefined || upgrade) return false;
  let rows = 0;
  let bytes = 0;
  for (const { count, ids, payloads, vectors } of chunks) {
    rows += count;
    bytes += ids.length + payloads.length + vectors.byteLength;
  }
  return rows <= FEW_ROWS && bytes <= FEW_BYTES;
}

export class LmdbStore implements Store {
  readonly path: string;
  readonly uuid: string;
  readonly #tables: Tables;
  readonly #unlock: Unlock;
  readonly #row = newRowKey(0, 0);
  readonly #codec = new RowCodec(checksum);
  readonly #ranges = new OpenRanges();
  #reading: ReadTransaction;
  #writer: Worker | undefined;
  #waiting: Waiting | undefined;
  readonly #committer: Committer;
  /** Whether readers see all that is committed. */
  #current = true;
  /** The latest commit, as long as it is under way: the next one begins when it is over. */
  #last: Promise<void> | undefined;
  /** Why LMDB takes no more transactions. */
  #lost: { readonly error: unknown } | undefined;
  #closed = false;

  private constructor(path: string, unlock: Unlock, tables: Tables, reading: ReadTransaction, uuid: string) {
    this.path = path;
    this.uuid = uuid;
    this.#unlock = unlock;
    this.#tables = tables;
    this.#reading = reading;
    this.#committer = new Committer(tables, {
      get: (table, key) => this.#get(table, key),
      end: () => {},
      isLost: () => false,
    });
    try {
      this.#writer = this.#startWriter(); // it starts while collections are read
    } catch {} // no thread is to be had now: reading needs none, and the first commit tries again
  }

  /**
   * Opens the store of a database directory; makes both where there is none.
   *
   * @throws DatabaseLockedError while another opener has it
   * @throws SiltError DATABASE_INVALID for a directory of another format, or of other things
   * @throws SiltError DATABASE_INACCESSIBLE where the system refuses
   */
  static async open(given: string): Promise<LmdbStore> {
    const path = await prepareDirectory(given);
    let unlock: Unlock;
    try {
      unlock = await lockDirectory(path);
    } catch (error) {
      throw openingError(path, error);
    }
    let opened: { store: LmdbStore; identity: Identity };
    try {
      opened = await LmdbStore.#openLocked(path, unlock);
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

  static async #openLocked(path: string, unlock: Unlock): Promise<{ store: LmdbStore; identity: Identity }> {
    const folder = join(path, STORE_FOLDER);
    expectStoreWritable(folder);
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
      const store = new LmdbStore(path, unlock, tables, reading, identity.uuid);
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

  /** From its first moment on, what holds rows of this format is of this version. */
  async #beginUpgrade({ version, uuid }: Identity): Promise<void> {
    if (version < STORE_VERSION) {
      const identity: Identity = { version: STORE_VERSION, uuid };
      await this.commit({
        records: [
          [IDENTITY, identity],
          [UPGRADE, UPGRADE_BEGIN],
        ],
      });
      this.refresh();
    }
    this.#codec.oldRows = this.records(UPGRADE).length > 0; // until `refresh` finds the record removed
  }

  #startWriter(): Worker {
    // Options on the command line are for the script of the process: --input-type would end a thread at its start.
    const start = newWriterStart();
    const workerData: WriterData = { folder: join(this.path, STORE_FOLDER), start };
    const writer = new Worker(entry, { execArgv: [], workerData });
    watchStart(writer, start);
    writer.on('message', (message: Message) => this.#take(message));
    writer.on('error', (error) => this.#lose(writer, error));
    writer.on('exit', () => this.#lose(writer, new Error('the writing thread ended')));
    writer.unref(); // behind the listeners: one for messages keeps the process alive
    return writer;
  }

  #take(message: Message): void {
    if (message === 'ready') return;
    this.#writer?.unref();
    this.#waiting?.resolve(message);
    this.#waiting = undefined;
  }

  #refused({ error, lost }: Refusal): StoreError {
    if (lost) this.#lost ??= { error };
    return this.#failure(error);
  }

  #lose(writer: Worker, error: unknown): void {
    if (this.#writer !== writer) return;
    this.#writer = undefined; // the next commit starts another
    this.#waiting?.reject(
      this.#failure(
        error,
        'the writing thread was lost before it answered for',
        'the write may have been kept',
      ),
    );
    this.#waiting = undefined;
  }

  /** LMDB tells of a full disk by the code of an I/O error at times: the disk itself knows. */
  #failure(
    cause: unknown,
    what = 'the disk refused a write to',
    kept = 'the write was not kept',
  ): StoreError {
    const text = cause instanceof Error ? cause.message : String(cause);
    let full = /ENOSPC|no space/i.test(text);
    try {
      const { bavail, bsize } = statfsSync(this.path);
      full ||= bavail * bsize < 1 << 20;
    } catch {}
    const then = this.#lost ? '. No more writes are possible: close the database and open it again' : '';
    return full
      ? new StoreError('DISK_FULL', `no room on the disk of ${this.path}: ${kept}${then}`, cause)
      : new StoreError('STORE_FAILED', `${what} ${this.path}: ${text}; ${kept}${then}`, cause);
  }

  async commit(transaction: Transaction): Promise<Committed> {
    this.#expectOpen();
    const committed = this.#last
      ? this.#last.then(() => this.#commit(transaction))
      : this.#commit(transaction);
    const over = (): void => {
      if (this.#last === last) this.#last = undefined;
    };
    const last = committed.then(over, over);
    this.#last = last;
    return committed;
  }

  async #commit(transaction: Transaction): Promise<Committed> {
    if (this.#lost) throw this.#failure(this.#lost.error);
    const here = this.#current && isSmall(transaction);
    this.#current = false;
    const reply = await (here ? this.#commitHere(transaction) : this.#send(transaction));
    if ('committed' in reply) return reply.committed;
    throw this.#refused(reply);
  }

  /** Where that fails, the writer is asked for an empty transaction: this thread must not give up what it reads. */
  async #commitHere(transaction: Transaction): Promise<Reply> {
    const reply = await this.#committer.commit(transaction);
    if ('committed' in reply) return reply;
    const after = await this.#send({});
    return 'committed' in after ? reply : { ...reply, lost: after.lost };
  }

  /** Has the writing thread commit. */
  #send(transaction: Transaction): Promise<Reply> {
    let writer: Worker;
    try {
      writer = this.#writer ??= this.#startWriter();
    } catch (error) {
      throw this.#failure(error, 'no thread could be started for a write to');
    }
    return new Promise((resolve, reject) => {
      writer.postMessage({ transaction } satisfies Request);
      writer.ref();
      this.#waiting = { resolve, reject };
    });
  }

  refresh(): void {
    if (this.#lost) return; // what is seen stays to be seen
    this.#reading = renewed(this.#tables, this.#reading);
    this.#current = true;
    if (this.#codec.oldRows) this.#codec.oldRows = this.records(UPGRADE).length > 0;
  }

  #expectOpen(): void {
    if (this.#closed) throw new ClosedError('database');
  }

  #get(table: Table, key: Buffer): Buffer | undefined {
    this.#expectOpen();
    // The type leaves the options out; the function takes those of `get`.
    const read = table.getBinaryFast as (
      key: Buffer,
      o: { transaction: ReadTransaction },
    ) => Buffer | undefined;
    const value = read.call(table, key, { transaction: this.#reading });
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
    return rowOfValue(this.#get(this.#tables.ids, storedId(collection, id)));
  }

  vector(collection: number, row: number): Float32Array | undefined {
    const value = this.#get(this.#tables.rows, rowKey(this.#row, collection, row));
    return value && floatsOf(this.#codec.vector(value, collection, row));
  }

  point(collection: number, row: number): StoredPoint | undefined {
    const value = this.#get(this.#tables.rows, rowKey(this.#row, collection, row));
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
    await this.#last;
    const writer = this.#writer;
    if (writer) {
      writer.ref();
      const ended = new Promise((resolve) => writer.once('exit', resolve));
      writer.postMessage('close' satisfies Request);
      await ended;
    }
    await this.#release();
  }

  /** Each thing is let go of, whatever becomes of the others. */
  async #release(): Promise<void> {
    try {
      if (!this.#lost) releaseRecord(this.#tables);
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
