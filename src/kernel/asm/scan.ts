/* Exact distances: the scan of the window, and the rescoring of what the walk found on codes. */
import * as L from '../layout';
import { keepCounted, limitWalk } from './beam';
import { keepPossible } from './bound';
import { distances, exactDistance } from './distance';
import { codeOf, field, stateGet, stateOf, vectorOf } from './memory';
import { distanceOf, entryOf, keyOf, offer, rowOf } from './order';
import { admits, beamSearch, descend, touch } from './walk';

/** Rows looked at together by an exact scan, and by one of codes. */
const BATCH: u32 = 32;
const CODES_BATCH: u32 = 64;

/** Lists the first rows from `from` on without a state bit of `skip`, one block at most. S_NEXT says where they end. */
function takeRows(scratch: u32, from: u32, to: u32, most: u32, skip: u32, rows: u32): u32 {
  const blockRows: u32 = 1 << field(L.D_BLOCK_SHIFT);
  // One block at a time, so that states lie side by side.
  const end = min(min(to, (from | (blockRows - 1)) + 1), from + most);
  let state = stateOf(from);
  let n: u32 = 0;
  for (let row = from; row < end; row++, state++) {
    store<u32>(rows + (n << 2), row);
    n += atomic.load<u8>(state) & skip ? 0 : 1;
  }
  store<u32>(scratch, end, L.S_NEXT);
  return n;
}

/** Lists the first `most` rows from `from` on whose bit is set; their states are looked at later. S_NEXT likewise. */
function takeAdmitted(scratch: u32, from: u32, to: u32, most: u32, rows: u32): u32 {
  const admitted = scratch + field(L.D_S_ADMITTED);
  let n: u32 = 0;
  let row = from;
  while (row < to && n < most) {
    const bits = load<u32>(admitted + ((row >> 5) << 2)) >> (row & 31);
    if (bits == 0) {
      row = (row | 31) + 1;
      continue;
    }
    row += ctz(bits);
    if (row >= to) break;
    store<u32>(rows + (n << 2), row);
    n++;
    row++;
  }
  store<u32>(scratch, n == most ? row : to, L.S_NEXT);
  return n;
}

/**
 * Offers the rows [from, to) with none of the state bits `skip` to the results in scratch (`size` of at most
 * `k` so far). Returns the new size.
 */
export function scan(scratch: u32, from: u32, to: u32, k: u32, size: u32, skip: u32, filter: u32): u32 {
  const kind = field(L.D_CODE_KIND);
  const codes: bool = kind == L.CODE_INT4 || kind == L.CODE_INT8;
  const rows = scratch + field(L.D_S_ROWS);
  const results = scratch + field(L.D_S_RESULTS);
  const query = scratch + field(L.D_S_WALK_QUERY);
  for (let row = from; row < to; row = load<u32>(scratch, L.S_NEXT)) {
    let n =
      filter == L.ADMITTED ? takeAdmitted(scratch, row, to, BATCH, rows) : takeRows(scratch, row, to, BATCH, skip, rows);
    if (codes && n != 0 && size == k) {
      // Rows that were picked out lie apart: their codes are fetched together.
      if (filter == L.ADMITTED)
        store<u32>(scratch + field(L.D_S_KEYS), touch(n, rows, 0, field(L.D_CODE_STRIDE)));
      const worst = <u32>(load<u64>(results + ((k - 1) << 3)) >> 32);
      n = kind == L.CODE_INT4 ? keepPossible(query, rows, n, worst, true) : keepPossible(query, rows, n, worst, false);
    }
    size = offerExact(scratch, rows, n, k, size, skip, filter);
  }
  return size;
}

/**
 * Leaves the `most` rows of [from, to) that are nearest on codes, with none of the state bits `skip`, in the beam in
 * scratch, nearest first. Returns how many.
 */
export function scanCodes(scratch: u32, from: u32, to: u32, most: u32, skip: u32, filter: u32): u32 {
  const beam = scratch + field(L.D_S_BEAM);
  const keys = scratch + field(L.D_S_KEYS);
  const query = scratch + field(L.D_S_WALK_QUERY);
  const codes = field(L.D_CODE_KIND) == L.CODE_INT4 || field(L.D_CODE_KIND) == L.CODE_INT8;
  const whole = codes ? field(L.D_CODE_STRIDE) : 0;
  // Two lists in turn: while one is compared, the codes of the other are on their way.
  let rows = scratch + field(L.D_S_ROWS);
  let coming = rows + ((CODES_BATCH + 16) << 2);
  let n: u32 = 0;
  let size: u32 = 0;
  let worst: u32 = 0xffffffff;
  for (let row = from; row < to || n != 0; ) {
    let next: u32 = 0;
    if (row < to) {
      next =
        filter == L.ADMITTED
          ? takeAdmitted(scratch, row, to, CODES_BATCH, coming)
          : takeRows(scratch, row, to, CODES_BATCH, skip, coming);
      row = load<u32>(scratch, L.S_NEXT);
      store<u32>(keys, touch(next, coming, 0, whole));
    }
    distances(query, n, rows, keys);
    for (let i: u32 = 0; i < n; i++) {
      const key = load<u32>(keys + (i << 2));
      if (key > worst) continue;
      const entry = entryOf(key, load<u32>(rows + (i << 2)));
      if (!returns(scratch, rowOf(entry), skip, filter)) continue;
      size = offer(beam, size, most, entry);
      if (size == most) worst = <u32>(load<u64>(beam + ((size - 1) << 3)) >> 32);
    }
    const done = rows;
    rows = coming;
    coming = done;
    n = next;
  }
  return size;
}

/** Whether a row near enough may be returned: what is not known from how it was listed. */
@inline function returns(scratch: u32, row: u32, skip: u32, filter: u32): bool {
  if (filter == L.UNFILTERED) return true;
  if (filter == L.ADMITTED) return (stateGet(row) & skip) == 0;
  return admits(scratch, row, L.WALK_ASKED);
}

function offerExact(scratch: u32, rows: u32, n: u32, k: u32, size: u32, skip: u32, filter: u32): u32 {
  const results = scratch + field(L.D_S_RESULTS);
  let worst = size == k ? <u32>(load<u64>(results + ((k - 1) << 3)) >> 32) : 0xffffffff;
  store<u32>(scratch, load<u32>(scratch, L.S_COMPARED) + n, L.S_COMPARED);
  for (let i: u32 = 0; i < n; i++) {
    const row = load<u32>(rows + (i << 2));
    const key = keyOf(exactDistance(scratch, row));
    if (key > worst || !returns(scratch, row, skip, filter)) continue;
    size = offer(results, size, k, entryOf(key, row));
    if (size == k) worst = <u32>(load<u64>(results + ((k - 1) << 3)) >> 32);
  }
  return size;
}

/** Walks the graph; leaves the admitted rows of the beam, nearest first on codes, in scratch. Returns how many. */
export function walk(scratch: u32, ef: u32, admission: u32, rank: u32, bound: f32, hidden: u32): u32 {
  const query = scratch + field(L.D_S_WALK_QUERY);
  limitWalk(scratch, rank, bound, hidden);
  const near = descend(scratch, query, 0);
  if (near == u64.MAX_VALUE) return 0;
  const beam = scratch + field(L.D_S_BEAM);
  return keepCounted(beam, beamSearch(scratch, query, 0, ef, near, admission));
}

/** Candidates whose vectors are fetched together, so that their misses overlap. */
const TOGETHER: u32 = 4;
/** Standard deviations of a code's error that a candidate is given: the next nearest are lost so rarely. */
const DEVIATIONS: f32 = 2;

/**
 * Offers the exact distances of the `n` rows of the beam to the results, which take `k`. Left out is what its
 * code puts too far behind the k-th to be among the nearest. Returns the size of the results.
 */
export function rescore(scratch: u32, n: u32, k: u32, size: u32): u32 {
  const beam = scratch + field(L.D_S_BEAM);
  const rows = scratch + field(L.D_S_ROWS);
  const results = scratch + field(L.D_S_RESULTS);
  const kind = field(L.D_CODE_KIND);
  // The error is spread over all directions by the rotation; the query meets one of them.
  const deviation: f32 =
    kind == L.CODE_INT4 || kind == L.CODE_INT8
      ? (DEVIATIONS * load<f32>(scratch + field(L.D_S_WALK_QUERY), L.Q_ROW_ERROR)) / sqrt<f32>(<f32>field(L.D_DIMENSION))
      : 0;
  let at: u32 = 0;
  while (at < n) {
    const worst = size == k ? distanceOf(<u32>(load<u64>(results + ((k - 1) << 3)) >> 32)) : <f32>Infinity;
    let some: u32 = 0;
    let sum: u32 = 0;
    for (; at < n && some < TOGETHER; at++) {
      const entry = load<u64>(beam + (at << 3));
      const row = rowOf(entry);
      let nearest = distanceOf(<u32>(entry >> 32));
      if (deviation != 0) nearest -= deviation * load<f32>(codeOf(row) + field(L.D_TRAILER), L.T_ERROR);
      if (nearest > worst || stateGet(row) & L.MASKED) continue;
      store<u32>(rows + (some << 2), row);
      if (kind != L.CODE_BITS) sum += touchVector(row); // bits are compared as they are
      some++;
    }
    store<u32>(scratch + field(L.D_S_KEYS), sum);
    size = offerExact(scratch, rows, some, k, size, 0, L.UNFILTERED);
  }
  return size;
}

/** Loads one word of each cache line of a row's vector: see `touch` in walk.ts. */
@inline function touchVector(row: u32): u32 {
  const v = vectorOf(row);
  let sum: u32 = 0;
  for (let line: u32 = 0, bytes = field(L.D_VECTOR_STRIDE); line < bytes; line += 64) sum += load<u32>(v + line);
  return sum;
}
