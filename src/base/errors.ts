/* Every error a caller can meet. The codes are stable; docs/ERRORS.md lists them, and a test compares the two. */

export type ErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_VECTOR'
  | 'INVALID_ID'
  | 'BUILD_FAILED'
  | 'BUILD_RUNNING'
  | 'WORKER_LOST'
  | 'SNAPSHOT_INVALID'
  | 'KERNEL_UNAVAILABLE'
  | 'NESTED_CALL'
  | 'CLOSED'
  | 'OUT_OF_MEMORY'
  | 'INVALID_PAYLOAD'
  | 'INVALID_FILTER'
  | 'INVALID_NAME'
  | 'DUPLICATE_ID'
  | 'COLLECTION_EXISTS'
  | 'COLLECTION_NOT_FOUND'
  | 'DATABASE_LOCKED'
  | 'DATABASE_INVALID'
  | 'DATABASE_INACCESSIBLE'
  | 'STORE_FAILED'
  | 'DISK_FULL'
  | 'BACKPRESSURE'
  | 'COMPACTION_BEHIND'
  | 'PAYLOAD_INDEX_EXISTS'
  | 'ROW_UNREADABLE'
  | 'INGEST_FAILED'
  | 'COLLECTION_POISONED'
  | 'LIMIT_EXCEEDED'
  | 'READ_ONLY'
  | 'READERS_FULL'
  | 'STORE_UNAVAILABLE';

/** Stable code → when it happens and what to do. */
export const ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  INVALID_OPTION: 'An option or argument is of the wrong type or out of range. Correct it; nothing was done.',
  INVALID_VECTOR:
    'A vector has the wrong dimension, a component that is no finite float32, or no direction under cosine. Nothing was written.',
  INVALID_ID:
    'An id is neither an integer from 0 to 2^64 - 1 nor (in a collection) a string of 1 to 1,024 bytes of UTF-8. Nothing was written.',
  BUILD_FAILED:
    'A background build ended early; its rows are still buffered and searchable. See `cause`, then build again.',
  BUILD_RUNNING: 'The operation needs the graph to itself, and a build is running. Await the build first.',
  WORKER_LOST:
    'A worker thread ended unexpectedly, or could not be started. What it was to do is done by another one, or by the calling thread.',
  SNAPSHOT_INVALID:
    'A file is no snapshot of this format, is cut short or was altered. Load another one, or build again.',
  KERNEL_UNAVAILABLE:
    'The kernel that SILT_KERNEL asks for does not run on this engine. Unset it, or choose another.',
  NESTED_CALL:
    'A filter, or the source of a batch, called back into the index that is calling it. Collect first, then call.',
  CLOSED: 'The index, collection or database was closed.',
  OUT_OF_MEMORY:
    'The engine refused to make or to grow the memory of an arena; the message says what to do. Rows written before are unharmed.',
  INVALID_PAYLOAD:
    'A payload holds something that JSON has no form for, or is too large or too deep. Nothing was written.',
  INVALID_FILTER:
    'A filter has an unknown member, or one of the wrong type or out of range; the message names the place. Nothing was done.',
  INVALID_NAME: 'A collection name is empty, too long or holds a control character. Nothing was done.',
  DUPLICATE_ID: 'In a receipt: a later point of the same batch has this id, and won.',
  COLLECTION_EXISTS: 'A collection of this name exists. Use it, drop it, or choose another name.',
  COLLECTION_NOT_FOUND: 'There is no collection of this name, or it was dropped. Create it first.',
  DATABASE_LOCKED:
    'The directory is open already: in the process named in the message, which may be this one. Close it there, or read beside it with `readOnly`; the lock of one that ended is taken over.',
  DATABASE_INVALID:
    'A directory holds a database of another format version, files that are not one, or a damaged store file. The message says what was found and what to do.',
  DATABASE_INACCESSIBLE:
    'The system refuses to make, read or write the directory of a database: permissions, a read-only file system, its path. See the message and `cause`.',
  STORE_FAILED:
    'The disk refused a write; nothing of it was kept, unless the message says so, and rows written before are unharmed. Where the message says that no more writes are possible, close the database and open it again. See `cause`.',
  DISK_FULL:
    'There is no room on the disk for a write; nothing of it was kept, unless the message says so. It works again when there is room.',
  BACKPRESSURE:
    'With `backpressure: "error"`: so many rows wait to be indexed, or were replaced and still take memory, that the write would have had to wait. Try again later.',
  COMPACTION_BEHIND:
    'Writes came faster than a compaction could copy rows; the old index stays, and nothing was lost. It is tried again by itself; write more slowly where it must succeed.',
  PAYLOAD_INDEX_EXISTS: 'The path has a payload index of another kind. Drop it first; nothing was done.',
  ROW_UNREADABLE:
    'The stored bytes of a point are damaged; the message names the point and what is wrong. Other points are not affected. Upsert the point again or delete it, or restore a backup; `verify` lists all damaged points.',
  INGEST_FAILED:
    'The source of an ingest failed, or gave a bad point. `summary` says what was written before; see `cause`.',
  LIMIT_EXCEEDED:
    'A call asks for more at once than the limit in the message. Nothing was done. Ask for less, several times, or as the message says.',
  COLLECTION_POISONED:
    'A write was committed, and could not be taken up in memory. Nothing is lost: reads go on with what was there before, and writes are refused. Close the database and open it again; the write is there then. See `cause`.',
  READ_ONLY:
    'The database was opened with `readOnly`: nothing can be written here. Write in the process that has opened it without.',
  READERS_FULL:
    'More processes have the database open than its store has places for readers. Close it in some of them; nothing was done.',
  STORE_UNAVAILABLE:
    'A database in a directory needs the native code of LMDB, which was not found or does not run on this engine. Install it where the program runs; nothing was done. See the message and docs/PLATFORMS.md.',
};

/** Base class of everything Silt throws on purpose. `code` is stable, the message is for people. */
export class SiltError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An option, argument, vector or id was rejected before any effect. */
export class ValidationError extends SiltError {}

/** A build ended early; its rows are still buffered and searchable. */
export class BuildError extends SiltError {
  constructor(message: string, cause: unknown) {
    super('BUILD_FAILED', message, { cause });
  }
}

/** A snapshot file cannot be trusted. */
export class SnapshotError extends SiltError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('SNAPSHOT_INVALID', message, options);
  }
}

/** The index, collection or database was closed. */
export class ClosedError extends SiltError {
  constructor(what = 'index') {
    super('CLOSED', `the ${what} is closed`);
  }
}

/** A collection of this name exists already. */
export class CollectionExistsError extends SiltError {
  constructor(collection: string) {
    super(
      'COLLECTION_EXISTS',
      `a collection ${JSON.stringify(collection)} exists already: get it with collection(${JSON.stringify(collection)})`,
    );
  }
}

/** There is no collection of this name. */
export class CollectionNotFoundError extends SiltError {
  /** `others`: the names that there are */
  constructor(collection: string, others: readonly string[] = []) {
    const shown = others.slice(0, 10).map((name) => JSON.stringify(name));
    const there =
      shown.length === 0 ? '' : `; there is ${shown.join(', ')}${others.length > 10 ? ', …' : ''}`;
    super('COLLECTION_NOT_FOUND', `there is no collection ${JSON.stringify(collection)}${there}`);
  }
}

/** The directory is open already, in another process or in this one. */
export class DatabaseLockedError extends SiltError {
  /** The process that holds the directory; 0 where that is not known. */
  readonly pid: number;

  /** `own`: it is the number of this process. */
  constructor(path: string, pid: number, own = false) {
    const where = own
      ? `process ${pid}: this one (by this or another thread, or another copy of silt), or one of the same number in another container`
      : pid === 0
        ? 'another process'
        : `process ${pid}`;
    const rule = own
      ? 'A process can have a database open once, to read it too: use the one that is open there, or close it first'
      : 'One process can write: close it there first, or read beside it with { readOnly: true }';
    super('DATABASE_LOCKED', `${path} is open already in ${where}. ${rule}`);
    this.pid = pid;
  }
}

/** The database was opened with `readOnly`. */
export class ReadOnlyError extends SiltError {
  constructor(what: string) {
    super(
      'READ_ONLY',
      `${what} was opened with readOnly, and cannot be written here: write in the process that opens it without`,
    );
  }
}

/** The disk refused a write. Nothing of it was kept, unless the message says so. */
export class StoreError extends SiltError {
  constructor(code: 'STORE_FAILED' | 'DISK_FULL', message: string, cause: unknown) {
    super(code, message, { cause });
  }
}

/** A write would have to wait for others, and the caller asked not to; or the writes that wait hold too much memory. */
export class BackpressureError extends SiltError {
  /** How long the write would have waited for rows to be indexed; 0 where it is not for these. */
  readonly waitMs: number;

  constructor(why: string, waitMs: number) {
    super('BACKPRESSURE', `${why}. Try again later`);
    this.waitMs = waitMs;
  }
}
