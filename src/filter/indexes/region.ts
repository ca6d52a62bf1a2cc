/*
 * What a range, a list of numbers or an area on the globe asks of entries that are points in one dimension or two:
 * of each alone, and of all in a box at once.
 */

/** Which of the entries in a box a region holds. */
export const NONE = 0;
export const SOME = 1;
export const ALL = 2;
export type Share = typeof NONE | typeof SOME | typeof ALL;

/** Entries by columns: a coordinate each. */
export type Columns = readonly Float64Array[];

/** Points, the rows they are of, and the box around them. */
export interface Entries {
  readonly columns: Columns;
  readonly slots: Uint32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export interface Region {
  /** Of the entries between `low` and `high`, ends included; SOME where that is not known, never of a single point. */
  share(low: Float64Array, high: Float64Array): Share;
  /** Adds the rows of those among the first `count` entries that it holds. */
  mark(entries: Entries, count: number, words: Uint32Array): void;
  /** What it does not hold, where that is as easily told. */
  readonly opposite?: Region;
}
