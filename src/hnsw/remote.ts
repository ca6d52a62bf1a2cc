/*
 * Exact distances where vectors are not in the arena: rows that are near enough on codes are read from the source,
 * nearest first, until the next cannot be among the k nearest.
 *
 * How far a distance on codes may be off is known (asm/encode.ts): at most |e| times the query's factor. Where codes
 * were rotated at random, e points anywhere, and the part of it that meets the query has a standard deviation of
 * |e| / sqrt(dimension).
 */
import { CODE_INT4, LINKED, LIST_MAX, MASKED, WIDE } from '../kernel/layout.js';
import { METRICS } from '../kernel/metrics.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';
import type { ArenaQuery } from './search.js';

/** Standard deviations granted to candidates of a walk, as in the kernel. */
const WALK_DEVIATIONS = 2;
/** Granted by an exact scan: more happens once in 10^14 comparisons. */
const SCAN_DEVIATIONS = 8;
/** Candidates that a scan of codes asks for at first, and how many times more if they do not settle it. */
const FIRST = 256;
const MORE = 8;

const image = new Uint32Array(1);
const float = new Float32Array(image.buffer);

/** The float32 that an order-preserving key stands for. */
export function distanceOf(key: number): number {
  image[0] = key & 0x80000000 ? key ^ 0x80000000 : ~key;
  return float[0]!;
}

/** The k nearest so far, nearest first. */
class Nearest {
  readonly hits: RowHit[];
  readonly #k: number;

  constructor(k: number, hits: readonly RowHit[]) {
    this.#k = k;
    this.hits = [...hits];
  }

  get worst(): number {
    return this.hits.length < this.#k ? Infinity : this.hits.at(-1)!.distance;
  }

  offer(hit: RowHit): void {
    if (this.hits.some(({ row }) => row === hit.row)) return; // met in the window, and again in the graph
    let at = this.hits.length;
    while (at > 0 && byDistance(hit, this.hits[at - 1]!) < 0) at--;
    this.hits.splice(at, 0, hit);
    if (this.hits.length > this.#k) this.hits.pop();
  }
}

/** By how much the distance of a row on codes may be off. */
type Slack = (bounds: { error: number; length: number }) => number;

function slackOf(arena: Arena, deviations: number): Slack {
  const { perRow, own } = arena.codes.queryErrors;
  const share =
    arena.geometry.codeKind === CODE_INT4 ? Math.min(1, deviations / Math.sqrt(arena.dimension)) : 1;
  return ({ error, length }) => share * perRow * error + own * length;
}

/** Reads the first `count` rows of the beam as far as they may matter. Returns the hits, and how many were read. */
export function rescoreRemote(
  arena: Arena,
  query: ArenaQuery,
  count: number,
  before: readonly RowHit[],
): { hits: RowHit[]; read: number } {
  const { hits, read } = compare(arena, query, count, before, slackOf(arena, WALK_DEVIATIONS));
  return { hits, read };
}

function compare(
  arena: Arena,
  query: ArenaQuery,
  count: number,
  before: readonly RowHit[],
  slack: Slack,
): { hits: RowHit[]; read: number; settled: boolean } {
  const { compare: score, distance } = METRICS[query.metric];
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
    nearest.offer({ row, distance: distance(score(query.vector, arena.vectorOf(row))) });
    read++;
  }
  return { hits: nearest.hits, read, settled: false };
}

/** The k nearest of the rows [from, to) without a state bit of `skip`, and of those that were found before. */
export function scanRemote(
  arena: Arena,
  from: number,
  to: number,
  query: ArenaQuery,
  skip: number,
  before: readonly RowHit[] = [],
): RowHit[] {
  const slack = slackOf(arena, SCAN_DEVIATIONS);
  for (let most = Math.max(FIRST, 4 * query.k); most < LIST_MAX; most *= MORE) {
    const found = arena.kernel.scanCodes(arena.scratch, from, to, most, skip, query.filter);
    const { hits, settled } = compare(arena, query, found, before, slack);
    if (settled || found < most) return hits;
  }
  // Codes cannot tell these rows apart: all are read.
  const nearest = new Nearest(query.k, before);
  const { compare: score, distance } = METRICS[query.metric];
  for (let row = from; row < to; row++) {
    if ((arena.kernel.stateGet(row) & (skip | MASKED)) !== 0 || !query.accepts(row)) continue;
    nearest.offer({ row, distance: distance(score(query.vector, arena.vectorOf(row))) });
  }
  return nearest.hits;
}

/** The k nearest of the rows that the graph cannot find, from `from` on. */
export function windowRemote(
  arena: Arena,
  query: ArenaQuery,
  from: number = arena.advanceWindow(),
): RowHit[] {
  const skip = LINKED | MASKED | WIDE;
  const nearest = new Nearest(query.k, scanRemote(arena, from, arena.rows, query, skip));
  const { compare: score, distance } = METRICS[query.metric];
  for (const row of arena.quarantinedBelow) {
    if ((arena.kernel.stateGet(row) & skip) !== 0 || !query.accepts(row)) continue;
    nearest.offer({ row, distance: distance(score(query.vector, arena.vectorOf(row))) });
  }
  return nearest.hits;
}
