/* The public surface, on Node. */
import { SiltError } from './base/errors.js';
import type { Database, OpenOptions } from './database/database.js';
import { type Entry, openOn } from './database/open.js';
import { nodePlatform } from './platform/node/node.js';
import { type HnswIndexClass, indexOn, type VectorIndex } from './vector-index/hnsw-index.js';

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
export type { Collection } from './collection/collection.js';
export type { CollectionConfig, ResolvedConfig } from './collection/config.js';
export type { CollectionInfo, Stage, UpsertOptions } from './collection/options.js';
export type { FilterReport, SearchReport } from './collection/read/explain.js';
export { type Hit, RowUnreadableError, type StoredPoint } from './collection/read/hydrate.js';
export type { SearchOptions as CollectionSearchOptions } from './collection/read/request.js';
export type { ScrollOptions } from './collection/read/scroll.js';
export type { CollectionStatus } from './collection/status.js';
export type { CompactReport } from './collection/upkeep/compaction.js';
export type { RecallOptions, RecallReport } from './collection/upkeep/recall.js';
export type { CollectionVerifyReport } from './collection/upkeep/verify.js';
export {
  IngestError,
  type IngestOptions,
  type IngestProgress,
  type IngestSummary,
} from './collection/write/ingest.js';
export type { Point, Rejection } from './collection/write/points.js';
export type { WriteReceipt } from './collection/write/receipt.js';
export type { PointSource } from './collection/write/source.js';
export type { Database, OpenOptions } from './database/database.js';
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
  IsEmptyCondition,
  IsNullCondition,
  Match,
  MatchValue,
  MinShould,
  NestedCondition,
  Range,
  ValuesCount,
} from './filter/grammar.js';
export type { IndexKind } from './filter/indexes/value-index.js';
export type { PayloadIndexInfo } from './filter/payload-indexes.js';
export type { Cardinality } from './filter/plan.js';
export type { BuildOptions, BuildProgress, BuildReport } from './hnsw/build/index-build.js';
export type { HnswOptions } from './hnsw/options.js';
export type { VerifyReport } from './hnsw/verify.js';
export { KERNEL_BUILDS, type KernelBuild } from './kernel/kernel.js';
export {
  type Metric,
  type MetricAlias,
  type MetricFunctions,
  metric,
  type VectorLike,
} from './kernel/metrics.js';
export type { Events } from './platform/events.js';
export { AsyncIndexBuilder, type AsyncIndexBuilderConfig } from './vector-index/builder.js';
export type { SearchOptions } from './vector-index/hnsw-index.js';
export type { VectorPair } from './vector-index/id-map.js';

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
    `a database in a directory needs LMDB, which could not be loaded: ${why}. Is Silt bundled without the packages of its native code? See docs/PLATFORMS.md. A database in memory needs none: leave the path out`,
    { cause },
  );
}

/**
 * Opens the database in a directory, and makes both where there is none. Without a path, the database is in memory
 * and ends with the process. When the promise resolves, every write that was ever acknowledged is found.
 *
 * The path is resolved once, here: `path` of the database says where it is.
 *
 * With `readOnly`, it is a database that is there, and another process may be writing it: reads that begin after a write
 * resolved there see it. Whatever would write rejects with ReadOnlyError.
 *
 * @throws DatabaseLockedError while the directory is open for writing elsewhere, or at all in this process
 * @throws SiltError DATABASE_INVALID for a directory of another format, of other things, or of damaged files
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
export function open(path?: string | URL, options: OpenOptions = {}): Promise<Database> {
  return openOn(ENTRY, path, options);
}

/** See the interface of the same name. */
export const HnswIndex: HnswIndexClass = indexOn(nodePlatform);
export type HnswIndex = VectorIndex;
