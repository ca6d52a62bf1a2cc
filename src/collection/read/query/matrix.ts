/* How near the points of a sample are to one another. */

import { OPTIONS } from '../../../api/options.js';
import type { DistancePair } from '../../../api/query.js';
import { keyTextOf } from '../../../base/ids.js';
import { newBits, setBit } from '../../../filter/bits.js';
import { METRICS } from '../../../kernel/metrics.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import type { CheckedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import { sampled } from './rank.js';
import { Run } from './run.js';

export interface CheckedMatrix {
  readonly field: LiveField;
  readonly sample: number;
  readonly limit: number;
  readonly seed: number | undefined;
  readonly filter: CheckedFilter | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for a filter or option that is invalid; the reason of `signal` */
export function checkMatrix(o: object, reader: Reader): CheckedMatrix {
  const { using, filter, sample, limit, seed, signal } = OPTIONS.distanceMatrix.read(o);
  const { field } = reader.searched(using);
  signal?.throwIfAborted();
  return {
    field,
    sample,
    limit,
    seed,
    filter: filter === undefined ? undefined : reader.filter(filter),
    signal,
  };
}

export function distancesWithin(
  live: LiveIndex,
  reader: Reader,
  { field, sample, limit, seed, filter, signal }: CheckedMatrix,
  ending: AbortSignal,
): Promise<DistancePair[]> {
  const run = new Run(live, reader, signal, ending);
  return run.answer(() => {
    const admitted = run.admitted({ filter });
    if (!admitted) return undefined;
    const slots = sampled(live, field.amongSlots(admitted), sample, seed).points.map(({ slot }) => slot);
    const among = newBits(live.rows.slots);
    for (const slot of slots) setBit(among, slot);
    return pairsOf(live, reader, { field, slots, among, limit });
  });
}

/** In the order of the ids of the sample, and of each point's nearest best first: the same sample gives the same pairs. */
function pairsOf(
  live: LiveIndex,
  reader: Reader,
  {
    field,
    slots,
    among,
    limit,
  }: { field: LiveField; slots: readonly number[]; among: Uint32Array; limit: number },
): DistancePair[] {
  const { score } = METRICS[field.spec.metric];
  const sample = slots.flatMap((slot) => {
    const id = live.stored.idOf(live.rows.rowAt(slot));
    return id === undefined ? [] : [{ slot, id, key: keyTextOf(id) }];
  });
  const ids = new Map(sample.map(({ slot, id }) => [slot, id]));
  sample.sort((a, b) => (a.key < b.key ? -1 : 1));
  return sample.flatMap(({ slot, id: a }) => {
    const vector = field.vectorAt(slot);
    if (!vector) return [];
    const near = reader.among(field, vector, among, limit + 1).filter((match) => match.slot !== slot);
    return near.slice(0, limit).flatMap((match) => {
      const b = ids.get(match.slot);
      return b === undefined ? [] : [{ a, b, score: score(match.distance) }];
    });
  });
}
