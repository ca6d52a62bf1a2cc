/*
 * Stochastic descent on the edges of a graph, as UMAP does it: neighbours attract each other as often as they are sure,
 * and each push away rows drawn by chance.
 */
import { drawing, pushing } from './curve.js';
import type { Edges } from './graph.js';

export interface Descent {
  readonly epochs: number;
  /** The first step's length; it falls to 0 in a straight line. */
  readonly pace: number;
  readonly random: () => number;
  /** 1 for a row that stays where it is. */
  readonly fixed?: Uint8Array;
}

/** Rows that are pushed for each attraction: more keep neighbours better, and strangers less apart from each other. */
const PUSHES = 8;

/** No step is longer, in one direction. */
const STEP_MAX = 4;

function bounded(step: number): number {
  return step > STEP_MAX ? STEP_MAX : step < -STEP_MAX ? -STEP_MAX : step;
}

/** Draws the two rows of an edge together. */
function attract(xy: Float32Array, one: number, two: number, moves: { one: number; two: number }): void {
  const x = xy[2 * one]! - xy[2 * two]!;
  const y = xy[2 * one + 1]! - xy[2 * two + 1]!;
  const force = drawing(x * x + y * y);
  const stepX = bounded(force * x);
  const stepY = bounded(force * y);
  xy[2 * one]! += moves.one * stepX;
  xy[2 * one + 1]! += moves.one * stepY;
  xy[2 * two]! -= moves.two * stepX;
  xy[2 * two + 1]! -= moves.two * stepY;
}

/** Moves a row away from another. */
function push(xy: Float32Array, row: number, other: number, pace: number): void {
  const x = xy[2 * row]! - xy[2 * other]!;
  const y = xy[2 * row + 1]! - xy[2 * other + 1]!;
  const force = pushing(x * x + y * y);
  xy[2 * row]! += pace * bounded(force * x);
  xy[2 * row + 1]! += pace * bounded(force * y);
}

/** Changes `xy` epoch by epoch; gives the number of epochs done. The same input gives the same layout. */
export function* descend(xy: Float32Array, edges: Edges, how: Descent): Generator<number, void> {
  const { rows, count, from, to, weights } = edges;
  const { epochs, random, fixed } = how;
  const due = new Float32Array(count);
  const moves = { one: 0, two: 0 };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const pace = how.pace * (1 - epoch / epochs);
    for (let edge = 0; edge < count; edge++) {
      due[edge]! += weights[edge]!;
      if (due[edge]! < 1) continue;
      due[edge]! -= 1;
      const one = from[edge]!;
      const two = to[edge]!;
      moves.one = fixed?.[one] ? 0 : pace;
      moves.two = fixed?.[two] ? 0 : pace;
      attract(xy, one, two, moves);
      // The rows of an edge take turns in pushing: its number plus the epoch's says whose it is.
      const row = (edge + epoch) % 2 === 0 ? one : two;
      if (fixed?.[row]) continue;
      for (let n = 0; n < PUSHES; n++) {
        const other = Math.floor(random() * rows);
        if (other !== row) push(xy, row, other, pace);
      }
    }
    yield epoch + 1;
  }
}
