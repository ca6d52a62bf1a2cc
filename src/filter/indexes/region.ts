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

export interface Region {
  /** Of the entries between `low` and `high`, ends included; SOME where that is not known. */
  share(low: Float64Array, high: Float64Array): Share;
  /** Whether it holds an entry. */
  has(columns: Columns, at: number): boolean;
}
