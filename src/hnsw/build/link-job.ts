/*
 * One build: rows of an arena, linked by several threads at once.
 *
 * Shared state, in a small control memory beside each arena (Int32Array, every access atomic):
 *   JOB       number of the present job. A task that was posted for another one leaves at once.
 *   NEXT      claim cursor. A thread adds CLAIM_ROWS and owns what lies between; nobody else links those rows.
 *   STOP      set by the calling thread: finish the row at hand, then return.
 *   ACTIVE    threads inside `linkRows`. A thread adds itself before it reads JOB; the calling thread counts JOB
 *             up before it reads ACTIVE. So when it reads 0, nobody works on an earlier job, nor will.
 *   LINKED, QUARANTINED   how many rows left the window that way while they were live. Counted by the thread
 *             that set the bit first, so each row counts once; status and search read the same numbers.
 *   per thread: whether it is inside, the row at hand (+ 1) and a beat with every row. They tell what a thread
 *             was doing when it died or hangs.
 */
import { CLAIM_ROWS } from '../../base/limits.js';
import type { Kernel } from '../../kernel/kernel.js';
import { LINKED, MASKED, QUARANTINED } from '../../kernel/layout.js';
import type { Faults } from '../../platform/faults.js';
import { reachStep } from './fault-points.js';

export const JOB = 0;
export const NEXT = 1;
export const END = 2;
export const STOP = 3;
export const ACTIVE = 4;
export const LINKED_LIVE = 5;
export const QUARANTINED_LIVE = 6;
/** Searches under way, counted by the calling thread, whoever does them: linkers let them go first. */
export const SEARCHING = 7;
const PER_THREAD = 16; // words 8 to 15 belong to fault-points.ts
const WORDS_PER_THREAD = 4;
const CURRENT = 0;
const BEAT = 1;
const INSIDE = 2;

/** Longest that a linker waits for a search before it links one row all the same. */
const YIELD_MS = 1;

export function newControl(threads: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (PER_THREAD + WORDS_PER_THREAD * (threads + 1))));
}

/** Whether a thread is inside a job, and a number that changes with every row it takes up. */
export function pulse(control: Int32Array, thread: number): { inside: boolean; beat: number } {
  const own = PER_THREAD + WORDS_PER_THREAD * thread;
  return { inside: Atomics.load(control, own + INSIDE) !== 0, beat: Atomics.load(control, own + BEAT) };
}

/** Takes a dead thread out of the job; returns the row it was working on, or -1. */
export function forget(control: Int32Array, thread: number): number {
  const own = PER_THREAD + WORDS_PER_THREAD * thread;
  if (Atomics.exchange(control, own + INSIDE, 0) !== 0) Atomics.sub(control, ACTIVE, 1);
  return Atomics.exchange(control, own + CURRENT, 0) - 1;
}

export interface LinkWork {
  readonly job: number;
  readonly kernel: Kernel;
  readonly control: Int32Array;
  /** 0 is the calling thread. */
  readonly thread: number;
  readonly scratch: number;
  readonly faults: Pick<Faults, 'end'>;
  /** Returns true when it is time to give the thread back. Only with one thread. */
  expired?(): boolean;
}

/** Claims and links rows until none is left, the job is stopped or over, or time has expired. */
export function linkRows(work: LinkWork): void {
  const { control } = work;
  const inside = PER_THREAD + WORDS_PER_THREAD * work.thread + INSIDE;
  Atomics.add(control, ACTIVE, 1);
  const own = Atomics.load(control, JOB) === work.job;
  try {
    if (own) {
      Atomics.store(control, inside, 1);
      while (!halted(work) && linkClaim(work));
    }
  } finally {
    // Both together, so that `forget` takes a thread out once, however it ended.
    if (own) Atomics.store(control, inside, 0);
    Atomics.sub(control, ACTIVE, 1);
    Atomics.notify(control, ACTIVE);
  }
}

/** Claims some rows and links them; false when none is left or the job was halted. */
function linkClaim(work: LinkWork): boolean {
  const { control } = work;
  const from = Atomics.add(control, NEXT, CLAIM_ROWS);
  const to = Math.min(from + CLAIM_ROWS, Atomics.load(control, END));
  if (from >= to) return false;
  reachStep(control, 'claimed', from, work.faults);
  for (let row = from; row < to; row++) {
    if (halted(work)) {
      // With one thread, rows are linked in order whatever the clock says: the claim is handed back.
      if (work.expired) Atomics.store(control, NEXT, row);
      return false;
    }
    yieldToSearch(control, work.thread);
    linkRow(work, row);
  }
  return true;
}

function halted(work: LinkWork): boolean {
  const { control, job, expired } = work;
  return Atomics.load(control, JOB) !== job || Atomics.load(control, STOP) !== 0 || expired?.() === true;
}

/** Search has priority: a linker waits while one is under way, but never longer than YIELD_MS a row. */
function yieldToSearch(control: Int32Array, thread: number): void {
  const searching = thread === 0 ? 0 : Atomics.load(control, SEARCHING);
  if (searching !== 0) Atomics.wait(control, SEARCHING, searching, YIELD_MS);
}

/** Links one row and publishes it; a row whose linking throws is quarantined. */
export function linkRow(
  work: Pick<LinkWork, 'kernel' | 'control' | 'thread' | 'scratch' | 'faults'>,
  row: number,
): void {
  const { kernel, control, thread, scratch, faults } = work;
  if ((kernel.stateGet(row) & (LINKED | MASKED | QUARANTINED)) !== 0) return;
  const own = PER_THREAD + WORDS_PER_THREAD * thread;
  Atomics.store(control, own + CURRENT, row + 1);
  Atomics.add(control, own + BEAT, 1);
  try {
    reachStep(control, 'linking', row, faults);
    kernel.link(row, scratch, thread + 1);
    reachStep(control, 'linked', row, faults);
  } catch {
    kernel.releaseLocks(thread + 1);
    quarantine(kernel, control, row);
    Atomics.store(control, own + CURRENT, 0);
    return;
  }
  const before = kernel.stateSet(row, LINKED);
  if ((before & (LINKED | MASKED | QUARANTINED)) === 0) Atomics.add(control, LINKED_LIVE, 1);
  Atomics.store(control, own + CURRENT, 0);
  reachStep(control, 'published', row, faults);
}

/** Takes a row that waits out of linking for good: it is still found by the exact scan. */
export function quarantine(kernel: Kernel, control: Int32Array, row: number): void {
  if (kernel.stateGet(row) & LINKED) return;
  const before = kernel.stateSet(row, QUARANTINED);
  if ((before & (MASKED | QUARANTINED | LINKED)) === 0) Atomics.add(control, QUARANTINED_LIVE, 1);
}
