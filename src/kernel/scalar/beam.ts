/*
 * The beam of a walk: the nearest rows that it has met, sorted; cut by how many it may hold, and where it has a bound, by
 * distances relative to the best. See asm/beam.ts. What is known of a beam stands in the scratch of its thread.
 */
import { distanceOf, keyOf } from '../keys.js';
import * as L from '../layout.js';
import { codeOf, field, type Memory } from './memory.js';
import { entryAt, keyAt, lowAt, merge, rowAt, setEntry, wordOf } from './order.js';

const { fround, max, min, sqrt } = Math;

/** Standard deviations of a code's error. */
const DEVIATIONS = 2;

/** The key behind all others: nothing is too far. */
export const NO_KEY = 0xffffffff;

export function word(m: Memory, scratch: number, offset: number): number {
  return m.u32[(scratch + offset) >>> 2]!;
}

export function setWord(m: Memory, scratch: number, offset: number, value: number): void {
  m.u32[(scratch + offset) >>> 2] = value;
}

/** Says how the next walk of this thread ends besides by `ef`: see Kernel.walk. */
export function limitWalk(m: Memory, scratch: number, rank: number, bound: number, hidden: number): void {
  setWord(m, scratch, L.S_RANK, bound < Infinity ? rank : L.NONE);
  m.f32[(scratch + L.S_BOUND) >>> 2] = bound;
  setWord(m, scratch, L.S_HIDDEN, hidden);
}

/** What the error of a row's code, as a length, tells in the distance to a query. */
function slackOf(m: Memory, query: number): number {
  const kind = field(m, L.D_CODE_KIND);
  if (kind !== L.CODE_INT4 && kind !== L.CODE_INT8) return 0;
  const error = m.f32[(query + L.Q_ROW_ERROR) >>> 2]!;
  return fround(fround(DEVIATIONS * error) / fround(sqrt(field(m, L.D_DIMENSION))));
}

/** Begins a beam: empty, for `most` rows that count and `room` in all. */
export function beginBeam(m: Memory, scratch: number, query: number, most: number, room: number): void {
  setWord(m, scratch, L.S_MOST, most);
  setWord(m, scratch, L.S_ROOM, min(L.LIST_MAX, room));
  setWord(m, scratch, L.S_SIZE, 0);
  setWord(m, scratch, L.S_COUNTED, 0);
  takeAll(m, scratch);
  m.f32[(scratch + L.S_OFFSET) >>> 2] = m.f32[(query + L.Q_OFFSET) >>> 2]!;
  m.f32[(scratch + L.S_SLACK) >>> 2] = slackOf(m, query);
}

/** Nothing is too far until the beam is cut again. */
function takeAll(m: Memory, scratch: number): void {
  setWord(m, scratch, L.S_WORST, NO_KEY);
  setWord(m, scratch, L.S_LIMIT, NO_KEY);
  setWord(m, scratch, L.S_PLACE, L.NONE);
}

/** Gives a beam as much room again. A bound is on the best of the rows to come, behind those that are there. */
export function widenBeam(m: Memory, scratch: number): void {
  setWord(m, scratch, L.S_MOST, min(L.LIST_MAX, 2 * word(m, scratch, L.S_MOST)));
  setWord(m, scratch, L.S_ROOM, min(L.LIST_MAX, 2 * word(m, scratch, L.S_ROOM)));
  const rank = word(m, scratch, L.S_RANK);
  if (rank !== L.NONE) setWord(m, scratch, L.S_RANK, rank + word(m, scratch, L.S_COUNTED));
  takeAll(m, scratch);
}

/** Position of the `rank`-th entry that counts; there are so many. */
function placeOf(m: Memory, beam: number, rank: number): number {
  let at = -1;
  for (let left = rank; left > 0; ) if (lowAt(m, entryAt(beam, ++at)) & L.COUNTS) left--;
  return at;
}

/** The least key that is too far, where `entry` is the one that the bound is on. */
function limitBy(m: Memory, scratch: number, entry: number): number {
  const d = distanceOf(keyAt(m, entry));
  const from = max(fround(d + m.f32[(scratch + L.S_OFFSET) >>> 2]!), 0);
  let limit = fround(d + fround(m.f32[(scratch + L.S_BOUND) >>> 2]! * from));
  const slack = m.f32[(scratch + L.S_SLACK) >>> 2]!;
  if (slack !== 0) {
    const trailer = codeOf(m, rowAt(m, entry)) + field(m, L.D_TRAILER);
    limit = fround(limit + fround(slack * m.f32[(trailer + L.T_ERROR) >>> 2]!));
  }
  return keyOf(limit) + 1;
}

/** Merges the `n` entries of `fresh` into the beam, and cuts it. Returns the position of the first of them. */
export function extendBeam(m: Memory, scratch: number, beam: number, fresh: number, n: number): number {
  const most = word(m, scratch, L.S_MOST);
  const room = word(m, scratch, L.S_ROOM);
  const rank = word(m, scratch, L.S_RANK);
  let size = word(m, scratch, L.S_SIZE);
  let counted = word(m, scratch, L.S_COUNTED);
  let worst = word(m, scratch, L.S_WORST);
  const counts = (list: number, at: number): number => (lowAt(m, entryAt(list, at)) & L.COUNTS ? 1 : 0);
  for (let i = 0; i < n; i++) counted += counts(fresh, i);
  const lowest = merge(m, beam, size, fresh, n);
  size += n;
  while (counted > most || size > room) counted -= counts(beam, --size);
  if (counted === most || size === room) worst = keyAt(m, entryAt(beam, size - 1));
  if (counted >= rank) {
    if (lowest <= word(m, scratch, L.S_PLACE)) {
      const place = placeOf(m, beam, rank);
      setWord(m, scratch, L.S_PLACE, place);
      setWord(m, scratch, L.S_LIMIT, limitBy(m, scratch, entryAt(beam, place)));
    }
    const limit = word(m, scratch, L.S_LIMIT);
    worst = min(worst, limit);
    while (size > 0 && keyAt(m, entryAt(beam, size - 1)) >= limit) counted -= counts(beam, --size);
  }
  setWord(m, scratch, L.S_SIZE, size);
  setWord(m, scratch, L.S_COUNTED, counted);
  setWord(m, scratch, L.S_WORST, worst);
  return lowest;
}

/** Leaves of the beam the entries that count, without flags. Returns how many. */
export function keepCounted(m: Memory, beam: number, size: number): number {
  let n = 0;
  for (let i = 0; i < size; i++) {
    const entry = entryAt(beam, i);
    if (lowAt(m, entry) & L.COUNTS) setEntry(m, entryAt(beam, n++), keyAt(m, entry), wordOf(rowAt(m, entry)));
  }
  return n;
}
