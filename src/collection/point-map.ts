/*
 * The points of one dense field in a plane: laid out once, then kept up as points come and go. A point keeps its number and
 * its place as long as the map lives; one whose vector is written again is another one.
 *
 * Layouts are made in a thread (map/start.ts), of the rows that there are when it begins; here they are named by row
 * numbers, which a compaction leaves as they are. Only the thread that has the collection open uses a map, one `update` at
 * a time. What goes through all points goes in turns of the event loop, and one look at a time; points come between two looks
 * (map-points.ts).
 */
import type { StoredPoint } from '../api/points.js';
import { ValidationError } from '../base/errors.js';
import { didYouMean, fieldsThere } from '../base/hints.js';
import type { LayoutOutput } from '../map/layout-task.js';
import { startLayout } from '../map/start.js';
import type { MapWalk } from '../map/walk.js';
import type { Payload } from '../store/payload.js';
import type { CollectionCore } from './core.js';
import type { LiveField } from './live-field.js';
import { MapPoints, NONE } from './map-points.js';
import { type WalkOptions, walkOn } from './map-walk.js';
import { pointAt } from './read/hydrate.js';
import type { Slots } from './slots.js';

export interface LayoutOptions {
  /** Name of a dense field; '' for the unnamed one, which is the default where there is one. */
  readonly field?: string | undefined;
  readonly seed?: number | undefined;
  /** Points that are laid out together; of more, a sample, between which `update` places the others. Default 100,000. */
  readonly limit?: number | undefined;
  /** Of the same field: the map whose place this one takes, and as which it is turned. */
  readonly before?: PointMap | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

const LIMIT = 100_000;
/** Points that are looked at between two looks at the clock. */
const STEP = 1_024;
/** Where so many have gone, and more than live, the others get other numbers. */
const GONE_LEAST = 500;

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

/** Up to where changes of payloads are known. */
export interface Patched {
  readonly slots: Slots;
  readonly count: number;
}

export class PointMap {
  readonly field: LiveField;
  readonly #core: CollectionCore;
  readonly #seed: number;
  readonly #limit: number;
  readonly #points: MapPoints;
  /** Of which engine the places are. */
  #generation: number;
  /** How many rows of it were masked when so many points were looked at; undefined where all are to be looked at. */
  #checked: { readonly masked: number; readonly count: number } | undefined;
  /** Vectors that were changed up to here are known to be others. */
  #seen = { seq: 0, changes: 0 };
  #looked: Promise<void> = Promise.resolve();
  #laidOut = 0;

  private constructor(
    core: CollectionCore,
    field: LiveField,
    { seed = 1, limit = LIMIT }: LayoutOptions,
    points = new MapPoints(),
  ) {
    this.#core = core;
    this.field = field;
    this.#seed = seed;
    this.#limit = limit;
    this.#points = points;
    this.#generation = field.generation;
  }

  /**
   * Lays out the points that have a vector in a field: all, or a sample of more than `limit`.
   *
   * @throws ValidationError for a field that is not there; the reason of the signal
   */
  static async layout(core: CollectionCore, o: LayoutOptions = {}): Promise<PointMap> {
    core.assertOpen();
    const map = new PointMap(core, fieldOf(core, o.field), o);
    await o.before?.look();
    await map.look();
    await map.#lay(o);
    return map;
  }

  /** Points that have, or had, a place. */
  get count(): number {
    return this.#points.count;
  }

  /** Two numbers for each; not to be changed. */
  get xy(): Float32Array {
    return this.#points.xy;
  }

  /** Numbers of those that were replaced or deleted, in the order in which that was seen. */
  get gone(): readonly number[] {
    return this.#points.gone;
  }

  /** Points that there were when it was laid out. */
  get laidOut(): number {
    return this.#laidOut;
  }

  /** Whether its collection was closed or dropped. */
  get ended(): boolean {
    return this.#core.ending.aborted;
  }

  lives(number: number): boolean {
    return this.#points.lives(number);
  }

  /** The row of a point that lives. */
  rowOf(number: number): number | undefined {
    return this.#points.lives(number) ? this.#points.rowAt(number) : undefined;
  }

  /** The number of the point at a place of the engine; -1 for none, and where another engine came that was not looked at yet. */
  numberAt(place: number): number {
    return this.#generation === this.field.generation ? this.#points.numberAt(place) : -1;
  }

  /** The payload of a point that lives. */
  payloadAt(number: number): Payload | undefined {
    const row = this.rowOf(number);
    return row === undefined ? undefined : this.#core.live.stored.point(row)?.payload;
  }

  /** A point that lives. */
  pointAt(number: number, withPayload: boolean): StoredPoint | undefined {
    const { live } = this.#core;
    const row = this.rowOf(number);
    if (row === undefined || !live.rows.has(row)) return undefined;
    return pointAt(live, row, { withPayload, withVector: false, withSeq: false });
  }

  /** For whoever goes through many points, step by step: others have their turns. */
  async inTurns<T>(steps: Iterator<void, T>): Promise<T> {
    this.#core.assertOpen();
    const result = await this.#core.live.platform.time.inTurns(steps);
    this.#core.assertOpen();
    return result;
  }

  /** How often payloads were changed. */
  get patches(): number {
    return this.#core.live.payloadChanges.count;
  }

  /** Which points got another payload since; none given where that is not known. */
  patchedSince(before: Patched | undefined): { readonly now: Patched; readonly numbers?: readonly number[] } {
    const { slots, payloadChanges } = this.#core.live;
    const now = { slots, count: payloadChanges.count };
    if (before?.count === now.count) return { now, numbers: [] };
    const patched = before?.slots === slots ? payloadChanges.since(before.count) : undefined;
    if (!patched || this.#generation !== this.field.generation) return { now };
    const { places } = this.field.part;
    const numbers = new Set(patched.map((slot) => this.#points.numberAt(places.placeOf(slot) ?? NONE)));
    numbers.delete(-1);
    return { now, numbers: [...numbers] };
  }

  /** Points that have no place yet. */
  get waiting(): number {
    const { engine } = this.field;
    // float32 cannot compare some: those are not shown.
    const wide = engine.sum((arena) => arena.wideRows.filter((row) => arena.isLive(row)).length);
    return Math.max(0, engine.live - (this.count - this.gone.length) - wide);
  }

  /** Whether an `update` has something to do. */
  get isBehind(): boolean {
    const { engine, generation } = this.field;
    if (generation !== this.#generation || this.waiting > 0) return true;
    return this.#checked?.masked !== engine.sum(({ masked }) => masked) || this.#checked.count !== this.count;
  }

  /** Whether so many have gone that the tables are mostly theirs. */
  get isWorn(): boolean {
    return this.gone.length > GONE_LEAST && 2 * this.gone.length > this.count;
  }

  /** The same map without those that have gone: the others lie where they were, and have other numbers. */
  renewed(): PointMap {
    const [seed, limit] = [this.#seed, this.#limit];
    const map = new PointMap(this.#core, this.field, { seed, limit }, this.#points.living());
    map.#generation = this.#generation;
    map.#seen = this.#seen;
    map.#laidOut = this.#laidOut;
    return map;
  }

  /** The walk of a query for `k` points, by the effort that a search makes that asks for nothing else. */
  async walk(o: WalkOptions): Promise<MapWalk> {
    this.#core.assertOpen();
    if (this.#generation !== this.field.generation) await this.look();
    await this.#core.live.platform.time.takeTurn();
    this.#core.assertOpen();
    return walkOn(this.#core, this, o);
  }

  /** Sees which points have gone, and gives those that came a place: of many, some, as the others wait. */
  async update(o: Pick<LayoutOptions, 'signal' | 'onProgress'> = {}): Promise<void> {
    this.#core.assertOpen();
    await this.look();
    if (this.waiting > 0) await this.#lay(o);
  }

  /** Sees which points have gone, and where the others are. */
  look(): Promise<void> {
    const look = (): Promise<void> => this.inTurns(this.#looking());
    this.#looked = this.#looked.then(look, look);
    return this.#looked;
  }

  *#looking(): Generator<void, void> {
    for (let done = false; !done; ) {
      const { generation } = this.field;
      const seen = { seq: this.#core.live.seq, changes: this.#changes };
      if (generation !== this.#generation) {
        const places = yield* this.#placesOf(this.#points.rows);
        if (!places) continue;
        this.#points.moveTo(places);
        this.#generation = generation;
        this.#checked = undefined;
      }
      done = yield* this.#checking();
      if (done) this.#seen = seen;
    }
  }

  /** Notes which points were replaced or deleted. False where another engine came meanwhile. */
  *#checking(): Generator<void, boolean> {
    const { engine } = this.field;
    const { count } = this;
    const masked = engine.sum((arena) => arena.masked);
    if (this.#checked?.masked === masked && this.#checked.count === count) return true;
    for (let number = 0; number < count; number++) {
      if (number > 0 && number % STEP === 0) yield;
      if (this.field.generation !== this.#generation) return false;
      if (this.lives(number) && !engine.isLiveAt(this.#points.placeAt(number))) this.#points.leave(number);
    }
    this.#checked = { masked, count };
    return true;
  }

  /** How often vectors of the field were changed where they are. */
  get #changes(): number {
    return this.#core.live.valueChanges(this.field.spec.number).count;
  }

  /** Whether a row has another vector than when it was looked at. */
  #isOther(row: number): boolean {
    const { seq, changes } = this.#seen;
    return this.#changes !== changes && this.#core.live.stored.changedAt(row, this.field.spec.number) > seq;
  }

  /** Places in the engine of now, NONE of those that have gone. Undefined where another engine came meanwhile. */
  *#placesOf(rows: Float64Array): Generator<void, Uint32Array | undefined> {
    const { slots } = this.#core.live;
    const { generation, part } = this.field;
    const places = new Uint32Array(rows.length).fill(NONE);
    for (let i = 0; i < rows.length; i++) {
      if (i > 0 && i % STEP === 0) yield;
      if (this.field.generation !== generation) return undefined;
      const slot = slots.slotOf(rows[i]!);
      if (slot !== undefined && !this.#isOther(rows[i]!)) places[i] = part.places.placeOf(slot) ?? NONE;
    }
    return places;
  }

  async #lay({ signal, onProgress, ...o }: LayoutOptions): Promise<void> {
    const { engine, generation } = this.field;
    if (generation !== this.#generation) return; // another engine came since that look: the next one sees it
    const [seed, limit] = [this.#seed, this.#limit];
    const laid = this.count === 0 ? undefined : this.#points.numbered;
    const before = o.before && o.before.#generation === generation ? o.before.#points.numbered : undefined;
    if (!laid) this.#laidOut = engine.live;
    const signals = [signal, this.#core.ending];
    await this.#take(
      await startLayout(engine, { seed, limit, laid, before, signals, onProgress }),
      generation,
    );
  }

  /** Gives points of an engine numbers: with places of another, where that came meanwhile. */
  async #take({ keys: rows, places, xy }: LayoutOutput, generation: number): Promise<void> {
    let taken: { readonly places: Uint32Array | undefined; readonly of: number } = { places, of: generation };
    while (!taken.places || taken.of !== this.field.generation || taken.of !== this.#generation) {
      await this.look();
      const of = this.field.generation;
      taken = { places: await this.inTurns(this.#placesOf(rows)), of };
    }
    this.#points.add({ rows, places: taken.places, xy });
    await this.look();
  }
}
