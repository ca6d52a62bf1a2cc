/*
 * The embedded store: LMDB in a database folder. This thread reads, from the memory map (view.ts;
 * and see writing.ts for who writes).
 *
 * Shared state: the environment. Readers hold one transaction, which is renewed by `refresh` alone, so that they
 * see whole commits, and none before the arenas have it. Transactions are committed one at a time.
 */
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { Platform } from '../../platform/platform.js';
import type { RecordChange } from '../entry.js';
import { IDENTITY, UPGRADE } from '../records.js';
import type { Committed, Store, Transaction } from '../store.js';
import { checkDataFile } from './data-file.js';
import { expectStoreWritable, openingError, prepareDirectory, STORE_FOLDER } from './directory.js';
import { type Identity, identify, OLD_ROWS_VERSION, STORE_VERSION } from './identity.js';
import { lockDirectory } from './lock.js';
import { expectNoTwin, releaseRecord, takeRecord } from './lock-record.js';
import { expectRoom, sweepProbes } from './room.js';
import { openTables, recordKey, type Tables } from './tables.js';
import { UPGRADE_BEGIN } from './upgrade.js';
import { isEnded, LmdbView, newReading, type ReadTransaction } from './view.js';
import { Writing } from './writing.js';

/** Commits between two looks for readers that have died. */
const LOOK_FOR_DEAD = 256;

type Surroundings = Pick<Platform, 'faults'>;
type Unlock = Awaited<ReturnType<typeof lockDirectory>>;

export class LmdbStore extends LmdbView implements Store {
  readonly uuid: string;
  readonly copiesEntries = true;
  readonly #unlock: Unlock;
  readonly #writing: Writing;
  #refreshes = 0;

  private constructor(
    { faults }: Surroundings,
    { path, uuid }: { readonly path: string; readonly uuid: string },
    unlock: Unlock,
    tables: Tables,
    reading: ReadTransaction,
  ) {
    super(path, tables, reading);
    this.uuid = uuid;
    this.#unlock = unlock;
    this.#writing = new Writing(path, tables, (table, key) => this.get(table, key), faults);
  }

  /**
   * Opens the store of a database folder; makes both where there is none.
   *
   * @throws DatabaseLockedError while another opener has it
   * @throws SiltError DATABASE_INVALID for a folder of another format, or of other things
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
      // A thread can be terminated at any moment, and runs no code then; one that exits by itself waits (writer-start.ts).
      if (!isMainThread) await store.#writing.startNow();
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
    const tables = openTables(folder, { beforeReading: (readers) => expectNoTwin(readers, path) });
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
    this.codec.oldRows = this.records(UPGRADE).length > 0; // until `refresh` finds the record removed
  }

  async commit(transaction: Transaction): Promise<Committed> {
    this.expectOpen();
    return this.#writing.commit(transaction);
  }

  refresh(): void {
    if (this.#writing.isLost) return; // what is seen stays to be seen
    this.reading = renewed(this.tables, this.reading);
    // A process that was killed while it read keeps LMDB from using pages again, until somebody looks.
    if (++this.#refreshes % LOOK_FOR_DEAD === 0) this.tables.env.readerCheck();
    this.#writing.readersAreCurrent();
    if (this.codec.oldRows) this.codec.oldRows = this.records(UPGRADE).length > 0;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.ranges.close();
    await this.#writing.close();
    await this.#release();
  }

  /** Each thing is let go of, whatever becomes of the others. */
  async #release(): Promise<void> {
    try {
      if (!this.#writing.isLost) releaseRecord(this.tables);
    } catch {} // a full disk: the record of a process that reads no more binds nobody
    try {
      if (!isEnded(this.reading)) this.reading.done();
    } finally {
      try {
        await this.tables.env.close();
      } finally {
        await this.#unlock?.();
      }
    }
  }
}

/**
 * The next transaction is begun before this one ends, so that LMDB's table of readers names the holder of the record at
 * every moment: another opener that looks in between takes it for dead.
 *
 * Where the table has no place for a second one, this one ends first, and another process may be faster. Then there is
 * none: reads are rejected until a later call finds a place.
 */
function renewed(tables: Tables, before: ReadTransaction): ReadTransaction {
  let next: ReadTransaction;
  try {
    next = newReading(tables);
  } catch (error) {
    if (isEnded(before)) throw error;
    before.done();
    return newReading(tables);
  }
  if (!isEnded(before)) before.done();
  return next;
}
