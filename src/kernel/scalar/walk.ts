/*
 * The graph walk: greedy descent through the upper levels, beam search on one level (Malkov & Yashunin 2018,
 * algorithms 5 and 2). The nearest row so far, from which the next level is searched, stands first in the beam.
 *
 * Concurrency: reads links without locks while linkers rewrite them, like the other builds.
 */
import * as L from '../layout.js';
import { crowdOf, drawRows, drawsFor, leaveCrowd } from './crowd.js';
import { distances } from './distance.js';
import { glance } from './glance.js';
import { entryPoint, field, linksMax, linksOf, type Memory, rowCount, setBit, stateGet } from './memory.js';
import { entryAt, keyAt, lowAt, merge, rowAt, setEntry, sortFew, wordOf } from './order.js';

/** Entries a beam may hold for each one it is asked for. */
const CROWD = 8;

/** Nodes expanded together. */
export const WIDTH = 2;

export function admits(m: Memory, row: number, admission: number): boolean {
  if (admission === L.WALK_ALL || admission === L.WALK_LED_TO) return true;
  if (stateGet(m, row) & L.MASKED) return false;
  return admission === L.WALK_LIVE || m.accept(row) !== 0;
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

/** Moves the first entry of the beam to the nearest neighbour while there is a nearer one, on `level`. */
function greedy(m: Memory, scratch: number, query: number, level: number): void {
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const most = linksMax(m, level);
  for (let moved = true; moved; ) {
    const links = linksOf(m, rowAt(m, beam), level) >>> 2;
    let n = 0;
    for (; n < most; n++) {
      const row = m.u32[links + n]!;
      if (row === L.NONE) break;
      m.u32[(rows >>> 2) + n] = row;
    }
    distances(m, query, n, rows, keys);
    moved = false;
    for (let i = 0; i < n; i++) {
      const key = m.u32[(keys >>> 2) + i]!;
      const low = wordOf(m.u32[(rows >>> 2) + i]!);
      const best = keyAt(m, beam);
      if (key > best || (key === best && low >= lowAt(m, beam))) continue;
      setEntry(m, beam, key, low);
      moved = true;
    }
  }
}

/** Descends from the graph's entry point to `level`; the nearest row found there stands first in the beam. */
export function descend(m: Memory, scratch: number, query: number, level: number): boolean {
  const entry = entryPoint(m);
  if (entry.row < 0) return false;
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  m.u32[rows >>> 2] = entry.row;
  distances(m, query, 1, rows, keys);
  setEntry(m, scratch + field(m, L.D_S_BEAM), m.u32[keys >>> 2]!, wordOf(entry.row));
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
  const left = field(m, L.D_GLANCE) && worst !== 0xffffffff ? glance(m, query, n, rows, worst) : n;
  distances(m, query, left, rows, keys);
  return left;
}

/** Leaves the rows nearer than `worst` in `fresh`, sorted, with the flag COUNTS on those admitted. Returns how many. */
export function takeBetter(
  m: Memory,
  n: number,
  rows: number,
  keys: number,
  worst: number,
  fresh: number,
  admission: number,
): number {
  let better = 0;
  for (let i = 0; i < n; i++) {
    const key = m.u32[(keys >>> 2) + i]!;
    if (key >= worst) continue;
    const row = m.u32[(rows >>> 2) + i]!;
    setEntry(m, entryAt(fresh, better++), key, wordOf(row, admits(m, row, admission) ? L.COUNTS : 0));
  }
  sortFew(m, fresh, better);
  return better;
}

/** How many of the entries [from, to) of a list count. */
export function countIn(m: Memory, list: number, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) if (lowAt(m, entryAt(list, i)) & L.COUNTS) n++;
  return n;
}

/** Where a beam of `size` entries ends, of which `counted` count, when `most` may and `room` are held. */
export function cutBeam(
  m: Memory,
  beam: number,
  size: number,
  counted: number,
  most: number,
  room: number,
): number {
  let end = size;
  for (let left = counted; left > most || end > room; ) if (lowAt(m, entryAt(beam, --end)) & L.COUNTS) left--;
  return end;
}

/**
 * Beam search on one level, from the first entry of the beam. The beam is sorted and holds the rows met,
 * admitted or not: those not admitted route but do not count, so it is cut behind the ef-th admitted one.
 * Returns its size; the beam stays in scratch, with the flag COUNTS in its entries.
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
  m.u8.fill(0, visited, visited + ((count + 31) >> 5) * 4);
  const first = rowAt(m, beam);
  setBit(m, visited, first);
  let most = ef;
  let room = Math.min(L.LIST_MAX, admission === L.WALK_ALL || admission === L.WALK_LED_TO ? ef : ef * CROWD);
  let size = 1;
  let admitted = admits(m, first, admission) ? 1 : 0;
  setEntry(m, beam, keyAt(m, beam), wordOf(first, admitted ? L.COUNTS : 0));
  let worst = 0xffffffff;
  let cursor = 0;
  // The largest key within the crowd that the walk has met, 0 for none; how many times it may still draw rows.
  let crowd = 0;
  let draws = 0;
  while (true) {
    let n = 0;
    let taken = 0;
    for (; cursor < size && taken < WIDTH; cursor++) {
      const entry = entryAt(beam, cursor);
      const low = lowAt(m, entry);
      if (low & L.EXPANDED) continue;
      m.u32[entry >>> 2] = low | L.EXPANDED;
      n += gather(m, low >>> 2, level, visited, rows + n * 4);
      taken++;
    }
    if (taken === 0) {
      if (draws === 0) {
        if (crowd !== 0 || level !== 0 || admission === L.WALK_LED_TO || worst === 0xffffffff) return size;
        crowd = crowdOf(m, scratch, beam, size);
        if (crowd === 0) return size;
        draws = drawsFor(ef);
        most = Math.min(L.LIST_MAX, 2 * ef);
        room = Math.min(L.LIST_MAX, 2 * room);
        worst = 0xffffffff;
      }
      draws--;
      n = drawRows(m, rows, draws, count, visited);
    }
    if (crowd !== 0) n = leaveCrowd(m, scratch, n, rows, crowd);
    n = compareRound(m, query, n, rows, keys, worst);
    const better = takeBetter(m, n, rows, keys, worst, fresh, admission);
    if (better === 0) continue;
    admitted += countIn(m, fresh, 0, better);
    cursor = Math.min(cursor, merge(m, beam, size, fresh, better));
    const all = size + better;
    size = cutBeam(m, beam, all, admitted, most, room);
    admitted -= countIn(m, beam, size, all);
    if (admitted === most || size === room) worst = keyAt(m, entryAt(beam, size - 1));
  }
}
