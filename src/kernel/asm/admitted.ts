/*
 * The walk of a filtered search. What is admitted around the query, which is where the descent ends, decides which of three:
 *
 * - many: the walk over all rows (walk.ts), of which those that are admitted count, where a bound ends it;
 * - next to none of what was to be expected, so that the admitted are far and about equally far: a scan of their codes,
 *   where they are not too many, since a walk among such rows is longer than that;
 * - else the graph as the admitted rows see it: the beam holds admitted rows alone, and links that lead to others are
 *   looked through, to the admitted rows behind them (ACORN-1: Patel et al., SIGMOD 2024, section 5). So it costs nearly
 *   the same however few rows are admitted and wherever they lie, and its beam is never crowded by rows near the query
 *   that are not. The rest of this comment is about it.
 *
 * It ends when nothing better came for a while, rather than when all of a beam is expanded: easy searches then take
 * half of the time that hard ones need.
 *
 * D_S_ADMITTED holds a bit for every row that matches, masked ones among them: those are in the beam and route, like
 * in other walks, but do not count. The walk clears the bits of the rows that it meets.
 */
import * as L from '../layout';
import { beginBeam, extendBeam, keepCounted, limitWalk, NO_KEY } from './beam';
import { bitOf, field, linksMax, linksOf, NONE } from './memory';
import { rowOf } from './order';
import { scanCodes } from './scan';
import { beamSearch, compareRound, descend, takeBetter, WIDTH } from './walk';

/** Entries a beam may hold for each one that counts: the others are masked. */
const CROWD: u32 = 8;

/** Admitted rows from all over the collection that a walk begins with: one of them may lie where the graph does not lead. */
const SEEDS: u32 = 32;

/** A walk ends after so many rounds (ef / PATIENCE) in which none of the best changed. */
const PATIENCE: u32 = 10;

/**
 * Where fewer admitted rows than this are found for each node expanded, what lies behind the rows that were looked
 * through is looked through as well, and so on: where most rows are masked, copies of one row may stand in a chain.
 */
const SCARCE: u32 = 8;

/**
 * Where fewer than 3 in 10 of the rows to be expected are admitted around the query, the nearest admitted ones are
 * far and about equally far: such a walk is given twice the patience.
 */
const SPARSE_SHARE: u32 = 3;
const SPARSE_PATIENCE: u32 = 2;

/** Rows whose lists tell what is admitted around the query, besides that of the nearest. */
const AROUND: u32 = 8;

/**
 * In 65,536ths: where so many are admitted, about 3 in 10, the walk goes over all rows, unless they are fewer than 8 in 10
 * of those to be expected: then most of the admitted lie farther from the query, and such a walk goes far to find them.
 */
const DENSE: u32 = 20000;
const DENSE_SHARE: u32 = 8;

/** A walk with a bound that looks for rows far from the query does what one with a beam of this width does, at least. */
const FAR_EF: u32 = 768;

/** Admitted rows that are far from the query are scanned where their codes are up to so many bytes. */
const SCAN_FAR: u64 = 1 << 22;
/** Less than a cache line costs as much. */
const CODE_MIN: u32 = 64;

@inline function setBit(set: u32, row: u32): void {
  const at = set + ((row >> 5) << 2);
  store<u32>(at, load<u32>(at) | (1 << (row & 31)));
}

@inline function clearBit(set: u32, row: u32): void {
  const at = set + ((row >> 5) << 2);
  store<u32>(at, load<u32>(at) & ~(1 << (row & 31)));
}

/** Takes the first admitted row of each of SEEDS parts of the collection. Returns how many rows there are then. */
function takeSeeds(rows: u32, n: u32, admitted: u32, words: u32): u32 {
  for (let i: u32 = 0; i < SEEDS; i++) {
    const end = <u32>((<u64>words * (i + 1)) / SEEDS);
    for (let word = <u32>((<u64>words * i) / SEEDS); word < end; word++) {
      const bits = load<u32>(admitted + (word << 2));
      if (bits == 0) continue;
      const row = (word << 5) + ctz(bits);
      clearBit(admitted, row);
      store<u32>(rows + (n << 2), row);
      n++;
      break;
    }
  }
  return n;
}

/** Takes the admitted rows of a list of links that were not met before. Returns how many rows there are then. */
@inline function takeAdmitted(links: u32, most: u32, admitted: u32, rows: u32, n: u32): u32 {
  for (const end = links + (most << 2); links < end; links += 4) {
    const row = load<u32>(links);
    if (row == NONE) break;
    const at = admitted + ((row >> 5) << 2);
    const bit = row & 31;
    const open = load<u32>(at);
    store<u32>(at, open & ~(1 << bit));
    store<u32>(rows + (n << 2), row);
    n += (open >> bit) & 1;
  }
  return n;
}

/** Takes the rows of a list of links that are neither admitted nor looked through before. Returns likewise. */
@inline function takeOthers(links: u32, most: u32, shut: u32, others: u32, n: u32): u32 {
  for (const end = links + (most << 2); links < end; links += 4) {
    const row = load<u32>(links);
    if (row == NONE) break;
    const at = shut + ((row >> 5) << 2);
    const bit = row & 31;
    const seen = load<u32>(at);
    store<u32>(at, seen | (1 << bit));
    store<u32>(others + (n << 2), row);
    n += ((seen >> bit) & 1) ^ 1;
  }
  return n;
}

/** Loads a word of each cache line of the lists of `n` rows: see `touch`. */
@inline function touchLists(rows: u32, n: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const links = linksOf(load<u32>(rows + (i << 2)), 0);
    sum += load<u32>(links) + load<u32>(links + 64);
  }
  return sum;
}

/** Whether `found` admitted rows are few, where the links of `nodes` were looked at. */
@inline function isSparse(found: u32, nodes: u32, share: u32): bool {
  return (<u64>found * 10) << 16 < <u64>(nodes * linksMax(0)) * share * SPARSE_SHARE;
}

/**
 * Copies the admitted rows to those that are not looked through; takes `first`, from which the walk sets out, if it is
 * admitted, and the seeds. Returns how many rows that are.
 */
function takeFirst(scratch: u32, rows: u32, first: u32, open: u32, shut: u32): u32 {
  const count = atomic.load<u32>(L.DESC + L.D_ROWS);
  const words = (count + 31) >> 5;
  const hidden = load<u32>(scratch, L.S_HIDDEN);
  memory.copy(shut, open, words << 2);
  setBit(shut, first);
  if (hidden < count) {
    clearBit(open, hidden);
    setBit(shut, hidden);
  }
  const admitted = bitOf(open, first);
  clearBit(open, first);
  store<u32>(rows, first);
  return takeSeeds(rows, admitted, open, words);
}

/**
 * Looks through the `p` others: takes the admitted rows among their links, up to `limit` rows in all; while there are
 * fewer than `scarce`, what lies behind them likewise. Returns how many rows there are then; S_THROUGH of the scratch
 * says how many others were looked through.
 */
@inline function lookThrough(scratch: u32, rows: u32, n: u32, p: u32, limit: u32, scarce: u32, keys: u32): u32 {
  const others = scratch + field(L.D_S_CANDIDATES);
  const open = scratch + field(L.D_S_ADMITTED);
  const shut = scratch + field(L.D_S_VISITED);
  const most = linksMax(0);
  const many: u32 = 3 * most + <u32>L.OTHERS - 1;
  let ahead: u32 = n < limit ? touchLists(others, p) : 0;
  let through: u32 = 0;
  for (let end = p; ; end = p) {
    const begin = through;
    for (; through < end && n < limit; through++) {
      n = takeAdmitted(linksOf(load<u32>(others + (through << 2)), 0), most, open, rows, n);
    }
    if (n >= scarce) break;
    for (let i = begin; i < end && p <= many; i++) {
      p = takeOthers(linksOf(load<u32>(others + (i << 2)), 0), most, shut, others, p);
    }
    if (p == end) break;
    ahead += touchLists(others + (end << 2), p - end);
  }
  // Those that were not come to may be looked through another time.
  for (let i = through; i < p; i++) clearBit(shut, load<u32>(others + (i << 2)));
  store<u32>(keys, ahead);
  store<u32>(scratch, through, L.S_THROUGH);
  return n;
}

/** The walk itself: see walkAdmitted. */
function walkAmong(scratch: u32, near: u64, ef: u32, best: u32, share: u32, masks: u32): u32 {
  const query = scratch + field(L.D_S_WALK_QUERY);
  const beam = scratch + field(L.D_S_BEAM);
  const rows = scratch + field(L.D_S_ROWS);
  const keys = scratch + field(L.D_S_KEYS);
  const fresh = scratch + field(L.D_S_FRESH);
  const others = scratch + field(L.D_S_CANDIDATES);
  /** Admitted rows not met yet; admitted rows, and those looked through. */
  const open = scratch + field(L.D_S_ADMITTED);
  const shut = scratch + field(L.D_S_VISITED);
  const most = linksMax(0);
  const wanted = most + (most >> 1);
  const cap = ef + (ef >> 1);
  beginBeam(scratch, query, cap, masks ? CROWD * cap : cap);
  const first = linksOf(rowOf(near), 0);
  const seeds = takeFirst(scratch, rows, rowOf(near), open, shut);
  let n = takeAdmitted(first, most, open, rows, seeds);
  let p = takeOthers(first, most, shut, others, 0);
  let taken: u32 = 1;
  let size: u32 = 0;
  let worst: u32 = NO_KEY;
  let cursor: u32 = 0;
  let patience = max<u32>(1, ef / PATIENCE);
  let idle: u32 = 0;
  for (let round: u32 = 0; idle <= patience; round++, idle++) {
    if (round != 0) {
      p = 0;
      taken = 0;
      for (; cursor < size && taken < WIDTH; cursor++) {
        const entry = load<u64>(beam + (cursor << 3));
        if (entry & L.EXPANDED) continue;
        store<u64>(beam + (cursor << 3), entry | L.EXPANDED);
        const links = linksOf(rowOf(entry), 0);
        n = takeAdmitted(links, most, open, rows, n);
        p = takeOthers(links, most, shut, others, p);
        taken++;
      }
      if (taken == 0) break;
    }
    const sown = round == 0 ? seeds : 0;
    n = lookThrough(scratch, rows, n, p, sown + wanted * taken, sown + SCARCE * taken, keys);
    if (round == 0 && isSparse(n - seeds, load<u32>(scratch, L.S_THROUGH) + 1, share)) {
      const least = load<u32>(scratch, L.S_RANK) == NONE ? 0 : FAR_EF / PATIENCE;
      patience = max(patience * SPARSE_PATIENCE, least);
    }
    if (n == 0) continue;
    n = compareRound(query, n, rows, keys, worst);
    const better = takeBetter(scratch, n, rows, keys, worst, masks ? L.WALK_LIVE : L.WALK_ALL, 0);
    n = 0;
    if (better == 0) continue;
    const lowest = extendBeam(scratch, beam, fresh, better);
    size = load<u32>(scratch, L.S_SIZE);
    worst = load<u32>(scratch, L.S_WORST);
    cursor = min(cursor, lowest);
    // Among the `best` that count: where masked rows stand between them, farther down.
    if (<u64>lowest * load<u32>(scratch, L.S_COUNTED) < <u64>best * size) idle = 0;
  }
  return keepCounted(beam, size);
}

/** Of the links of a row and of those that they lead to first, how many are admitted, in 65,536ths. */
function shareAround(row: u32, open: u32): u32 {
  const links = linksOf(row, 0);
  const most = linksMax(0);
  let looked: u32 = 0;
  let found: u32 = 0;
  for (let i: u32 = 0, lists = min<u32>(AROUND, most); i <= lists; i++) {
    const near = i == 0 ? row : load<u32>(links + ((i - 1) << 2));
    if (near == NONE) break;
    const list = linksOf(near, 0);
    for (let j: u32 = 0; j < most; j++) {
      const next = load<u32>(list + (j << 2));
      if (next == NONE) break;
      looked++;
      found += bitOf(open, next);
    }
  }
  return looked == 0 ? 0 : (found << 16) / looked;
}

/**
 * Sets the bound of a walk among the admitted rows. The fewer are admitted around the query, the farther is the k-th best, and the closer
 * together lie distances there: the same bound would hold more rows, so it is made smaller. Where fewer are admitted there than to be
 * expected, the nearest of them are hard to find: it is made less small, and is on a row farther down.
 */
@inline function limitAmong(scratch: u32, rank: u32, bound: f32, hidden: u32, ef: u32, share: u32, around: u32): void {
  let part: f32 = <f32>max<u32>(share, around) / 65536;
  if (around < share) {
    part *= <f32>share / <f32>around;
    const most = max<u32>(1, FAR_EF / ef);
    rank = around * most <= share ? rank * most : (rank * share) / around;
  }
  limitWalk(scratch, rank, bound * sqrt<f32>(sqrt<f32>(sqrt<f32>(min<f32>(part, 1)))), hidden);
}

/**
 * Walks the graph; leaves the admitted rows it found, nearest first on codes, in the beam. Returns how many.
 *
 * `ef`: effort, as the beam width of other walks. `best`: how many of the nearest must have settled. `share`: of all
 * rows, those with a bit, in 65,536ths. `masks`: 1 where some rows are masked. `rank`, `bound`, `hidden`: see beam.ts.
 */
export function walkAdmitted(
  scratch: u32,
  ef: u32,
  best: u32,
  share: u32,
  masks: u32,
  rank: u32,
  bound: f32,
  hidden: u32,
): u32 {
  const query = scratch + field(L.D_S_WALK_QUERY);
  const beam = scratch + field(L.D_S_BEAM);
  const open = scratch + field(L.D_S_ADMITTED);
  limitWalk(scratch, rank, bound, hidden);
  store<u32>(scratch, L.WAY_NONE, L.S_WAY);
  const near = descend(scratch, query, 0);
  if (near == u64.MAX_VALUE) return 0;
  const rows = atomic.load<u32>(L.DESC + L.D_ROWS);
  const around = shareAround(rowOf(near), open);
  const limited = bound < Infinity;
  const bytes = ((<u64>share * rows) >> 16) * max<u32>(field(L.D_CODE_STRIDE), CODE_MIN);
  if (around * 10 < share * SPARSE_SHARE && bytes <= SCAN_FAR) {
    store<u32>(scratch, L.WAY_CODES, L.S_WAY);
    if (hidden < rows) clearBit(open, hidden);
    memory.copy(scratch + field(L.D_S_VISITED), open, ((rows + 31) >> 5) << 2);
    const most = max<u32>(max<u32>(L.CANDIDATES_MIN, 2 * best), limited ? 0 : ef);
    return scanCodes(scratch, 0, rows, min<u32>(most, L.LIST_MAX), L.MASKED | L.WIDE, L.ADMITTED);
  }
  if (limited && around >= DENSE && around * 10 >= share * DENSE_SHARE) {
    // The k-th best that counts is one farther down of all rows: distances there lie closer together.
    const nearer = sqrt<f32>(sqrt<f32>(<f32>around / 65536));
    limitWalk(scratch, rank, bound * nearer, hidden);
    const size = beamSearch(scratch, query, 0, ef, near, L.WALK_ADMITTED);
    if (size < min<u32>(L.LIST_MAX, CROWD * ef)) {
      store<u32>(scratch, L.WAY_ALL, L.S_WAY);
      return keepCounted(beam, size);
    }
  }
  if (limited) limitAmong(scratch, rank, bound, hidden, ef, share, around);
  store<u32>(scratch, L.WAY_AMONG, L.S_WAY);
  return walkAmong(scratch, near, ef, best, share, masks);
}
