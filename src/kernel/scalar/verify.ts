/* Whole-graph passes: reachability, list invariants, repair of what was read from a file. */
import * as L from '../layout.js';
import {
  entryPoint,
  field,
  linksMax,
  linksOf,
  lockOf,
  type Memory,
  rowCount,
  stateGet,
  stateOf,
  topOf,
} from './memory.js';

/** Marks every row that can be reached from the entry point by links of level 0, in the visited bits of `scratch`. */
export function markReachable(m: Memory, scratch: number): number {
  const rows = rowCount(m);
  const visited = (scratch + field(m, L.D_S_VISITED)) >>> 2;
  m.u32.fill(0, visited, visited + ((rows + 31) >> 5));
  const entry = entryPoint(m);
  if (entry.row < 0) return 0;
  const queue = field(m, L.D_QUEUE) >>> 2;
  let tail = 0;
  const reach = (row: number): void => {
    const seen = m.u32[visited + (row >> 5)]!;
    const bit = 1 << (row & 31);
    if (seen & bit) return;
    m.u32[visited + (row >> 5)] = seen | bit;
    m.u32[queue + tail++] = row;
  };
  reach(entry.row);
  for (let head = 0; head < tail; head++) {
    const row = m.u32[queue + head]!;
    const links = linksOf(m, row, 0) >>> 2;
    for (let i = 0, most = linksMax(m, 0); i < most; i++) {
      const next = m.u32[links + i]!;
      if (next === L.NONE) break;
      if (next < rows) reach(next);
    }
  }
  return tail;
}

/** First row at or after `from` that is linked but not marked reachable, or NONE. */
export function nextUnreachable(m: Memory, scratch: number, from: number): number {
  const rows = rowCount(m);
  const visited = (scratch + field(m, L.D_S_VISITED)) >>> 2;
  for (let row = from; row < rows; row++) {
    const marked = m.u32[visited + (row >> 5)]! & (1 << (row & 31));
    if (!marked && stateGet(m, row) & L.LINKED) return row;
  }
  return L.NONE;
}

/** What is wrong with the lists of one row: bits of FAULT_*. */
export function faults(m: Memory, row: number): number {
  const rows = rowCount(m);
  let found = 0;
  for (let level = 0, top = topOf(m, row); level <= top; level++) {
    const links = linksOf(m, row, level) >>> 2;
    for (let i = 0, most = linksMax(m, level); i < most; i++) {
      const to = m.u32[links + i]!;
      if (to === L.NONE) break;
      if (to === row) found |= L.FAULT_SELF;
      else if (to >= rows || topOf(m, to) < level) found |= L.FAULT_MISSING;
      if (holds(m, links, i, to)) found |= L.FAULT_DOUBLE;
    }
  }
  return found;
}

/** Whether `row` is among the first `n` links of a list, given by the index of its first word. */
function holds(m: Memory, links: number, n: number, row: number): boolean {
  for (let i = 0; i < n; i++) if (m.u32[links + i] === row) return true;
  return false;
}

/**
 * Brings a row that was read from a file, or mended, into order: lock free, links only to other linked rows of that
 * level, each once, in their order (the first is the row that it hangs on); none where it is not linked itself, since
 * what it hangs on by then may hang on it. Returns how many were dropped.
 */
export function clean(m: Memory, row: number): number {
  const rows = rowCount(m);
  const lock = lockOf(m, row) >>> 2;
  const linked = (stateGet(m, row) & L.LINKED) !== 0;
  let dropped = 0;
  m.u32[lock] = 0;
  for (let level = 0, top = topOf(m, row); level <= top; level++) {
    const links = linksOf(m, row, level) >>> 2;
    const most = linksMax(m, level);
    let kept = 0;
    for (let i = 0; i < most; i++) {
      const to = m.u32[links + i]!;
      if (to === L.NONE) break;
      const fits = linked && to < rows && to !== row && topOf(m, to) >= level;
      const good = fits && (stateGet(m, to) & L.LINKED) !== 0 && !holds(m, links, kept, to);
      if (good) m.u32[links + kept++] = to;
      else dropped++;
    }
    m.u32.fill(L.NONE, links + kept, links + most);
  }
  return dropped;
}

/** Removes a state bit; only while nobody else works on the arena. */
export function stateClear(m: Memory, row: number, bits: number): void {
  const at = stateOf(m, row);
  Atomics.and(m.u8, at, ~bits);
}

/** Releases every lock held by `owner`, a thread that is no more. Returns how many there were. */
export function releaseLocks(m: Memory, owner: number): number {
  let released = 0;
  const release = (lock: number): void => {
    if (Atomics.compareExchange(m.u32, lock >>> 2, owner, 0) === owner) released++;
  };
  for (let row = 0, rows = rowCount(m); row < rows; row++) release(lockOf(m, row));
  release(L.DESC + L.D_ENTRY_LOCK);
  return released;
}
