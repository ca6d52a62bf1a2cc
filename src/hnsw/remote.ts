/* Searches on the calling thread of arenas whose vectors are elsewhere: scans and candidates of walks, compared exactly. */
import { LIST_MAX, MASKED } from '../kernel/layout.js';
import { admits, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { compare, Nearest, SCAN_DEVIATIONS, slackOf, WALK_DEVIATIONS } from './exact.js';
import type { Match, Query } from './query.js';

/** Candidates that a scan of codes asks for at first, and how many times more if they do not settle it. */
const FIRST = 256;
const MORE = 8;

/** Reads the first `count` rows of the beam as far as they may matter: the nearest of them and of those `before`. */
export function rescoreRemote(arena: Arena, query: Query, count: number, before: readonly Match[]): Match[] {
  const slack = slackOf(arena, WALK_DEVIATIONS, arena.queryErrors);
  const { hits, read } = compare(arena, query, beamOf(arena, count), before, slack);
  if (query.trace) query.trace.candidatesRescored += read;
  return hits;
}

/** Copied: reading a vector may use the scratch it lies in. */
function beamOf(arena: Arena, count: number): Uint32Array {
  return arena.beam.slice(0, 2 * count);
}

/** Candidates that the first scan of codes asks for. */
export function codesFor(k: number): number {
  return Math.max(FIRST, 4 * k);
}

/** The k nearest of the rows [from, to) without a state bit of `skip`, and of those that were found before. */
export function scanRemote(
  arena: Arena,
  from: number,
  to: number,
  query: Query,
  skip: number,
  before: readonly Match[] = [],
): Match[] {
  const slack = slackOf(arena, SCAN_DEVIATIONS, arena.queryErrors);
  const filter = SCAN_FILTER[query.admitted.kind];
  for (let most = codesFor(query.k); most < LIST_MAX; most *= MORE) {
    const found = arena.kernel.scanCodes(arena.scratch, from, to, most, skip, filter);
    const { hits, settled } = compare(arena, query, beamOf(arena, found), before, slack);
    if (settled || found < most) return hits;
  }
  // Codes cannot tell these rows apart: all are read.
  const nearest = new Nearest(arena, query, before);
  for (let row = from; row < to; row++) offer(arena, query, row, skip | MASKED, nearest);
  return nearest.hits;
}

/** Reads a row, if it matches and has no state bit of `skip`. */
function offer(arena: Arena, query: Query, row: number, skip: number, nearest: Nearest): void {
  if ((arena.kernel.stateGet(row) & skip) === 0 && admits(query.admitted, arena.base + row))
    nearest.offer(row);
}

/** The k nearest of the rows that the graph cannot find, of the window from row `from` on. */
export function windowRemote(arena: Arena, query: Query, from: number): Match[] {
  const before = scanRemote(arena, from, arena.rows, query, OUT_OF_WINDOW);
  if (arena.quarantinedBelow.length === 0) return before;
  const nearest = new Nearest(arena, query, before);
  for (const row of arena.quarantinedBelow) offer(arena, query, row, OUT_OF_WINDOW, nearest);
  return nearest.hits;
}
