/* What collections and indexes do behind the calls: its options and reports. */
import type { PointId } from '../base/ids.js';
import type { ResolvedConfig } from './config.js';
import type { AnyFields, Fields, VectorName } from './fields.js';
import type { AbortSignalLike } from './standard.js';

/** How far a write has come: flushed to the disk; considered by every search; in the graph. */
export type Stage = 'durable' | 'searchable' | 'indexed';

export type IndexKind = 'keyword' | 'integer' | 'float' | 'bool' | 'datetime' | 'text' | 'geo' | 'uuid';

export interface PayloadIndexInfo {
  readonly path: string;
  readonly kind: IndexKind;
  /** `building` while rows that were there before are taken in; filters work all the same, and read payloads. */
  readonly state: 'building' | 'ready';
  /** Rows taken in, replaced ones among them. */
  readonly rows: number;
  /** Values held. */
  readonly entries: number;
}

export interface RestoredInfo {
  /** When it was restored: milliseconds since 1970, another time for each restoring. */
  readonly at: number;
  /** What `backupCollection` was given for the file. */
  readonly note?: unknown;
}

export interface CollectionInfo {
  readonly name: string;
  readonly config: ResolvedConfig;
  /** Milliseconds since 1970; a collection that is made within the same one as another counts as made in the next. */
  readonly createdAt: number;
  /** Of a collection that was restored from a file. */
  readonly restored?: RestoredInfo | undefined;
  readonly points: number;
  readonly memoryBytes: number;
  readonly seq: number;
  readonly payloadIndexes: readonly PayloadIndexInfo[];
}

export interface CollectionStatus {
  /**
   * `ready`: every point is in the graph. `indexing`: points are pending, and are found by exact scan. `paused`: automatic
   * indexing is stopped (`pauseIndexing`). `degraded`: the last build, snapshot, compaction, indexing of payloads, measuring of recall or following of
   * another process failed (see errors), and will be tried again; or the last build had fewer threads than it asked for.
   */
  readonly state: 'ready' | 'indexing' | 'paused' | 'degraded';
  /** Live points; each is indexed, pending or quarantined. */
  readonly points: number;
  /** Points that are in the graphs of all dense fields that they have. */
  readonly indexed: number;
  /**
   * Points that are not in the graph yet: of several dense fields, in that of one at least. Each counts once; `fields` says how many
   * wait in each field, sparse and text fields among them.
   */
  readonly pending: number;
  /** Rows replaced or deleted that still take memory, until the next compaction. */
  readonly deleted: number;
  /** @deprecated Use `deleted`. */
  readonly masked: number;
  /** Points that could not be linked, in one field at least, and are not pending in another: found by exact scan. */
  readonly quarantined: number;
  /** Points found damaged on the disk since the collection was opened; `verify` looks at all. */
  readonly unreadable: number;
  /** How long the oldest pending point has been pending. */
  readonly oldestPendingMs: number;
  readonly linkedPerSecond: number;
  /** Until nothing is pending, at the present rate; null while that is not known. */
  readonly etaSeconds: number | null;
  /**
   * As last measured, on stored rows that were asked as if they were not stored and on queries that were asked; null before. Of
   * several fields, that of the one with the lowest.
   */
  readonly recall: Pick<RecallReport, 'k' | 'target' | 'ef' | 'value' | 'at'> | null;
  /** Bytes of the index: graph, codes, and vectors unless `storage` is 'disk'. Not the store of a database in memory. */
  readonly memoryBytes: number;
  /** Sequence number of the last write that is searchable. */
  readonly seq: number;
  /** The newest of `errors`; null where nothing is wrong. */
  readonly lastError: string | null;
  /**
   * What failed, by kind, until the same kind succeeds; `build` and `threads` name the field, unless it is the unnamed one: `build`, `threads`, `snapshot`, `compaction`,
   * `payloadIndex`, `recall`, `listener`, `follow` (what another process wrote could not be taken up: searches find what
   * was there before); `poison` until the collection is opened again.
   */
  readonly errors: Readonly<Record<string, string>>;
  /** Of each field that has an index of its own, by name: '' is the unnamed one. */
  readonly fields: Readonly<Record<string, FieldStatus>>;
}

export interface FieldStatus {
  readonly kind: 'dense' | 'sparse' | 'text';
  /**
   * Points that have a value in the field; each is indexed, pending or quarantined. Of those pending in a sparse or text field it
   * is not known yet whether they have one; searches look at them before they answer.
   */
  readonly points: number;
  readonly indexed: number;
  readonly pending: number;
  readonly quarantined: number;
  readonly oldestPendingMs: number;
  readonly linkedPerSecond: number;
  /** As that of the whole. */
  readonly etaSeconds: number | null;
  /** As last measured; null before, and where searches are exact: in sparse and text fields. */
  readonly recall: CollectionStatus['recall'];
  readonly memoryBytes: number;
}

export interface WaitOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface BuildNowOptions {
  /** Ends the build; what is left stays pending and searchable. */
  readonly signal?: AbortSignalLike | undefined;
  /** Called with the status as the build goes on, and at its end. */
  readonly onProgress?: ((status: CollectionStatus) => unknown) | undefined;
}

export interface WatchOptions {
  /** Milliseconds between two statuses, 1 to 86,400,000. Default 1,000. */
  readonly intervalMs?: number | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface BuildReport {
  /** Rows linked by this build, live at that moment. */
  readonly linked: number;
  /** Rows that could not be linked: still found, by the exact scan. */
  readonly quarantined: number;
  readonly seconds: number;
  readonly linkedPerSecond: number;
  readonly threads: number;
  /** Where the system gave fewer threads than that: why. The rows are linked all the same. */
  readonly shortage?: string;
}

export interface BuildProgress {
  /** Whether a build runs at this moment; the numbers are those of the last one otherwise. */
  readonly running: boolean;
  readonly linked: number;
  /** Rows that were pending when the build began. */
  readonly total: number;
  readonly linkedPerSecond: number;
  /** Seconds left at the rate so far; null before the first row is linked, and when nothing runs. */
  readonly etaSeconds: number | null;
}

export interface BuildOptions {
  /** Stops after the rows at hand; the promise rejects with the reason, the rest stays buffered. */
  readonly signal?: AbortSignalLike | undefined;
  /** Called every `intervalMs`, and at the end. An error it throws ends the build, and is what the promise rejects with. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** Milliseconds between two calls of onProgress and two progress events, 0 to 86,400,000. Default 250. */
  readonly intervalMs?: number | undefined;
}

export interface RecallOptions<F extends Fields = AnyFields> {
  /** The name of the field that is searched. Default: the unnamed one, or the only one. */
  readonly using?: VectorName<F> | undefined;
  /** Queries, 1 to 100,000. Default 100. */
  readonly sample?: number | undefined;
  /** How many points each, 1 to 16,384. Default 10. */
  readonly k?: number | undefined;
  /** The recall that searches ask for: see SearchOptions. Default 0.98. */
  readonly recall?: number | undefined;
  /** Beam width, 1 to 16,384. Default: what the recall needs. */
  readonly ef?: number | undefined;
  /** Stops it between two queries: the call rejects with its reason. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface RecallReport {
  readonly k: number;
  /** The recall that was asked for; null where `ef` alone was given. */
  readonly target: number | null;
  /** The beam was no wider. */
  readonly ef: number;
  /** Mean share of the k nearest that the graph finds, 0 to 1. */
  readonly value: number;
  /** Queries compared: rows that are there twice tell nothing of others, and are left out where there are others. */
  readonly sample: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

export interface VerifyOptions {
  /** Repairs what can be repaired: links of the graph, and the ids of a collection. Default false. */
  readonly repair?: boolean | undefined;
}

export interface CollectionVerifyOptions extends VerifyOptions {
  /** Ends the check, which rejects with its reason; what is mended by then stays so. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface VerifyReport {
  /** True when every count of faults below is 0. */
  readonly ok: boolean;
  readonly rows: number;
  readonly linked: number;
  /** Rows whose links point at themselves, at rows that are missing (or not of that level), or at one row twice. */
  readonly selfLinks: number;
  readonly missingLinks: number;
  readonly doubleLinks: number;
  /** Arenas with linked rows whose entry point is missing or not linked. */
  readonly deadEntries: number;
  /** Linked rows to which no path of level 0 leads from the entry point. */
  readonly unreachable: number;
  /** Rows (and ids of a collection) mended by `repair`; the counts are those after it. */
  readonly repaired: number;
}

export interface UnreadableRow {
  /** Number of the row. */
  readonly row: number;
  /** Of the point, if it could be read. */
  readonly id?: PointId;
  readonly why: string;
}

export interface CollectionVerifyReport extends VerifyReport {
  /** Rows that the store has and searches would not find. */
  readonly missingRows: number;
  /** Rows that searches would find and the store has not. */
  readonly extraRows: number;
  /** Points whose id does not name them: its entry is missing, or names another row. They are among the unreadable. */
  readonly missingIds: number;
  /** Ids whose entry names another point's row, or a row that is missing. */
  readonly extraIds: number;
  /** Points of an older release that are not rewritten yet: their bytes have no checksum. */
  readonly unchecked: number;
  /** Points whose stored bytes are damaged, as a whole or in part. Not among the missing rows. */
  readonly unreadable: number;
  /** The first 100 of them. */
  readonly unreadableRows: readonly UnreadableRow[];
}

export interface CompactReport {
  /** Rows in the new index. */
  readonly rows: number;
  /** Deleted rows of the old index that the new one does without. */
  readonly freedRows: number;
  readonly freedBytes: number;
  readonly seconds: number;
}
