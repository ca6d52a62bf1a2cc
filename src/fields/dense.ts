/*
 * A field of dense vectors: an engine, which has arenas and graph, and the places of the points in it. A point without a vector in
 * the field takes no place. One whose vector is written on its own gets the next place, and its old one is masked: so the
 * graphs of other fields are not touched.
 *
 * The keys of the engine are row numbers. Of several places of one row, all but the last are masked.
 *
 * Only the thread that has the collection open reads and writes it, in steps: rows are staged while the disk works, published
 * behind the commit, or forgotten. Linkers see what the engine shows them.
 */
import type { Admitted } from '../hnsw/admitted.js';
import type { Engine, StagedRows } from '../hnsw/engine.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { DenseSpec } from './field.js';
import { Places } from './places.js';

/** For rows whose number is not known yet. */
const UNNUMBERED = 0;

/** What a row brings to a field; undefined where its point has no vector there. */
export type VectorOf<R> = (row: R, field: number) => VectorLike | undefined;

export class DenseField {
  readonly spec: DenseSpec;
  readonly engine: Engine;
  readonly places: Places = new Places();
  #staged: StagedRows[number][] = [];
  /** Slots of those staged. */
  #slots: number[] = [];
  /** Staged behind them: vectors of points that are there, in the order in which they will be changed; taken so far. */
  #changes: StagedRows[number][] = [];
  #changed = 0;
  /** What the snapshot had that it was read from: slots, and up to which operation changes of their vectors. */
  restored: { readonly slots: number; readonly seq: number } = { slots: 0, seq: 0 };

  constructor(spec: DenseSpec, engine: Engine) {
    this.spec = spec;
    this.engine = engine;
  }

  /** Points that have a vector here. */
  get live(): number {
    return this.engine.live;
  }

  get bytes(): number {
    return this.engine.memoryBytes + this.places.bytes;
  }

  /** Writes the vectors of rows, in the slots from `first` on, behind those that are published; nobody sees them yet. */
  stage<R>(first: number, rows: readonly R[], vectorOf: VectorOf<R>): void {
    if (this.engine.slots !== this.places.count)
      throw new Error('rows of a step that failed are to be taken in first');
    const pairs: (readonly [number, VectorLike])[] = [];
    const slots: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      const vector = vectorOf(rows[i]!, this.spec.number);
      if (!vector) continue;
      pairs.push([UNNUMBERED, vector]);
      slots.push(first + i);
    }
    for (const row of this.engine.stage(pairs, this.#staged.length)) this.#staged.push(row);
    for (const slot of slots) this.#slots.push(slot);
  }

  /** Writes vectors of points that are there behind what is staged; nobody sees them yet. */
  stageChanges(vectors: readonly VectorLike[]): void {
    const pairs = vectors.map((vector) => [UNNUMBERED, vector] as const);
    for (const row of this.engine.stage(pairs, this.#staged.length + this.#changes.length))
      this.#changes.push(row);
  }

  /** What is staged is found from here on, but for changes. `numbers`: of the rows from slot `first` on. */
  publish(first: number, numbers: ArrayLike<number>): void {
    const [staged, slots] = [this.#staged, this.#slots];
    this.#staged = [];
    this.#slots = [];
    const keys = slots.length === numbers.length ? numbers : slots.map((slot) => numbers[slot - first]!);
    this.engine.publish(staged, keys);
    this.places.take(slots, first + numbers.length);
  }

  /** Writes rows at once: those whose slots it has not taken in. */
  append<R>(first: number, numbers: ArrayLike<number>, rows: readonly R[], vectorOf: VectorOf<R>): void {
    this.#recover(first, numbers);
    const { upTo } = this.places;
    const pairs: [number, VectorLike][] = [];
    const slots: number[] = [];
    for (let i = Math.max(0, upTo - first); i < rows.length; i++) {
      const vector = vectorOf(rows[i]!, this.spec.number);
      if (!vector) continue;
      pairs.push([numbers[i]!, vector]);
      slots.push(first + i);
    }
    this.engine.append(pairs);
    this.places.take(slots, Math.max(upTo, first + rows.length));
  }

  /** A step that threw may have published some rows, of which the places do not know: their keys say which they are. */
  #recover(first: number, numbers: ArrayLike<number>): void {
    for (let place = this.places.count; place < this.engine.slots; place++) {
      const number = Number(this.engine.keyAt(place));
      let i = Math.max(0, this.places.upTo - first);
      while (i < numbers.length && numbers[i] !== number) i++;
      if (i < numbers.length) this.places.take([first + i], first + i + 1);
      else this.#giveUp(place); // of a change that is made again
    }
  }

  /** The points of the slots below have no vector here: the field is younger than they are. */
  passOver(slots: number): void {
    this.places.take([], slots);
  }

  /** A place that was published, and whose point is not known. */
  #giveUp(place: number): void {
    this.engine.mask(place);
    this.places.skip();
  }

  /** What is staged is as if it had never been. */
  forget(): void {
    this.#staged = [];
    this.#slots = [];
    this.forgetChanges();
  }

  /** Vectors that are not taken over from what is staged any more are written when the change is made. */
  forgetChanges(): void {
    this.#changes = [];
    this.#changed = 0;
  }

  /**
   * The point of a slot has another vector from here on, that which was staged next, or none; its old one is masked. Without a
   * slot, the change was of no point.
   */
  change(slot: number | undefined, row: number, vector: VectorLike | undefined): void {
    if (vector) {
      const staged = this.#changes[this.#changed++];
      if (!staged) {
        // A step that threw may have published it.
        for (let place = this.places.count; place < this.engine.slots; place++) this.#giveUp(place);
        if (slot === undefined) return;
        this.engine.append([[row, vector]]);
      } else this.engine.publish([staged], [row]);
    }
    if (slot !== undefined) this.mask(slot);
    if (slot !== undefined && vector) this.places.move(slot);
    else if (slot !== undefined) this.places.leave(slot);
    else if (vector) this.#giveUp(this.places.count);
  }

  /** Whether the point of a slot lives, and has a vector here. */
  has(slot: number): boolean {
    const place = this.places.placeOf(slot);
    return place !== undefined && this.engine.isLiveAt(place);
  }

  /** The point of a slot lives no more, or has no vector here any more. */
  mask(slot: number): void {
    const place = this.places.placeOf(slot);
    if (place !== undefined) this.engine.mask(place);
  }

  /** Bits by slots, as the engine needs them: by places. */
  admitted(admitted: Admitted): Admitted {
    const { places } = this;
    if (places.same || admitted.kind === 'all') return admitted;
    if (admitted.kind === 'bits') return { kind: 'bits', bits: places.bitsOf(admitted.bits) };
    const { ask, bits } = admitted;
    return {
      ...admitted,
      ask: (place) => ask(places.slotAt(place)),
      ...(bits && { bits: places.bitsOf(bits) }),
    };
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}
