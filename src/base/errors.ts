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
  | 'OUT_OF_MEMORY';

/** Stable code → when it happens and what to do. */
export const ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  INVALID_OPTION: 'An option or argument is of the wrong type or out of range. Correct it; nothing was done.',
  INVALID_VECTOR:
    'A vector has the wrong dimension, a component that is no finite float32, or no direction under cosine. Nothing was written.',
  INVALID_ID: 'An id is no integer from 0 to 2^64 - 1. Nothing was written.',
  BUILD_FAILED:
    'A background build ended early; its rows are still buffered and searchable. See `cause`, then build again.',
  BUILD_RUNNING: 'The operation needs the graph to itself, and a build is running. Await the build first.',
  WORKER_LOST: 'A worker thread ended unexpectedly. Its rows are linked again by another one.',
  SNAPSHOT_INVALID:
    'A file is no snapshot of this format, is cut short or was altered. Load another one, or build again.',
  KERNEL_UNAVAILABLE:
    'The kernel that SILT_KERNEL asks for does not run on this engine. Unset it, or choose another.',
  NESTED_CALL:
    'A filter, or the source of a batch, called back into the index that is calling it. Collect first, then call.',
  CLOSED: 'The index was closed.',
  OUT_OF_MEMORY: 'The engine refused to grow the memory of an arena. Rows written before are unharmed.',
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

/** The index was closed. */
export class ClosedError extends SiltError {
  constructor() {
    super('CLOSED', 'the index is closed');
  }
}
