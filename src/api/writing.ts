/* The options of writes, and what writes report. */
import type { ErrorCode } from '../base/errors.js';
import type { PointId } from '../base/ids.js';
import type { AnyFields, Fields, VectorName } from './fields.js';
import type { Filter } from './filter.js';
import type { PathInto } from './paths.js';
import type { Payload, PayloadChange, PayloadInput, PointOf, VectorUpdate } from './points.js';
import type { AbortSignalLike, ReadableStreamLike } from './standard.js';

/** Of every write. */
export interface WriteOptions {
  /**
   * When to resolve: 'flushed', once it is on the disk; 'committed', once it survives the end of this process (a loss of
   * power may take the last writes). Default 'flushed'.
   */
  readonly durability?: 'flushed' | 'committed' | undefined;
  /** Takes the write back as long as its commit has not begun. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Which points an upsert writes: all, only those whose id is new, or only those whose id is there. */
export type WriteMode = 'upsert' | 'insert' | 'update';

export interface UpsertOptions<P extends object = Payload, F extends Fields = AnyFields>
  extends WriteOptions {
  /** What to do with an invalid point: 'throw' rejects the call, 'skip' leaves the point out and reports it in the receipt. Default 'throw'. */
  readonly onInvalid?: 'throw' | 'skip' | undefined;
  /** When indexing is far behind: 'wait', or 'error' for a BackpressureError. Default 'wait'. */
  readonly backpressure?: 'wait' | 'error' | undefined;
  /**
   * Which points are written: 'upsert', all; 'insert', those whose id is not there, and points that exist stay as they are;
   * 'update', those whose id is there. The others are listed in `rejected` of the receipt (POINT_EXISTS, POINT_NOT_FOUND).
   * Default 'upsert'.
   */
  readonly mode?: WriteMode | undefined;
  /**
   * A stored point is replaced only if it matches this filter (compare and set); else it stays as it is and is listed in
   * `rejected` (CONDITION_NOT_MET). A point that does not exist yet is inserted, unless `mode` is 'update'. No other write
   * comes between the comparison and the commit. Not with `mode` 'insert', which replaces no stored point.
   */
  readonly condition?: Filter<P, F> | undefined;
}

export interface UpdateVectorsOptions<P extends object = Payload, F extends Fields = AnyFields>
  extends WriteOptions {
  /**
   * Vectors of a point are changed only if it matches this filter; else the point stays as it is and is listed in `rejected`
   * (CONDITION_NOT_MET). No other write comes between the comparison and the commit.
   */
  readonly condition?: Filter<P, F> | undefined;
}

export interface SetPayloadOptions extends WriteOptions {
  /**
   * Where in the payload: `a.b`, `a[0]`, `a[]` for each element. What is missing on the way is created; what is there and
   * no object is replaced. Default: the payload itself.
   */
  readonly path?: string | undefined;
}

/** Points by id, or all that match a filter. */
export type PointSelector<P extends object = Payload, F extends Fields = AnyFields> =
  | PointId
  | readonly PointId[]
  | { readonly filter: Filter<P, F> };

/**
 * One operation of a `batch`: the member that is named like a call holds its first argument, and what else that takes stands
 * beside it.
 */
export type Operation<P extends object = Payload, F extends Fields = AnyFields> =
  | {
      readonly upsert: PointOf<P, F> | readonly PointOf<P, F>[];
      readonly mode?: WriteMode | undefined;
      readonly condition?: Filter<P, F> | undefined;
    }
  | { readonly delete: PointSelector<P, F> }
  | {
      readonly setPayload: PointSelector<P, F>;
      readonly payload: PayloadChange<P>;
      readonly path?: undefined;
    }
  | { readonly setPayload: PointSelector<P, F>; readonly payload: object; readonly path: string }
  | { readonly overwritePayload: PointSelector<P, F>; readonly payload: PayloadInput<P> }
  | { readonly deletePayload: PointSelector<P, F>; readonly paths: readonly PathInto<P>[] }
  | { readonly clearPayload: PointSelector<P, F> }
  | {
      readonly updateVectors: VectorUpdate<F> | readonly VectorUpdate<F>[];
      readonly condition?: Filter<P, F> | undefined;
    }
  | { readonly deleteVectors: PointSelector<P, F>; readonly fields: readonly VectorName<F>[] };

export interface BatchOptions extends WriteOptions {
  /** As of an `upsert`. Default 'wait'. */
  readonly backpressure?: 'wait' | 'error' | undefined;
}

/** A point that was not written. */
export interface Rejection {
  /** Position of the operation, in a batch. */
  readonly operation?: number;
  /** Position in the list of the call, or of the operation. */
  readonly index: number;
  readonly id?: PointId;
  /** Stable, of ERROR_CODES. */
  readonly code: ErrorCode;
  readonly message: string;
}

export interface WriteReceipt {
  /** Sequence number of the last operation: give it to `waitFor`, or to a search as `minSeq`. */
  readonly seq: number;
  readonly inserted: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Points that were changed in place: their payloads, or some of their vectors. */
  readonly updated: number;
  /** Points that were not written, by their position in the call's list. */
  readonly rejected: readonly Rejection[];
}

/** Where `ingest` takes points from. */
export type PointSource<P extends object = Payload, F extends Fields = AnyFields> =
  | Iterable<PointOf<P, F>>
  | AsyncIterable<PointOf<P, F>>
  | ReadableStreamLike<PointOf<P, F>>;

export interface IngestOptions {
  /** As of an `upsert`: when a batch counts as written. Default 'flushed'. */
  readonly durability?: 'flushed' | 'committed' | undefined;
  /** Points in all, where the source does not tell: for `etaSeconds` of the progress. */
  readonly total?: number | undefined;
  /** Points a batch, 1 to 100,000; fewer where they take more than 64 MiB. Default 1,000. */
  readonly batchSize?: number | undefined;
  /** What to do with an invalid point: 'throw' ends the ingest with an IngestError, 'skip' reports it in the summary. Default 'throw'. */
  readonly onInvalid?: 'throw' | 'skip' | undefined;
  /** Ends the ingest after the batches on their way; the summary says what was written. */
  readonly signal?: AbortSignalLike | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: IngestProgress) => unknown) | undefined;
}

export interface IngestProgress {
  /** Points acknowledged so far. */
  readonly written: number;
  readonly rowsPerSecond: number;
  /** Bytes of the vectors acknowledged so far. */
  readonly bytes: number;
  /** Points that are not indexed yet. */
  readonly pending: number;
  /** Points in all, where the source tells: arrays, sets and maps do. */
  readonly total: number | null;
  /** Null where the total is not known. */
  readonly etaSeconds: number | null;
}

export interface IngestSummary {
  /** Points acknowledged: inserted and replaced. */
  readonly written: number;
  readonly inserted: number;
  readonly replaced: number;
  /** Points left out; `index` is their position in the source. The first 10,000 of them: `rejectedCount` counts all. */
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
  /** Sequence number of the last write. */
  readonly seq: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Whether `signal` ended it before the source did. */
  readonly aborted: boolean;
}
