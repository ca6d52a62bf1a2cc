/*
 * Places the rows of a graph in a plane, near ones near each other. It begins with a graph so small that any start will
 * do, and each larger one begins where the smaller one's rows came to lie.
 */
import { randomFrom } from '../base/random.js';
import { type Coarse, coarseOf } from './coarse.js';
import { descend } from './descent.js';
import { type Edges, edgesOf, type Neighbours } from './graph.js';
import { lieDown, lieLike, type Placed } from './turn.js';

export interface LayoutOptions {
  readonly seed: number;
  /** Epochs of the whole graph. */
  readonly epochs?: number;
  /** Where some of the rows lay before: the plane is turned, or seen from behind, so that they lie nearest to that. */
  readonly before?: Placed | undefined;
}

/** Small graphs gain by more epochs than large ones have time for. */
const EPOCHS = 60;
const EPOCHS_MOST = 250;
const ROW_EPOCHS = 1_500_000;
/** Epochs of the smallest graph, which begins by chance. */
const FIRST_EPOCHS = 400;
/** A graph of so many rows is laid out from a start by chance. */
const SMALLEST = 300;
/** Where gathering leaves more than this share of the rows, a smaller graph would save nothing. */
const SHARE_MAX = 0.8;

function epochsFor(rows: number): number {
  return Math.max(EPOCHS, Math.min(EPOCHS_MOST, Math.round(ROW_EPOCHS / Math.max(1, rows))));
}

function fromChance(rows: number, random: () => number): Float32Array {
  return Float32Array.from({ length: 2 * rows }, () => (random() - 0.5) * 20);
}

/** Rows around their centres. The plane grows with the number of rows, so that these find room. */
function spread(small: Float32Array, { centres, edges }: Coarse, random: () => number): Float32Array {
  const grown = Math.min(2, Math.sqrt(centres.length / edges.rows));
  const xy = new Float32Array(2 * centres.length);
  for (let at = 0; at < xy.length; at++) {
    xy[at] = small[2 * centres[at >> 1]! + (at & 1)]! * grown + (random() - 0.5) * 0.5;
  }
  return xy;
}

/** The smaller graphs of a graph, largest first. */
function ladder(edges: Edges, random: () => number): Coarse[] {
  const steps: Coarse[] = [];
  let last = edges;
  while (last.rows > SMALLEST) {
    const coarse = coarseOf(last, random);
    if (coarse.edges.rows > last.rows * SHARE_MAX) break;
    steps.push(coarse);
    last = coarse.edges;
  }
  return steps;
}

/** Rows that are farther from the middle than nearly all others, and by how many times they may be. */
const INNER_SHARE = 0.97;
const OUTER = 1.2;

/** Draws what nothing ties to the rest towards it, so that it takes no room from it: the farther, the more. */
function drawIn(xy: Float32Array): void {
  const rows = xy.length / 2;
  if (rows === 0) return;
  const middleOf = (at: number): number =>
    Float32Array.from({ length: rows }, (_, row) => xy[2 * row + at]!).sort()[rows >> 1]!;
  const [x, y] = [middleOf(0), middleOf(1)];
  const far = Float32Array.from({ length: rows }, (_, row) =>
    Math.hypot(xy[2 * row]! - x, xy[2 * row + 1]! - y),
  );
  const most = OUTER * far.slice().sort()[Math.floor(INNER_SHARE * (rows - 1))]!;
  for (const [row, distance] of far.entries()) {
    if (distance <= most) continue;
    const nearer = (most * (1 + 0.15 * Math.log(distance / most))) / distance;
    xy[2 * row] = x + (xy[2 * row]! - x) * nearer;
    xy[2 * row + 1] = y + (xy[2 * row + 1]! - y) * nearer;
  }
}

/** Two numbers for each row, x and y. Gives the share that is done, from 0 to 1, between steps. */
export function* layOut(graph: Neighbours, options: LayoutOptions): Generator<number, Float32Array> {
  const random = randomFrom(options.seed);
  const epochs = options.epochs ?? epochsFor(graph.rows);
  const edges = edgesOf(graph);
  const steps = ladder(edges, random);
  const first = steps.at(-1)?.edges ?? edges;
  const levels = steps.map((_, at) => steps[at - 1]?.edges ?? edges);
  const work = levels.reduce((sum, { count }) => sum + epochs * count, FIRST_EPOCHS * first.count);
  let through = 0;
  const passed = (level: Edges): number => Math.min(1, (through += level.count) / Math.max(1, work));
  let xy = fromChance(first.rows, random);
  for (const _ of descend(xy, first, { epochs: FIRST_EPOCHS, pace: 1, random })) yield passed(first);
  for (let at = steps.length - 1; at >= 0; at--) {
    xy = spread(xy, steps[at]!, random);
    for (const _ of descend(xy, levels[at]!, { epochs, pace: 1, random })) yield passed(levels[at]!);
  }
  drawIn(xy);
  if (options.before) lieLike(options.before, xy);
  else lieDown(xy);
  return xy;
}

/** Puts rows that have no place at the weighted mean of neighbours that have one, as long as there are any. */
function putBetween(xy: Float32Array, placed: Uint8Array, edges: Edges): void {
  const sums = new Float64Array(3 * edges.rows);
  const add = (row: number, other: number, weight: number): void => {
    if (placed[row] || !placed[other]) return;
    sums[3 * row]! += weight * xy[2 * other]!;
    sums[3 * row + 1]! += weight * xy[2 * other + 1]!;
    sums[3 * row + 2]! += weight;
  };
  for (let more = true; more; ) {
    more = false;
    sums.fill(0);
    for (let edge = 0; edge < edges.count; edge++) {
      add(edges.from[edge]!, edges.to[edge]!, edges.weights[edge]!);
      add(edges.to[edge]!, edges.from[edge]!, edges.weights[edge]!);
    }
    for (let row = 0; row < edges.rows; row++) {
      const weight = sums[3 * row + 2]!;
      if (weight === 0) continue;
      xy[2 * row] = sums[3 * row]! / weight;
      xy[2 * row + 1] = sums[3 * row + 1]! / weight;
      placed[row] = 1;
      more = true;
    }
  }
}

/**
 * A layout with rows that came later: those of `before` stay exactly where they are, the others find their places between
 * them. Rows that no path leads to from a placed one start in the middle.
 */
export function* addTo(
  before: Placed,
  graph: Neighbours,
  options: LayoutOptions,
): Generator<number, Float32Array> {
  const xy = new Float32Array(2 * graph.rows);
  xy.set(before.xy.subarray(0, xy.length));
  const placed = new Uint8Array(graph.rows);
  placed.set(before.placed.subarray(0, graph.rows));
  const fixed = placed.slice();
  const edges = edgesOf(graph);
  putBetween(xy, placed, edges);
  const epochs = options.epochs ?? EPOCHS;
  const random = randomFrom(options.seed);
  for (const done of descend(xy, edges, { epochs, pace: 0.25, random, fixed })) yield done / epochs;
  return xy;
}
