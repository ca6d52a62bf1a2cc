/* Whole-graph passes: reachability, list invariants, repair of what was read from a file. */
import * as L from '../layout';
import { field, levelOf, linksMax, linksOf, lockOf, NONE, stateGet, stateOf } from './memory';

/**
 * Marks every row that can be reached from the entry point, in the visited bits of `scratch`. By links of level 0
 * alone: on the levels above, a walk goes one way only, and may not come by.
 */
export function markReachable(scratch: u32): u32 {
  const rows = atomic.load<u32>(L.DESC + L.D_ROWS);
  const visited = scratch + field(L.D_S_VISITED);
  memory.fill(visited, 0, ((rows + 31) >> 5) << 2);
  const entry = atomic.load<i64>(L.DESC + L.D_ENTRY);
  if (entry < 0) return 0;
  const queue = field(L.D_QUEUE);
  store<u32>(queue, <u32>entry);
  const first = visited + ((<u32>entry >> 5) << 2);
  store<u32>(first, 1 << (<u32>entry & 31));
  let tail: u32 = 1;
  for (let head: u32 = 0; head < tail; head++) {
    const row = load<u32>(queue + (head << 2));
    let links = linksOf(row, 0);
    for (const end = links + (linksMax(0) << 2); links < end; links += 4) {
      const next = load<u32>(links);
      if (next == NONE) break;
      if (next >= rows) continue;
      const at = visited + ((next >> 5) << 2);
      const seen = load<u32>(at);
      if (seen & (1 << (next & 31))) continue;
      store<u32>(at, seen | (1 << (next & 31)));
      store<u32>(queue + (tail << 2), next);
      tail++;
    }
  }
  return tail;
}

/** First row at or after `from` that is linked but not marked reachable, or NONE. */
export function nextUnreachable(scratch: u32, from: u32): u32 {
  const rows = atomic.load<u32>(L.DESC + L.D_ROWS);
  const visited = scratch + field(L.D_S_VISITED);
  for (let row = from; row < rows; row++) {
    const marked = load<u32>(visited + ((row >> 5) << 2)) & (1 << (row & 31));
    if (!marked && stateGet(row) & L.LINKED) return row;
  }
  return NONE;
}

/** What is wrong with the lists of one row: bits of FAULT_*. */
export function faults(row: u32): u32 {
  const rows = atomic.load<u32>(L.DESC + L.D_ROWS);
  let found: u32 = 0;
  for (let level: u32 = 0, top = <u32>load<u8>(levelOf(row)); level <= top; level++) {
    const links = linksOf(row, level);
    for (let i: u32 = 0, most = linksMax(level); i < most; i++) {
      const to = load<u32>(links + (i << 2));
      if (to == NONE) break;
      if (to == row) found |= L.FAULT_SELF;
      else if (to >= rows || <u32>load<u8>(levelOf(to)) < level) found |= L.FAULT_MISSING;
      for (let j: u32 = 0; j < i; j++) if (load<u32>(links + (j << 2)) == to) found |= L.FAULT_DOUBLE;
    }
  }
  return found;
}

/**
 * Brings a row that was read from a file, or mended, into order: lock free, links only to other linked rows of that
 * level, each once, in their order (the first is the row that it hangs on); none where it is not linked itself, since
 * what it hangs on by then may hang on it. Returns how many were dropped.
 */
export function clean(row: u32): u32 {
  const rows = atomic.load<u32>(L.DESC + L.D_ROWS);
  const linked: bool = (stateGet(row) & L.LINKED) != 0;
  let dropped: u32 = 0;
  store<u32>(lockOf(row), 0);
  for (let level: u32 = 0, top = <u32>load<u8>(levelOf(row)); level <= top; level++) {
    const links = linksOf(row, level);
    const most = linksMax(level);
    let kept: u32 = 0;
    for (let i: u32 = 0; i < most; i++) {
      const to = load<u32>(links + (i << 2));
      if (to == NONE) break;
      let good = linked && to < rows && to != row && <u32>load<u8>(levelOf(to)) >= level;
      good = good && (stateGet(to) & L.LINKED) != 0;
      for (let j: u32 = 0; j < kept; j++) good = good && load<u32>(links + (j << 2)) != to;
      if (good) {
        store<u32>(links + (kept << 2), to);
        kept++;
      } else dropped++;
    }
    for (; kept < most; kept++) store<u32>(links + (kept << 2), NONE);
  }
  return dropped;
}

/** Removes a state bit; only while nobody else works on the arena. */
export function stateClear(row: u32, bits: u32): void {
  atomic.and<u8>(stateOf(row), <u8>~bits);
}

/** Releases every lock held by `owner`, a thread that is no more. Returns how many there were. */
export function releaseLocks(owner: u32): u32 {
  let released: u32 = 0;
  for (let row: u32 = 0, rows = atomic.load<u32>(L.DESC + L.D_ROWS); row < rows; row++) {
    if (atomic.cmpxchg<u32>(lockOf(row), owner, 0) == owner) released++;
  }
  if (atomic.cmpxchg<u32>(L.DESC + L.D_ENTRY_LOCK, owner, 0) == owner) released++;
  return released;
}
