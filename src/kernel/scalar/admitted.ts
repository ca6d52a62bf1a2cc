/*
 * The walk of a filtered search: by what is admitted around the query over all rows, over the graph as the admitted rows
 * see it (ACORN-1: Patel et al., SIGMOD 2024), or a scan. See asm/admitted.ts for why.
 */
import * as L from '../layout.js';
import { beginBeam, extendBeam, keepCounted, limitWalk, NO_KEY, word } from './beam.js';
import { clearBit, field, hasBit, linksMax, linksOf, type Memory, rowCount, setBit } from './memory.js';
import { entryAt, lowAt, rowAt } from './order.js';
import { scanCodes } from './scan.js';
import { beamSearch, compareRound, descend, takeBetter, WIDTH } from './walk.js';

/* As in asm/admitted.ts. */
const SEEDS = 32;
const PATIENCE = 10;
const SPARSE_SHARE = 3;
const SPARSE_PATIENCE = 2;
const SCARCE = 8;
const CROWD = 8;
const AROUND = 8;
const DENSE = 20_000;
const DENSE_SHARE = 8;
const FAR_EF = 768;
const SCAN_FAR = 1 << 22;
const CODE_MIN = 64;

/** Takes the first admitted row of each of SEEDS parts of the collection. Returns how many rows there are then. */
function takeSeeds(m: Memory, rows: number, n: number, open: number, words: number): number {
  let count = n;
  for (let i = 0; i < SEEDS; i++) {
    const end = Math.floor((words * (i + 1)) / SEEDS);
    for (let word = Math.floor((words * i) / SEEDS); word < end; word++) {
      const bits = m.u32[(open >>> 2) + word]!;
      if (bits === 0) continue;
      const row = word * 32 + 31 - Math.clz32(bits & -bits);
      clearBit(m, open, row);
      m.u32[(rows >>> 2) + count++] = row;
      break;
    }
  }
  return count;
}

function* linksFrom(m: Memory, row: number): Generator<number> {
  const links = linksOf(m, row, 0) >>> 2;
  for (let i = 0, most = linksMax(m, 0); i < most; i++) {
    const next = m.u32[links + i]!;
    if (next === L.NONE) return;
    yield next;
  }
}

/** Takes the admitted links of a row that were not met before. Returns how many rows there are then. */
function takeAdmitted(m: Memory, row: number, open: number, rows: number, n: number): number {
  let count = n;
  for (const next of linksFrom(m, row)) if (clearBit(m, open, next)) m.u32[(rows >>> 2) + count++] = next;
  return count;
}

/** Takes the links that are neither admitted nor looked through before. Returns likewise. */
function takeOthers(m: Memory, row: number, shut: number, others: number, n: number): number {
  let count = n;
  for (const next of linksFrom(m, row)) if (!setBit(m, shut, next)) m.u32[(others >>> 2) + count++] = next;
  return count;
}

/** Whether `found` admitted rows are few, where the links of `nodes` were looked at. */
function isSparse(m: Memory, found: number, nodes: number, share: number): boolean {
  return found * 10 * 65536 < nodes * linksMax(m, 0) * share * SPARSE_SHARE;
}

/**
 * Copies the admitted rows to those that are not looked through; takes `first`, from which the walk sets out, if it is
 * admitted, and the seeds. Returns how many rows that are.
 */
function takeFirst(
  m: Memory,
  scratch: number,
  rows: number,
  first: number,
  open: number,
  shut: number,
): number {
  const count = rowCount(m);
  const words = (count + 31) >> 5;
  const hidden = word(m, scratch, L.S_HIDDEN);
  m.u8.copyWithin(shut, open, open + 4 * words);
  setBit(m, shut, first);
  if (hidden < count) {
    clearBit(m, open, hidden);
    setBit(m, shut, hidden);
  }
  m.u32[rows >>> 2] = first;
  return takeSeeds(m, rows, clearBit(m, open, first) ? 1 : 0, open, words);
}

/**
 * Looks through the `p` others: takes the admitted rows among their links, up to `limit` rows in all; while there are
 * fewer than `scarce`, what lies behind them likewise. Returns how many rows there are then, and how many others were
 * looked through.
 */
function lookThrough(
  m: Memory,
  scratch: number,
  n: number,
  p: number,
  limit: number,
  scarce: number,
): { rows: number; through: number } {
  const rows = scratch + field(m, L.D_S_ROWS);
  const others = (scratch + field(m, L.D_S_CANDIDATES)) >>> 2;
  const open = scratch + field(m, L.D_S_ADMITTED);
  const shut = scratch + field(m, L.D_S_VISITED);
  const many = 3 * linksMax(m, 0) + L.OTHERS - 1;
  let count = n;
  let last = p;
  let through = 0;
  for (let end = last; ; end = last) {
    const begin = through;
    for (; through < end && count < limit; through++)
      count = takeAdmitted(m, m.u32[others + through]!, open, rows, count);
    if (count >= scarce) break;
    for (let i = begin; i < end && last <= many; i++)
      last = takeOthers(m, m.u32[others + i]!, shut, others * 4, last);
    if (last === end) break;
  }
  for (let i = through; i < last; i++) clearBit(m, shut, m.u32[others + i]!);
  return { rows: count, through };
}

/** The walk over the graph as the admitted rows see it. Returns likewise. */
function walkAmong(
  m: Memory,
  scratch: number,
  ef: number,
  best: number,
  share: number,
  masks: boolean,
): number {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const fresh = scratch + field(m, L.D_S_FRESH);
  const others = scratch + field(m, L.D_S_CANDIDATES);
  const open = scratch + field(m, L.D_S_ADMITTED);
  const shut = scratch + field(m, L.D_S_VISITED);
  const most = linksMax(m, 0);
  const wanted = most + (most >> 1);
  const admission = masks ? L.WALK_LIVE : L.WALK_ALL;
  const cap = ef + (ef >> 1);
  beginBeam(m, scratch, query, cap, masks ? CROWD * cap : cap);
  const first = rowAt(m, beam);
  const seeds = takeFirst(m, scratch, rows, first, open, shut);
  let n = seeds;
  let size = 0;
  let worst = NO_KEY;
  let cursor = 0;
  let patience = Math.max(1, Math.floor(ef / PATIENCE));
  let idle = 0;
  for (let round = 0; idle <= patience; round++, idle++) {
    let p = 0;
    let taken = 0;
    const expand = (row: number): void => {
      n = takeAdmitted(m, row, open, rows, n);
      p = takeOthers(m, row, shut, others, p);
      taken++;
    };
    if (round === 0) expand(first);
    for (; cursor < size && taken < WIDTH; cursor++) {
      const entry = entryAt(beam, cursor);
      const low = lowAt(m, entry);
      if (low & L.EXPANDED) continue;
      m.u32[entry >>> 2] = low | L.EXPANDED;
      expand(low >>> 2);
    }
    if (taken === 0) break;
    const sown = round === 0 ? seeds : 0;
    const met = lookThrough(m, scratch, n, p, sown + wanted * taken, sown + SCARCE * taken);
    n = met.rows;
    if (round === 0 && isSparse(m, n - seeds, met.through + 1, share)) {
      const least = word(m, scratch, L.S_RANK) === L.NONE ? 0 : Math.floor(FAR_EF / PATIENCE);
      patience = Math.max(patience * SPARSE_PATIENCE, least);
    }
    if (n === 0) continue;
    n = compareRound(m, query, n, rows, keys, worst);
    const better = takeBetter(m, scratch, n, rows, keys, worst, admission);
    n = 0;
    if (better === 0) continue;
    const lowest = extendBeam(m, scratch, beam, fresh, better);
    size = word(m, scratch, L.S_SIZE);
    worst = word(m, scratch, L.S_WORST);
    cursor = Math.min(cursor, lowest);
    if (lowest * word(m, scratch, L.S_COUNTED) < best * size) idle = 0;
  }
  return keepCounted(m, beam, size);
}

/** Of the links of a row and of those that they lead to first, how many are admitted, in 65,536ths. */
function shareAround(m: Memory, row: number, open: number): number {
  let looked = 0;
  let found = 0;
  let lists = 0;
  for (const near of [row, ...linksFrom(m, row)]) {
    if (lists++ > AROUND) break;
    for (const next of linksFrom(m, near)) {
      looked++;
      if (hasBit(m, open, next)) found++;
    }
  }
  return looked === 0 ? 0 : Math.floor((found * 65536) / looked);
}

/** Sets the bound of a walk among the admitted rows: see asm/admitted.ts. */
function limitAmong(
  m: Memory,
  scratch: number,
  { rank, bound, hidden }: { rank: number; bound: number; hidden: number },
  ef: number,
  share: number,
  around: number,
): void {
  let part = Math.fround(Math.max(share, around) / 65536);
  let place = rank;
  if (around < share) {
    part = Math.fround(part * Math.fround(share / around));
    const most = Math.max(1, Math.floor(FAR_EF / ef));
    place = around * most <= share ? rank * most : Math.floor((rank * share) / around);
  }
  let closer = Math.min(part, 1);
  for (let i = 0; i < 3; i++) closer = Math.fround(Math.sqrt(closer));
  limitWalk(m, scratch, place, Math.fround(bound * closer), hidden);
}

/** Leaves the admitted rows that it found, nearest first on codes, in the beam in scratch. Returns how many. */
export function walkAdmitted(
  m: Memory,
  scratch: number,
  ef: number,
  best: number,
  share: number,
  masks: boolean,
  { rank, bound, hidden }: { rank: number; bound: number; hidden: number },
): number {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  const beam = scratch + field(m, L.D_S_BEAM);
  const open = scratch + field(m, L.D_S_ADMITTED);
  limitWalk(m, scratch, rank, bound, hidden);
  const way = (scratch + L.S_WAY) >>> 2;
  m.u32[way] = L.WAY_NONE;
  if (!descend(m, scratch, query, 0)) return 0;
  const rows = rowCount(m);
  const around = shareAround(m, rowAt(m, beam), open);
  const limited = bound < Infinity;
  const bytes = Math.floor((share * rows) / 65536) * Math.max(field(m, L.D_CODE_STRIDE), CODE_MIN);
  if (around * 10 < share * SPARSE_SHARE && bytes <= SCAN_FAR) {
    m.u32[way] = L.WAY_CODES;
    if (hidden < rows) clearBit(m, open, hidden);
    m.u8.copyWithin(scratch + field(m, L.D_S_VISITED), open, open + 4 * ((rows + 31) >> 5));
    const most = Math.max(L.CANDIDATES_MIN, 2 * best, limited ? 0 : ef);
    return scanCodes(m, scratch, 0, rows, Math.min(most, L.LIST_MAX), L.MASKED | L.WIDE, L.ADMITTED);
  }
  if (limited && around >= DENSE && around * 10 >= share * DENSE_SHARE) {
    const nearer = Math.fround(Math.sqrt(Math.fround(Math.sqrt(around / 65536))));
    limitWalk(m, scratch, rank, Math.fround(bound * nearer), hidden);
    const size = beamSearch(m, scratch, query, 0, ef, L.WALK_ADMITTED);
    if (size < Math.min(L.LIST_MAX, CROWD * ef)) {
      m.u32[way] = L.WAY_ALL;
      return keepCounted(m, beam, size);
    }
    descend(m, scratch, query, 0);
  }
  if (limited) limitAmong(m, scratch, { rank, bound, hidden }, ef, share, around);
  m.u32[way] = L.WAY_AMONG;
  return walkAmong(m, scratch, ef, best, share, masks);
}
