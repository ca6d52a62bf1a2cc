/**
 * Qdrant's client, in the process: `import { QdrantClient } from 'silt/qdrant'`.
 * @module silt/qdrant
 */
export type * from './api/collections.js';
export type * from './api/filter.js';
export type * from './api/points.js';
export type * from './api/query.js';
export type * from './api/search.js';
export type * from './api/service.js';
export type * from './api/values.js';
export type { QdrantClientParams } from './client/base.js';
export { QdrantClient } from './client/client.js';
export { ApiError, QdrantClientConfigError, QdrantClientResourceExhaustedError } from './client/errors.js';
