/*
 * Exact distances where vectors are not in the arena: rows that are near enough on codes are read from the source,
 * nearest first, until the next cannot be among the k nearest.
 *
 * How far a distance on codes may be off is known (asm/encode.ts): at most |e| times the query's factor. Where codes
 * were rotated at random, e points anywhere, and the part of it that meets the query has a standard deviation of
 * |e| / sqrt(dimension).
 */

import { distanceOf } from '../kernel/keys.js';
import { CODE_INT4, LIST_MAX, MASKED } from '../kernel/layout.js';
import { METRICS } from '../kernel/metrics.js';
import { admits, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { byDistance, type Match, type Query } from './query.js';

/** Standard deviations granted to candidates of a walk, as in the kernel. */
const WALK_DEVIATIONS = 2;
/** Granted by an exact scan: more happens once in 10^14 comparisons. */
const SCAN_DEVIATIONS = 8;
/** Candidates that a scan of codes asks for at first, and how many times more if they do not settle it. */
const FIRST = 256;
const MORE = 8;

/** The k nearest so far, nearest first. */
class Nearest {
  readonly hits: Match[];
  readonly #k: number;

  constructor(k: number, hits: readonly Match[]) {
    this.#k = k;
    this.hits = [...hits];
  }

  get worst(): number {
    return this.hits.length < this.#k ? Infinity : this.hits.at(-1)!.distance;
  }

  offer(hit: Match): void {
    if (this.hits.some(({ slot }) => slot === hit.slot)) return; // met in the window, and again in the graph
    let at = this.hits.length;
    while (at > 0 && byDistance(hit, this.hits[at - 1]!) < 0) at--;
    this.hits.splice(at, 0, hit);
    if (this.hits.length > this.#k) this.hits.pop();
  }
}

/** By how much the distance of a row on codes may be off. */
type Slack = (bounds: { error: number; length: number }) => number;

function slackOf(arena: Arena, deviations: number): Slack {
  const { perRow, own } = arena.queryErrors;
  const share =
    arena.geometry.codeKind === CODE_INT4 ? Math.min(1, deviations / Math.sqrt(arena.dimension)) : 1;
  return ({ error, length }) => share * perRow * error + own * length;
}

/** Reads the first `count` rows of the beam as far as they may matter: the nearest of them and of those `before`. */
export function rescoreRemote(arena: Arena, query: Query, count: number, before: readonly Match[]): Match[] {
  const { hits, read } = compare(arena, query, count, before, slackOf(arena, WALK_DEVIATIONS));
  if (query.trace) query.trace.candidatesRescored += read;
  return hits;
}

function compare(
  arena: Arena,
  query: Query,
  count: number,
  before: readonly Match[],
  slack: Slack,
): { hits: Match[]; read: number; settled: boolean } {
  const { compare: score, distance } = METRICS[arena.metric];
  const nearest = new Nearest(query.k, before);
  // The beam is copied: reading a vector may use the scratch it lies in.
  const beam = arena.beam.slice(0, 2 * count);
  const most = slack(arena.codes.widest);
  let read = 0;
  for (let i = 0; i < count; i++) {
    const row = beam[2 * i]! >>> 2;
    const estimate = distanceOf(beam[2 * i + 1]!);
    if (estimate - most > nearest.worst) return { hits: nearest.hits, read, settled: true };
    if (estimate - slack(arena.codes.boundsOf(row)) > nearest.worst || !arena.isLive(row)) continue;
    nearest.offer({ slot: arena.base + row, distance: distance(score(query.vector, arena.vectorOf(row))) });
    read++;
  }
  return { hits: nearest.hits, read, settled: false };
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
  const slack = slackOf(arena, SCAN_DEVIATIONS);
  const filter = SCAN_FILTER[query.admitted.kind];
  for (let most = Math.max(FIRST, 4 * query.k); most < LIST_MAX; most *= MORE) {
    const found = arena.kernel.scanCodes(arena.scratch, from, to, most, skip, filter);
    const { hits, settled } = compare(arena, query, found, before, slack);
    if (settled || found < most) return hits;
  }
  // Codes cannot tell these rows apart: all are read.
  const nearest = new Nearest(query.k, before);
  for (let row = from; row < to; row++) offerRow(arena, query, row, skip | MASKED, nearest);
  return nearest.hits;
}

/** Reads a row, if it matches and has no state bit of `skip`. */
function offerRow(arena: Arena, query: Query, row: number, skip: number, nearest: Nearest): void {
  const slot = arena.base + row;
  if ((arena.kernel.stateGet(row) & skip) !== 0 || !admits(query.admitted, slot)) return;
  const { compare: score, distance } = METRICS[arena.metric];
  nearest.offer({ slot, distance: distance(score(query.vector, arena.vectorOf(row))) });
}

/** The k nearest of the rows that the graph cannot find, of the window from row `from` on. */
export function windowRemote(arena: Arena, query: Query, from: number): Match[] {
  const nearest = new Nearest(query.k, scanRemote(arena, from, arena.rows, query, OUT_OF_WINDOW));
  for (const row of arena.quarantinedBelow) offerRow(arena, query, row, OUT_OF_WINDOW, nearest);
  return nearest.hits;
}
