/*
 * A walk that says where it goes: that of the plain kernel, which finds what the others find (a test holds them to it), with a
 * watch on it. It works in the scratch that it is given, as every walk.
 */
import { distanceOf } from '../keys.js';
import * as L from '../layout.js';
import { limitWalk } from './beam.js';
import { linksMax, linksOf, Memory } from './memory.js';
import { prepareQuery } from './query.js';
import { walk } from './scan.js';

/** One round: rows whose links were taken, and what was met behind them and compared. */
export interface WalkStep {
  readonly level: number;
  readonly expanded: number[];
  /** `from`: the row whose link led there; -1 for none that is known. */
  readonly met: { readonly row: number; readonly distance: number; readonly from: number }[];
}

export interface WalkOptions {
  readonly ef: number;
  readonly admission: number;
  readonly rank: number;
  readonly bound: number;
  readonly hidden: number;
}

function linkedTo(m: Memory, row: number, level: number): Uint32Array {
  const at = linksOf(m, row, level) >>> 2;
  const links = m.u32.subarray(at, at + linksMax(m, level));
  const end = links.indexOf(L.NONE);
  return end < 0 ? links : links.subarray(0, end);
}

/** The query stands in `scratch`; it is prepared anew, since builds have forms of their own for it. Leaves in it what it met, as `Kernel.walk` does; `size`: how many. */
export function tracedWalk(
  memory: WebAssembly.Memory,
  scratch: number,
  { ef, admission, rank, bound, hidden }: WalkOptions,
): { readonly steps: WalkStep[]; readonly size: number } {
  const m = new Memory(memory, () => 1);
  prepareQuery(m, scratch);
  const steps: WalkStep[] = [];
  let open: WalkStep | undefined;
  let fromOf = new Map<number, number>();
  m.watch = {
    expanded: (row, level) => {
      // Rows are expanded several at a time, and compared together.
      if (!open) {
        steps.push((open = { level, expanded: [], met: [] }));
        fromOf = new Map();
      }
      open.expanded.push(row);
      for (const next of linkedTo(m, row, level)) if (!fromOf.has(next)) fromOf.set(next, row);
    },
    met: (n, rows, keys) => {
      const led = open && fromOf; // rows that are drawn by chance no link led to
      const step = open ?? { level: steps.at(-1)?.level ?? -1, expanded: [], met: [] };
      if (!open) steps.push(step);
      open = undefined;
      for (let i = 0; i < n; i++) {
        const row = m.u32[(rows >>> 2) + i]!;
        const distance = distanceOf(m.u32[(keys >>> 2) + i]!);
        step.met.push({ row, distance, from: led?.get(row) ?? -1 });
      }
    },
  };
  limitWalk(m, scratch, rank, Math.fround(bound), hidden);
  const size = walk(m, scratch, ef, admission);
  return { steps, size };
}
