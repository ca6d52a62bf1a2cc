/*
 * What is asked of numbers: a range of them, or a list. Entries are tested without a branch: one that is taken as
 * often as not costs four times as much as the test.
 */
import { setBit } from '../bits.js';
import type { Interval } from '../condition.js';
import { ALL, type Entries, NONE, type Region, type Share, SOME } from './region.js';

const float = new Float64Array(1);
const floatBits = new BigInt64Array(float.buffer);

/** The least number greater than this one. */
function after(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  float[0] = value;
  floatBits[0]! += value > 0 ? 1n : -1n;
  return float[0]!;
}

export class Range implements Region {
  /** The least and the greatest number in it. */
  readonly #from: number;
  readonly #to: number;

  constructor({ from, to, withFrom, withTo }: Interval) {
    this.#from = withFrom ? from : after(from);
    this.#to = withTo ? to : -after(-to);
  }

  share([low]: Float64Array, [high]: Float64Array): Share {
    if (low! >= this.#from && high! <= this.#to) return ALL;
    return low! <= this.#to && high! >= this.#from && low !== high ? SOME : NONE;
  }

  mark({ columns, slots }: Entries, count: number, words: Uint32Array): void {
    const values = columns[0]!;
    const from = this.#from;
    const to = this.#to;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      const slot = slots[i]!;
      words[slot >>> 5]! |= (Number(value >= from) & Number(value <= to)) << slot;
    }
  }
}

/** The place of the first number that is not less than `value`, in a list that ascends. */
function firstFrom(sorted: Float64Array, value: number): number {
  let at = 0;
  for (let end = sorted.length; at < end; ) {
    const middle = (at + end) >>> 1;
    if (sorted[middle]! < value) at = middle + 1;
    else end = middle;
  }
  return at;
}

/** Most numbers of a list that entries are compared with one after the other. */
const FEW = 8;

/** The numbers of a list, or all others. */
export class Listed implements Region {
  readonly #values: ReadonlySet<number>;
  readonly #sorted: Float64Array;
  readonly #listed: boolean;
  readonly opposite: Region;

  constructor(values: ReadonlySet<number>, listed: boolean, opposite?: Listed) {
    this.#values = values;
    this.#sorted = opposite ? opposite.#sorted : Float64Array.from(values).sort();
    this.#listed = listed;
    this.opposite = opposite ?? new Listed(values, !listed, this);
  }

  share([low]: Float64Array, [high]: Float64Array): Share {
    const sorted = this.#sorted;
    const at = firstFrom(sorted, low!);
    const some = at < sorted.length && sorted[at]! <= high!;
    if (some && low !== high) return SOME;
    return some === this.#listed ? ALL : NONE;
  }

  mark({ columns, slots, low, high }: Entries, count: number, words: Uint32Array): void {
    const values = columns[0]!;
    const sorted = this.#sorted;
    const first = firstFrom(sorted, low[0]!);
    let end = first;
    while (end < sorted.length && sorted[end]! <= high[0]!) end++;
    if (!this.#listed || end - first > FEW) {
      for (let i = 0; i < count; i++)
        if (this.#values.has(values[i]!) === this.#listed) setBit(words, slots[i]!);
      return;
    }
    for (let at = first; at < end; at++) {
      const value = sorted[at]!;
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        words[slot >>> 5]! |= Number(values[i]! === value) << slot;
      }
    }
  }
}
