/* The public surface. */

export type { Id } from './base/checks.js';
export {
  BuildError,
  ClosedError,
  ERROR_CODES,
  type ErrorCode,
  SiltError,
  SnapshotError,
  ValidationError,
} from './base/errors.js';
export type { Events } from './base/events-node.js';
export { AsyncIndexBuilder } from './collection/streaming/builder.js';
export type { AsyncIndexBuilderConfig } from './collection/streaming/config.js';
export { HnswIndex, type SearchOptions, type VectorPair } from './hnsw/hnsw-index.js';
export type { BuildOptions, BuildProgress, BuildReport } from './hnsw/index-build.js';
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
