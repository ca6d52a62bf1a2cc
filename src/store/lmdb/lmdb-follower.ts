/*
 * The store of a database that another process may be writing. It takes no lock and writes nothing but this process's
 * place in LMDB's table of readers (`store/lock.mdb`), which tells the writer which pages are still read.
 *
 * Readers hold one reading transaction, until they adopt a later one. LMDB uses no page again that an open transaction
 * could read, so none is held for longer than it takes to look at the next state.
 */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClosedError, DatabaseLockedError, ReadOnlyError, SiltError } from '../../base/errors.js';
import { IDENTITY, UPGRADE } from '../records.js';
import type { Ahead, FollowedStore } from '../store.js';
import { checkDataFile } from './data-file.js';
import { openingError, STORE_FOLDER, systemCode } from './directory.js';
import { type Identity, STORE_FOLLOWED_MIN, STORE_VERSION } from './identity.js';
import { hasReaderOfThisProcess } from './lock-record.js';
import { openTables, parseRecord, recordKey, type Tables } from './tables.js';
import { LmdbMoment, LmdbView, lastNumber, newReading, numberOf, type ReadTransaction } from './view.js';

/** A later state, until it is adopted or ended. */
class LmdbAhead extends LmdbMoment implements Ahead {
  readonly transaction: number;

  constructor(path: string, tables: Tables, oldRows: boolean) {
    super(path, tables, oldRows);
    this.transaction = numberOf(tables, this.reading);
  }
}

export class LmdbFollower extends LmdbView implements FollowedStore {
  readonly readOnly = true;
  readonly uuid: string;
  /** Number of the transaction whose state is read. */
  #transaction: number;
  /** Device and number of the file that is read. */
  readonly #file: string;
  #ahead: LmdbAhead | undefined;

  private constructor(path: string, tables: Tables, reading: ReadTransaction, uuid: string) {
    super(path, tables, reading);
    this.#transaction = numberOf(tables, reading);
    this.uuid = uuid;
    this.#file = fileAt(path) ?? '';
    this.#seeOldRows();
  }

  /**
   * Opens the store of a database folder for reading.
   *
   * @throws SiltError DATABASE_INVALID where there is no database, or one of another format
   * @throws SiltError DATABASE_INACCESSIBLE where the system refuses
   * @throws DatabaseLockedError where this process has it open
   */
  static async open(given: string): Promise<LmdbFollower> {
    const absolute = resolve(given);
    const file = join(absolute, STORE_FOLDER, 'data.mdb');
    try {
      if (!statSync(file, { throwIfNoEntry: false }))
        throw new SiltError(
          'DATABASE_INVALID',
          `there is no database at ${absolute}: it has no ${join(STORE_FOLDER, 'data.mdb')}. Check the path (working directory: ${process.cwd()}): it must be a folder that open or backup has made`,
        );
      const path = realpathSync(absolute);
      expectPlace(join(path, STORE_FOLDER));
      await checkDataFile(join(path, STORE_FOLDER, 'data.mdb'), false);
      return LmdbFollower.#openTables(path);
    } catch (error) {
      throw openingError(absolute, error);
    }
  }

  static #openTables(path: string): LmdbFollower {
    const tables = openTables(join(path, STORE_FOLDER), {
      readOnly: true,
      beforeReading: (readers) => {
        if (hasReaderOfThisProcess(readers)) throw new DatabaseLockedError(path, process.pid, true);
      },
    });
    try {
      const reading = newReading(tables);
      const { uuid } = identityOf(tables, path, reading);
      return new LmdbFollower(path, tables, reading, uuid);
    } catch (error) {
      tables.env.close().catch(() => {});
      throw error;
    }
  }

  #seeOldRows(): void {
    this.codec.oldRows = this.records(UPGRADE).length > 0;
  }

  get isBehind(): boolean {
    return !this.closed && lastNumber(this.tables) !== this.#transaction;
  }

  ahead(): Ahead {
    this.expectOpen();
    this.#ahead?.end();
    this.#ahead = new LmdbAhead(this.path, this.tables, this.codec.oldRows);
    return this.#ahead;
  }

  adopt(ahead: Ahead): void {
    this.expectOpen();
    const next = ahead as LmdbAhead;
    const before = this.reading;
    this.#transaction = next.transaction;
    this.reading = next.take();
    this.#ahead = undefined;
    before.done();
    if (this.codec.oldRows) this.#seeOldRows();
  }

  expectInPlace(): void {
    if (this.closed || fileAt(this.path) === this.#file) return;
    throw new SiltError(
      'DATABASE_INVALID',
      `${this.path} was deleted or replaced while it was open with readOnly: reads find what the deleted database held. Close the database and open it again`,
    );
  }

  /** @throws SiltError READ_ONLY */
  async commit(): Promise<never> {
    if (this.closed) throw new ClosedError('database');
    throw new ReadOnlyError(`the database ${this.path}`);
  }

  refresh(): void {}

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.ranges.close();
    try {
      this.#ahead?.end();
      this.reading.done();
    } finally {
      await this.tables.env.close();
    }
  }
}

/**
 * Where LMDB may not write its table of readers, it reads without a place in it, and says nothing: the writer would use
 * pages again while they are read here. On a file system that is read-only it must do.
 *
 * @throws SiltError DATABASE_INACCESSIBLE
 */
function expectPlace(folder: string): void {
  const table = join(folder, 'lock.mdb');
  try {
    accessSync(existsSync(table) ? table : folder, constants.R_OK | constants.W_OK);
  } catch (cause) {
    if (systemCode(cause) === 'EROFS') return;
    throw new SiltError(
      'DATABASE_INACCESSIBLE',
      `${table} cannot be written by this process. It must be writable even with readOnly: the writer sees there which pages are being read. Give the process permission for this file, or open a copy that it can write`,
      { cause },
    );
  }
}

/** By which the system knows the file of a store; undefined where there is none. */
function fileAt(path: string): string | undefined {
  const found = statSync(join(path, STORE_FOLDER, 'data.mdb'), { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** @throws SiltError DATABASE_INVALID unless the store is of the format that is followed */
function identityOf(tables: Tables, path: string, transaction: ReadTransaction): Identity {
  const key = recordKey(IDENTITY);
  const found = parseRecord<Identity>(key, tables.records.get(key, { transaction }));
  if (!found)
    throw new SiltError(
      'DATABASE_INVALID',
      `${path} has a database whose first opening was interrupted. Open it without readOnly first`,
    );
  const { version } = found;
  if (version >= STORE_FOLLOWED_MIN && version <= STORE_VERSION) return found;
  const what = `${path} has format version ${version}, and with readOnly this release reads versions ${STORE_FOLLOWED_MIN} to ${STORE_VERSION}`;
  throw new SiltError(
    'DATABASE_INVALID',
    version < STORE_VERSION
      ? `${what}: open it once without readOnly, which brings it up to date`
      : `${what}: use the newer release that wrote it`,
  );
}
