/*
 * Insertion of a row into the graph (Malkov & Yashunin 2018, algorithms 1 and 4), by several threads at once.
 * The rules of locking are those of asm/link.ts: never two locks held, each lock word holding its owner. So is what
 * keeps rows from being lost: each hangs on the row that its first link is to.
 */
import * as L from '../layout.js';
import { limitWalk, NO_KEY } from './beam.js';
import { distances } from './distance.js';
import { entryPoint, field, linksMax, linksOf, lockOf, type Memory, setEntryPoint, topOf } from './memory.js';
import { entryAt, insertAt, keyAt, lowAt, lowerBound, rowAt, setEntry, wordOf } from './order.js';
import { preparePair, prepareRow } from './query.js';
import { mix } from './rotate.js';
import { beamSearch, descend } from './walk.js';

/** What a linking thread works with: the address of its scratch, and its number in lock words. */
interface Linker {
  readonly scratch: number;
  readonly owner: number;
}

/** Runs `work` while holding a lock. */
function locked<T>(m: Memory, lock: number, owner: number, work: () => T): T {
  for (let tries = 0; ; tries++) {
    const holder = Atomics.compareExchange(m.i32, lock >>> 2, 0, owner);
    if (holder === 0) break;
    if (tries > 100) Atomics.wait(m.i32, lock >>> 2, holder, 0.05);
  }
  const result = work();
  Atomics.store(m.i32, lock >>> 2, 0);
  return result;
}

/** The key of distance 0. */
const KEY_ZERO = 0x80000000;

/** Whether a kept row, `own` from the base and `apart` from a candidate, stands for it, `away` from the base. */
function covers(apart: number, away: number, own: number, bits: boolean): boolean {
  return apart < away || (apart === away && (bits ? apart === KEY_ZERO : own === away));
}

/** In an entry of a candidate: it is kept whatever the others are; a row that was kept stands for it. */
const HELD = 1;
const COVERED = 2;

/** Candidates that are looked at together: those behind them are often not needed. */
const WINDOW = 64;

/** Marks the candidates [from, to) for which the kept one at `at` stands. */
function cover(m: Memory, scratch: number, candidates: number, at: number, from: number, to: number): void {
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const query = scratch + field(m, L.D_S_PAIR_QUERY);
  const bits = field(m, L.D_CODE_KIND) === L.CODE_BITS;
  const kept = entryAt(candidates, at);
  const own = keyAt(m, kept);
  let prepared = false;
  for (let i = from; i < to; i++) {
    const entry = entryAt(candidates, i);
    const away = keyAt(m, entry);
    const low = lowAt(m, entry);
    if (low & (HELD | COVERED)) continue;
    if (!prepared) preparePair(m, rowAt(m, kept), query);
    prepared = true;
    m.u32[rows >>> 2] = low >>> 2;
    distances(m, query, 1, rows, keys);
    if (covers(m.u32[keys >>> 2]!, away, own, bits)) setEntry(m, entry, away, low | COVERED);
  }
}

/**
 * Algorithm 4: of `n` candidates, sorted nearest first, keeps those nearer to the base than to any kept before, at most
 * `most`, with the `held` ones among them. In place; the kept ones stay sorted.
 */
function selectNeighbours(
  m: Memory,
  scratch: number,
  candidates: number,
  n: number,
  most: number,
  held: number,
): number {
  let size = 0;
  for (let from = 0; from < n && size < most; from += WINDOW) {
    const to = Math.min(from + WINDOW, n);
    if (size + held < most) for (let i = 0; i < size; i++) cover(m, scratch, candidates, i, from, to);
    for (let i = from; i < to && size < most; i++) {
      const key = keyAt(m, entryAt(candidates, i));
      const low = lowAt(m, entryAt(candidates, i));
      if (low & HELD) held--;
      else if (low & COVERED || size + held >= most) continue;
      if (size + held + 1 < most) cover(m, scratch, candidates, i, i + 1, to);
      setEntry(m, entryAt(candidates, size), key, low);
      size++;
    }
  }
  return size;
}

/** Writes the first links that a row gets on a level. */
function writeLinks(m: Memory, links: number, entries: number, n: number, most: number): void {
  const at = links >>> 2;
  for (let i = 0; i < n; i++) m.u32[at + i] = rowAt(m, entryAt(entries, i));
  m.u32.fill(L.NONE, at + n, at + most);
}

/** The row that `row` hangs on; NONE before it has links. */
function holderOf(m: Memory, row: number, level: number): number {
  const links = linksOf(m, row, level);
  return m.u32[links >>> 2]!;
}

/** Whether one of two rows hangs on the other; `holder` is what `from` hangs on. */
function holds(m: Memory, from: number, holder: number, to: number, level: number): boolean {
  return to === holder || holderOf(m, to, level) === from;
}

/** Turns `n` rows of the list in scratch into candidates for the links of `from`. Returns how many are held. */
function sortByDistance(m: Memory, scratch: number, from: number, level: number, n: number): number {
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const candidates = scratch + field(m, L.D_S_CANDIDATES);
  const query = scratch + field(m, L.D_S_PAIR_QUERY);
  preparePair(m, from, query);
  distances(m, query, n, rows, keys);
  const holder = holderOf(m, from, level);
  let held = 0;
  for (let i = 0; i < n; i++) {
    const row = m.u32[(rows >>> 2) + i]!;
    const flag = holds(m, from, holder, row, level) ? HELD : 0;
    held += flag;
    const key = m.u32[(keys >>> 2) + i]!;
    const low = wordOf(row, flag);
    insertAt(m, candidates, lowerBound(m, candidates, i, key, low), i, key, low);
  }
  return held;
}

/** Writes the links of a row that are kept, behind the first, which stays. Returns whether `to` is one of them. */
function rewriteLinks(m: Memory, links: number, kept: number, n: number, most: number, to: number): boolean {
  const first = m.u32[links >>> 2]!;
  const end = (links >>> 2) + most;
  let at = (links >>> 2) + 1;
  let stands = first === to;
  for (let i = 0; i < n; i++) {
    const row = rowAt(m, entryAt(kept, i));
    if (row === first) continue;
    stands ||= row === to;
    m.u32[at++] = row;
  }
  m.u32.fill(L.NONE, at, end);
  return stands;
}

/**
 * Adds the link `from` → `to`, choosing again among all links of `from` where its list is full. Returns whether
 * it stands now.
 */
function connect(m: Memory, scratch: number, from: number, to: number, level: number): boolean {
  const links = linksOf(m, from, level);
  const most = linksMax(m, level);
  const rows = (scratch + field(m, L.D_S_ROWS)) >>> 2;
  let n = 0;
  for (; n < most; n++) {
    const row = m.u32[(links >>> 2) + n]!;
    if (row === L.NONE) break;
    if (row === to) return true;
    m.u32[rows + n] = row;
  }
  if (n < most) {
    m.u32[(links >>> 2) + n] = to;
    return true;
  }
  m.u32[rows + n] = to;
  const candidates = scratch + field(m, L.D_S_CANDIDATES);
  const held = sortByDistance(m, scratch, from, level, n + 1);
  if (held > most) return false;
  const kept = selectNeighbours(m, scratch, candidates, n + 1, most, held);
  return rewriteLinks(m, links, candidates, kept, most, to);
}

function connectLocked(m: Memory, linker: Linker, from: number, to: number, level: number): boolean {
  const { scratch, owner } = linker;
  return locked(m, lockOf(m, from), owner, () => connect(m, scratch, from, to, level));
}

/** Gives `row` the `kept` neighbours at the front of the beam; they join the links it has already, if any. */
function keepOwn(m: Memory, linker: Linker, row: number, level: number, kept: number): void {
  const beam = linker.scratch + field(m, L.D_S_BEAM);
  const links = linksOf(m, row, level);
  if (m.u32[links >>> 2] === L.NONE) {
    writeLinks(m, links, beam, kept, linksMax(m, level));
    return;
  }
  for (let i = 0; i < kept; i++) connectLocked(m, linker, row, rowAt(m, entryAt(beam, i)), level);
}

/** Puts `near` first among the links of `row`, as the row it hangs on; where the list is full, instead of the first. */
function leadWith(m: Memory, row: number, near: number, level: number, owner: number): void {
  locked(m, lockOf(m, row), owner, () => {
    const links = linksOf(m, row, level) >>> 2;
    const first = m.u32[links]!;
    for (let i = 1, most = linksMax(m, level); i < most && first !== L.NONE; i++) {
      const other = m.u32[links + i]!;
      if (other !== near && other !== L.NONE) continue;
      m.u32[links + i] = first;
      break;
    }
    m.u32[links] = near;
  });
}

/** Whether `row` can hang on `near`, or does: whether fewer than `share` of its links are held already. */
function canHold(m: Memory, near: number, row: number, level: number, share: number): boolean {
  const links = linksOf(m, near, level) >>> 2;
  const holder = m.u32[links]!;
  let held = 0;
  for (let i = 0, most = linksMax(m, level); i < most; i++) {
    const other = m.u32[links + i]!;
    if (other === L.NONE) break;
    if (other === row) return true;
    if (holds(m, near, holder, other, level)) held++;
  }
  return held < share;
}

/** Hangs `row` on a row that was met, if that can hold it. */
function hang(m: Memory, linker: Linker, row: number, near: number, level: number, share: number): boolean {
  if (near === row || !canHold(m, near, row, level, share)) return false;
  if (holderOf(m, row, level) !== near) leadWith(m, row, near, level, linker.owner);
  return connectLocked(m, linker, near, row, level);
}

/** What a walk left in the beam: so many entries chosen, of so many met. */
interface Found {
  readonly kept: number;
  readonly met: number;
}

/** Hangs `row` on the nearest entry of the beam behind those chosen that can hold it, nearer than the second of these. */
function hangNear(m: Memory, linker: Linker, row: number, { kept, met }: Found): boolean {
  const beam = linker.scratch + field(m, L.D_S_BEAM);
  const before = kept < 2 ? NO_KEY : keyAt(m, entryAt(beam, 1));
  for (let i = kept; i < met && keyAt(m, entryAt(beam, i)) < before; i++)
    if (hang(m, linker, row, rowAt(m, entryAt(beam, i)), 0, linksMax(m, 0) >>> 1)) return true;
  return false;
}

/**
 * Links the neighbours chosen for `row` back to it; it hangs on the first that can hold it. Returns whether one can. On
 * level 0, where the first is full, it hangs on a row met that is nearer than the second: see asm/link.ts.
 */
function connectBack(m: Memory, linker: Linker, row: number, level: number, found?: Found): boolean {
  const links = linksOf(m, row, level) >>> 2;
  const most = linksMax(m, level);
  let hangs = false;
  for (let i = 0; i < most; i++) {
    const neighbour = m.u32[links + i]!;
    if (neighbour === L.NONE) break;
    if (hangs) connectLocked(m, linker, neighbour, row, level);
    else hangs = hang(m, linker, row, neighbour, level, most >>> 1);
    if (!hangs && i === 0 && found) hangs = hangNear(m, linker, row, found);
  }
  return hangs;
}

/** Hops away from a row met that `anchor` looks for room: leaves of any tree of full lists are nearer. */
const HOPS = 32;

/**
 * A row that nothing points at cannot be found. Where no chosen neighbour can hold it, the nearest row met that can
 * does. Where none can (thousands of equal vectors), one that a random way leads to.
 */
function anchor(m: Memory, linker: Linker, row: number, met: number): void {
  const beam = linker.scratch + field(m, L.D_S_BEAM);
  const all = linksMax(m, 0);
  for (let i = 0; i < met; i++) if (hang(m, linker, row, rowAt(m, entryAt(beam, i)), 0, all)) return;
  for (let i = 0; i < met; i++) {
    let at = rowAt(m, entryAt(beam, i));
    for (let hop = 0; hop < HOPS; hop++) {
      at = randomLink(m, at, mix(row ^ mix(i * HOPS + hop)));
      if (at === L.NONE) break;
      if (hang(m, linker, row, at, 0, all)) return;
    }
  }
}

/** One of the links of a row on level 0, as the number `draw` decides; NONE if it has none. */
function randomLink(m: Memory, row: number, draw: number): number {
  const links = linksOf(m, row, 0) >>> 2;
  const most = linksMax(m, 0);
  let n = 0;
  while (n < most && m.u32[links + n] !== L.NONE) n++;
  return n === 0 ? L.NONE : m.u32[links + (draw % n)]!;
}

/** Makes `row` the entry point if it reaches higher than the present one. */
function raiseEntry(m: Memory, row: number, level: number, owner: number): void {
  locked(m, L.DESC + L.D_ENTRY_LOCK, owner, () => {
    if (entryPoint(m).level < level) setEntryPoint(m, row, level);
  });
}

/** Leaves the beam as candidates: flags cleared, the row itself left out. Returns how many remain. */
function candidatesFor(m: Memory, row: number, beam: number, size: number): number {
  let n = 0;
  for (let i = 0; i < size; i++) {
    const entry = entryAt(beam, i);
    const near = rowAt(m, entry);
    if (near !== row) setEntry(m, entryAt(beam, n++), keyAt(m, entry), wordOf(near));
  }
  return n;
}

/** A linking walk keeps what is at most so much farther than the last of the nearest third of its beam: see asm/link.ts. */
const BOUND = 0.12;
const RANK = 64;

function limitLinking(m: Memory, scratch: number): void {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  m.f32[(query + L.Q_ROW_ERROR) >>> 2] = 0;
  m.f32[(query + L.Q_OFFSET) >>> 2] = 0;
  const rank = Math.max(Math.floor(field(m, L.D_EF_CONSTRUCTION) / 3), RANK);
  limitWalk(m, scratch, rank, field(m, L.D_METRIC) === L.DOT ? Infinity : BOUND, L.NONE);
}

/** Links an appended row into the graph. Does not set its state: the caller publishes it. */
export function link(m: Memory, row: number, scratch: number, owner: number): void {
  const level = topOf(m, row);
  if (entryPoint(m).row < 0) raiseEntry(m, row, level, owner);
  const entry = entryPoint(m);
  if (entry.row === row) return;
  const top = Math.min(level, entry.level);
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  const beam = scratch + field(m, L.D_S_BEAM);
  prepareRow(m, row, scratch);
  limitLinking(m, scratch);
  descend(m, scratch, query, top);
  const linker: Linker = { scratch, owner };
  let met = 0;
  let kept = 0;
  for (let at = top; at >= 0; at--) {
    const from = { key: keyAt(m, beam), row: rowAt(m, beam) };
    const size = beamSearch(m, scratch, query, at, field(m, L.D_EF_CONSTRUCTION), L.WALK_ALL);
    met = candidatesFor(m, row, beam, size);
    kept = 0;
    if (met === 0) {
      setEntry(m, beam, from.key, wordOf(from.row));
      continue;
    }
    kept = selectNeighbours(m, scratch, beam, met, field(m, L.D_M), 0);
    keepOwn(m, linker, row, at, kept);
  }
  if (!connectBack(m, linker, row, 0, { kept, met })) anchor(m, linker, row, met);
  for (let at = 1; at <= top; at++) connectBack(m, linker, row, at);
  if (level > top) raiseEntry(m, row, level, owner);
}

/**
 * Hangs a linked row that no path leads to on the nearest row met that can hold it. The walk descends from the entry
 * point's level to `from`.
 */
export function attach(m: Memory, row: number, from: number, scratch: number, owner: number): void {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  prepareRow(m, row, scratch);
  limitWalk(m, scratch, L.NONE, Infinity, L.NONE);
  descend(m, scratch, query, from);
  const size = beamSearch(m, scratch, query, 0, field(m, L.D_EF_CONSTRUCTION), L.WALK_LED_TO);
  const met = candidatesFor(m, row, scratch + field(m, L.D_S_BEAM), size);
  anchor(m, { scratch, owner }, row, met);
}
