/*
 * The LMDB environment of a database folder and its three tables. Both threads that use it, the one that reads
 * and the one that writes, open it here.
 *
 *   records  key → JSON (UTF-8)                     configurations, counts, notes, the lock
 *   ids      collection, id → row (float64)
 *   rows     collection, row → id, payload and float32 components
 *
 * A thread can be ended between any two calls of JavaScript functions (process.exit, worker.terminate), and then
 * LMDB's hook for ended threads waits for the lock of writers. If that thread has the lock itself, it waits forever,
 * and so does the process. So no JavaScript runs here while the lock is held: not when tables are opened (a reading
 * transaction does), not when they are made (`makeTables`), and not when something is written (batch.ts,
 * update.ts).
 */
import * as lmdb from 'lmdb';
import {
  type Database,
  type DatabaseOptions,
  openAsClass,
  type RootDatabase,
  type TransactionFlags,
} from 'lmdb';
import { SiltError } from '../../base/errors.js';
import { numeral } from '../../base/numeral.js';
import { COUNTS } from '../records.js';

/** Places in LMDB's table of readers. A process has one, and a second while it goes over to a later state. */
const MAX_READERS = 1_022;
/** What LMDB says where none is free. */
const MDB_READERS_FULL = -30_790;

export function isReadersFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === MDB_READERS_FULL;
}

export function readersFull(cause?: Error): SiltError {
  return new SiltError(
    'READERS_FULL',
    `all ${numeral(MAX_READERS)} reader slots of the store are in use (the limit is fixed). Each process that has the database open takes one, briefly two after a write. Close it in some processes; slots of processes that have ended are free`,
    { cause },
  );
}

/** The tables, in the order of `Tables`. */
const NAMES = ['records', 'ids', 'rows'] as const;

export type Table = Database<Buffer, Buffer>;
type Root = RootDatabase<Buffer, Buffer>;

/** LMDB's environment itself, below the tables. */
export interface Environment {
  beginTxn(flags: number): void;
  commitTxn(): void;
  abortTxn(): void;
  /** The number of the transaction that was begun; 0 where LMDB could not begin one. */
  getWriteTxnId(): number;
  info(): { readonly lastTxnId: number };
  /** For `native.write`. */
  readonly address: number;
  /** Has instructions executed and committed by another thread (see batch.ts); 0: it is done. */
  startWriting(address: number, done: (status: number) => void): void;
  /** Lets go of the lock of `startWriting`. */
  resumeWriting(): void;
}

export interface Tables {
  readonly env: Root;
  readonly environment: Environment;
  readonly records: Table;
  readonly ids: Table;
  readonly rows: Table;
}

/** What the types of the package leave out. */
interface Opening {
  readonly db: unknown;
  readonly env: Environment;
  resetReadTxn(): void;
  ensureReadTxn(): void;
}
/** LMDB itself, below the package; it has no types. */
interface Native {
  readonly Dbi: new (environment: Environment, flags: number, name: string, keyType: number) => unknown;
  getAddress(buffer: ArrayBuffer): number;
  /** Has instructions executed here and now, in the transaction that was begun. */
  write(environment: number, address: number): void;
  /** Throws what the status of a commit means. */
  lmdbError(status: number): never;
}
export const native: Native = (lmdb as unknown as { readonly nativeAddon: Native }).nativeAddon;

type Options = DatabaseOptions & { readonly create?: boolean; readonly isRoot?: boolean };
type TableClass = { readonly prototype: Root } & (new (
  name: string | null,
  options: Options,
) => Root & Opening);

/** The class of tables of an environment that is opened here. */
function tablesOf(folder: string, readOnly: boolean): TableClass {
  const options = {
    path: folder,
    noSubdir: false,
    maxDbs: 4,
    readOnly,
    maxReaders: MAX_READERS,
    // A commit is on the disk when it resolves. Flushing behind it gains nothing, since one is under way at a time.
    overlappingSync: false,
  };
  const LmdbTable = openAsClass(options) as unknown as TableClass;
  return class extends LmdbTable {
    /** The package opens a table within a writing transaction. For one that is there, a reading one is enough. */
    override transactionSync<T>(action: () => T, flags?: TransactionFlags): T {
      if (this.db !== undefined) return super.transactionSync(action, flags);
      this.resetReadTxn();
      this.ensureReadTxn();
      return action();
    }
  };
}

/** Makes the three tables, in one transaction. Calls of LMDB alone, which no end of the thread comes between. */
function makeTables(environment: Environment): void {
  const { Dbi } = native;
  const create = 0x40000;
  const binaryKeys = 3;
  environment.beginTxn(2);
  try {
    for (const name of NAMES) new Dbi(environment, create, name, binaryKeys);
  } catch (error) {
    environment.abortTxn();
    throw error;
  }
  environment.commitTxn();
}

/** The number of the transaction by which this thread read last; the types leave it out. */
export const getLastTxnId: () => number = (lmdb as unknown as { getLastTxnId(): number }).getLastTxnId;

/** LMDB's table of those that read, of all processes. */
export type Readers = Pick<RootDatabase, 'readerCheck' | 'readerList'>;

/** `beforeReading` sees who reads before this thread does; what it throws ends the opening. */
export function openTables(
  folder: string,
  {
    readOnly = false,
    beforeReading,
  }: { readonly readOnly?: boolean; readonly beforeReading?: (readers: Readers) => void } = {},
): Tables {
  const LmdbTable = tablesOf(folder, readOnly);
  try {
    beforeReading?.(LmdbTable.prototype);
  } catch (error) {
    // The environment, of which there is no table yet.
    LmdbTable.prototype.close.call({ isRoot: true } as never).catch(() => {});
    throw error;
  }
  const env = new LmdbTable(null, { encoding: 'binary', isRoot: true });
  const open = (name: string): Table | undefined => {
    try {
      return new LmdbTable(name, { encoding: 'binary', keyEncoding: 'binary', create: false });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  try {
    let found = NAMES.map(open);
    if (!readOnly && found.every((table) => table === undefined) && isEmpty(env)) makeTables(env.env);
    // Another opener may have made them meanwhile, all in one transaction: who looks again sees all of them.
    if (found.includes(undefined)) found = NAMES.map(open);
    const [records, ids, rows] = found;
    if (records && ids && rows) return { env, environment: env.env, records, ids, rows };
    throw missing(
      folder,
      NAMES.filter((_, i) => found[i] === undefined),
    );
  } catch (error) {
    env.close().catch(() => {});
    throw error;
  }
}

/** Whether a table cannot be opened because there is none: the package has no code for that. */
function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.message === 'Database not found';
}

/** Whether an environment has no table at all, as a new one. */
function isEmpty(env: Root & Opening): boolean {
  env.resetReadTxn();
  env.ensureReadTxn(); // that of the last opening is over: LMDB would go on to use its memory
  return (env.db as { stat(): { readonly entryCount: number } }).stat().entryCount === 0;
}

/** Never made again beside tables that are there: an empty one in its place would hide all that it had. */
function missing(folder: string, names: readonly string[]): SiltError {
  const which = names.map((name) => `"${name}"`).join(' and ');
  const tables = names.length === 1 ? `its table ${which} is` : `its tables ${which} are`;
  const rest = names.length === NAMES.length ? 'it has others' : 'the rest is there';
  return new SiltError(
    'DATABASE_INVALID',
    `the store ${folder} is damaged: ${tables} missing, and ${rest}. Restore it from a backup`,
  );
}

/** The number by which LMDB knows a table. */
export function tableNumber(table: Table): number {
  return (table as unknown as { readonly db: { readonly dbi: number } }).db.dbi;
}

export function recordKey(key: string): Buffer {
  return Buffer.from(key);
}

export function recordValue(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** @throws SyntaxError that names the record, where its bytes are damaged */
export function parseRecord<T>(key: Buffer, value: Buffer | undefined): T | undefined {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value.toString()) as T;
  } catch (cause) {
    throw new SyntaxError(`its record "${key}" is not JSON`, { cause });
  }
}

/** Under which a collection's last sequence number and number of points stand. */
export function countsKey(collection: number): Buffer {
  return recordKey(COUNTS + collection);
}
