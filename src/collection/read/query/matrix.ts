/* How near the points of a sample are to one another. */

import { OPTIONS } from '../../../api/options.js';
import type { DistancePair } from '../../../api/query.js';
import { keyTextOf } from '../../../base/ids.js';
import { aspectsOf, NO_ASPECT } from '../../../filter/aspects.js';
import { newBits, setBit } from '../../../filter/bits.js';
import { METRICS } from '../../../kernel/metrics.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import { SLICE_MS } from '../../slices.js';
import type { CheckedFilter } from '../filters.js';
import { Moment } from '../moment.js';
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
    const { points } = sampled(live, field.amongSlots(admitted), sample, seed);
    const pairs = pairsOf(live, reader, { field, points, limit });
    if (points.length <= FEW || run.atOnce) return finished(pairs);
    const moment = new Moment(live, filter ? aspectsOf(filter.condition) : NO_ASPECT);
    return overTurns(live, pairs, () => {
      signal?.throwIfAborted();
      ending.throwIfAborted();
      return moment.lasts(points);
    });
  });
}

/** Points of a sample that are compared with one another in one turn: a few milliseconds. */
const FEW = 64;

function finished<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Undefined where the points of the sample are others by then. */
async function overTurns<T>(
  { platform: { time } }: LiveIndex,
  steps: Generator<void, T>,
  lasts: () => boolean,
): Promise<T | undefined> {
  for (;;) {
    const until = time.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (time.now() < until);
    await time.breathe();
    if (!lasts()) return undefined;
  }
}

/**
 * In the order of the ids of the sample, and of each point's nearest best first: the same sample gives the same pairs. It stops behind
 * each point.
 */
function* pairsOf(
  live: LiveIndex,
  reader: Reader,
  { field, points, limit }: { field: LiveField; points: readonly { slot: number }[]; limit: number },
): Generator<void, DistancePair[]> {
  const { score } = METRICS[field.spec.metric];
  const among = newBits(live.rows.slots);
  for (const { slot } of points) setBit(among, slot);
  const sample = points.flatMap(({ slot }) => {
    const id = live.stored.idOf(live.rows.rowAt(slot));
    return id === undefined ? [] : [{ slot, id, key: keyTextOf(id) }];
  });
  const ids = new Map(sample.map(({ slot, id }) => [slot, id]));
  sample.sort((a, b) => (a.key < b.key ? -1 : 1));
  const pairs: DistancePair[] = [];
  for (const { slot, id: a } of sample) {
    const vector = field.vectorAt(slot);
    const near = vector ? reader.among(field, vector, among, limit + 1) : [];
    for (const match of near.filter((one) => one.slot !== slot).slice(0, limit)) {
      const b = ids.get(match.slot);
      if (b !== undefined) pairs.push({ a, b, score: score(match.distance) });
    }
    yield;
  }
  return pairs;
}
