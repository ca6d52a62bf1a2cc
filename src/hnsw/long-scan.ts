/*
 * Scans that would hold the calling thread up. A search that may take its time throws `TooLong` before such a scan;
 * it is done by others, or in slices (pool-scan.ts), and the search begins again with what was found.
 *
 * A row that is replaced while such a scan goes on may be seen in its old form, in none (masked before it was reached),
 * but not in its new one, which lies behind the count at the start. So the rows that came meanwhile are scanned at the
 * end, in one turn with everything else, and rows that are masked by then are left out. The scan finds some more than
 * `k`, so that enough are left; where they are not, it is done again.
 */
import * as L from '../kernel/layout.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';

/** A scan that is estimated to take longer is not done in one turn. */
export const TURN_SCAN_MS = 4;
/** Bytes that a scan reads in a millisecond, until it was measured. */
const BYTES_PER_MS = 20_000_000;
/** Milliseconds that a row costs where its vector may have to be read from the store. */
const REMOTE_MS = 0.0005;
/** Milliseconds that a hit costs. */
const HIT_MS = 0.0002;

/** Rows from `from` on without a state bit of `skip`. */
export interface LongScan {
  readonly from: number;
  readonly skip: number;
}

/** The nearest of the rows in [from, rows): `most`, or all there are; good as long as `k` of them live. */
export interface Scanned extends LongScan {
  readonly rows: number;
  readonly most: number;
  readonly k: number;
  readonly hits: readonly RowHit[];
}

/** Thrown before a scan that the query leaves no time for. */
export class TooLong extends Error {
  readonly scan: LongScan;

  constructor(scan: LongScan) {
    super('a scan is to be done in several turns');
    this.scan = scan;
  }
}

interface Asked {
  readonly k: number;
  /** Milliseconds that a scan may take; without, any. */
  readonly turnMs?: number;
  readonly scanned?: Scanned | undefined;
}

/** @throws TooLong where comparing so many rows would take too long */
export function checkTime(arena: Arena, { k, turnMs }: Asked, rows: number, scan: LongScan): void {
  if (turnMs === undefined) return;
  const guess = (4 * arena.dimension) / BYTES_PER_MS + (arena.codes.remote ? REMOTE_MS : 0);
  const perRow = arena.scanMsPerRow || guess;
  if (rows * perRow + Math.min(k, rows) * HIT_MS > turnMs) throw new TooLong(scan);
}

/** Whether a scan went over all rows, not only over those that wait. */
export function isWhole({ skip }: LongScan): boolean {
  return (skip & L.LINKED) === 0;
}

/** What was scanned before, if it can stand for the rows it went over. */
export function scannedFor(arena: Arena, { scanned }: Asked): Scanned | undefined {
  if (!scanned) return undefined;
  const { hits, most, k } = scanned;
  if (hits.length < most) return scanned;
  let live = 0;
  for (const { row } of hits) if (arena.isLive(row) && ++live === k) return scanned;
  return undefined;
}

/** The nearest of what was scanned before and of what was found since. */
export function joined(arena: Arena, k: number, scanned: Scanned, since: readonly RowHit[]): RowHit[] {
  const met = new Set(since.map(({ row }) => row));
  const before = scanned.hits.filter(({ row }) => !met.has(row) && arena.isLive(row));
  return [...before, ...since].sort(byDistance).slice(0, k);
}
