/*
 * Invariants of the graphs of an index, and their repair. Degrees need no check: a list has room for its links
 * and no more.
 */
import type { VerifyReport } from '../api/upkeep.js';
import { FAULT_DOUBLE, FAULT_MISSING, FAULT_SELF, LINKED } from '../kernel/layout.js';
import type { Arena } from './arena.js';
import { reconnect, unreachable } from './build/connectivity.js';

function faultyRows(arena: Arena): Map<number, number> {
  const found = new Map<number, number>();
  for (let row = 0; row < arena.rows; row++) {
    if ((arena.kernel.stateGet(row) & LINKED) === 0) continue;
    const faults = arena.kernel.faults(row);
    if (faults !== 0) found.set(row, faults);
  }
  return found;
}

function entryIsDead(arena: Arena): boolean {
  if (arena.linkedEver === 0) return false;
  const row = arena.entryRow;
  return row < 0 || row >= arena.rows || (arena.kernel.stateGet(row) & LINKED) === 0;
}

/** Checks every arena; with `repair`, mends links and links again what cannot be reached. No build may run. */
export function verifyArenas(arenas: readonly Arena[], repair: boolean): VerifyReport {
  let repaired = 0;
  if (repair) {
    for (const arena of arenas) {
      for (const row of faultyRows(arena).keys()) {
        arena.kernel.clean(row);
        repaired++;
      }
      repaired += reconnect(arena.kernel, arena.scratch, 1);
    }
  }
  const counts = { selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0, unreachable: 0 };
  let rows = 0;
  let linked = 0;
  for (const arena of arenas) {
    rows += arena.rows;
    linked += arena.linkedEver;
    for (const faults of faultyRows(arena).values()) {
      if (faults & FAULT_SELF) counts.selfLinks++;
      if (faults & FAULT_MISSING) counts.missingLinks++;
      if (faults & FAULT_DOUBLE) counts.doubleLinks++;
    }
    if (entryIsDead(arena)) counts.deadEntries++;
    counts.unreachable += unreachable(arena.kernel, arena.scratch).length;
  }
  return { ok: Object.values(counts).every((n) => n === 0), rows, linked, ...counts, repaired };
}
