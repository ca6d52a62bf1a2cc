/*
 * The points of one dense field in a plane: laid out once, then kept up as points come and go. A point keeps its number and
 * its place as long as the map lives; one whose vector is written again is another one.
 *
 * Layouts are made in a thread (map/start.ts), of the rows that there are when it begins; here they are named by row
 * numbers, which a compaction leaves as they are. Only the thread that has the collection open uses a map, one `update` at
 * a time.
 */
import type { StoredPoint } from '../api/points.js';
import { ValidationError } from '../base/errors.js';
import { didYouMean, fieldsThere } from '../base/hints.js';
import { ALL } from '../hnsw/admitted.js';
import { tracedIn } from '../hnsw/traced.js';
import { checkVector } from '../hnsw/vectors.js';
import type { VectorLike } from '../kernel/metrics.js';
import { startLayout } from '../map/start.js';
import type { MapWalk } from '../map/walk.js';
import type { Payload } from '../store/payload.js';
import type { CollectionCore } from './core.js';
import type { LiveField } from './live-field.js';
import { pointAt } from './read/hydrate.js';

export interface LayoutOptions {
  /** Name of a dense field; '' for the unnamed one, which is the default where there is one. */
  readonly field?: string | undefined;
  readonly seed?: number | undefined;
  /** Points that are laid out together; of more, a sample, between which the others find their places. Default 200,000. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

const LIMIT = 200_000;
const NEVER = -1;

/** @throws ValidationError */
function fieldOf({ live }: CollectionCore, name: string | undefined): LiveField {
  const { graphs } = live;
  const found = name === undefined ? graphs[0] : graphs.find(({ spec }) => spec.name === name);
  if (found) return found;
  const names = graphs.map(({ spec }) => spec.name);
  const there = names.length === 0 ? 'this collection has none' : fieldsThere(names);
  throw new ValidationError(
    'INVALID_OPTION',
    `a map needs a dense field${name === undefined ? '' : `, and ${JSON.stringify(name)} is not one`}: ${there}${didYouMean(name ?? '', names)}`,
  );
}

function widened<T extends Float32Array | Float64Array | Uint32Array>(values: T, more: T): T {
  const wide = new (values.constructor as new (length: number) => T)(values.length + more.length);
  wide.set(values);
  wide.set(more, values.length);
  return wide;
}

export class PointMap {
  readonly field: LiveField;
  readonly #core: CollectionCore;
  readonly #seed: number;
  readonly #limit: number;
  /** By the number of a point in the map: its row, its place in the engine, where it lies. */
  #rows: Float64Array = new Float64Array(0);
  #places: Uint32Array = new Uint32Array(0);
  #xy: Float32Array = new Float32Array(0);
  /** Numbers of those that were replaced or deleted, in the order in which that was seen. */
  readonly #gone: number[] = [];
  readonly #isGone = new Set<number>();
  /** Of which engine the places are, and how many of its rows were masked when these were looked at. */
  #generation = 0;
  #masked = NEVER;

  private constructor(core: CollectionCore, field: LiveField, { seed = 1, limit = LIMIT }: LayoutOptions) {
    this.#core = core;
    this.field = field;
    this.#seed = seed;
    this.#limit = limit;
  }

  /**
   * Lays out all points that have a vector in a field.
   *
   * @throws ValidationError for a field that is not there; the reason of the signal
   */
  static async layout(core: CollectionCore, o: LayoutOptions = {}): Promise<PointMap> {
    core.assertOpen();
    const map = new PointMap(core, fieldOf(core, o.field), o);
    await map.#lay(o);
    return map;
  }

  /** Points that have, or had, a place. */
  get count(): number {
    return this.#rows.length;
  }

  /** Two numbers for each; not to be changed. */
  get xy(): Float32Array {
    return this.#xy;
  }

  get gone(): readonly number[] {
    return this.#gone;
  }

  rowAt(number: number): number {
    return this.#rows[number]!;
  }

  /** The payload of a point that lives. */
  payloadAt(number: number): Payload | undefined {
    return this.#isGone.has(number) ? undefined : this.#core.live.stored.point(this.rowAt(number))?.payload;
  }

  /** A point that lives. */
  pointAt(number: number, withPayload: boolean): StoredPoint | undefined {
    const { live } = this.#core;
    const row = this.#rows[number];
    if (row === undefined || !live.rows.has(row)) return undefined;
    return pointAt(live, row, { withPayload, withVector: false, withSeq: false });
  }

  /** For whoever reads many points: others have their turn. */
  async takeTurn(): Promise<void> {
    this.#core.assertOpen();
    await this.#core.live.platform.time.takeTurn();
    this.#core.assertOpen();
  }

  /** Points that have no place yet. */
  get waiting(): number {
    return Math.max(0, this.field.engine.live - (this.count - this.#gone.length) - this.#wide);
  }

  /** The number of each point by its place in the engine of now. */
  numbersByPlace(): ReadonlyMap<number, number> {
    this.lookForGone();
    const numbers = new Map<number, number>();
    for (const [number, place] of this.#places.entries())
      if (!this.#isGone.has(number)) numbers.set(place, number);
    return numbers;
  }

  /**
   * The walk of a query for `k` points through the graph as it is now; by the effort that a search makes that asks for nothing else.
   * `like`: the number of a point whose vector is the query; the walk takes no notice of that point. Of several arenas, that with
   * the most rows.
   *
   * @throws ValidationError where the query is not a vector of the field
   */
  walk(k: number, ef: number | undefined, query: VectorLike | { readonly like: number }): MapWalk {
    const { live, reader } = this.#core;
    const { engine, part } = this.field;
    const like = 'like' in query ? live.slots.slotOf(this.rowAt(query.like) ?? 0) : undefined;
    const vector = 'like' in query ? (like === undefined ? undefined : this.field.vectorAt(like)) : query;
    if (!vector)
      throw new ValidationError('INVALID_QUERY', 'the point of this query was deleted or replaced');
    checkVector(vector, this.field.spec.dimension);
    const aim = reader.of(this.field).aims.for({ k, recall: undefined, ef, filtered: false });
    const hidden = like === undefined ? undefined : part.places.placeOf(like);
    const asked = {
      vector,
      k: k + (hidden === undefined ? 0 : 1),
      ef: Math.max(aim.ef, k),
      bound: aim.bound,
      hidden,
    };
    const arena = engine.arenas.reduce((most, one) => (one.rows > most.rows ? one : most), engine.arenas[0]!);
    if (!arena) return { ef: asked.ef, steps: [], found: [] };
    const { steps, found } = tracedIn(arena, { ...asked, admitted: ALL, exact: false, exactBelow: 0 });
    const numbers = this.numbersByPlace();
    const numberOf = (place: number): number => numbers.get(place) ?? -1;
    return {
      ef: asked.ef,
      steps: steps.map(({ level, expanded, met }) => ({
        level,
        expanded: expanded.map((row) => numberOf(arena.base + row)),
        met: met.map(({ row, distance }) => ({ number: numberOf(arena.base + row), distance })),
      })),
      found: found.map(({ slot, distance }) => ({ number: numberOf(slot), distance })).slice(0, k),
    };
  }

  /** Sees which points have gone, and gives those that came a place. */
  async update(o: Pick<LayoutOptions, 'signal' | 'onProgress'> = {}): Promise<void> {
    this.#core.assertOpen();
    this.lookForGone();
    if (this.waiting > 0) await this.#lay(o);
  }

  async #lay({ signal, onProgress }: Pick<LayoutOptions, 'signal' | 'onProgress'>): Promise<void> {
    const { engine, generation } = this.field;
    const laid = this.#laid();
    const [seed, limit] = [this.#seed, this.#limit];
    const signals = [signal, this.#core.ending];
    const { places, keys, xy } = await startLayout(engine, { seed, limit, laid, signals, onProgress });
    this.#rows = widened(this.#rows, keys);
    this.#places = widened(this.#places, places);
    this.#xy = widened(this.#xy, xy);
    // Places are those of the engine that was read: another one has taken its place where it was compacted meanwhile.
    this.#generation = generation;
    this.#masked = NEVER;
    this.lookForGone();
  }

  /** Live points that are not shown: float32 cannot compare them. */
  get #wide(): number {
    return this.field.engine.sum((arena) => arena.wideRows.filter((row) => arena.isLive(row)).length);
  }

  /** What is there already, in the order of places; undefined at first. */
  #laid() {
    if (this.count === 0) return undefined;
    const numbers = Uint32Array.from(this.#places.keys()).filter((number) => !this.#isGone.has(number));
    numbers.sort((a, b) => this.#places[a]! - this.#places[b]!);
    const xy = new Float32Array(2 * numbers.length);
    for (const [i, number] of numbers.entries()) xy.set(this.#xy.subarray(2 * number, 2 * number + 2), 2 * i);
    return { places: numbers.map((number) => this.#places[number]!), xy };
  }

  /** Notes which points were replaced or deleted. */
  lookForGone(): void {
    const { engine, generation } = this.field;
    if (generation !== this.#generation) this.#moveTo();
    const masked = engine.sum((arena) => arena.masked);
    if (masked === this.#masked) return;
    this.#masked = masked;
    for (const [number, place] of this.#places.entries())
      if (!this.#isGone.has(number) && !engine.isLiveAt(place)) this.#leave(number);
  }

  #leave(number: number): void {
    this.#isGone.add(number);
    this.#gone.push(number);
  }

  /** Another engine holds the points: each at another place. */
  #moveTo(): void {
    const { engine, generation } = this.field;
    const places = new Map<number, number>();
    for (const arena of engine.arenas)
      for (const row of arena.liveRows()) places.set(Number(arena.keyOf(row)), arena.base + row);
    for (const [number, row] of this.#rows.entries()) {
      const place = places.get(row);
      if (place !== undefined) this.#places[number] = place;
      else if (!this.#isGone.has(number)) this.#leave(number);
    }
    this.#generation = generation;
    this.#masked = engine.sum((arena) => arena.masked);
  }
}
