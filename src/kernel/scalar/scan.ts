/* Exact distances: the scan of the window, and the rescoring of what the walk found on codes. */

import { distanceOf, keyOf } from '../keys.js';
import * as L from '../layout.js';
import { keepCounted } from './beam.js';
import { keepPossible } from './bound.js';
import { distances, exactDistance } from './distance.js';
import { codeOf, field, hasBit, type Memory, stateGet } from './memory.js';
import { entryAt, keyAt, offer, rowAt, wordOf } from './order.js';
import { admits, beamSearch, descend } from './walk.js';

const { fround } = Math;

/** Rows looked at together: the same batches as in the other builds, since they are compared with results before them. */
const BATCH = 32;

/** A batch of rows, listed in scratch: how many, and where the next one begins. */
interface Batch {
  readonly n: number;
  readonly next: number;
}

/** The first rows from `from` on without a state bit of `skip`, of one block at most. */
function takeRows(m: Memory, rows: number, from: number, to: number, skip: number): Batch {
  const blockRows = 1 << field(m, L.D_BLOCK_SHIFT);
  const next = Math.min(to, (from | (blockRows - 1)) + 1, from + BATCH);
  let n = 0;
  for (let row = from; row < next; row++)
    if ((stateGet(m, row) & skip) === 0) m.u32[(rows >>> 2) + n++] = row;
  return { n, next };
}

/** The first rows from `from` on whose bit is set; their states are looked at later. */
function takeAdmitted(m: Memory, scratch: number, rows: number, from: number, to: number): Batch {
  const admitted = scratch + field(m, L.D_S_ADMITTED);
  let n = 0;
  let row = from;
  for (; row < to && n < BATCH; row++) if (hasBit(m, admitted, row)) m.u32[(rows >>> 2) + n++] = row;
  return { n, next: row };
}

/** Whether a row near enough may be returned: what is not known from how it was listed. */
function returns(m: Memory, scratch: number, row: number, skip: number, filter: number): boolean {
  if (filter === L.UNFILTERED) return true;
  if (filter === L.ADMITTED) return (stateGet(m, row) & skip) === 0;
  return admits(m, scratch, row, L.WALK_ASKED);
}

/**
 * Offers the rows [from, to) with none of the state bits `skip` to the results in scratch (`size` of at most
 * `k` so far). Returns the new size.
 */
export function scan(
  m: Memory,
  scratch: number,
  from: number,
  to: number,
  k: number,
  sizeBefore: number,
  skip: number,
  filter: number,
): number {
  const kind = field(m, L.D_CODE_KIND);
  const codes = kind === L.CODE_INT4 || kind === L.CODE_INT8;
  const rows = scratch + field(m, L.D_S_ROWS);
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  let size = sizeBefore;
  for (let row = from; row < to; ) {
    let { n, next } =
      filter === L.ADMITTED ? takeAdmitted(m, scratch, rows, row, to) : takeRows(m, rows, row, to, skip);
    row = next;
    if (codes && size === k) n = keepPossible(m, query, rows, n, worstOf(m, scratch, k));
    size = offerExact(m, scratch, n, k, size, skip, filter);
  }
  return size;
}

/**
 * Leaves the `most` rows of [from, to) that are nearest on codes, with none of the state bits `skip`, in the beam in
 * scratch, nearest first. Returns how many.
 */
export function scanCodes(
  m: Memory,
  scratch: number,
  from: number,
  to: number,
  most: number,
  skip: number,
  filter: number,
): number {
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = scratch + field(m, L.D_S_ROWS);
  const keys = scratch + field(m, L.D_S_KEYS);
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  const admitted = scratch + field(m, L.D_S_ADMITTED);
  let size = 0;
  for (let row = from; row < to; row++) {
    if (filter === L.ADMITTED && !hasBit(m, admitted, row)) continue;
    if ((stateGet(m, row) & skip) !== 0) continue;
    m.u32[rows >>> 2] = row;
    distances(m, query, 1, rows, keys);
    if (returns(m, scratch, row, skip, filter))
      size = offer(m, beam, size, most, m.u32[keys >>> 2]!, wordOf(row));
  }
  return size;
}

/** Key of the last of `k` results. */
function worstOf(m: Memory, scratch: number, k: number): number {
  return keyAt(m, entryAt(scratch + field(m, L.D_S_RESULTS), k - 1));
}

/** Compares the first `n` rows of the list in scratch. */
function offerExact(
  m: Memory,
  scratch: number,
  n: number,
  k: number,
  sizeBefore: number,
  skip: number,
  filter: number,
): number {
  const rows = scratch + field(m, L.D_S_ROWS);
  const results = scratch + field(m, L.D_S_RESULTS);
  let size = sizeBefore;
  m.u32[(scratch + L.S_COMPARED) >>> 2]! += n;
  for (let i = 0; i < n; i++) {
    const row = m.u32[(rows >>> 2) + i]!;
    const key = keyOf(exactDistance(m, scratch, row));
    if (size === k && key > worstOf(m, scratch, k)) continue;
    if (returns(m, scratch, row, skip, filter)) size = offer(m, results, size, k, key, wordOf(row));
  }
  return size;
}

/** Walks the graph; leaves the admitted rows of the beam, nearest first on codes, in scratch. Returns how many. */
export function walk(m: Memory, scratch: number, ef: number, admission: number): number {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  if (!descend(m, scratch, query, 0)) return 0;
  const beam = scratch + field(m, L.D_S_BEAM);
  return keepCounted(m, beam, beamSearch(m, scratch, query, 0, ef, admission));
}

/** Rows compared together by `rescore`: what they are compared with is the worst result before them. */
const TOGETHER = 4;
/** Standard deviations of a code's error that a candidate is given: the next nearest are lost so rarely. */
const DEVIATIONS = 2;

/**
 * Offers the exact distances of the `n` rows of the beam to the results, which take `k`. Left out is what its
 * code puts too far behind the k-th to be among the nearest. Returns the size of the results.
 */
export function rescore(m: Memory, scratch: number, n: number, k: number, sizeBefore: number): number {
  const beam = scratch + field(m, L.D_S_BEAM);
  const rows = (scratch + field(m, L.D_S_ROWS)) >>> 2;
  const deviation = deviationOf(m, scratch + field(m, L.D_S_WALK_QUERY));
  let size = sizeBefore;
  for (let at = 0; at < n; ) {
    const worst = size === k ? distanceOf(worstOf(m, scratch, k)) : Number.POSITIVE_INFINITY;
    let some = 0;
    for (; at < n && some < TOGETHER; at++) {
      const entry = entryAt(beam, at);
      const row = rowAt(m, entry);
      let nearest = distanceOf(keyAt(m, entry));
      if (deviation !== 0) {
        const error = (codeOf(m, row) + field(m, L.D_TRAILER) + L.T_ERROR) >>> 2;
        nearest = fround(nearest - fround(deviation * m.f32[error]!));
      }
      if (nearest > worst || stateGet(m, row) & L.MASKED) continue;
      m.u32[rows + some++] = row;
    }
    size = offerExact(m, scratch, some, k, size, 0, L.UNFILTERED);
  }
  return size;
}

/** How far a distance on codes may be off, per length of the code's error; 0 where codes are exact. */
function deviationOf(m: Memory, query: number): number {
  const kind = field(m, L.D_CODE_KIND);
  if (kind !== L.CODE_INT4 && kind !== L.CODE_INT8) return 0;
  const most = fround(DEVIATIONS * m.f32[(query + L.Q_ROW_ERROR) >>> 2]!);
  return fround(most / fround(Math.sqrt(field(m, L.D_DIMENSION))));
}
