/*
 * The graph walk: greedy descent through the upper levels, beam search on one level (Malkov & Yashunin 2018,
 * algorithms 5 and 2).
 *
 * Concurrency: reads links without locks while linkers rewrite them. A link list is at every moment a list of
 * valid rows (each 32-bit store is whole), so a half-rewritten list only means another choice of neighbours.
 */
import * as L from '../layout';
import { beginBeam, extendBeam, NO_KEY, widenBeam } from './beam';
import { crowdOf, drawRows, drawsFor, leaveCrowd } from './crowd';
import { distances } from './distance';
import { glance } from './glance';
import { bitOf, codesOfFour, field, linksMax, linksOf, NONE, stateGet } from './memory';
import { entryOf, fillUp, rowOf, sortFew } from './order';

/** Called for a row that would enter the results of a filtered search: 1 admits it. */
@external('env', 'accept')
declare function accept(row: u32): u32;

/**
 * Entries a beam may hold for each one it is asked for. Where fewer than one row in eight is admitted, a walk
 * costs more than a scan, and `searchArena` scans.
 */
const CROWD: u32 = 8;

/** Nodes expanded together: the misses on their lists and codes overlap. More would be expanded in vain. */
export const WIDTH: u32 = 2;
/** Behind so many places of a beam hardly anything is expanded in vain, since a walk ends when all of it is: twice as many. */
const HEAD: u32 = 16;
const WIDE: u32 = 4;

/** The key of the largest distance that is a number: of a row that is not to be found. */
const FARTHEST: u32 = 0xff7fffff;

@inline export function admits(scratch: u32, row: u32, admission: u32): bool {
  if (admission == L.WALK_ALL || admission == L.WALK_LED_TO) return true;
  if (stateGet(row) & L.MASKED) return false;
  if (admission == L.WALK_LIVE) return true;
  if (admission == L.WALK_ASKED) return accept(row) != 0;
  return bitOf(scratch + field(L.D_S_ADMITTED), row) != 0;
}

@inline function mark(visited: u32, row: u32): void {
  const at = visited + ((row >> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (row & 31)));
}

/** Copies the links not visited yet to `rows` and marks them; returns how many. */
@inline function gather(links: u32, most: u32, visited: u32, rows: u32): u32 {
  let n: u32 = 0;
  for (const end = links + (most << 2); links < end; links += 4) {
    const row = load<u32>(links);
    if (row == NONE) break;
    const at = visited + ((row >> 5) << 2);
    const bit: u32 = 1 << (row & 31);
    const seen = load<u32>(at);
    store<u32>(at, seen | bit);
    store<u32>(rows + (n << 2), row);
    n += (seen & bit) == 0 ? 1 : 0;
  }
  return n;
}

/**
 * WebAssembly has no prefetch: loads one word of each cache line of the rows' codes. The loads are independent
 * of each other, so their misses overlap, as many as fit into the few hundred instructions that a processor looks
 * ahead: so it takes as few as it can for each. The sum is returned (and stored by the caller) to keep them alive.
 */
@inline export function touch(n: u32, rows: u32, first: u32, lines: u32): u32 {
  if (n == 0 || first >= lines) return 0;
  fillUp(rows, n);
  let sum: u32 = 0;
  for (const end = rows + (n << 2); rows < end; rows += 16) {
    const codes = codesOfFour(rows);
    const a = <u32>i32x4.extract_lane(codes, 0);
    const b = <u32>i32x4.extract_lane(codes, 1);
    const c = <u32>i32x4.extract_lane(codes, 2);
    const d = <u32>i32x4.extract_lane(codes, 3);
    let line = first;
    do {
      sum += load<u32>(a + line) + load<u32>(b + line) + load<u32>(c + line) + load<u32>(d + line);
      line += 64;
    } while (line < lines);
  }
  return sum;
}

/** Moves to the nearest neighbour but a hidden one while there is a nearer one, on `level`. Returns the entry reached. */
function greedy(scratch: u32, query: u32, level: u32, from: u64): u64 {
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const hidden = load<u32>(scratch, L.S_HIDDEN);
  const most = linksMax(level);
  let best = from;
  while (true) {
    const links = linksOf(rowOf(best), level);
    let n: u32 = 0;
    for (; n < most; n++) {
      const row = load<u32>(links + (n << 2));
      if (row == NONE) break;
      store<u32>(rows + (n << 2), row);
    }
    distances(query, n, rows, keys);
    let next = best;
    for (let i: u32 = 0; i < n; i++) {
      const row = load<u32>(rows + (i << 2));
      const entry = entryOf(load<u32>(keys + (i << 2)), row);
      if (entry < next && row != hidden) next = entry;
    }
    if (next == best) break;
    best = next;
  }
  return best;
}

/** The distance of one row to the query, as an entry. */
export function entryFor(scratch: u32, query: u32, row: u32): u64 {
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  store<u32>(rows, row);
  distances(query, 1, rows, keys);
  return entryOf(load<u32>(keys), row);
}

/** Loads a word of both cache lines of the lists of `n` entries: see `touch`. */
@inline function touchLists(entries: u32, n: u32, level: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const links = linksOf(rowOf(load<u64>(entries + (i << 3))), level);
    sum += load<u32>(links) + load<u32>(links, 64);
  }
  return sum;
}

/**
 * Compares the rows that a round has met with the query, at a first look where `worst` says what is too far. Returns how
 * many are left, with their keys.
 */
@inline export function compareRound(query: u32, n: u32, rows: u32, keys: u32, worst: u32): u32 {
  const kind = field(L.D_CODE_KIND);
  const whole = field(L.D_CODE_STRIDE);
  const glanced = field(L.D_GLANCE);
  if (glanced && worst != NO_KEY) {
    const brief = (glanced + field(L.D_CODE_DATA) + 63) & ~63;
    store<u32>(keys, touch(n, rows, 0, brief));
    n = glance(query, n, rows, worst);
    if (n == 0) return 0;
    store<u32>(keys, touch(n, rows, brief, whole));
  } else if (kind == L.CODE_INT4 || kind == L.CODE_INT8) store<u32>(keys, touch(n, rows, 0, whole));
  distances(query, n, rows, keys);
  return n;
}

/** Writes entries of the rows nearer than `worst`, all of which count. Without a branch: which they are cannot be foreseen. */
@inline function takeAll(n: u32, rows: u32, keys: u32, worst: u32, to: u32): u32 {
  let better: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u32>(keys + (i << 2));
    store<u64>(to + (better << 3), entryOf(key, load<u32>(rows + (i << 2))) | L.COUNTS);
    better += key < worst ? 1 : 0;
  }
  return better;
}

/**
 * Leaves the rows nearer than `worst` in D_S_FRESH, sorted, with the flag COUNTS on those admitted. Returns how many.
 * Their lists are fetched while they are sorted and merged, though some of them will not be expanded: the next to be are
 * often among them.
 */
@inline export function takeBetter(
  scratch: u32,
  n: u32,
  rows: u32,
  keys: u32,
  worst: u32,
  admission: u32,
  level: u32,
): u32 {
  const fresh = scratch + field(L.D_S_FRESH);
  let better: u32 = 0;
  if (admission == L.WALK_ALL || admission == L.WALK_LED_TO) better = takeAll(n, rows, keys, worst, fresh);
  else {
    for (let i: u32 = 0; i < n; i++) {
      const key = load<u32>(keys + (i << 2));
      if (key >= worst) continue;
      const row = load<u32>(rows + (i << 2));
      store<u64>(fresh + (better << 3), entryOf(key, row) | (admits(scratch, row, admission) ? L.COUNTS : 0));
      better++;
    }
  }
  store<u32>(keys, touchLists(fresh, better, level));
  sortFew(fresh, better);
  return better;
}

/** Begins a walk: with one entry in the beam. */
@inline function setOut(scratch: u32, query: u32, ef: u32, room: u32, from: u64, admission: u32): void {
  const visited = scratch + field(L.D_S_VISITED);
  const count = atomic.load<u32>(L.DESC + L.D_ROWS);
  const hidden = load<u32>(scratch, L.S_HIDDEN);
  const first = rowOf(from);
  memory.fill(visited, 0, ((count + 31) >> 5) << 2);
  mark(visited, first);
  if (hidden < count) mark(visited, hidden);
  beginBeam(scratch, query, ef, room);
  const counts = first != hidden && admits(scratch, first, admission);
  store<u64>(scratch + field(L.D_S_BEAM), from | (counts ? L.COUNTS : 0));
  store<u32>(scratch, 1, L.S_SIZE);
  store<u32>(scratch, counts ? 1 : 0, L.S_COUNTED);
}

/**
 * Beam search on one level. The beam is sorted and holds the rows met, admitted or not: those not admitted
 * route but do not count, so it is cut behind the ef-th admitted one, or by a bound before: see beam.ts. Returns its
 * size; the beam stays in scratch, with the flag COUNTS in its entries.
 */
export function beamSearch(scratch: u32, query: u32, level: u32, ef: u32, from: u64, admission: u32): u32 {
  const beam = scratch + field(L.D_S_BEAM);
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const fresh = scratch + field(L.D_S_FRESH);
  const visited = scratch + field(L.D_S_VISITED);
  const most = linksMax(level);
  const count = atomic.load<u32>(L.DESC + L.D_ROWS);
  const all = admission == L.WALK_ALL || admission == L.WALK_LED_TO;
  setOut(scratch, query, ef, all ? ef : ef * CROWD, from, admission);
  let size: u32 = 1;
  let worst: u32 = NO_KEY;
  let cursor: u32 = 0;
  /** The largest key within the crowd that the walk has met, 0 for none; how many times it may still draw rows. */
  let crowd: u32 = 0;
  let draws: u32 = 0;
  while (true) {
    let n: u32 = 0;
    let taken: u32 = 0;
    let at = cursor;
    const width = cursor < HEAD ? WIDTH : WIDE;
    for (; at < size && taken < width; at++) {
      const current = load<u64>(beam + (at << 3));
      if (current & L.EXPANDED) continue;
      store<u64>(beam + (at << 3), current | L.EXPANDED);
      n += gather(linksOf(rowOf(current), level), most, visited, rows + (n << 2));
      taken++;
    }
    if (taken == 0) {
      if (draws == 0) {
        if (crowd != 0 || level != 0 || admission == L.WALK_LED_TO || worst == NO_KEY) break;
        crowd = crowdOf(scratch, beam, size);
        if (crowd == 0) break;
        draws = drawsFor(ef);
        widenBeam(scratch);
        worst = NO_KEY;
      }
      draws--;
      n = drawRows(rows, draws, count, visited);
    }
    cursor = at;
    if (crowd != 0) n = leaveCrowd(scratch, n, rows, crowd);
    if (n == 0) continue;
    n = compareRound(query, n, rows, keys, worst);
    const better = takeBetter(scratch, n, rows, keys, worst, admission, level);
    if (better == 0) continue;
    cursor = min(cursor, extendBeam(scratch, beam, fresh, better));
    size = load<u32>(scratch, L.S_SIZE);
    worst = load<u32>(scratch, L.S_WORST);
  }
  return size;
}

/**
 * Descends from the graph's entry point to `level`; returns the nearest row found there, -1 if no graph. A hidden entry
 * point is farther than any other row: the descent sets out from there, and walks do not return it.
 */
export function descend(scratch: u32, query: u32, level: u32): u64 {
  const entry = atomic.load<i64>(L.DESC + L.D_ENTRY);
  if (entry < 0) return u64.MAX_VALUE;
  const row = <u32>entry;
  let best = row == load<u32>(scratch, L.S_HIDDEN) ? entryOf(FARTHEST, row) : entryFor(scratch, query, row);
  for (let at = <u32>(entry >> 32); at > level; at--) best = greedy(scratch, query, at, best);
  return best;
}
