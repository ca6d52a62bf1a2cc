/*
 * The points nearest to a vector, as of the turn in which they are asked for, also where the search itself took several.
 * What it found is kept; then what is gone is left out, and what came since, or matches only now, is compared as well.
 * Where that would leave too few, it is searched anew.
 */
import { newBits, setBit } from '../../../filter/bits.js';
import type { Engine } from '../../../hnsw/engine.js';
import { byDistance, clearTrace, type Match, type SearchTrace } from '../../../hnsw/query.js';
import type { LiveIndex } from '../../live-index.js';
import type { ResolvedFilter } from '../filters.js';
import type { Reader } from '../reader.js';
import type { SearchParams } from '../request.js';

/** Beyond this many that came since, it is searched anew: that is not slower. */
const CAUGHT_UP_MAX = 4_096;

interface Found {
  readonly engine: Engine;
  /** Slots that there were before, and how many payloads had been patched. */
  readonly slots: number;
  readonly changes: number;
  readonly matches: readonly Match[];
  /** It has all points that matched. */
  readonly all: boolean;
}

export class NearestSearch {
  readonly #live: LiveIndex;
  readonly #reader: Reader;
  readonly #vector: Float32Array;
  readonly #params: SearchParams;
  readonly #trace: SearchTrace | undefined;
  #found: Found | undefined;
  /** As it was resolved for the last search. */
  filter: ResolvedFilter | undefined;

  constructor(
    live: LiveIndex,
    reader: Reader,
    o: { vector: Float32Array; params: SearchParams; trace: SearchTrace | undefined },
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
    const { engine, payloadChanges } = this.#live;
    const params = this.#params;
    const { filters } = this.#reader;
    const before = { engine, slots: engine.slots, changes: payloadChanges.count };
    const filter = params.filter && filters.resolve(params.filter, params, atOnce);
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
    const { engine, payloadChanges } = this.#live;
    if (!found || found.engine !== engine) return undefined;
    const patched = payloadChanges.since(found.changes);
    if (!patched || engine.slots - found.slots + patched.length > CAUGHT_UP_MAX) return undefined;
    const { filter, k } = this.#params;
    const admits = filter ? this.#reader.filters.asker(filter) : () => true;
    const changed = new Set(filter ? patched : []);
    const kept = found.matches.filter(
      ({ slot }) => slot < found.slots && engine.isLiveAt(slot) && !changed.has(slot),
    );
    const bits = newBits(engine.slots);
    const fresh = new Set([...changed].filter((slot) => slot < found.slots));
    for (let slot = found.slots; slot < engine.slots; slot++) fresh.add(slot);
    let count = 0;
    for (const slot of fresh)
      if (engine.isLiveAt(slot) && admits(slot)) {
        setBit(bits, slot);
        count++;
      }
    // Those left out were among the k nearest: who comes behind them is not known, unless there is nobody.
    if (!found.all && kept.length < found.matches.length && kept.length < k) return undefined;
    const more = count === 0 ? [] : this.#reader.among(this.#vector, bits, Math.min(k, count));
    const matches = more.length === 0 ? kept : [...kept, ...more].sort(byDistance).slice(0, k);
    this.#found = {
      engine,
      slots: engine.slots,
      changes: payloadChanges.count,
      matches,
      all: found.all && kept.length + count < k,
    };
    return matches;
  }
}
