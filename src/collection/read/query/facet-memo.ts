/* The values that a facet counts: those at a path, by numbers. See memo.ts. */
import { type Aspects, memberOf } from '../../../filter/aspects.js';
import { elementsOf, type Path, valuesAt } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import { forEachOf, Memo } from './memo.js';

/** What is counted. */
export type FacetValue = string | number | boolean;

const NONE = -1;
/** Values that may be left behind in any case. */
const WASTE_FEW = 1_024;
/** Slots whose payloads are read at a time. */
const READ_SLOTS = 64;

function isFacetValue(value: unknown): value is FacetValue {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** The different values of a point. */
export class FacetMemo extends Memo {
  protected readonly step: number = READ_SLOTS;
  protected readonly aspects: Aspects;
  /** Each value once, by its number. */
  readonly values: FacetValue[] = [];
  readonly #numbers = new Map<FacetValue, number>();
  /** How many values the points have together. */
  #held = 0;
  #first = new Int32Array(0);
  readonly #more = new Map<number, readonly number[]>();
  readonly #path: Path;

  constructor(live: LiveIndex, path: Path) {
    super(live);
    this.#path = path;
    this.aspects = new Set([memberOf(path)]);
  }

  /** Calls `visit` with the number of each value of a slot. */
  forEachAt(slot: number, visit: (number: number) => void): void {
    const first = this.#first[slot]!;
    if (first === NONE) return;
    visit(first);
    for (const number of this.#more.get(slot) ?? []) visit(number);
  }

  protected room(slots: number, anew: boolean): void {
    if (anew) {
      this.#first = new Int32Array(slots).fill(NONE);
      this.#held = 0;
      this.#more.clear();
      this.#numbers.clear();
      this.values.length = 0;
    } else if (this.#first.length < slots) {
      const first = new Int32Array(Math.ceil(Math.max(slots, 1.25 * this.#first.length))).fill(NONE);
      first.set(this.#first);
      this.#first = first;
    }
  }

  /** Values that no point has any more stay, as a counter that is changed all the time leaves them behind. */
  protected override isWasteful(slots: number): boolean {
    return this.values.length > 2 * Math.max(slots, this.#held) + WASTE_FEW;
  }

  protected override forget(slot: number): void {
    if (this.#first[slot] !== NONE) this.#held -= 1 + (this.#more.get(slot)?.length ?? 0);
    this.#first[slot] = NONE;
    this.#more.delete(slot);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const payload = this.live.stored.point(this.live.rows.rowAt(slot))?.payload;
      const [first, ...more] = new Set(elementsOf(valuesAt(payload, this.#path)).filter(isFacetValue));
      if (first === undefined) return;
      this.#held += 1 + more.length;
      this.#first[slot] = this.#numberOf(first);
      if (more.length > 0)
        this.#more.set(
          slot,
          more.map((value) => this.#numberOf(value)),
        );
    });
  }

  #numberOf(value: FacetValue): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}
