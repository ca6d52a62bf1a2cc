/* How many points match a filter. */
import { OPTIONS } from '../../api/options.js';
import type { CountOptions } from '../../api/reading.js';
import type { LiveIndex } from '../live-index.js';
import type { CheckedFilter } from './filters.js';
import type { Reader } from './reader.js';
import { allMatching, type Found, type Use } from './request.js';

/** The slots of all rows that match, of an answer to `allMatching`. */
export function bitsOf({ filter }: Found): Uint32Array {
  if (filter?.admitted.kind !== 'bits') throw new Error('it is not known of all rows whether they match');
  return filter.admitted.bits;
}

const countOf: Use<number> = (live, found) => live.rows.countLive(bitsOf(found));

interface CheckedCount {
  readonly filter: CheckedFilter | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for a filter or option that is invalid; the reason of `signal` */
export function checkCount(o: CountOptions, reader: Reader): CheckedCount {
  const { filter, signal } = OPTIONS.count.read(o);
  signal?.throwIfAborted();
  return { filter: filter === undefined ? undefined : reader.filter(filter), signal };
}

export async function countPoints(
  live: LiveIndex,
  reader: Reader,
  filter: CheckedFilter | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (filter === undefined) return live.rows.count;
  return reader.answer({ params: allMatching(filter), signal }, countOf);
}
