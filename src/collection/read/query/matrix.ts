/* How near the points of a sample are to one another. */

import { OPTIONS } from '../../../api/options.js';
import type { DistancePair } from '../../../api/query.js';
import { newBits, setBit } from '../../../filter/bits.js';
import { METRICS } from '../../../kernel/metrics.js';
import type { LiveIndex } from '../../live-index.js';
import { type CheckedFilter, checkFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import { sampled } from './rank.js';
import { Run } from './run.js';

export interface CheckedMatrix {
  readonly sample: number;
  readonly limit: number;
  readonly seed: number | undefined;
  readonly filter: CheckedFilter | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for a filter or option that is invalid; the reason of `signal` */
export function checkMatrix(o: object): CheckedMatrix {
  const { filter, sample, limit, seed, signal } = OPTIONS.distanceMatrix.read(o);
  signal?.throwIfAborted();
  return { sample, limit, seed, filter: filter === undefined ? undefined : checkFilter(filter), signal };
}

export function distancesWithin(
  live: LiveIndex,
  reader: Reader,
  { sample, limit, seed, filter, signal }: CheckedMatrix,
  ending: AbortSignal,
): Promise<DistancePair[]> {
  const run = new Run(live, reader, signal, ending);
  return run.answer(() => {
    const admitted = run.admitted({ filter });
    if (!admitted) return undefined;
    const slots = sampled(live, admitted, sample, seed).points.map(({ slot }) => slot);
    const among = newBits(live.rows.slots);
    for (const slot of slots) setBit(among, slot);
    return pairsOf(live, reader, { slots, among, limit });
  });
}

function pairsOf(
  live: LiveIndex,
  reader: Reader,
  { slots, among, limit }: { slots: readonly number[]; among: Uint32Array; limit: number },
): DistancePair[] {
  const { score } = METRICS[live.metric];
  const ids = new Map(slots.map((slot) => [slot, live.stored.idOf(live.rows.rowAt(slot))]));
  return slots.flatMap((slot) => {
    const vector = live.vectorOf(live.rows.rowAt(slot));
    const a = ids.get(slot);
    if (!vector || a === undefined) return [];
    const near = reader.among(vector, among, limit + 1).filter((match) => match.slot !== slot);
    return near.slice(0, limit).flatMap((match) => {
      const b = ids.get(match.slot);
      return b === undefined ? [] : [{ a, b, score: score(match.distance) }];
    });
  });
}
