/*
 * The points nearest to a vector, as of the turn in which they are asked for, also where the search itself took several.
 * What it found is kept; then what is gone is left out, and what came since, or matches only now, is compared as well.
 * Where that would leave too few, it is searched anew.
 */
import { type Aspects, NO_ASPECT } from '../../../filter/aspects.js';
import { newBits, setBit } from '../../../filter/bits.js';
import { byDistance, clearTrace, type Match, type SearchTrace } from '../../../hnsw/query.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import type { Slots } from '../../slots.js';
import type { ResolvedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import type { SearchParams } from '../request.js';

/** Beyond this many that came since, it is searched anew: that is not slower. */
const CAUGHT_UP_MAX = 4_096;

interface Found {
  readonly slots: Slots;
  /** Places of the field that there were before, and how many payloads had been patched; what of these the filter looks at. */
  readonly places: number;
  readonly changes: number;
  readonly aspects: Aspects;
  readonly matches: readonly Match[];
  /** It has all points that matched. */
  readonly all: boolean;
}

type Params = SearchParams & { readonly field: LiveField };

export class NearestSearch {
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #vector: Float32Array;
  readonly #params: Params;
  readonly #trace: SearchTrace | undefined;
  #found: Found | undefined;
  /** As it was resolved for the last search. */
  filter: ResolvedFilter | undefined;

  constructor(
    live: LiveIndex,
    reader: Reader,
    o: { vector: Float32Array; params: Params; trace: SearchTrace | undefined },
  ) {
    this.#live = live;
    this.#reader = reader;
    this.#vector = o.vector;
    this.#params = o.params;
    this.#trace = o.trace;
  }

  /** The nearest, now; or what has to be done before. */
  now(signal: AbortSignal | undefined, atOnce: boolean): readonly Match[] | (() => Promise<void>) {
    const known = this.#current();
    if (known) return known;
    const { slots, payloadChanges } = this.#live;
    const params = this.#params;
    const { filters } = this.#reader;
    const changes = payloadChanges.count;
    const filter = params.filter && filters.resolve(params.filter, params, atOnce);
    const aspects = filter ? filter.aspects : NO_ASPECT;
    const before = { slots, places: params.field.engine.slots, changes, aspects };
    this.filter = filter;
    clearTrace(this.#trace);
    if (params.filter && !filter) return () => filters.settle(params.filter!, params, signal);
    const matches = this.#reader.matches(this.#vector, params, filter, { atOnce, trace: this.#trace });
    const keep = (some: readonly Match[] | undefined): void => {
      this.#found = some && { ...before, matches: some, all: some.length < params.k };
    };
    if (matches instanceof Promise) return () => matches.then(keep);
    keep(matches);
    return this.#current() ?? matches;
  }

  /** What was found, brought up to date; undefined where that cannot be done. */
  #current(): readonly Match[] | undefined {
    const found = this.#found;
    this.#found = undefined;
    const { slots, payloadChanges } = this.#live;
    if (!found || found.slots !== slots) return undefined;
    const { filter, k, field, indexedOnly } = this.#params;
    const { engine } = field;
    const patched = payloadChanges.since(found.changes, found.aspects);
    if (!patched || engine.slots - found.places + patched.length > CAUGHT_UP_MAX) return undefined;
    const admits = filter ? this.#reader.filters.asker(filter) : () => true;
    // What came has a place behind the others; so has what was there, with another vector.
    const fresh = new Set(patched);
    for (let place = found.places; place < engine.slots; place++) fresh.add(field.slotAt(place));
    const kept = found.matches.filter(({ slot }) => field.hasAt(slot) && !fresh.has(slot));
    const bits = newBits(slots.count);
    let count = 0;
    for (const slot of fresh)
      if (field.hasAt(slot) && admits(slot) && !(indexedOnly && field.isPendingAt(slot))) {
        setBit(bits, slot);
        count++;
      }
    // Those left out were among the k nearest: who comes behind them is not known, unless there is nobody.
    if (!found.all && kept.length < found.matches.length && kept.length < k) return undefined;
    const more = count === 0 ? [] : this.#reader.among(field, this.#vector, bits, Math.min(k, count));
    const matches = more.length === 0 ? kept : [...kept, ...more].sort(byDistance).slice(0, k);
    this.#found = {
      ...found,
      places: engine.slots,
      changes: payloadChanges.count,
      matches,
      all: found.all && kept.length + count < k,
    };
    return matches;
  }
}
