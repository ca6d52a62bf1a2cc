/*
 * What a collection keeps for good: ids, vectors and payloads by row number, and small records (configurations,
 * notes). The store is the truth; arena and graph can always be made again from it.
 *
 * A store has one writer and commits one transaction at a time. Readers see the state of the last `refresh`, so
 * that what they read belongs to the rows that the arenas hold, however far the disk may be ahead.
 *
 * What is written comes as entries (entry.ts). The store appends them and gives the row numbers, in the order of its
 * commits; what follows from an entry in memory is done by replaying it with these numbers (collection/replay.ts).
 */
import type { PointId } from '../base/ids.js';
import type { PointsEntry, RecordChange, Span } from './entry.js';

/** What may be wrong between rows and ids of a collection, by what a reader saw. */
export interface Mending {
  readonly collection: number;
  /** Rows whose ids do not name them. Each is named again, or removed if its point was written again since. */
  readonly rows: readonly number[];
  /** Ids that name no row, or one of another id: removed. */
  readonly ids: readonly Uint8Array[];
}

export interface Transaction {
  /** Points written, ids deleted, payloads patched and values changed, in their order. */
  readonly entries?: readonly PointsEntry[];
  readonly records?: readonly RecordChange[];
  /** Takes away rows of a collection, `purgeRows` at most; default PURGE_ROWS, as many as one transaction should. */
  readonly purge?: number;
  readonly purgeRows?: number;
  /** Of the collection in `purge`, no rows: the values in this field, which is no more. In memory, those that were changed. */
  readonly purgeField?: number;
  /** Rewrites some rows of an older format; the record UPGRADE is gone when there are no more. */
  readonly upgrade?: boolean;
  /** Makes ids right where rows say otherwise. In memory, nothing is ever damaged. */
  readonly mend?: Mending;
  /** False: it may resolve once the data survives the end of this process, before it survives that of the machine. */
  readonly flush?: boolean;
}

/** Where an entry got its place, and what it did to the rows before. */
export interface Appended {
  /**
   * Sequence number of its first operation, and row number of its first row: the next ones of the collection. The others
   * follow it.
   */
  readonly first: number;
  /**
   * For each operation: the row that the id named before and names no more, 0 for none. Of a patch, or of changed values: the
   * row whose payload or values are others from here on, which the id goes on naming.
   */
  readonly previous: Float64Array;
  /** Patches and changes that could not be applied to what was there. Those points are as they were. */
  readonly refused?: readonly Refused[];
}

/** An operation that the store did not do, and why. */
export interface Refused {
  /** Its position in the entry. */
  readonly index: number;
  readonly code: 'INVALID_PAYLOAD' | 'LIMIT_EXCEEDED' | 'ROW_UNREADABLE';
  readonly message: string;
}

export interface Committed {
  /** For each entry. */
  readonly appended: readonly Appended[];
  /** Rows, or changed values, that `purge` took away; fewer than it may when none is left. */
  readonly purged: number;
}

/** An entry as a store remembers it, once its rows are in place. */
export interface Logged extends Pick<Appended, 'first' | 'previous'> {
  readonly collection: number;
  readonly count: number;
  /** What became of the rows in `previous`: they are gone, or their payloads, or values of them, are others. */
  readonly effect: 'gone' | 'payloads' | 'values';
}

export function effectOf(kind: PointsEntry['kind']): Logged['effect'] {
  return kind === 'patch' ? 'payloads' : kind === 'values' ? 'values' : 'gone';
}

/** What commits did, in their order: for who follows a store from another process. */
export interface Tail {
  readonly entries: readonly Logged[];
  /** Whether records of collections, or of their payload indexes, have changed. */
  readonly records: boolean;
}

export interface StoredPoint {
  /** Key of the id. */
  readonly id: Uint8Array;
  /** The id itself, where the store has it at hand. */
  readonly name?: PointId;
  readonly payload: Uint8Array;
  /** Where the payload is, for who decodes it: making a view takes as long as that. */
  readonly payloadIn: Span;
  /** Of an older format, which has no checksums. */
  readonly unchecked?: boolean;
}

/** What a collection has given out and holds. */
export interface Counts {
  /** Last sequence number. */
  readonly seq: number;
  readonly points: number;
  /** Points whose payload was patched since they were written; left out where there is none. */
  readonly patched?: number;
  /** Of the last operation that patched one; left out where that is not known. */
  readonly patchedAt?: number;
  /** By field: what lies beside the rows of values that were changed; left out where nothing does. */
  readonly changed?: Readonly<Record<number, ChangedField>>;
}

export interface ChangedField {
  /** Of how many rows. */
  readonly values: number;
  /** Number of the last operation that changed one. */
  readonly at: number;
}

/** One state of a store. */
export interface StoreView {
  records(prefix: string): [key: string, value: unknown][];
  counts(collection: number): Counts;
  /** The row that an id names, 0 for none. */
  rowOf(collection: number, id: Uint8Array): number;
  /**
   * A copy of a vector, exactly as it was written: in `into`, where that has its length.
   *
   * @throws RowFault where its bytes are damaged
   */
  vector(collection: number, row: number, into?: Float32Array): Float32Array | undefined;
  /**
   * A copy of the bytes of a row's value in a field, exactly as they were written; undefined where it has none.
   *
   * @throws RowFault where they are damaged
   */
  field(collection: number, row: number, field: number): Uint8Array | undefined;
  /**
   * Whether a row has a value in a field.
   *
   * @throws RowFault where it cannot be told
   */
  hasField(collection: number, row: number, field: number): boolean;
  /**
   * The sequence number of the operation that changed a row's value in a field last, since the row was written; undefined for
   * none.
   *
   * @throws RowFault where it cannot be told
   */
  changedAt(collection: number, row: number, field: number): number | undefined;
  /**
   * Id and payload of a row. The bytes may be reused by the next call.
   *
   * @throws RowFault where they are damaged
   */
  point(collection: number, row: number): StoredPoint | undefined;
  /** These points will be read one by one, in this turn: what can be done for all of them at once is done here. */
  touch?(collection: number, rows: readonly number[], withPayload: boolean): void;
  /** Rows whose payload was patched by an operation behind `seq`, ascending; those of damaged patches as well. */
  patched(collection: number, seq: number): Iterable<number>;
  /** Rows whose value in a field was changed by an operation behind `seq`, ascending; those of damaged changes as well. */
  changed(collection: number, field: number, seq: number): Iterable<number>;
  /** Row numbers above `after`, ascending. */
  rows(collection: number, after: number): Iterable<number>;
  /**
   * Rows above `after` with their vectors, ascending, of a collection whose points all have one. A vector is valid until the
   * next one is taken; undefined where its bytes are damaged.
   */
  vectors(
    collection: number,
    after: number,
  ): Iterable<readonly [row: number, vector: Float32Array | undefined]>;
  /** Ids in order, behind the key `after`, with their rows. */
  ids(collection: number, after?: Uint8Array): Iterable<readonly [id: Uint8Array, row: number]>;
}

/** A state that stays as it is, however much is committed meanwhile. Its owner ends it: until then, the store keeps what it needs. */
export interface Moment extends StoreView {
  end(): void;
}

export interface Store extends StoreView {
  /** Folder; undefined in memory. */
  readonly path: string | undefined;
  /** Drawn when the store was made: files that belong to it carry it. */
  readonly uuid: string;
  /** Another process writes it: nothing can be committed here. */
  readonly readOnly?: boolean;
  /** Nothing of an entry's memory is read behind its commit, if that resolves: it may be used for others. */
  readonly copiesEntries?: boolean;

  /**
   * All or nothing. Rejects with a StoreError; then nothing of it was kept, or, where the writer died behind the
   * commit, all of it: `refresh` shows which.
   */
  commit(transaction: Transaction): Promise<Committed>;
  /**
   * Copies the folder of the database, as of one moment, to a folder that does not exist or is empty. Not where there
   * are no files.
   */
  backUp?(to: string): Promise<void>;
  /** What is committed now. Not where there are no files. */
  moment?(): Moment;
  /** From here on, reads see what is committed now. */
  refresh(): void;

  /** Whatever is asked of a store from here on throws ClosedError, and so do iterators that have not ended. */
  close(): Promise<void>;
}

/** A store that another process writes. Its readers see one state until they adopt a later one. */
export interface FollowedStore extends Store {
  /** Nothing can be committed. */
  readonly readOnly: true;
  /** Whether something was committed since the state at hand. Takes microseconds. */
  readonly isBehind: boolean;
  /** Of the state at hand: how many commits are in the log. */
  readonly position: number;
  /** What is committed now, to be looked at before it is adopted, or ended. One at a time. */
  ahead(): Ahead;
  /** Readers see that state from here on. */
  adopt(ahead: Ahead): void;
  /** @throws SiltError DATABASE_INVALID where its folder was deleted, or holds another store by now */
  expectInPlace(): void;
}

export interface Ahead extends StoreView {
  readonly position: number;
  /** What the commits behind a position did, in order. Undefined where that is not remembered any more. */
  tail(after: number): Tail | undefined;
  end(): void;
}

/** Rows, or changed values, that one transaction of `purge` takes away. */
export const PURGE_ROWS = 5_000;
