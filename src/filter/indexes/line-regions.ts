/* What is asked of numbers: a range of them, or a list. */
import type { Interval } from '../condition.js';
import { ALL, type Columns, NONE, type Region, type Share, SOME } from './region.js';

export class Range implements Region {
  readonly #range: Interval;

  constructor(range: Interval) {
    this.#range = range;
  }

  #holds(value: number): boolean {
    const { from, to, withFrom, withTo } = this.#range;
    return (value > from || (withFrom && value === from)) && (value < to || (withTo && value === to));
  }

  share([low]: Float64Array, [high]: Float64Array): Share {
    if (this.#holds(low!) && this.#holds(high!)) return ALL;
    return high! < this.#range.from || low! > this.#range.to ? NONE : SOME;
  }

  has(columns: Columns, at: number): boolean {
    return this.#holds(columns[0]![at]!);
  }
}

/** The numbers of a list, or all others. */
export class Listed implements Region {
  readonly #values: ReadonlySet<number>;
  readonly #sorted: Float64Array;
  readonly #listed: boolean;

  constructor(values: ReadonlySet<number>, listed: boolean) {
    this.#values = values;
    this.#sorted = Float64Array.from(values).sort();
    this.#listed = listed;
  }

  share([low]: Float64Array, [high]: Float64Array): Share {
    const sorted = this.#sorted;
    let at = 0;
    for (let end = sorted.length; at < end; ) {
      const middle = (at + end) >>> 1;
      if (sorted[middle]! < low!) at = middle + 1;
      else end = middle;
    }
    const some = at < sorted.length && sorted[at]! <= high!;
    if (some && low !== high) return SOME;
    return some === this.#listed ? ALL : NONE;
  }

  has(columns: Columns, at: number): boolean {
    return this.#values.has(columns[0]![at]!) === this.#listed;
  }
}
