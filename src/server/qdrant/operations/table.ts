/* All operations. The front over HTTP makes its routes of them, and the table in docs/QDRANT.md has the same rows. */
import type { AnyOperation } from '../operation.js';
import { ALIAS_OPERATIONS } from './aliases.js';
import { COLLECTION_OPERATIONS } from './collections.js';
import { FIELD_OPERATIONS } from './fields.js';
import { INDEX_OPERATIONS } from './indexes.js';
import { POINT_OPERATIONS } from './points.js';
import { QUERY_OPERATIONS } from './query.js';
import { READING_OPERATIONS } from './reading.js';
import { SEARCH_OPERATIONS } from './search.js';
import { SERVICE_OPERATIONS } from './service.js';
import { SNAPSHOT_OPERATIONS } from './snapshots.js';
import { UNSUPPORTED_OPERATIONS } from './unsupported.js';

export const OPERATIONS: readonly AnyOperation[] = [
  ...COLLECTION_OPERATIONS,
  ...ALIAS_OPERATIONS,
  ...INDEX_OPERATIONS,
  ...FIELD_OPERATIONS,
  ...POINT_OPERATIONS,
  ...READING_OPERATIONS,
  ...QUERY_OPERATIONS,
  ...SEARCH_OPERATIONS,
  ...SNAPSHOT_OPERATIONS,
  ...SERVICE_OPERATIONS,
  ...UNSUPPORTED_OPERATIONS,
];
