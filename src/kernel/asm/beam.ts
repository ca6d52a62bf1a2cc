/*
 * The beam of a walk: the nearest rows that it has met, sorted. It is cut behind the S_MOST-th entry that counts, and
 * holds S_ROOM at most. Where a walk has a bound, it also ends where rows are too much farther than the S_RANK-th best
 * that counts (Distance Adaptive Beam Search: arXiv 2505.15636), so that easy queries take few steps and hard ones many:
 * with d the distance of that one, on codes, at
 *     d + bound × max(d + offset, 0) + slack
 * `offset` makes a ratio of distances mean something where 0 is not the least: see query.ts. `slack` is what codes
 * cannot tell apart: some standard deviations of the error of that row's code, as in rescoring.
 *
 * What is known of a beam stands in the scratch of its thread.
 */
import * as L from '../layout';
import { codeOf, field, NONE } from './memory';
import { distanceOf, keyOf, merge, rowOf } from './order';

/** Standard deviations of a code's error. */
const DEVIATIONS: f32 = 2;

/** The key behind all others: nothing is too far. */
export const NO_KEY: u32 = 0xffffffff;

/** Says how the next walk of this thread ends besides by `ef`: see Kernel.walk. */
export function limitWalk(scratch: u32, rank: u32, bound: f32, hidden: u32): void {
  store<u32>(scratch, bound < Infinity ? rank : NONE, L.S_RANK);
  store<f32>(scratch, bound, L.S_BOUND);
  store<u32>(scratch, hidden, L.S_HIDDEN);
}

/** What the error of a row's code, as a length, tells in the distance to a query. */
@inline function slackOf(query: u32): f32 {
  const kind = field(L.D_CODE_KIND);
  if (kind != L.CODE_INT4 && kind != L.CODE_INT8) return 0;
  return (DEVIATIONS * load<f32>(query, L.Q_ROW_ERROR)) / sqrt<f32>(<f32>field(L.D_DIMENSION));
}

/** Begins a beam: empty, for `most` rows that count and `room` in all. */
export function beginBeam(scratch: u32, query: u32, most: u32, room: u32): void {
  store<u32>(scratch, most, L.S_MOST);
  store<u32>(scratch, min<u32>(L.LIST_MAX, room), L.S_ROOM);
  store<u32>(scratch, 0, L.S_SIZE);
  store<u32>(scratch, 0, L.S_COUNTED);
  takeAll(scratch);
  if (load<u32>(scratch, L.S_RANK) == NONE) return;
  store<f32>(scratch, load<f32>(query, L.Q_OFFSET), L.S_OFFSET);
  store<f32>(scratch, slackOf(query), L.S_SLACK);
}

/** Nothing is too far until the beam is cut again. */
function takeAll(scratch: u32): void {
  store<u32>(scratch, NO_KEY, L.S_WORST);
  store<u32>(scratch, NO_KEY, L.S_LIMIT);
  store<u32>(scratch, NONE, L.S_PLACE);
}

/** Gives a beam as much room again. A bound is on the best of the rows to come, behind those that are there. */
export function widenBeam(scratch: u32): void {
  store<u32>(scratch, min<u32>(L.LIST_MAX, 2 * load<u32>(scratch, L.S_MOST)), L.S_MOST);
  store<u32>(scratch, min<u32>(L.LIST_MAX, 2 * load<u32>(scratch, L.S_ROOM)), L.S_ROOM);
  const rank = load<u32>(scratch, L.S_RANK);
  if (rank != NONE) store<u32>(scratch, rank + load<u32>(scratch, L.S_COUNTED), L.S_RANK);
  takeAll(scratch);
}

/** How many of the entries [from, to) of a list count. */
@inline function countIn(list: u32, from: u32, to: u32): u32 {
  let n: u32 = 0;
  for (; from < to; from++) n += load<u64>(list + (from << 3)) & L.COUNTS ? 1 : 0;
  return n;
}

@inline function keyAt(beam: u32, at: u32): u32 {
  return load<u32>(beam + (at << 3), 4);
}

/** Position of the `rank`-th entry that counts; there are so many, and `counted` of `size` count. */
@inline function placeOf(beam: u32, rank: u32, size: u32, counted: u32): u32 {
  if (counted == size) return rank - 1;
  let at: u32 = 0;
  for (let left = rank; ; at++) {
    if (load<u64>(beam + (at << 3)) & L.COUNTS) left--;
    if (left == 0) break;
  }
  return at;
}

/** The least key that is too far, where `entry` is the one that the bound is on. */
@inline function limitBy(scratch: u32, entry: u64): u32 {
  const d = distanceOf(<u32>(entry >> 32));
  let limit: f32 = d + load<f32>(scratch, L.S_BOUND) * max<f32>(d + load<f32>(scratch, L.S_OFFSET), 0);
  const slack = load<f32>(scratch, L.S_SLACK);
  if (slack != 0) limit += slack * load<f32>(codeOf(rowOf(entry)) + field(L.D_TRAILER), L.T_ERROR);
  return keyOf(limit) + 1;
}

/** Merges the `n` entries of `fresh` into the beam, and cuts it. Returns the position of the first of them. */
export function extendBeam(scratch: u32, beam: u32, fresh: u32, n: u32): u32 {
  const most = load<u32>(scratch, L.S_MOST);
  const room = load<u32>(scratch, L.S_ROOM);
  const rank = load<u32>(scratch, L.S_RANK);
  let size = load<u32>(scratch, L.S_SIZE);
  let counted = load<u32>(scratch, L.S_COUNTED) + countIn(fresh, 0, n);
  let worst = load<u32>(scratch, L.S_WORST);
  const lowest = merge(beam, size, fresh, n);
  size += n;
  while (counted > most || size > room) {
    size--;
    if (load<u64>(beam + (size << 3)) & L.COUNTS) counted--;
  }
  if (counted == most || size == room) worst = keyAt(beam, size - 1);
  if (counted >= rank) {
    let limit = load<u32>(scratch, L.S_LIMIT);
    if (lowest <= load<u32>(scratch, L.S_PLACE)) {
      const place = placeOf(beam, rank, size, counted);
      limit = limitBy(scratch, load<u64>(beam + (place << 3)));
      store<u32>(scratch, place, L.S_PLACE);
      store<u32>(scratch, limit, L.S_LIMIT);
    }
    worst = min(worst, limit);
    for (; size != 0 && keyAt(beam, size - 1) >= limit; size--) {
      if (load<u64>(beam + ((size - 1) << 3)) & L.COUNTS) counted--;
    }
  }
  store<u32>(scratch, size, L.S_SIZE);
  store<u32>(scratch, counted, L.S_COUNTED);
  store<u32>(scratch, worst, L.S_WORST);
  return lowest;
}

/** Leaves of the beam the entries that count, without flags. Returns how many. */
export function keepCounted(beam: u32, size: u32): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const entry = load<u64>(beam + (i << 3));
    store<u64>(beam + (n << 3), entry & ~(L.EXPANDED | L.COUNTS));
    n += entry & L.COUNTS ? 1 : 0;
  }
  return n;
}
