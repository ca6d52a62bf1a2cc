/* Reachability: after a build, every linked row must be found from the entry point. */
import type { Kernel } from '../../kernel/kernel.js';
import { LEVEL_MAX, NONE } from '../../kernel/layout.js';

/** One is enough, unless rows are lost together, or `insert` links on the calling thread meanwhile. */
export const PASSES = 4;

/** Rows that are linked, and to which no path leads from the entry point. */
export function unreachable(kernel: Kernel, scratch: number): number[] {
  kernel.markReachable(scratch);
  const rows: number[] = [];
  for (let row = 0; (row = kernel.nextUnreachable(scratch, row) >>> 0) !== NONE; row++) rows.push(row);
  return rows;
}

/**
 * Attaches what cannot be reached. Returns how many rows that were. Of rows that are lost together, the levels above
 * may lead to one, and a walk from there meets the others alone: the second time, it begins at the entry point.
 */
export function reconnect(kernel: Kernel, scratch: number, owner: number): number {
  let count = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const lost = unreachable(kernel, scratch);
    if (lost.length === 0) break;
    for (const row of lost) kernel.attach(row, pass === 0 ? 0 : LEVEL_MAX, scratch, owner);
    count += lost.length;
  }
  return count;
}
