/* A search as a query of one step: in a field without a graph. */
import type { CheckedSearch } from '../request.js';
import type { Ask, CheckedQuery } from './tree.js';

export function oneStep({ params, minSeq, signal }: CheckedSearch, ask: Ask): CheckedQuery {
  const { filter, withPayload, withVector, withSeq, take } = params;
  const { k, offset, scoreThreshold } = params.page ?? { ...params, offset: 0, scoreThreshold: undefined };
  const step = { place: '', ask, prefetch: [], aim: undefined, indexedOnly: false };
  const root = { ...step, filter, k, offset, scoreThreshold };
  return { root, minSeq, withPayload, withVector, withSeq, take, signal };
}
