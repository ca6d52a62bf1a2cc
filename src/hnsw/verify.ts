/*
 * Invariants of the graphs of an index, and their repair. Degrees need no check: a list has room for its links
 * and no more.
 *
 * It goes in small steps, between which searches may go on, but no build: it writes nothing into the scratch that they have.
 */
import type { VerifyReport } from '../api/upkeep.js';
import { FAULT_DOUBLE, FAULT_MISSING, FAULT_SELF, LEVEL_MAX, LINKED } from '../kernel/layout.js';
import type { Arena } from './arena.js';
import { PASSES } from './build/connectivity.js';

/** Rows looked at in one step: some tenths of a millisecond. */
const STEP_ROWS = 256;

/** In steps; `visit` is called with every row. */
function* throughRows(rows: number, visit: (row: number) => void): Generator<void> {
  for (let row = 0; row < rows; row++) {
    visit(row);
    if (row % STEP_ROWS === STEP_ROWS - 1) yield;
  }
}

function isLinked({ kernel }: Arena, row: number): boolean {
  return (kernel.stateGet(row) & LINKED) !== 0;
}

function* faultyRows(arena: Arena): Generator<void, Map<number, number>> {
  const found = new Map<number, number>();
  yield* throughRows(arena.rows, (row) => {
    const faults = isLinked(arena, row) ? arena.kernel.faults(row) : 0;
    if (faults !== 0) found.set(row, faults);
  });
  return found;
}

/** Rows that are linked, and to which no path of level 0 leads from the entry point. */
function* unreachable(arena: Arena): Generator<void, number[]> {
  const { rows, entryRow } = arena;
  const seen = new Uint8Array(rows);
  const queue = new Uint32Array(rows);
  let tail = 0;
  const reach = (row: number): void => {
    if (row >= rows || seen[row] !== 0) return;
    seen[row] = 1;
    queue[tail++] = row;
  };
  if (entryRow >= 0) reach(entryRow);
  for (let head = 0; head < tail; head++) {
    for (const to of arena.parts.linksOf(queue[head]!)) {
      if (to === -1) break;
      reach(to >>> 0);
    }
    if (head % STEP_ROWS === STEP_ROWS - 1) yield;
  }
  const lost: number[] = [];
  yield* throughRows(rows, (row) => {
    if (seen[row] === 0 && isLinked(arena, row)) lost.push(row);
  });
  return lost;
}

/** Attaches what cannot be reached, as build/connectivity.ts does. Returns how many rows that were. */
function* reconnecting(arena: Arena): Generator<void, number> {
  let count = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const lost = yield* unreachable(arena);
    for (const row of lost) {
      arena.kernel.attach(row, pass === 0 ? 0 : LEVEL_MAX, arena.scratch, 1);
      yield;
    }
    count += lost.length;
    if (lost.length === 0) break;
  }
  arena.unswept = 0;
  return count;
}

function entryIsDead(arena: Arena): boolean {
  if (arena.linkedEver === 0) return false;
  const row = arena.entryRow;
  return row < 0 || row >= arena.rows || !isLinked(arena, row);
}

/** Checks every arena; with `repair`, mends links and links again what cannot be reached. No build may run. */
export function* verifying(arenas: readonly Arena[], repair: boolean): Generator<void, VerifyReport> {
  let repaired = 0;
  for (const arena of arenas) {
    if (arena.unswept > 0) yield* reconnecting(arena);
    if (!repair) continue;
    for (const row of (yield* faultyRows(arena)).keys()) {
      arena.kernel.clean(row);
      repaired++;
    }
    repaired += yield* reconnecting(arena);
  }
  const counts = { selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0, unreachable: 0 };
  let rows = 0;
  let linked = 0;
  for (const arena of arenas) {
    rows += arena.rows;
    linked += arena.linkedEver;
    for (const faults of (yield* faultyRows(arena)).values()) {
      if (faults & FAULT_SELF) counts.selfLinks++;
      if (faults & FAULT_MISSING) counts.missingLinks++;
      if (faults & FAULT_DOUBLE) counts.doubleLinks++;
    }
    if (entryIsDead(arena)) counts.deadEntries++;
    counts.unreachable += (yield* unreachable(arena)).length;
  }
  return { ok: Object.values(counts).every((n) => n === 0), rows, linked, ...counts, repaired };
}
