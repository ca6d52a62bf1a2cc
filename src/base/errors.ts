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
  | 'INVALID_QUERY'
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
  | 'POINT_NOT_FOUND'
  | 'POINT_EXISTS'
  | 'CONDITION_NOT_MET'
  | 'READERS_FULL'
  | 'STORE_UNAVAILABLE';

/** Stable code → when it happens and what to do. */
export const ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  INVALID_OPTION:
    'An option or argument is unknown, of the wrong type or out of range. Nothing was done. Correct the call; the message says what was expected.',
  INVALID_VECTOR:
    'A vector has the wrong dimension, a component that is not a finite float32 number, or only zeros with the cosine metric. Nothing was written. Correct or skip the point (`onInvalid: "skip"`).',
  INVALID_ID:
    'An id is neither an integer from 0 to 2^64 - 1 nor (in a collection) a string of 1 to 1,024 bytes of UTF-8. Nothing was written. Correct the id.',
  BUILD_FAILED:
    'A build of the index ended early. Its points are still pending, and searches find them. See `cause`; then build again. A collection tries again by itself.',
  BUILD_RUNNING: 'The operation needs the graph to itself, and a build is running. Await the build first.',
  WORKER_LOST:
    'A worker thread ended unexpectedly, or could not be started. Usually no action is needed: another thread, or the calling thread, takes over its work.',
  SNAPSHOT_INVALID:
    'A file is not a snapshot of this format, is cut short, or was altered. Load another snapshot, or build the index again.',
  KERNEL_UNAVAILABLE:
    'The kernel that the environment variable SILT_KERNEL asks for does not run on this JavaScript engine. Unset the variable, or choose another kernel.',
  NESTED_CALL:
    'Only with `HnswIndex`: its filter function, or the source of a batch, called the index that was calling it (`index.search(q, { filter: (id) => index.has(id) })`). Collect what you need before the call.',
  CLOSED: 'The index, collection or database is closed. Open it again, or do not use it after `close()`.',
  OUT_OF_MEMORY:
    'The JavaScript engine could not create or grow the memory of an arena. Points written before are not affected. Free memory as the message says, then repeat the call.',
  INVALID_PAYLOAD:
    'A payload contains something that JSON cannot represent, or is too large or too deep. Nothing was written. Store it in another form; the message names the place.',
  INVALID_FILTER:
    'A filter has an unknown member, or one of the wrong type or out of range. Nothing was done. Correct it; the message names the place.',
  INVALID_QUERY:
    'A query has an unknown member, or one of the wrong type or out of range; or a formula has no finite value for a point. Nothing was done. Correct it; the message names the place.',
  INVALID_NAME:
    'The name of a collection or of a field is empty, too long or contains a control character. Nothing was done. Choose another name.',
  DUPLICATE_ID:
    'A later point of the same batch has the same id, and replaced this one. Usually no action is needed; otherwise give each point an id of its own.',
  COLLECTION_EXISTS:
    'A collection of this name already exists. Use it with `db.collection(name)`, drop it, or choose another name.',
  COLLECTION_NOT_FOUND:
    'There is no collection of this name, or it was dropped. Create it first; `db.collections()` lists those that exist.',
  DATABASE_LOCKED:
    'The folder is already open, in the process named in the message, which may be this one. (The lock of a process that has ended is taken over.) Close it there, or read beside it with `readOnly`; in the same process, use the `Database` object that is open.',
  DATABASE_INVALID:
    'A folder holds a database of another format version, files that are not a Silt database, or a damaged store file. The message says what was found and what to do.',
  DATABASE_INACCESSIBLE:
    'The system does not allow the folder of a database to be created, read or written: permissions, a read-only file system, its path. Correct the permissions or the path; see the message and `cause`.',
  STORE_FAILED:
    'The disk refused a write. The write was not kept, unless the message says that it may have been, and points written before are not affected. See `cause`, and try again. If the message says that no more writes are possible, close the database and open it again first.',
  DISK_FULL:
    'There is no space on the disk for a write. The write was not kept, unless the message says that it may have been. (Rarely, LMDB ends the process instead, as a crash would: nothing acknowledged is lost.) Free disk space and retry.',
  BACKPRESSURE:
    'The write would have had to wait: with `backpressure: "error"`, because too many points are pending, or too many replaced or deleted ones still take memory; in any case, because the writes that wait for their commit hold too much memory. Try again later, or await earlier writes first.',
  COMPACTION_BEHIND:
    'Writes were faster than a compaction could copy points. The old index stays, and nothing is lost. No action is needed: it is tried again automatically. Write more slowly if it must succeed.',
  PAYLOAD_INDEX_EXISTS:
    'The path has a payload index of another kind. Nothing was done. Drop that index first.',
  ROW_UNREADABLE:
    'The stored bytes of a point are damaged; the message names the point and what is wrong. Other points are not affected. Upsert the point again, delete it, or restore a backup; `verify` lists all damaged points.',
  INGEST_FAILED:
    'The source of an ingest failed, or yielded an invalid point. `summary` says what was written before. See `cause`; skip invalid points with `onInvalid: "skip"`.',
  LIMIT_EXCEEDED:
    'A call asks for more at once than the limit in the message. Nothing was done. Split it into several calls, or do what the message says.',
  COLLECTION_POISONED:
    'A write was committed, but could not be loaded into memory. Nothing is lost: reads continue with the state before it, and writes are rejected. Close the database and open it again; the write is there then. See `cause`.',
  POINT_NOT_FOUND:
    'A search or query names the id of a point that does not exist, or that has no vector in the field; nothing was done. In the receipt of an upsert with `mode: "update"`: the point does not exist, and was not written. Write the point first, or search with a vector. Leave the mode out to insert it.',
  POINT_EXISTS:
    'With `mode: "insert"`: a point with this id exists, and was left as it is. The others were written. Usually no action is needed; leave the mode out to replace it.',
  CONDITION_NOT_MET:
    'With `condition`: the stored point does not meet it, and was left as it is. The others were written. Another writer may have been faster: read the point again, then decide.',
  READ_ONLY:
    'The database was opened with `readOnly`, and nothing can be written here. Write in the process that opened it without `readOnly`.',
  READERS_FULL:
    'More processes have the database open than its store has reader slots. Nothing was done. Close it in some of them.',
  STORE_UNAVAILABLE:
    'A database in a folder needs the native code of LMDB, which was not found or does not run on this JavaScript engine. Nothing was done. Install it where the program runs; see the message and docs/PLATFORMS.md.',
};

/** Frames of a stack that errors keep. */
const FRAMES = 40;

/** Of V8, and of engines that do as it does. */
const ENGINE = Error as {
  stackTraceLimit?: number;
  captureStackTrace?: (error: Error, above: unknown) => void;
};

/** Ten frames, which V8 keeps by default, may all be Silt's own: more are kept, so that the caller is among them. */
function captureCaller(error: Error): void {
  const { stackTraceLimit = FRAMES } = ENGINE;
  if (stackTraceLimit >= FRAMES) return;
  try {
    ENGINE.stackTraceLimit = FRAMES;
    ENGINE.captureStackTrace?.(error, error.constructor);
    ENGINE.stackTraceLimit = stackTraceLimit;
  } catch {} // it is frozen
}

/** Base class of the errors that Silt throws. `code` is stable, the message is for people. */
export class SiltError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    captureCaller(this);
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

/** A collection of this name already exists. */
export class CollectionExistsError extends SiltError {
  /** `instead`: what to do about it */
  constructor(
    collection: string,
    instead = `get it with collection(${JSON.stringify(collection)}), or use getOrCreateCollection`,
  ) {
    super('COLLECTION_EXISTS', `a collection ${JSON.stringify(collection)} already exists: ${instead}`);
  }
}

/** There is no collection of this name. */
export class CollectionNotFoundError extends SiltError {
  /** `others`: the names that there are */
  constructor(collection: string, others: readonly string[] = []) {
    const shown = others.slice(0, 10).map((name) => JSON.stringify(name));
    const there =
      shown.length === 0
        ? ''
        : `; there ${others.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${others.length > 10 ? ', …' : ''}`;
    super('COLLECTION_NOT_FOUND', `there is no collection ${JSON.stringify(collection)}${there}`);
  }
}

/** The folder is already open, in another process or in this one. */
export class DatabaseLockedError extends SiltError {
  /** The process that holds the folder; 0 where that is not known. */
  readonly pid: number;

  /** `own`: it is the number of this process. */
  constructor(path: string, pid: number, own = false) {
    const where = own ? `process ${pid}, this one` : pid === 0 ? 'another process' : `process ${pid}`;
    const rule = own
      ? 'Use that Database object (keep it in one module; with hot reload, on globalThis), or close it first. If this program has not opened it, a worker thread, a second copy of silt in node_modules, or another container with the same pid has'
      : 'One process can write: close it there first, or read beside it with { readOnly: true }';
    super('DATABASE_LOCKED', `${path} is already open in ${where}. ${rule}`);
    this.pid = pid;
  }
}

/** The database was opened with `readOnly`. */
export class ReadOnlyError extends SiltError {
  constructor(what: string) {
    super(
      'READ_ONLY',
      `${what} was opened with readOnly: write in the process that opened it without readOnly`,
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
    super('BACKPRESSURE', why);
    this.waitMs = waitMs;
  }
}
