/* How many points have each value at a path. */

import { OPTIONS } from '../../../api/options.js';
import type { FacetCount } from '../../../api/query.js';
import type { Path } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import type { CheckedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import { pathAt } from './parse-ask.js';
import { Run } from './run.js';

export interface CheckedFacet {
  readonly path: Path;
  readonly filter: CheckedFilter | undefined;
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for a path, filter or option that is invalid; the reason of `signal` */
export function checkFacet(key: unknown, o: object, reader: Reader): CheckedFacet {
  const { filter, limit, signal } = OPTIONS.facet.read(o);
  const path = pathAt(key, 'key');
  signal?.throwIfAborted();
  return { path, filter: filter === undefined ? undefined : reader.filter(filter), limit, signal };
}

export function facetOf(
  live: LiveIndex,
  reader: Reader,
  { path, filter, limit, signal }: CheckedFacet,
  ending: AbortSignal,
): Promise<FacetCount[]> {
  const run = new Run(live, reader, signal, ending);
  const memo = reader.memos.facets(path); // this one, also where others are asked for meanwhile, and it is kept no more
  return run.answer(() => {
    const bits = run.admitted({ filter });
    return bits && run.learned(memo, bits) ? run.counted(memo, bits, limit) : undefined;
  });
}
