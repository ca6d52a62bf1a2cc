/*
 * A store in one file: each transaction is appended to a log, and all of it is held in memory. Opening replays the log. It
 * asks of its platform no more than files that can be appended to and synced, and is never compacted: for simulated
 * machines, and a beginning for logs that others follow.
 *
 * A commit is on the disk before readers see it (`flush`), or at least handed to the system. Where the file cannot be
 * written or synced, what it holds is not known: the store takes no more transactions until it is opened again.
 */
import { ClosedError, SiltError, StoreError } from '../../base/errors.js';
import type { OpenFile } from '../../platform/files.js';
import type { Platform } from '../../platform/platform.js';
import { EntryFault } from '../entry.js';
import { MemoryStore } from '../memory.js';
import { IDENTITY } from '../records.js';
import type { Committed, Counts, Store, StoredPoint, Transaction } from '../store.js';
import { bytesOfCommit, commitsOf } from './commits.js';

const FILE = 'log';

type Surroundings = Pick<Platform, 'time' | 'files' | 'uuid'>;

export class LogStore implements Store {
  readonly path: string;
  readonly uuid: string;
  readonly #file: OpenFile;
  readonly #memory: MemoryStore;
  /** Bytes of the log when it was opened. */
  readonly #opened: number;
  /** Bytes of the log, and of those that are synced. */
  #bytes: number;
  #synced: number;
  #last: Promise<unknown> = Promise.resolve();
  #lost: unknown;
  #closed = false;

  private constructor(path: string, file: OpenFile, memory: MemoryStore, bytes: number) {
    this.path = path;
    this.#file = file;
    this.#memory = memory;
    this.#bytes = this.#synced = this.#opened = bytes;
    this.uuid = memory.records(IDENTITY)[0]![1] as string;
  }

  /**
   * Opens the store in a folder; makes both where there is none.
   *
   * @throws SiltError DATABASE_INVALID where the log is damaged, or of a newer release
   */
  static async open(path: string, platform: Surroundings): Promise<LogStore> {
    const { files, uuid } = platform;
    await files.makeFolder(path);
    const file = await files.open(`${path}/${FILE}`, 'update');
    try {
      const memory = new MemoryStore(platform);
      let end = await replay(await whole(file), memory, path);
      if ((await file.size()) > end) await file.truncate(end);
      if (end === 0) {
        const begin = { records: [[IDENTITY, uuid()]] } as const;
        const bytes = bytesOfCommit(begin, 0);
        await file.append(bytes);
        end = bytes.length;
        await memory.commit(begin);
      }
      // Whatever was left behind the end is gone for good, before anything is written over it.
      await file.sync();
      await files.syncFolder(path);
      memory.refresh();
      return new LogStore(path, file, memory, end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async commit(transaction: Transaction): Promise<Committed> {
    if (this.#closed) throw new ClosedError('database');
    const committed = this.#last.then(() => this.#commit(transaction));
    this.#last = committed.catch(() => {});
    return committed;
  }

  async #commit(transaction: Transaction): Promise<Committed> {
    if (this.#lost !== undefined) throw this.#failure(this.#lost);
    try {
      await this.#write(transaction, transaction.flush ?? true);
    } catch (error) {
      this.#lost = error;
      throw this.#failure(error);
    }
    try {
      return await this.#memory.commit(transaction);
    } catch (error) {
      this.#lost = error; // the log has what memory has not
      throw this.#failure(error);
    }
  }

  async #write(transaction: Transaction, flush: boolean): Promise<void> {
    const bytes = bytesOfCommit(transaction, this.#synced);
    await this.#file.append(bytes);
    this.#bytes += bytes.length;
    if (!flush) return;
    await this.#file.sync();
    this.#synced = this.#bytes;
  }

  #failure(cause: unknown): StoreError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the log of ${this.path} could not be written: ${why}; the write may have been kept. No more writes are possible: close the database and open it again`;
    return new StoreError('STORE_FAILED', message, cause);
  }

  refresh(): void {
    this.#memory.refresh();
  }

  records(prefix: string): [string, unknown][] {
    return this.#memory.records(prefix);
  }

  counts(collection: number): Counts {
    return this.#memory.counts(collection);
  }

  rowOf(collection: number, id: Uint8Array): number {
    return this.#memory.rowOf(collection, id);
  }

  vector(collection: number, row: number): Float32Array | undefined {
    return this.#memory.vector(collection, row);
  }

  field(collection: number, row: number, field: number): Uint8Array | undefined {
    return this.#memory.field(collection, row, field);
  }

  hasField(collection: number, row: number, field: number): boolean {
    return this.#memory.hasField(collection, row, field);
  }

  changedAt(collection: number, row: number, field: number): number | undefined {
    return this.#memory.changedAt(collection, row, field);
  }

  point(collection: number, row: number): StoredPoint | undefined {
    return this.#memory.point(collection, row);
  }

  touch(collection: number, rows: readonly number[], withPayload: boolean): void {
    this.#memory.touch(collection, rows, withPayload);
  }

  patched(collection: number, seq: number): Iterable<number> {
    return this.#memory.patched(collection, seq);
  }

  changed(collection: number, field: number, seq: number): Iterable<number> {
    return this.#memory.changed(collection, field, seq);
  }

  rows(collection: number, after: number): Iterable<number> {
    return this.#memory.rows(collection, after);
  }

  vectors(collection: number, after: number): ReturnType<Store['vectors']> {
    return this.#memory.vectors(collection, after);
  }

  ids(collection: number, after?: Uint8Array): ReturnType<Store['ids']> {
    return this.#memory.ids(collection, after);
  }

  /** A last commit says that all before it is synced: where that is damaged afterwards, it is found. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    try {
      if (this.#lost === undefined && this.#bytes > this.#opened) {
        await this.#file.sync();
        this.#synced = this.#bytes;
        await this.#write({}, true);
      }
    } catch {
      // What was acknowledged is synced.
    } finally {
      await this.#memory.close();
      await this.#file.close();
    }
  }
}

async function whole(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.size());
  let at = 0;
  while (at < bytes.length) {
    const read = await file.read(bytes.subarray(at), at);
    if (read === 0) break;
    at += read;
  }
  return bytes.subarray(0, at);
}

/** Commits what a log holds; returns where its last whole commit ends. */
async function replay(bytes: Uint8Array, memory: MemoryStore, path: string): Promise<number> {
  try {
    const commits = commitsOf(bytes);
    for (let next = commits.next(); ; next = commits.next()) {
      if (next.done) return next.value;
      await memory.commit(next.value);
      memory.refresh();
    }
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    throw new SiltError(
      'DATABASE_INVALID',
      `the log of ${path} is damaged: ${error.message}. Restore it from a backup`,
      { cause: error },
    );
  }
}
