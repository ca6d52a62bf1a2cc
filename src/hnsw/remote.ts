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
import { METRICS, type VectorLike } from '../kernel/metrics.js';
import { admits, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { type Job, NO_WALK } from './job.js';
import { byDistance, type Match, type Query } from './query.js';
import type { Answered } from './search-ring.js';

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

function slackOf(arena: Arena, deviations: number, { perRow, own } = arena.queryErrors): Slack {
  const share =
    arena.geometry.codeKind === CODE_INT4 ? Math.min(1, deviations / Math.sqrt(arena.dimension)) : 1;
  return ({ error, length }) => share * perRow * error + own * length;
}

/** Reads the first `count` rows of the beam as far as they may matter: the nearest of them and of those `before`. */
export function rescoreRemote(arena: Arena, query: Query, count: number, before: readonly Match[]): Match[] {
  const { hits, read } = compare(arena, query, beamOf(arena, count), before, slackOf(arena, WALK_DEVIATIONS));
  if (query.trace) query.trace.candidatesRescored += read;
  return hits;
}

/** Copied: reading a vector may use the scratch it lies in. */
function beamOf(arena: Arena, count: number): Uint32Array {
  return arena.beam.slice(0, 2 * count);
}

/** Compares candidates, nearest on codes first; those below row `rows` alone. */
function compare(
  arena: Arena,
  query: Query,
  candidates: Uint32Array,
  before: readonly Match[],
  slack: Slack,
  rows: number = Infinity,
): { hits: Match[]; read: number; settled: boolean } {
  const { compare: score, distance } = METRICS[arena.metric];
  const nearest = new Nearest(query.k, before);
  const vector = floatsOf(query.vector);
  const most = slack(arena.codes.widest);
  let read = 0;
  for (let i = 0; i < candidates.length; i += 2) {
    const row = candidates[i]! >>> 2;
    const estimate = distanceOf(candidates[i + 1]!);
    if (estimate - most > nearest.worst) return { hits: nearest.hits, read, settled: true };
    if (row >= rows || !arena.isLive(row)) continue;
    if (estimate - slack(arena.codes.boundsOf(row)) > nearest.worst) continue;
    nearest.offer({ slot: arena.base + row, distance: distance(score(vector, arena.vectorOf(row))) });
    read++;
  }
  return { hits: nearest.hits, read, settled: false };
}

/** What is compared with stored vectors is float32 as they are, whatever array it came in. */
function floatsOf(vector: VectorLike): VectorLike {
  return vector instanceof Float32Array ? vector : Float32Array.from(vector);
}

/** Candidates that the first scan of codes asks for. */
export function codesFor(k: number): number {
  return Math.max(FIRST, 4 * k);
}

/**
 * The k nearest of what a scan and a walk of codes in another thread have left, and of the rows that no graph has.
 * Undefined where the codes that were scanned cannot tell them apart.
 */
export function joinRemote(
  arena: Arena,
  query: Query,
  job: Job,
  { near, met, errors, entries }: Answered,
): Match[] | undefined {
  const scanned = entries.subarray(0, 2 * near);
  const { hits, settled } = compare(arena, query, scanned, [], slackOf(arena, SCAN_DEVIATIONS, errors));
  if (!settled && near === job.codes) return undefined;
  if (job.walk === NO_WALK) return hits;
  const nearest = new Nearest(query.k, hits);
  for (const row of arena.quarantinedBelow) offerRow(arena, query, row, OUT_OF_WINDOW, nearest);
  const walked = entries.subarray(2 * near, 2 * (near + met));
  // Rows that came meanwhile and are linked already are compared with all that came.
  return compare(arena, query, walked, nearest.hits, slackOf(arena, WALK_DEVIATIONS, errors), job.rows).hits;
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
  for (let most = codesFor(query.k); most < LIST_MAX; most *= MORE) {
    const found = arena.kernel.scanCodes(arena.scratch, from, to, most, skip, filter);
    const { hits, settled } = compare(arena, query, beamOf(arena, found), before, slack);
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
  nearest.offer({ slot, distance: distance(score(floatsOf(query.vector), arena.vectorOf(row))) });
}

/** The k nearest of the rows that the graph cannot find, of the window from row `from` on. */
export function windowRemote(arena: Arena, query: Query, from: number): Match[] {
  const nearest = new Nearest(query.k, scanRemote(arena, from, arena.rows, query, OUT_OF_WINDOW));
  for (const row of arena.quarantinedBelow) offerRow(arena, query, row, OUT_OF_WINDOW, nearest);
  return nearest.hits;
}
