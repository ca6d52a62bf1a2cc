/*
 * How much queries of one kind find: for some k and each effort (effort.ts), the mean recall of those that were measured,
 * and what can be promised of it.
 *
 * Promised is one standard error less than the mean, so that few queries promise little; the errors count as if one query
 * more had been measured that found too little, since queries that all found everything tell nothing of those that will not.
 */
import { EFFORTS } from './effort.js';

/** The k that recall is measured at; between them it is interpolated by log k. */
export const LEVELS: readonly number[] = [1, 3, 10, 30, 100, 300, 1_000];

/** Of queries at each level, one in so many is measured there: the more rows, the less they differ. */
export const ONE_IN: readonly number[] = [1, 2, 1, 2, 4, 8, 16];

/** Fewer queries than this promise nothing. */
export const QUERIES_MIN = 16;
/** Squared error of the query that is not there. */
const DOUBT = 0.05;

/** Of one k: how many queries count, and over these, the sums of their recall and of its squares, by effort. */
export interface Level {
  readonly count: number;
  readonly sums: readonly number[];
  readonly squares: readonly number[];
}

/** Of one query: by level, its recalls by effort; undefined where it was not measured at that k. */
export type Recalls = readonly (readonly number[] | undefined)[];

const NOTHING: Level = { count: 0, sums: EFFORTS.map(() => 0), squares: EFFORTS.map(() => 0) };

const NEW: readonly Level[] = LEVELS.map(() => NOTHING);

/** The nearest rising sequence: neighbours that fall are replaced by their mean (pool adjacent violators). */
export function isotonic(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (let last = blocks.at(-1); last && last.sum / last.count > block.sum / block.count; ) {
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      blocks.pop();
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}

/** A sequence that rises, and is nowhere above the one given. */
export function below(values: readonly number[]): number[] {
  const lower = [...values];
  for (let i = lower.length - 2; i >= 0; i--) lower[i] = Math.min(lower[i]!, lower[i + 1]!);
  return lower;
}

export class RecallTable {
  readonly #levels: Level[];
  /** What can be promised, by level: made when it is asked for. */
  #promised: (readonly number[])[] = [];

  constructor(levels: readonly Level[] = NEW) {
    this.#levels = [...levels];
  }

  /** How many queries count at a level. */
  count(level: number): number {
    return this.#levels[level]!.count;
  }

  /** A query was measured. Of those before, so many count on at most. */
  add(recalls: Recalls, most: number = Infinity): void {
    for (const [level, own] of recalls.entries())
      if (own) this.#addTo(level, { count: 1, sums: own, squares: own.map((recall) => recall ** 2) }, most);
  }

  /** Newer ones take the place of all before; where too few of them were measured, of so many. */
  renew(newer: RecallTable, most: number): void {
    for (const [level, own] of newer.#levels.entries())
      this.#addTo(level, own, own.count < QUERIES_MIN ? most : own.count);
  }

  #addTo(level: number, newer: Level, most: number): void {
    const { count, sums, squares } = this.#levels[level]!;
    const kept = count + newer.count > most ? (most - newer.count) / count : 1;
    this.#levels[level] = {
      count: count * kept + newer.count,
      sums: sums.map((sum, i) => sum * kept + newer.sums[i]!),
      squares: squares.map((sum, i) => sum * kept + newer.squares[i]!),
    };
    this.#promised = [];
  }

  /** Mean recall by effort. */
  means(level: number): number[] {
    const { count, sums } = this.#levels[level]!;
    return isotonic(sums.map((sum) => sum / count));
  }

  /** What can be promised, by effort; it rises. */
  promised(level: number): readonly number[] {
    return (this.#promised[level] ??= this.#promise(level));
  }

  #promise(level: number): number[] {
    const errors = this.errors(level);
    return below(this.means(level).map((mean, i) => mean - errors[i]!));
  }

  /** Standard errors of the means, by effort. */
  errors(level: number): number[] {
    const { count, squares } = this.#levels[level]!;
    return this.means(level).map((mean, i) => {
      const spread = Math.max(0, squares[i]! - count * mean ** 2) + DOUBT;
      return Math.sqrt(spread) / count;
    });
  }

  copy(): RecallTable {
    return new RecallTable(this.#levels);
  }

  toJSON(): readonly Level[] {
    const short = (sum: number): number => Math.round(sum * 1e4) / 1e4;
    return this.#levels.map(({ count, sums, squares }) => ({
      count: short(count),
      sums: sums.map(short),
      squares: squares.map(short),
    }));
  }
}

/** The least effort at which values that rise with EFFORTS reach `target`, interpolated; undefined where none does. */
export function effortReaching(target: number, values: readonly number[]): number | undefined {
  const at = values.findIndex((value) => value >= target);
  if (at < 0) return undefined;
  if (at === 0) return EFFORTS[at];
  // Recall rises less and less with effort: a straight line between two points promises less than there is.
  const [before, reached] = [values[at - 1]!, values[at]!];
  const share = (target - before) / (reached - before);
  return EFFORTS[at - 1]! + share * (EFFORTS[at]! - EFFORTS[at - 1]!);
}

/** The value at an effort, likewise. */
export function valueAt(effort: number, values: readonly number[]): number {
  const at = EFFORTS.findIndex((other) => other >= effort);
  if (at < 0) return values.at(-1)!;
  if (at === 0 || EFFORTS[at] === effort) return values[at]!;
  const share = (effort - EFFORTS[at - 1]!) / (EFFORTS[at]! - EFFORTS[at - 1]!);
  return values[at - 1]! + share * (values[at]! - values[at - 1]!);
}
