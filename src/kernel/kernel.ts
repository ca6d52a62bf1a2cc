/*
 * What every kernel build offers: the same functions over one arena's memory. Rows, counts and addresses are
 * unsigned 32-bit; `scratch` is the address of the calling thread's scratch. No call allocates or keeps state.
 */
import { KERNEL_BUILDS, type KernelBuild } from '../api/vector-index.js';

export interface Kernel {
  /* Rows. */
  vectorOf(row: number): number;
  idOf(row: number): number;
  levelOf(row: number): number;
  linksOf(row: number, level: number): number;
  codeOf(row: number): number;
  normOf(row: number): number;
  stateOf(row: number): number;
  stateGet(row: number): number;
  stateSet(row: number, bits: number): number;
  stateSwap(row: number, expected: number, bits: number): number;
  stateClear(row: number, bits: number): void;
  /** Codes the vector in the row's place; returns a verdict, one of VECTOR_*. */
  encode(row: number, scratch: number): number;
  /** Codes the query in scratch as if it were a row; returns where that code is, until this thread walks or links. */
  encodeQuery(scratch: number): number;
  /** Takes note of the length of a row that was coded before this memory was made: see asm/lift.ts. */
  noteLength(row: number): void;
  /** Sets the origin of codes to the mean of a sample, if that pays; 1: rows must be encoded again. */
  setOrigin(rows: number, sample: number): number;
  /** Takes up an origin that was written in its place. */
  measureOrigin(): void;
  /** Draws the row's level, empties its links and sets its state. */
  place(row: number, state: number): void;

  /* Queries. */
  prepareQuery(scratch: number): number;
  prepareRow(row: number, scratch: number): void;
  prepareFromCode(row: number, query: number): void;
  /**
   * Exact top-k over [from, to), rows with a state bit of `skip` left out; returns the size of the results. `filter`
   * is UNFILTERED, ASKED or ADMITTED.
   */
  scan(
    scratch: number,
    from: number,
    to: number,
    k: number,
    size: number,
    skip: number,
    filter: number,
  ): number;
  /** Top `most` on codes over [from, to), likewise; leaves them in the beam and returns how many. */
  scanCodes(scratch: number, from: number, to: number, most: number, skip: number, filter: number): number;
  /**
   * Beam search from the entry point; returns how many rows of `admission` (WALK_*) the beam holds. It holds `ef` at
   * most, and with a `bound` below Infinity only what is not much farther than the `rank`-th best: see asm/beam.ts.
   * `hidden`: a row that it takes no notice of, or NONE.
   */
  walk(scratch: number, ef: number, admission: number, rank: number, bound: number, hidden: number): number;
  /**
   * Walks among the rows whose bit is set, or scans their codes: see asm/admitted.ts. Uses up the bits. Ends when the
   * `best` nearest have settled; `share`: of all rows, those with a bit, in 65,536ths; `masks`: 1 where some are masked. Leaves the live
   * ones in the beam, nearest first; returns how many. `rank`, `bound` and `hidden` as above.
   */
  walkAdmitted(
    scratch: number,
    ef: number,
    best: number,
    share: number,
    masks: number,
    rank: number,
    bound: number,
    hidden: number,
  ): number;
  /** Exact distances for the first `n` rows of the beam, merged into the results; returns their size. */
  rescore(scratch: number, n: number, k: number, size: number): number;

  /* Linking. */
  link(row: number, scratch: number, owner: number): void;
  /** Hangs a row that no path leads to on a near one that a walk meets, which descends to level `from`: see asm/link.ts. */
  attach(row: number, from: number, scratch: number, owner: number): void;
  releaseLocks(owner: number): number;

  /* Whole-graph passes. */
  markReachable(scratch: number): number;
  nextUnreachable(scratch: number, from: number): number;
  /** What is wrong with a row's lists: bits of FAULT_*. */
  faults(row: number): number;
  clean(row: number): number;

  /* Distances by address, as the parts above use them. */
  dotFloat(a: number, b: number, length: number): number;
  squaredFloat(a: number, b: number, length: number): number;
  dotWide(a: number, b: number, length: number): number;
  squaredNorm(v: number, length: number): number;
  countXor(a: number, b: number, bytes: number): number;
  countAnd(a: number, b: number, bytes: number): number;
  exactDistance(scratch: number, row: number): number;
  /** 32 bits of the bytes from `at` on, a multiple of 16; with `floats` not 0, -0 counts as 0. */
  hash(at: number, bytes: number, floats: number): number;
  distances(query: number, n: number, rows: number, keys: number): void;
  rotate(from: number, to: number, length: number): void;
}

/** The builds, best first. */
export { KERNEL_BUILDS, type KernelBuild };
