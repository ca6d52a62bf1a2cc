/* How many points have each value at a path. */

import { OPTIONS } from '../../../api/options.js';
import type { FacetCount } from '../../../api/query.js';
import { forEachBit } from '../../../filter/bits.js';
import type { Path } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import type { CheckedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import type { FacetMemo, FacetValue } from './facet-memo.js';
import { Best } from './list.js';
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

const TYPES = ['number', 'string', 'boolean'];

/** Numbers first, then strings, then booleans. */
function compareValues(a: FacetValue, b: FacetValue): number {
  const types = TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b);
  return types || (a < b ? -1 : a > b ? 1 : 0);
}

/** Most first, then in the order of the values. */
function counted({ slots }: LiveIndex, memo: FacetMemo, bits: Uint32Array, limit: number): FacetCount[] {
  const counts = new Float64Array(memo.values.length);
  forEachBit(bits, (slot) => {
    if (slots.isLiveAt(slot)) memo.forEachAt(slot, (number) => counts[number]!++);
  });
  const best = new Best<FacetCount>(limit, (a, b) => b.count - a.count || compareValues(a.value, b.value));
  for (const [number, value] of memo.values.entries()) {
    const one = { value, count: counts[number]! };
    if (one.count > 0 && best.takes(one)) best.add(one);
  }
  return best.take();
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
    return bits && run.learned(memo, bits) ? counted(live, memo, bits, limit) : undefined;
  });
}
