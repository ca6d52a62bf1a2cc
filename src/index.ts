/* The public surface. */

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
export { open } from './database/open.js';
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
export type { Events } from './platform/node/events.js';
export { AsyncIndexBuilder, type AsyncIndexBuilderConfig } from './vector-index/builder.js';
export { HnswIndex, type SearchOptions } from './vector-index/hnsw-index.js';
export type { VectorPair } from './vector-index/id-map.js';
