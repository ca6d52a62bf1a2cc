/**
 * The public surface, on Node.
 * @module silt
 */
import type { OpenOptions } from './api/config.js';
import type { Database } from './api/database.js';
import type { UrlLike } from './api/standard.js';
import type {
  AsyncIndexBuilderConstructor,
  HnswIndexConstructor,
  IndexBuilder,
  VectorIndex,
} from './api/vector-index.js';
import { SiltError } from './base/errors.js';
import { type Entry, openOn, restoreOn } from './database/open.js';
import { nodePlatform } from './platform/node/node.js';
import { LocalBuilder } from './vector-index/builder.js';
import { indexOn } from './vector-index/hnsw-index.js';

export type { Collection } from './api/collection.js';
export type {
  CollectionConfig,
  DenseConfig,
  HnswConfig,
  IndexingConfig,
  Logger,
  NewField,
  OpenOptions,
  ResolvedConfig,
  ResolvedDense,
  ResolvedText,
  SparseConfig,
  TextConfig,
} from './api/config.js';
export type {
  BackupCollectionOptions,
  CollectionBackup,
  Database,
  RestoreCollectionOptions,
} from './api/database.js';
export type { AnyFields, FieldKind, FieldName, Fields, FieldsOf, VectorName } from './api/fields.js';
export type {
  DatetimeRange,
  Ends,
  FieldCondition,
  Filter,
  FilterCondition,
  GeoBoundingBox,
  GeoPoint,
  GeoRadius,
  HasIdCondition,
  HasVectorCondition,
  IsEmptyCondition,
  IsNullCondition,
  Match,
  MatchValue,
  MinShould,
  NestedCondition,
  Range,
  ValuesCount,
} from './api/filter.js';
export type { Metric, MetricAlias, MetricFunctions, VectorLike } from './api/metric.js';
export type { OrderBy, OrderStart } from './api/order.js';
export type { PayloadPath } from './api/paths.js';
export type {
  Hit,
  NamedPoint,
  NamedVectors,
  Payload,
  PayloadChange,
  PayloadChoice,
  PayloadInput,
  PayloadSelection,
  Point,
  PointInput,
  PointOf,
  SparseVector,
  StoredPoint,
  VectorChoice,
  VectorInput,
  VectorUpdate,
  VectorValue,
} from './api/points.js';
export type {
  ContextPair,
  ContextQuery,
  Decay,
  DiscoverQuery,
  DistancePair,
  Diversity,
  Example,
  Explanation,
  Expression,
  FacetCount,
  FacetOptions,
  FeedbackQuery,
  Fusion,
  Group,
  GroupsQuery,
  HighlightChoice,
  Leaf,
  MatrixOptions,
  NearestQuery,
  OrderByQuery,
  Prefetch,
  Query,
  RecommendQuery,
  Rescore,
  SampleQuery,
  StepReport,
} from './api/query.js';
export type {
  AimReport,
  Cardinality,
  CountOptions,
  Cursor,
  FilterReport,
  InvertedReport,
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
  TermReport,
} from './api/reading.js';
export type { AbortSignalLike, ReadableStreamLike, UrlLike } from './api/standard.js';
export type { HighlightOptions, TextQuery } from './api/text.js';
export type {
  BuildNowOptions,
  BuildOptions,
  BuildProgress,
  BuildReport,
  CollectionInfo,
  CollectionStatus,
  CollectionVerifyOptions,
  CollectionVerifyReport,
  CompactReport,
  FieldStatus,
  IndexKind,
  PayloadIndexInfo,
  RecallOptions,
  RecallReport,
  RestoredInfo,
  Stage,
  UnreadableRow,
  VerifyOptions,
  VerifyReport,
  WaitOptions,
  WatchOptions,
} from './api/upkeep.js';
export {
  type AsyncIndexBuilderConfig,
  type AsyncIndexBuilderOptions,
  type HnswOptions,
  type IndexOptions,
  type IndexSearchOptions,
  KERNEL_BUILDS,
  type KernelBuild,
  type LoadOptions,
  type VectorPair,
} from './api/vector-index.js';
export type {
  BatchOptions,
  IngestOptions,
  IngestProgress,
  IngestSummary,
  Operation,
  PointSelector,
  PointSource,
  Rejection,
  SetPayloadOptions,
  UpdateVectorsOptions,
  UpsertOptions,
  WriteMode,
  WriteOptions,
  WriteReceipt,
} from './api/writing.js';
export type { Id } from './base/checks.js';
export {
  BackpressureError,
  BuildError,
  ClosedError,
  CollectionExistsError,
  CollectionNotFoundError,
  DatabaseLockedError,
  ERROR_CODES,
  type ErrorCode,
  ReadOnlyError,
  SiltError,
  SnapshotError,
  StoreError,
  ValidationError,
} from './base/errors.js';
export type { PointId } from './base/ids.js';
export { RowUnreadableError } from './collection/read/unreadable.js';
export { IngestError } from './collection/write/ingest-error.js';
export { metric } from './kernel/metrics.js';
export type { Events } from './platform/events.js';
export { on } from './platform/node/events.js';

const ENTRY: Entry = {
  platform: nodePlatform,
  openStore: async (directory, readOnly) => {
    // LMDB is loaded for who needs it.
    if (readOnly) {
      const { LmdbFollower } = await import('./store/lmdb/lmdb-follower.js').catch(noStore);
      return LmdbFollower.open(directory);
    }
    const { LmdbStore } = await import('./store/lmdb/lmdb-store.js').catch(noStore);
    return LmdbStore.open(directory, nodePlatform);
  },
};

function noStore(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new SiltError(
    'STORE_UNAVAILABLE',
    `a database in a folder needs LMDB, which could not be loaded: ${why}. Is Silt bundled without the packages of its native code? See docs/PLATFORMS.md. A database in memory needs none: leave the path out`,
    { cause },
  );
}

/**
 * Opens the database in a folder; creates the folder and the database if missing. Without a path, the database is
 * in memory and ends with the process. When the promise resolves, every write that was ever acknowledged is found.
 *
 * The path is resolved once, here: `path` of the database says where it is.
 *
 * With `readOnly`, it is a database that is there, and another process may be writing it: reads that begin after a write
 * resolved there see it. Whatever would write rejects with ReadOnlyError.
 *
 * @throws DatabaseLockedError while the folder is open for writing elsewhere, or at all in this process
 * @throws SiltError DATABASE_INVALID if the folder holds another format, or files that are not a database, or damaged ones
 * @throws SiltError DATABASE_INACCESSIBLE where the system refuses to make, read or write it
 * @throws SiltError STORE_UNAVAILABLE where the native code of LMDB is not there, or does not run
 * @throws SiltError READERS_FULL where more processes have it open than the store has places for readers
 * @throws ValidationError for a path or an option of the wrong type
 * @example
 * const db = await open('./data');
 * const words = await db.createCollection('words', { dimension: 100, metric: 'cosine' });
 * await words.upsert({ id: 'king', vector, payload: { length: 4 } });
 * const hits = await words.search(query, { k: 5 });
 */
export function open(path?: string | UrlLike, options: OpenOptions = {}): Promise<Database> {
  return openOn(ENTRY, path, options);
}

/**
 * Puts a backup into place: copies the database in `from` to `to`, as of one moment. It is checked as an opening checks
 * it. Any database can be copied so, also one that another process is writing.
 *
 * @param to of a folder that does not exist yet, or is empty
 * @throws ValidationError where something is at `to`
 * @throws SiltError DATABASE_INVALID where `from` is not a database, or is damaged
 * @throws DatabaseLockedError where this process has `from` open: use its `backup`
 */
export function restore(from: string | UrlLike, to: string | UrlLike): Promise<void> {
  return restoreOn(ENTRY, from, to);
}

/**
 * The index without a database: ids and vectors in memory, saved when you say so. Its methods are described at the type
 * of the same name.
 */
export const HnswIndex: HnswIndexConstructor = indexOn(nodePlatform);
export type HnswIndex = VectorIndex;

/**
 * Feeds an `HnswIndex`: rows are found as soon as they are given, and indexed in the background. Its methods are described
 * at the type of the same name.
 */
export const AsyncIndexBuilder: AsyncIndexBuilderConstructor = LocalBuilder;
export type AsyncIndexBuilder = IndexBuilder;
