/* What queries find out about points: see memo.ts. */
import { countOnes } from '../../../base/ones.js';
import { microsecondsOf } from '../../../filter/datetime.js';
import { elementsOf, type Path, valuesAt } from '../../../filter/path.js';
import type { Payload } from '../../../store/payload.js';
import type { LiveIndex } from '../../live-index.js';
import { keyTextAt } from '../../stored-rows.js';
import type { Reader } from '../reader.js';
import { similarityOf } from './examples.js';
import { forEachOf, Memo, Numbers } from './memo.js';

/** Slots whose distances are found at a time: 32 times as many as these words. */
const SCANNED_WORDS = 256;
/** The same of payloads. */
const READ_WORDS = 2;

/** Scores of points by how similar they are to several vectors. */
export class SimilarityMemo extends Memo {
  protected readonly step: number = SCANNED_WORDS;
  protected readonly ofPayloads = false;
  readonly scores: Numbers = new Numbers();
  readonly #reader: Reader;
  readonly #vectors: readonly Float32Array[];
  readonly #scoreOf: (similar: readonly number[]) => number;

  constructor(
    live: LiveIndex,
    reader: Reader,
    vectors: readonly Float32Array[],
    scoreOf: (similar: readonly number[]) => number,
  ) {
    super(live);
    this.#reader = reader;
    this.#vectors = vectors;
    this.#scoreOf = scoreOf;
  }

  protected room(slots: number, anew: boolean): void {
    this.scores.room(slots, anew);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    const some = new Uint32Array(slots.length);
    some.set(slots.subarray(from, to), from);
    const count = countOnes(some);
    const first = 32 * from;
    const similarity = similarityOf(this.live.config.metric);
    const similar: (number[] | undefined)[] = [];
    for (const vector of this.#vectors)
      for (const { slot, distance } of this.#reader.among(vector, some, count))
        (similar[slot - first] ??= []).push(similarity(distance));
    for (const [i, all] of similar.entries())
      if (all?.length === this.#vectors.length) this.scores.values[first + i] = this.#scoreOf(all); // else it is deleted
  }
}

/** Numbers in payloads, and times as microseconds: all different ones of a point. */
export class OrderMemo extends Memo {
  protected readonly step: number = READ_WORDS;
  protected readonly ofPayloads = true;
  readonly first: Numbers = new Numbers();
  /** Of points that have several: those beside the first. */
  readonly more: Map<number, readonly number[]> = new Map();
  readonly #path: Path;

  constructor(live: LiveIndex, path: Path) {
    super(live);
    this.#path = path;
  }

  protected room(slots: number, anew: boolean): void {
    this.first.room(slots, anew);
    if (anew) this.more.clear();
  }

  protected override forget(slot: number): void {
    this.first.values[slot] = Number.NaN;
    this.more.delete(slot);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const payload = this.live.stored.point(this.live.rows.rowAt(slot))?.payload;
      const [first, ...more] = orderValues(payload, this.#path);
      if (first !== undefined) this.first.values[slot] = first;
      if (more.length > 0) this.more.set(slot, more);
    });
  }
}

/** What a payload is put in order by: different numbers, and times. */
function orderValues(payload: Payload | undefined, path: Path): number[] {
  const values = new Set<number>();
  for (const element of elementsOf(valuesAt(payload, path))) {
    const value = typeof element === 'string' ? microsecondsOf(element) : element;
    if (typeof value === 'number' && Number.isFinite(value)) values.add(value);
  }
  return [...values];
}

/** A point, as far as formulas and groups ask. */
export interface Described {
  readonly payload: Payload | undefined;
  readonly key: string;
}

/** Payloads of some points. One that cannot be read has none. */
export class PayloadMemo extends Memo {
  protected readonly step: number = READ_WORDS;
  protected readonly ofPayloads = true;
  readonly #points = new Map<number, Described>();

  get(slot: number): Described {
    return this.#points.get(slot) ?? { payload: undefined, key: '' };
  }

  protected room(_slots: number, anew: boolean): void {
    if (anew) this.#points.clear();
  }

  protected override forget(slot: number): void {
    this.#points.delete(slot);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const point = this.live.stored.point(this.live.rows.rowAt(slot));
      if (point) this.#points.set(slot, { payload: point.payload, key: keyTextAt(point.head) });
    });
  }
}
