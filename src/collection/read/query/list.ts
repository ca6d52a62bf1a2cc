/* What a step finds: points by their slots, best first, each with a score. */

export interface Scored {
  readonly slot: number;
  readonly score: number;
  /** The value by which it is in order. */
  readonly orderValue?: number | undefined;
}

export interface List {
  readonly points: readonly Scored[];
  /** Whether a greater score is better. */
  readonly higher: boolean;
}

export const EMPTY: List = { points: [], higher: true };

/** Greatest first, then in the order of writing. */
export function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || a.slot - b.slot;
}

/** Least first, likewise. */
export function byLeast(a: Scored, b: Scored): number {
  return a.score - b.score || a.slot - b.slot;
}

/** The first `k` of an order, without sorting all. */
export class Best<T> {
  readonly #k: number;
  readonly #order: (a: T, b: T) => number;
  #some: T[] = [];
  #worst: T | undefined;

  constructor(k: number, order: (a: T, b: T) => number) {
    this.#k = k;
    this.#order = order;
  }

  /** Whether one would be among them, by what is known so far. */
  takes(one: T): boolean {
    return this.#worst === undefined || this.#order(one, this.#worst) < 0;
  }

  add(one: T): void {
    this.#some.push(one);
    if (this.#some.length >= 2 * this.#k + 64) this.#cut();
  }

  #cut(): void {
    this.#some.sort(this.#order);
    if (this.#some.length < this.#k) return;
    this.#some.length = this.#k;
    this.#worst = this.#some[this.#k - 1];
  }

  take(): T[] {
    this.#cut();
    return this.#some;
  }
}

/** Of a list, what is good enough. */
export function goodOf({ points, higher }: List, scoreThreshold: number | undefined): List {
  if (scoreThreshold === undefined) return { points, higher };
  const isGood = (score: number): boolean => (higher ? score >= scoreThreshold : score <= scoreThreshold);
  return { points: points.filter(({ score }) => isGood(score)), higher };
}

/** Of a list, what a step gives: what is good enough, from the one at `offset` on. */
export function pageOf(
  list: List,
  { k, offset, scoreThreshold }: { k: number; offset: number; scoreThreshold: number | undefined },
): List {
  const { points, higher } = goodOf(list, scoreThreshold);
  return { points: points.slice(offset, offset + k), higher };
}
