/*
 * Searches of fields with several vectors for each point (MaxSim): for each vector of the query the best score among those of the
 * point, added up. All live points that match are compared, a few milliseconds at a time: what a slot holds does not change, so
 * that in the turn of the answer only what came since is left.
 */
import type { Hit, Payload, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import type { MultiSpec } from '../../fields/field.js';
import { checkMulti } from '../../fields/values.js';
import { hasBit } from '../../filter/bits.js';
import type { Match } from '../../hnsw/query.js';
import { METRICS, type Metric } from '../../kernel/metrics.js';
import type { LiveIndex } from '../live-index.js';
import type { Slots } from '../slots.js';
import type { Aim } from './aim.js';
import { bitsOf } from './count.js';
import { hitsOf } from './hydrate.js';
import type { Reader } from './reader.js';
import { type CheckedSearch, checkSearch, type Use } from './request.js';

type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

/** Everything is compared. */
const EXACT: Aim = {
  ef: 1,
  bound: undefined,
  exact: true,
  target: undefined,
  basis: undefined,
  why: undefined,
};

/** How long points are compared at a time. */
const SLICE_MS = 2;

/** The field with several vectors for each point that a search names. */
export function multiFor({ fields }: LiveIndex, using: unknown): MultiSpec | undefined {
  return fields.find((field): field is MultiSpec => field.kind === 'multi' && field.name === using);
}

/** @throws ValidationError */
export function checkMultiSearch(reader: Reader, { metric }: MultiSpec, o: AnySearch): CheckedSearch {
  const checked = checkSearch(o, {
    searched: () => ({ field: undefined, aims: { for: () => EXACT } }),
    vectors: (choice) => reader.vectors(choice),
  });
  return { ...checked, params: { ...checked.params, metric: summedBy(metric) } };
}

/** By which sums become scores: similarities are negated, distances are as they are. */
export function summedBy(metric: Metric): Metric {
  return METRICS[metric].higherIsBetter ? 'dot' : 'manhattan';
}

/** How far a point is from a query. Smaller is nearer, as everywhere: by similarities, the sum is negated. */
export function multiDistance(
  { metric }: MultiSpec,
  query: readonly Float32Array[],
  vectors: readonly Float32Array[],
): number {
  const { compare, higherIsBetter } = METRICS[metric];
  let sum = 0;
  for (const own of query) {
    let best = Infinity;
    for (const vector of vectors) {
      const score = compare(own, vector);
      best = Math.min(best, higherIsBetter ? -score : score);
    }
    sum += best;
  }
  return sum;
}

/** A copy of the vectors of a query: several, or one. `name`: what errors call it. @throws ValidationError INVALID_VECTOR */
export function multiQuery(spec: MultiSpec, query: unknown, name?: string): Float32Array[] {
  const many = Array.isArray(query) && typeof query[0] === 'object' ? query : [query];
  const all = checkMulti(spec, many, { name, field: '' });
  return many.map((_, i) => all.slice(i * spec.dimension, (i + 1) * spec.dimension));
}

/** Distances of points to a query, as far as they were compared. */
class Compared {
  readonly slots: Slots;
  readonly #live: LiveIndex;
  readonly #spec: MultiSpec;
  readonly #query: readonly Float32Array[];
  readonly #matches: Match[] = [];
  #upTo = 0;

  constructor(live: LiveIndex, spec: MultiSpec, query: readonly Float32Array[]) {
    this.#live = live;
    this.#spec = spec;
    this.#query = query;
    this.slots = live.slots;
  }

  /** Goes on with the next slots; false when it has come to the last. */
  goOn(isOver: () => boolean): boolean {
    const { stored } = this.#live;
    while (this.#upTo < this.slots.count && !isOver()) {
      const slot = this.#upTo++;
      if (!this.slots.isLiveAt(slot)) continue;
      const vectors = stored.value(this.slots.rowAt(slot), this.#spec);
      if (vectors)
        this.#matches.push({
          slot,
          distance: multiDistance(this.#spec, this.#query, vectors as readonly Float32Array[]),
        });
    }
    return this.#upTo < this.slots.count;
  }

  /** The nearest that live, of those with a bit; ties by slot. */
  nearest(k: number, bits: Uint32Array | undefined): Match[] {
    const some = this.#matches.filter(
      ({ slot }) => this.slots.isLiveAt(slot) && (!bits || (slot < 32 * bits.length && hasBit(bits, slot))),
    );
    return some.sort((a, b) => a.distance - b.distance || a.slot - b.slot).slice(0, k);
  }
}

export async function searchMulti(
  live: LiveIndex,
  reader: Reader,
  spec: MultiSpec,
  query: readonly Float32Array[],
  { params, signal }: CheckedSearch,
  ending: AbortSignal,
): Promise<Hit[]> {
  const { time } = live.platform;
  let compared = new Compared(live, spec, query);
  for (;;) {
    if (compared.slots !== live.slots) compared = new Compared(live, spec, query); // slots were given anew
    const until = time.now() + SLICE_MS;
    if (!compared.goOn(() => time.now() > until)) break;
    await time.breathe();
    signal?.throwIfAborted();
    ending.throwIfAborted();
  }
  const use: Use<Hit[]> = (_, found, asked, atOnce) => {
    if (compared.slots !== live.slots) compared = new Compared(live, spec, query);
    compared.goOn(() => false); // what came since, in this turn
    const matches = compared.nearest(asked.k, found.filter && bitsOf(found));
    return hitsOf(live, { ...found, matches }, asked, atOnce);
  };
  return reader.answer({ params, signal, own: true }, use);
}
