/*
 * Insertion of a row into the graph (Malkov & Yashunin 2018, algorithms 1 and 4), by several threads at once.
 *
 * Written by: the thread that links `row` writes its own lists before anything points at it; after that, and
 * for every other row, a list is written only under that row's lock. Lock order: the entry-point lock and the
 * row locks are never held together, nor two row locks. A lock word holds its owner (thread number + 1), so
 * that the locks of a dead thread can be released. A row may be linked again after its thread died half-way:
 * its new neighbours join the links it has, and links that already stand are not doubled.
 *
 * No row is lost, since every row hangs on another: on its first link, which is to the nearest row that could hold
 * it when it was linked. A list that is chosen anew keeps its first link in its place, and the links to all rows
 * that hang on its own. So these links lead both ways, between a row and one that was in the graph before it: on
 * level 0 they are a tree, by which every row leads to every other, whatever other links are given up. Which rows
 * hang on one is read from the first words of their lists, without their locks. Such a word changes only before
 * anything points at its row (`connectBack`), or to save a row that is lost already (`attach`).
 */
import * as L from '../layout';
import { limitWalk, NO_KEY } from './beam';
import { distances } from './distance';
import { preparePair, prepareRow } from './query';
import { field, levelOf, linksMax, linksOf, lockOf, NONE } from './memory';
import { entryOf, insertAt, lowerBound, rowOf } from './order';
import { mix } from './rotate';
import { beamSearch, descend } from './walk';

function acquire(lock: u32, owner: u32): void {
  for (let tries: u32 = 0; ; tries++) {
    const holder = atomic.cmpxchg<u32>(lock, 0, owner);
    if (holder == 0) return;
    if (tries > 100) atomic.wait<i32>(lock, holder, 50_000);
  }
}

@inline function release(lock: u32): void {
  atomic.store<u32>(lock, 0);
}

/** The key of distance 0. */
const KEY_ZERO: u32 = 0x80000000;

/**
 * Whether a kept row, at distance `own` from the base and `apart` from a candidate, stands for the candidate, at
 * distance `away` from the base: if it is nearer to it, or all three are copies of one row. Otherwise thousands of
 * copies would fill their lists with one another. Two copies alone do not relieve each other of the rest: each
 * would rely on the other's links, and both lose them. Where distances are small integers, ties are common.
 */
@inline function covers(apart: u32, away: u32, own: u32, bits: bool): bool {
  return apart < away || (apart == away && (bits ? apart == KEY_ZERO : own == away));
}

/** In an entry of a candidate: it is kept whatever the others are; a row that was kept stands for it. */
const HELD: u64 = 1;
const COVERED: u64 = 2;

/** Candidates that are looked at together: those behind them are often not needed. */
const WINDOW: u32 = 64;

/** Marks the candidates [from, to) for which `kept` stands. */
function cover(scratch: u32, candidates: u32, kept: u64, from: u32, to: u32): void {
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const query = scratch + field(L.D_S_PAIR_QUERY);
  const bits: bool = field(L.D_CODE_KIND) == L.CODE_BITS;
  let open: u32 = 0;
  for (let i = from; i < to; i++) {
    const entry = load<u64>(candidates + (i << 3));
    store<u32>(rows + (open << 2), rowOf(entry));
    open += entry & (HELD | COVERED) ? 0 : 1;
  }
  if (open == 0) return;
  preparePair(rowOf(kept), query);
  distances(query, open, rows, keys);
  open = 0;
  for (let i = from; i < to; i++) {
    const entry = load<u64>(candidates + (i << 3));
    if (entry & (HELD | COVERED)) continue;
    const apart = load<u32>(keys + (open << 2));
    if (covers(apart, <u32>(entry >> 32), <u32>(kept >> 32), bits)) store<u64>(candidates + (i << 3), entry | COVERED);
    open++;
  }
}

/**
 * Algorithm 4: of `n` candidates, sorted nearest first, keeps those nearer to the base than to any kept before, at most
 * `most`, with the `held` ones among them. In place; the kept ones stay sorted. Each one that is kept is compared with
 * many candidates at a time, since it takes long to prepare a row for that.
 */
function selectNeighbours(scratch: u32, candidates: u32, n: u32, most: u32, held: u32): u32 {
  let size: u32 = 0;
  for (let from: u32 = 0; from < n && size < most; from += WINDOW) {
    const to = min<u32>(from + WINDOW, n);
    if (size + held < most)
      for (let i: u32 = 0; i < size; i++) cover(scratch, candidates, load<u64>(candidates + (i << 3)), from, to);
    for (let i = from; i < to && size < most; i++) {
      const entry = load<u64>(candidates + (i << 3));
      if (entry & HELD) held--;
      else if (entry & COVERED || size + held >= most) continue;
      if (size + held + 1 < most) cover(scratch, candidates, entry, i + 1, to);
      store<u64>(candidates + (size << 3), entry);
      size++;
    }
  }
  return size;
}

/** Writes the first links that a row gets on a level. */
@inline function writeLinks(links: u32, entries: u32, n: u32, most: u32): void {
  for (let i: u32 = 0; i < n; i++) store<u32>(links + (i << 2), rowOf(load<u64>(entries + (i << 3))));
  for (let i = n; i < most; i++) store<u32>(links + (i << 2), NONE);
}

/** The row that `row` hangs on; NONE before it has links. */
@inline function holderOf(row: u32, level: u32): u32 {
  return load<u32>(linksOf(row, level));
}

/** Whether one of two rows hangs on the other; `holder` is what `from` hangs on. */
@inline function holds(from: u32, holder: u32, to: u32, level: u32): bool {
  return to == holder || holderOf(to, level) == from;
}

/** Turns `n` rows of the list in scratch into candidates for the links of `from`. Returns how many are held. */
function sortByDistance(scratch: u32, from: u32, level: u32, n: u32): u32 {
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const candidates = scratch + field(L.D_S_CANDIDATES);
  const query = scratch + field(L.D_S_PAIR_QUERY);
  preparePair(from, query);
  distances(query, n, rows, keys);
  const holder = holderOf(from, level);
  let held: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const row = load<u32>(rows + (i << 2));
    let entry = entryOf(load<u32>(keys + (i << 2)), row);
    if (holds(from, holder, row, level)) {
      entry |= HELD;
      held++;
    }
    insertAt(candidates, lowerBound(candidates, i, entry), i, entry);
  }
  return held;
}

/** Writes the links of a row that are kept, behind the first, which stays. Returns whether `to` is one of them. */
function rewriteLinks(links: u32, kept: u32, n: u32, most: u32, to: u32): bool {
  const first = load<u32>(links);
  const end = links + (most << 2);
  let stands = first == to;
  links += 4;
  for (let i: u32 = 0; i < n; i++) {
    const row = rowOf(load<u64>(kept + (i << 3)));
    if (row == first) continue;
    stands = stands || row == to;
    store<u32>(links, row);
    links += 4;
  }
  for (; links < end; links += 4) store<u32>(links, NONE);
  return stands;
}

/**
 * Adds the link `from` → `to`, choosing again among all links of `from` where its list is full. Returns whether
 * it stands now.
 */
function connect(scratch: u32, from: u32, to: u32, level: u32): bool {
  const links = linksOf(from, level);
  const most = linksMax(level);
  const rows = scratch + field(L.D_S_ROWS);
  let n: u32 = 0;
  for (; n < most; n++) {
    const row = load<u32>(links + (n << 2));
    if (row == NONE) break;
    if (row == to) return true;
    store<u32>(rows + (n << 2), row);
  }
  if (n < most) {
    store<u32>(links + (n << 2), to);
    return true;
  }
  store<u32>(rows + (n << 2), to);
  const candidates = scratch + field(L.D_S_CANDIDATES);
  const held = sortByDistance(scratch, from, level, n + 1);
  if (held > most) return false;
  const kept = selectNeighbours(scratch, candidates, n + 1, most, held);
  return rewriteLinks(links, candidates, kept, most, to);
}

@inline function connectLocked(scratch: u32, from: u32, to: u32, level: u32, owner: u32): bool {
  const lock = lockOf(from);
  acquire(lock, owner);
  const stands = connect(scratch, from, to, level);
  release(lock);
  return stands;
}

/**
 * Gives `row` the `kept` neighbours at the front of the beam. Where it has links already (its first linker died, or
 * codes were made again), others point at it and rely on links back: then the new ones join them, under its lock.
 */
function keepOwn(scratch: u32, row: u32, level: u32, kept: u32, owner: u32): void {
  const beam = scratch + field(L.D_S_BEAM);
  const links = linksOf(row, level);
  if (load<u32>(links) == NONE) {
    writeLinks(links, beam, kept, linksMax(level));
    return;
  }
  for (let i: u32 = 0; i < kept; i++) connectLocked(scratch, row, rowOf(load<u64>(beam + (i << 3))), level, owner);
}

/** Puts `near` first among the links of `row`, as the row it hangs on; where the list is full, instead of the first. */
function leadWith(row: u32, near: u32, level: u32, owner: u32): void {
  const lock = lockOf(row);
  acquire(lock, owner);
  const links = linksOf(row, level);
  const first = load<u32>(links);
  for (let i: u32 = 1, most = linksMax(level); i < most && first != NONE; i++) {
    const other = load<u32>(links + (i << 2));
    if (other != near && other != NONE) continue;
    store<u32>(links + (i << 2), first);
    break;
  }
  store<u32>(links, near);
  release(lock);
}

/** Whether `row` can hang on `near`, or does: whether fewer than `share` of its links are held already. */
function canHold(near: u32, row: u32, level: u32, share: u32): bool {
  const links = linksOf(near, level);
  const holder = load<u32>(links);
  let held: u32 = 0;
  for (let i: u32 = 0, most = linksMax(level); i < most; i++) {
    const other = load<u32>(links + (i << 2));
    if (other == NONE) break;
    if (other == row) return true;
    held += holds(near, holder, other, level) ? 1 : 0;
  }
  return held < share;
}

/** Hangs `row` on a row that was met, if that can hold it. */
function hang(scratch: u32, row: u32, near: u32, level: u32, share: u32, owner: u32): bool {
  if (near == row || !canHold(near, row, level, share)) return false;
  if (holderOf(row, level) != near) leadWith(row, near, level, owner);
  return connectLocked(scratch, near, row, level, owner);
}

/** Hangs `row` on the nearest of the entries [from, met) of the beam that can hold it and is nearer than `before`, a key. */
function hangNear(scratch: u32, row: u32, from: u32, met: u32, before: u32, owner: u32): bool {
  const beam = scratch + field(L.D_S_BEAM);
  for (let i = from; i < met; i++) {
    const entry = load<u64>(beam + (i << 3));
    if (<u32>(entry >> 32) >= before) break;
    if (hang(scratch, row, rowOf(entry), 0, linksMax(0) >> 1, owner)) return true;
  }
  return false;
}

/**
 * Links the neighbours chosen for `row` back to it; it hangs on the first that can hold it. Returns whether one can.
 * Half of a list is left to links that are chosen: rows held, being many and near, make no way to anything else.
 *
 * On level 0, `kept` and `met` say how many of the beam were chosen, and met: copies of one row stand for one another, so
 * that the second that is chosen is far away. Where the first is full, `row` hangs on another copy, not on that one, so
 * that a way leads from copy to copy.
 */
function connectBack(scratch: u32, row: u32, level: u32, kept: u32, met: u32, owner: u32): bool {
  const links = linksOf(row, level);
  const most = linksMax(level);
  const second = kept < 2 ? NO_KEY : load<u32>(scratch + field(L.D_S_BEAM) + 8, 4);
  let hangs = false;
  for (let i: u32 = 0; i < most; i++) {
    const neighbour = load<u32>(links + (i << 2));
    if (neighbour == NONE) break;
    if (hangs) connectLocked(scratch, neighbour, row, level, owner);
    else hangs = hang(scratch, row, neighbour, level, most >> 1, owner);
    if (!hangs && i == 0) hangs = hangNear(scratch, row, kept, met, second, owner);
  }
  return hangs;
}

/** Hops away from a row met that `anchor` looks for room: leaves of any tree of full lists are nearer. */
const HOPS: u32 = 32;

/**
 * A row that nothing points at cannot be found. Where no chosen neighbour can hold it, the nearest row met does
 * whose list is not all held. Where none can (thousands of equal vectors), one that a random way leads to.
 */
function anchor(scratch: u32, row: u32, met: u32, owner: u32): void {
  const beam = scratch + field(L.D_S_BEAM);
  const all = linksMax(0);
  for (let i: u32 = 0; i < met; i++) {
    if (hang(scratch, row, rowOf(load<u64>(beam + (i << 3))), 0, all, owner)) return;
  }
  for (let i: u32 = 0; i < met; i++) {
    let at = rowOf(load<u64>(beam + (i << 3)));
    for (let hop: u32 = 0; hop < HOPS; hop++) {
      const links = linksOf(at, 0);
      let n: u32 = 0;
      while (n < field(L.D_M0) && load<u32>(links + (n << 2)) != NONE) n++;
      if (n == 0) break;
      at = load<u32>(links + ((mix(row ^ mix(i * HOPS + hop)) % n) << 2));
      if (at == NONE) break; // another thread chose this list anew meanwhile
      if (hang(scratch, row, at, 0, all, owner)) return;
    }
  }
}

/** Makes `row` the entry point if it reaches higher than the present one. */
function raiseEntry(row: u32, level: u32, owner: u32): void {
  const lock = L.DESC + L.D_ENTRY_LOCK;
  acquire(lock, owner);
  const entry = atomic.load<i64>(L.DESC + L.D_ENTRY);
  if (entry < 0 || <u32>(entry >> 32) < level) atomic.store<i64>(L.DESC + L.D_ENTRY, ((<i64>level) << 32) | row);
  release(lock);
}

/** Leaves the beam as candidates: flags cleared, the row itself left out. Returns how many remain. */
function candidatesFor(row: u32, beam: u32, size: u32): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const entry = load<u64>(beam + (i << 3)) & ~3;
    store<u64>(beam + (n << 3), entry);
    n += rowOf(entry) != row ? 1 : 0;
  }
  return n;
}

/**
 * A linking walk keeps what is at most so much farther than the last of the nearest third of its beam. That is 64 rows at
 * least: so it keeps as many as if efConstruction were 64, and where that is less, the bound ends nothing.
 */
const BOUND: f32 = 0.12;
const RANK: u32 = 64;

/**
 * Where rows grow slowly in number with distance, the nearest are found long before the beam is full: the walk ends by a
 * bound there. Where they grow fast, so many are within it that the beam is full before. The bound needs no slack for the
 * errors of codes, since it is on a row that is far behind those that are chosen. Under the dot product, a ratio of
 * distances between rows says little where these are of different lengths.
 */
function limitLinking(scratch: u32): void {
  store<f32>(scratch + field(L.D_S_WALK_QUERY), 0, L.Q_ROW_ERROR);
  store<f32>(scratch + field(L.D_S_WALK_QUERY), 0, L.Q_OFFSET);
  const rank = max<u32>(field(L.D_EF_CONSTRUCTION) / 3, RANK);
  limitWalk(scratch, rank, field(L.D_METRIC) == L.DOT ? Infinity : BOUND, NONE);
}

/** Links an appended row into the graph. Does not set its state: the caller publishes it. */
export function link(row: u32, scratch: u32, owner: u32): void {
  const level = <u32>load<u8>(levelOf(row));
  if (atomic.load<i64>(L.DESC + L.D_ENTRY) < 0) raiseEntry(row, level, owner);
  const entry = atomic.load<i64>(L.DESC + L.D_ENTRY);
  if (<u32>entry == row) return;
  const top = min<u32>(level, <u32>(entry >> 32));
  const query = scratch + field(L.D_S_WALK_QUERY);
  const beam = scratch + field(L.D_S_BEAM);
  prepareRow(row, scratch);
  limitLinking(scratch);
  let near = descend(scratch, query, top);
  let met: u32 = 0;
  let kept: u32 = 0;
  for (let at = <i32>top; at >= 0; at--) {
    const size = beamSearch(scratch, query, at, field(L.D_EF_CONSTRUCTION), near, L.WALK_ALL);
    met = candidatesFor(row, beam, size);
    kept = 0;
    if (met == 0) continue;
    near = load<u64>(beam);
    kept = selectNeighbours(scratch, beam, met, field(L.D_M), 0);
    keepOwn(scratch, row, at, kept, owner);
  }
  if (!connectBack(scratch, row, 0, kept, met, owner)) anchor(scratch, row, met, owner);
  for (let at: u32 = 1; at <= top; at++) connectBack(scratch, row, at, 0, 0, owner);
  if (level > top) raiseEntry(row, level, owner);
}

/**
 * Hangs a linked row that no path leads to on the nearest row met that can hold it. Nothing else is lost by that. The
 * walk descends from the entry point's level to `from`; with 0 it comes nearest, with LEVEL_MAX it meets no row to
 * which no path of level 0 leads.
 */
export function attach(row: u32, from: u32, scratch: u32, owner: u32): void {
  const query = scratch + field(L.D_S_WALK_QUERY);
  prepareRow(row, scratch);
  limitWalk(scratch, NONE, Infinity, NONE);
  const near = descend(scratch, query, from);
  const size = beamSearch(scratch, query, 0, field(L.D_EF_CONSTRUCTION), near, L.WALK_LED_TO);
  anchor(scratch, row, candidatesFor(row, scratch + field(L.D_S_BEAM), size), owner);
}
