/*
 * What kernels do for one search of one arena, as numbers: whichever thread has a scratch of the arena can do it, and finds
 * the same. They come from the calling thread (plan-job.ts), which alone has the counters and filters that they are made of.
 */
import type { Kernel } from '../kernel/kernel.js';
import { distanceOf, keyOf } from '../kernel/keys.js';
import { CANDIDATES_MIN, LIST_MAX } from '../kernel/layout.js';

export const NO_WALK = 0;
export const PLAIN_WALK = 1;
export const FILTERED_WALK = 2;

/** A walk: see Kernel.walk and Kernel.walkAdmitted. */
export interface Walk {
  readonly walk: number;
  readonly ef: number;
  readonly admission: number;
  readonly best: number;
  readonly share: number;
  readonly masks: number;
  readonly rank: number;
  /** A float32, since that is how kernels take it and how it is written to shared memory. */
  readonly bound: number;
  /** A row, or NONE. */
  readonly hidden: number;
}

/** A scan, then a walk. */
export interface Job extends Walk {
  /** The rows [from, rows) without a state bit of `skip` are scanned. */
  readonly from: number;
  readonly rows: number;
  readonly skip: number;
  readonly k: number;
  readonly filter: number;
  /** Not 0: codes are scanned, and so many of the nearest left. */
  readonly codes: number;
  /** 1: vectors are elsewhere, and candidates of scan and walk are compared by the calling thread. */
  readonly remote: number;
}

/** Words of a job in shared memory. */
export const JOB_WORDS = 16;

/** Writes a job to shared memory. Each of its members by its name, here and below: a list of names costs microseconds. */
export function writeJob(into: Int32Array, at: number, job: Job): void {
  into[at] = job.from;
  into[at + 1] = job.rows;
  into[at + 2] = job.skip;
  into[at + 3] = job.k;
  into[at + 4] = job.filter;
  into[at + 5] = job.codes;
  into[at + 6] = job.remote;
  into[at + 7] = job.walk;
  into[at + 8] = job.ef;
  into[at + 9] = job.admission;
  into[at + 10] = job.best;
  into[at + 11] = job.share;
  into[at + 12] = job.masks;
  into[at + 13] = job.rank;
  into[at + 14] = keyOf(job.bound);
  into[at + 15] = job.hidden;
}

export function readJob(words: Int32Array, at: number): Job {
  return {
    from: words[at]!,
    rows: words[at + 1]!,
    skip: words[at + 2]!,
    k: words[at + 3]!,
    filter: words[at + 4]!,
    codes: words[at + 5]!,
    remote: words[at + 6]!,
    walk: words[at + 7]!,
    ef: words[at + 8]!,
    admission: words[at + 9]!,
    best: words[at + 10]!,
    share: words[at + 11]!,
    masks: words[at + 12]!,
    rank: words[at + 13]!,
    bound: distanceOf(words[at + 14]!),
    hidden: words[at + 15]! >>> 0,
  };
}

/** Leaves what it met in the beam; returns how many that are. */
export function runWalk(kernel: Kernel, scratch: number, { walk, ef, ...o }: Walk): number {
  if (walk === NO_WALK) return 0;
  const { rank, bound, hidden } = o;
  if (walk === PLAIN_WALK) return kernel.walk(scratch, ef, o.admission, rank, bound, hidden);
  return kernel.walkAdmitted(scratch, ef, o.best, o.share, o.masks, rank, bound, hidden);
}

/**
 * Entries that a job leaves at most. A walk that meets crowds of equal rows doubles its beam; one among rows far from the
 * query scans their codes instead (kernel/asm/admitted.ts).
 */
export function entriesMax({ remote, codes, walk, ef, best, k }: Job): number {
  if (!remote) return k;
  if (walk === NO_WALK) return codes;
  const scanned = walk === FILTERED_WALK ? Math.max(CANDIDATES_MIN, 2 * best) : 0;
  return codes + Math.min(LIST_MAX, Math.max(2 * ef, scanned));
}

/** What a job came to: candidates left by the scan and by the walk, and results; where vectors are elsewhere, none. */
export interface Outcome {
  readonly near: number;
  readonly met: number;
  readonly size: number;
}

/**
 * Does a job for the query in scratch: scan before walk, as in search.ts. `apart`: rows before those scanned that no graph
 * has. `keep` takes that many entries out of the beam before it is used again.
 */
export function perform(
  kernel: Kernel,
  scratch: number,
  job: Job,
  apart: Iterable<number>,
  keep: (entries: number) => void,
): Outcome {
  const { from, rows, skip, k, filter, codes } = job;
  if (job.remote) {
    const near = kernel.scanCodes(scratch, from, rows, codes, skip, filter);
    keep(near);
    const met = runWalk(kernel, scratch, job);
    keep(met);
    return { near, met, size: 0 };
  }
  if (codes > 0) {
    const met = kernel.scanCodes(scratch, from, rows, codes, skip, filter);
    return { near: 0, met, size: kernel.rescore(scratch, met, k, 0) };
  }
  let size = from < rows ? kernel.scan(scratch, from, rows, k, 0, skip, filter) : 0;
  for (const row of apart) size = kernel.scan(scratch, row, row + 1, k, size, skip, filter);
  const met = runWalk(kernel, scratch, job);
  return { near: 0, met, size: kernel.rescore(scratch, met, k, size) };
}

/** A job with what belongs to it of its arena: rows before those scanned that no graph has, a bit for each row that matches. */
export interface ArenaJob {
  readonly job: Job;
  readonly apart: readonly number[];
  readonly bits: Uint32Array | undefined;
}
