/*
 * The graph walk: greedy descent through the upper levels, beam search on one level (Malkov & Yashunin 2018,
 * algorithms 5 and 2). The nearest row so far, from which the next level is searched, stands first in the beam.
 *
 * Concurrency: reads links without locks while linkers rewrite them, like the other builds.
 */
import * as L from '../layout.js';
import { beginBeam, extendBeam, NO_KEY, setWord, widenBeam, word } from './beam.js';
import { crowdOf, drawRows, drawsFor, leaveCrowd } from './crowd.js';
import { distances } from './distance.js';
import { glance } from './glance.js';
import {
  entryPoint,
  field,
  hasBit,
  linksMax,
  linksOf,
  type Memory,
  rowCount,
  setBit,
  stateGet,
} from './memory.js';
import { entryAt, keyAt, lowAt, rowAt, setEntry, sortFew, wordOf } from './order.js';

/** Entries a beam may hold for each one it is asked for. */
const CROWD = 8;

/** Nodes expanded together; behind the first HEAD places of a beam, WIDE of them. */
export const WIDTH = 2;
const HEAD = 16;
const WIDE = 4;

export function admits(m: Memory, scratch: number, row: number, admission: number): boolean {
  if (admission === L.WALK_ALL || admission === L.WALK_LED_TO) return true;
  if (stateGet(m, row) & L.MASKED) return false;
  if (admission === L.WALK_LIVE) return true;
  if (admission === L.WALK_ASKED) return m.accept(row) !== 0;
  return hasBit(m, scratch + field(m, L.D_S_ADMITTED), row);
}

/** Copies the links not visited yet to `rows` and marks them; returns how many. */
function gather(m: Memory, row: number, level: number, visited: number, rows: number): number {
  const links = linksOf(m, row, level) >>> 2;
  const most = linksMax(m, level);
  let n = 0;
  for (let i = 0; i < most; i++) {
    const next = m.u32[links + i]!;
    if (next === L.NONE) break;
    if (!setBit(m, visited, next)) m.u32[(rows >>> 2) + n++] = next;
  }
  return n;
}

/** The key of the largest distance that is a number: of a row that is not to be found. */
const FARTHEST = 0xff7fffff;

/** Moves the first entry of the beam to the nearest neighbour but a hidden one while there is a nearer one, on `level`. */
function greedy(m: Memory, scratch: number, query: number, level: number): void {
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const hidden = word(m, scratch, L.S_HIDDEN);
  const most = linksMax(m, level);
  for (let moved = true; moved; ) {
    m.watch?.expanded(rowAt(m, beam), level);
    const links = linksOf(m, rowAt(m, beam), level) >>> 2;
    let n = 0;
    for (; n < most; n++) {
      const row = m.u32[links + n]!;
      if (row === L.NONE) break;
      m.u32[(rows >>> 2) + n] = row;
    }
    distances(m, query, n, rows, keys);
    m.watch?.met(n, rows, keys);
    moved = false;
    for (let i = 0; i < n; i++) {
      const key = m.u32[(keys >>> 2) + i]!;
      const row = m.u32[(rows >>> 2) + i]!;
      if (row === hidden) continue;
      const low = wordOf(row);
      const best = keyAt(m, beam);
      if (key > best || (key === best && low >= lowAt(m, beam))) continue;
      setEntry(m, beam, key, low);
      moved = true;
    }
  }
}

/**
 * Descends from the graph's entry point to `level`; the nearest row found there stands first in the beam. A hidden
 * entry point is farther than any other row.
 */
export function descend(m: Memory, scratch: number, query: number, level: number): boolean {
  const entry = entryPoint(m);
  if (entry.row < 0) return false;
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  m.u32[rows >>> 2] = entry.row;
  distances(m, query, 1, rows, keys);
  m.watch?.met(1, rows, keys);
  const key = entry.row === word(m, scratch, L.S_HIDDEN) ? FARTHEST : m.u32[keys >>> 2]!;
  setEntry(m, scratch + field(m, L.D_S_BEAM), key, wordOf(entry.row));
  for (let at = entry.level; at > level; at--) greedy(m, scratch, query, at);
  return true;
}

/**
 * Compares the rows that a round has met with the query, at a first look where `worst` says what is too far. Returns how
 * many are left, with their keys.
 */
export function compareRound(
  m: Memory,
  query: number,
  n: number,
  rows: number,
  keys: number,
  worst: number,
): number {
  const left = field(m, L.D_GLANCE) && worst !== NO_KEY ? glance(m, query, n, rows, worst) : n;
  distances(m, query, left, rows, keys);
  return left;
}

/** Leaves the rows nearer than `worst` in D_S_FRESH, sorted, with the flag COUNTS on those admitted. Returns how many. */
export function takeBetter(
  m: Memory,
  scratch: number,
  n: number,
  rows: number,
  keys: number,
  worst: number,
  admission: number,
): number {
  const fresh = scratch + field(m, L.D_S_FRESH);
  let better = 0;
  for (let i = 0; i < n; i++) {
    const key = m.u32[(keys >>> 2) + i]!;
    if (key >= worst) continue;
    const row = m.u32[(rows >>> 2) + i]!;
    setEntry(
      m,
      entryAt(fresh, better++),
      key,
      wordOf(row, admits(m, scratch, row, admission) ? L.COUNTS : 0),
    );
  }
  sortFew(m, fresh, better);
  return better;
}

/** Begins a walk: with one entry in the beam. */
function setOut(
  m: Memory,
  scratch: number,
  query: number,
  ef: number,
  room: number,
  admission: number,
): void {
  const beam = scratch + field(m, L.D_S_BEAM);
  const visited = scratch + field(m, L.D_S_VISITED);
  const count = rowCount(m);
  const hidden = word(m, scratch, L.S_HIDDEN);
  const first = rowAt(m, beam);
  m.u8.fill(0, visited, visited + ((count + 31) >> 5) * 4);
  setBit(m, visited, first);
  if (hidden < count) setBit(m, visited, hidden);
  beginBeam(m, scratch, query, ef, room);
  const counts = first !== hidden && admits(m, scratch, first, admission);
  setEntry(m, beam, keyAt(m, beam), wordOf(first, counts ? L.COUNTS : 0));
  setWord(m, scratch, L.S_SIZE, 1);
  setWord(m, scratch, L.S_COUNTED, counts ? 1 : 0);
}

/**
 * Beam search on one level, from the first entry of the beam. The beam is sorted and holds the rows met,
 * admitted or not: those not admitted route but do not count, so it is cut behind the ef-th admitted one, or by a bound
 * before. Returns its size; the beam stays in scratch, with the flag COUNTS in its entries.
 */
export function beamSearch(
  m: Memory,
  scratch: number,
  query: number,
  level: number,
  ef: number,
  admission: number,
): number {
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const fresh = scratch + field(m, L.D_S_FRESH);
  const visited = scratch + field(m, L.D_S_VISITED);
  const count = rowCount(m);
  const all = admission === L.WALK_ALL || admission === L.WALK_LED_TO;
  setOut(m, scratch, query, ef, all ? ef : ef * CROWD, admission);
  let size = 1;
  let worst = NO_KEY;
  let cursor = 0;
  // The largest key within the crowd that the walk has met, 0 for none; how many times it may still draw rows.
  let crowd = 0;
  let draws = 0;
  while (true) {
    let n = 0;
    let taken = 0;
    const width = cursor < HEAD ? WIDTH : WIDE;
    for (; cursor < size && taken < width; cursor++) {
      const entry = entryAt(beam, cursor);
      const low = lowAt(m, entry);
      if (low & L.EXPANDED) continue;
      m.u32[entry >>> 2] = low | L.EXPANDED;
      m.watch?.expanded(low >>> 2, level);
      n += gather(m, low >>> 2, level, visited, rows + n * 4);
      taken++;
    }
    if (taken === 0) {
      if (draws === 0) {
        if (crowd !== 0 || level !== 0 || admission === L.WALK_LED_TO || worst === NO_KEY) return size;
        crowd = crowdOf(m, scratch, beam, size);
        if (crowd === 0) return size;
        draws = drawsFor(ef);
        widenBeam(m, scratch);
        worst = NO_KEY;
      }
      draws--;
      n = drawRows(m, rows, draws, count, visited);
    }
    if (crowd !== 0) n = leaveCrowd(m, scratch, n, rows, crowd);
    n = compareRound(m, query, n, rows, keys, worst);
    m.watch?.met(n, rows, keys);
    const better = takeBetter(m, scratch, n, rows, keys, worst, admission);
    if (better === 0) continue;
    cursor = Math.min(cursor, extendBeam(m, scratch, beam, fresh, better));
    size = word(m, scratch, L.S_SIZE);
    worst = word(m, scratch, L.S_WORST);
  }
}
