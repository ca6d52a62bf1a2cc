/*
 * Rows of a collection in the arenas of its engine: row number ↔ slot. Row numbers are the keys of the rows, each
 * greater than all before it, so they are found in the arenas themselves, by halving.
 */
import type { Arena } from '../hnsw/arena.js';
import type { Engine } from '../hnsw/engine.js';
import { beginsWord } from '../hnsw/slots.js';

/** The row number of a slot. */
export function rowAt(engine: Engine, slot: number): number {
  return Number(engine.keyAt(slot));
}

/** The slot of a row that lives. */
export function slotOf(engine: Engine, row: number): number | undefined {
  const { arenas } = engine;
  for (let i = arenas.length - 1; i >= 0; i--) {
    const arena = arenas[i]!;
    if (arena.rows === 0 || arena.keyOf(0) > row) continue;
    const at = lastUpTo(arena, row);
    return arena.keyOf(at) === row && arena.isLive(at) ? arena.base + at : undefined;
  }
  return undefined;
}

/** The slot of the first row whose number is above `row`; that behind the last where none is. */
export function slotBehind(engine: Engine, row: number): number {
  const arena = engine.arenas.find((one) => one.rows > 0 && one.keyOf(one.rows - 1) > row);
  if (!arena) return engine.slots;
  return arena.base + (arena.keyOf(0) > row ? 0 : lastUpTo(arena, row) + 1);
}

/** The last row of an arena whose number is at most `row`; its first is. */
function lastUpTo(arena: Arena, row: number): number {
  let low = 0;
  let high = arena.rows;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (arena.keyOf(middle) <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** Number of the last row, 0 if there is none. */
export function lastRow(engine: Engine): number {
  const { slots } = engine;
  return slots === 0 ? 0 : rowAt(engine, slots - 1);
}

/** Slots of the rows that live, ascending, as they are when they are asked for: those behind row number `after`. */
export function* liveSlots(engine: Engine, after = 0): Generator<number> {
  for (const arena of engine.arenas) {
    const first = arena.rows === 0 || arena.keyOf(0) > after ? 0 : lastUpTo(arena, after) + 1;
    for (let row = first; row < arena.rows; row++) if (arena.isLive(row)) yield arena.base + row;
  }
}

/** The lowest row number that waits to be linked; 0 if none does. */
export function oldestPending(engine: Engine): number {
  for (const arena of engine.arenas) {
    const row = arena.advanceWindow();
    if (row < arena.rows) return Number(arena.keyOf(row));
  }
  return 0;
}

/** How many rows lie between the first that waits and row number `row`. */
export function waitingBelow(engine: Engine, row: number): number {
  let rows = 0;
  for (const arena of engine.arenas) {
    for (let at = arena.advanceWindow(); at < arena.rows && arena.keyOf(at) < row; at++) rows++;
  }
  return rows;
}

/** Whether row numbers ascend from arena to arena, and each begins with a word of bits by slots, as filters need it. */
export function inOrder(engine: Engine): boolean {
  let last = -1;
  for (const arena of engine.arenas) {
    if (arena.rows === 0) continue;
    if (arena.keyOf(0) <= last || !beginsWord(arena.base)) return false;
    last = Number(arena.keyOf(arena.rows - 1));
  }
  return true;
}
