/*
 * Exact distances of rows whose vectors are not in the arena: those that are near enough on codes are read, nearest first,
 * until the next cannot be among the k nearest.
 *
 * How far a distance on codes may be off is known (asm/encode.ts): at most |e| times the query's factor. Where codes
 * were rotated at random, e points anywhere, and the part of it that meets the query has a standard deviation of
 * |e| / sqrt(dimension).
 */
import type { Geometry } from '../kernel/geometry.js';
import type { Kernel } from '../kernel/kernel.js';
import { distanceOf } from '../kernel/keys.js';
import { CODE_INT4, MASKED } from '../kernel/layout.js';
import { METRICS, type Metric, type VectorLike } from '../kernel/metrics.js';
import type { Bounds } from '../kernel/row-parts.js';
import { OUT_OF_WINDOW } from './admitted.js';
import { type Job, NO_WALK } from './job.js';
import { byDistance, type Match } from './query.js';
import type { Answered } from './search-ring.js';

/** Standard deviations granted to candidates of a walk, as in the kernel. */
export const WALK_DEVIATIONS = 2;
/** Granted by an exact scan: more happens once in 10^14 comparisons. */
export const SCAN_DEVIATIONS = 8;

/** Rows of an arena whose vectors are elsewhere, as the thread at hand has them. */
export interface RemoteRows {
  /** Slot of the first. */
  readonly base: number;
  readonly metric: Metric;
  readonly dimension: number;
  readonly geometry: Pick<Geometry, 'codeKind'>;
  readonly kernel: Pick<Kernel, 'stateGet'>;
  readonly codes: {
    /** The most of what `boundsOf` gives for any row. */
    readonly widest: Bounds;
    boundsOf(row: number): Bounds;
  };
  /** The vector of a row that lives; undefined where it has just been masked. `into`: where it may be put. */
  vectorOf(row: number, into: Float32Array): Float32Array | undefined;
}

/** What is looked for. */
export interface Sought {
  readonly vector: VectorLike;
  readonly k: number;
}

/** Candidates, nearest on codes first, as in a beam; and how many of them were compared. */
interface Compared {
  readonly hits: Match[];
  readonly read: number;
  /** No other row can be one of the hits. */
  readonly settled: boolean;
}

/** By how much the distance of a row on codes may be off. */
type Slack = (bounds: Bounds) => number;

export function slackOf(
  { geometry, dimension }: Pick<RemoteRows, 'geometry' | 'dimension'>,
  deviations: number,
  { perRow, own }: Answered['errors'],
): Slack {
  const share = geometry.codeKind === CODE_INT4 ? Math.min(1, deviations / Math.sqrt(dimension)) : 1;
  return ({ error, length }) => share * perRow * error + own * length;
}

/** The k nearest rows so far, nearest first. */
export class Nearest {
  readonly hits: Match[];
  readonly #rows: RemoteRows;
  readonly #k: number;
  readonly #compare: (b: Float32Array) => number;
  readonly #distance: (score: number) => number;
  readonly #room: Float32Array;

  constructor(rows: RemoteRows, { vector, k }: Sought, before: readonly Match[] = []) {
    const { against, distance } = METRICS[rows.metric];
    this.#rows = rows;
    this.#k = k;
    // What is compared with stored vectors is float32 as they are, whatever array it came in.
    this.#compare = against(vector instanceof Float32Array ? vector : Float32Array.from(vector));
    this.#distance = distance;
    this.#room = new Float32Array(rows.dimension);
    this.hits = [...before];
  }

  get worst(): number {
    return this.hits.length < this.#k ? Infinity : this.hits.at(-1)!.distance;
  }

  /** Reads a row that lives. */
  offer(row: number): void {
    const vector = this.#rows.vectorOf(row, this.#room);
    if (vector) this.#add({ slot: this.#rows.base + row, distance: this.#distance(this.#compare(vector)) });
  }

  #add(hit: Match): void {
    if (this.hits.some(({ slot }) => slot === hit.slot)) return; // met in the window, and again in the graph
    let at = this.hits.length;
    while (at > 0 && byDistance(hit, this.hits[at - 1]!) < 0) at--;
    this.hits.splice(at, 0, hit);
    if (this.hits.length > this.#k) this.hits.pop();
  }
}

/** Compares candidates, nearest on codes first; those below row `rows` alone. */
export function compare(
  from: RemoteRows,
  sought: Sought,
  candidates: Uint32Array,
  before: readonly Match[],
  slack: Slack,
  rows: number = Infinity,
): Compared {
  const nearest = new Nearest(from, sought, before);
  const { hits } = nearest;
  const most = slack(from.codes.widest);
  let read = 0;
  for (let i = 0; i < candidates.length; i += 2) {
    const row = candidates[i]! >>> 2;
    const estimate = distanceOf(candidates[i + 1]!);
    if (estimate - most > nearest.worst) return { hits, read, settled: true };
    if (row >= rows || (from.kernel.stateGet(row) & MASKED) !== 0) continue;
    if (estimate - slack(from.codes.boundsOf(row)) > nearest.worst) continue;
    nearest.offer(row);
    read++;
  }
  return { hits, read, settled: false };
}

/**
 * The k nearest of what a job's scan and walk of codes have left, and of the rows that no graph has, `apart`, as far as
 * they match. Undefined where the codes that were scanned cannot tell them apart.
 */
export function compareOutcome(
  from: RemoteRows,
  sought: Sought,
  job: Job,
  apart: Iterable<number>,
  matches: (row: number) => boolean,
  { near, met, errors, entries }: Pick<Answered, 'near' | 'met' | 'errors' | 'entries'>,
): Match[] | undefined {
  const scanned = entries.subarray(0, 2 * near);
  const { hits, settled } = compare(from, sought, scanned, [], slackOf(from, SCAN_DEVIATIONS, errors));
  if (!settled && near === job.codes) return undefined;
  if (job.walk === NO_WALK) return hits;
  const nearest = new Nearest(from, sought, hits);
  for (const row of apart)
    if (row < job.rows && (from.kernel.stateGet(row) & OUT_OF_WINDOW) === 0 && matches(row))
      nearest.offer(row);
  const walked = entries.subarray(2 * near, 2 * (near + met));
  // Rows that came meanwhile and are linked already are compared with all that came.
  return compare(from, sought, walked, nearest.hits, slackOf(from, WALK_DEVIATIONS, errors), job.rows).hits;
}
