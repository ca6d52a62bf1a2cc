/* Searches of sparse fields: exact best dot products among the live points that have an index in common with the query. */
import type { SparseVector } from '../../api/points.js';
import type { SparseField } from '../../fields/sparse/sparse-field.js';
import type { SparseValue } from '../../fields/sparse/sparse-index.js';
import { checkSparse } from '../../fields/values.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { LiveIndex } from '../live-index.js';
import { type AnySearch, checkInverted, type InvertedSearch } from './inverted.js';
import type { Reader } from './reader.js';

export function isSparse(query: unknown): query is SparseVector {
  return typeof query === 'object' && query !== null && !isNumbers(query) && 'indices' in query;
}

/** @throws ValidationError */
export function checkSparseSearch(
  live: LiveIndex,
  reader: Reader,
  o: AnySearch,
): InvertedSearch<SparseField> {
  return checkInverted(live.sparse, 'sparse', reader, o);
}

/** A copy of a query. @throws ValidationError INVALID_VECTOR */
export function sparseQuery(query: unknown): SparseValue {
  return checkSparse(query, { field: '' });
}
