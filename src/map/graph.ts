/*
 * A graph of neighbours, and its edges weighted as UMAP weights them: how sure it is that two rows are neighbours, seen
 * from either. The nearest neighbour of a row counts 1, the others fall off so fast that a row has log2(degree) neighbours in all.
 */

/** Links of rows: those of row r stand from `starts[r]` to before `starts[r + 1]`; a distance for each, smaller is nearer. */
export interface Neighbours {
  readonly rows: number;
  readonly starts: Uint32Array;
  readonly to: Uint32Array;
  readonly distances: Float32Array;
}

/** Each pair of neighbours once, with a weight above 0 and up to 1. */
export interface Edges {
  readonly rows: number;
  readonly count: number;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly weights: Float32Array;
}

/** Halvings of the interval of a row's scale: a relative error of 1e-6 is far below what can be seen. */
const HALVINGS = 24;

/** The scale with which the weights of links `first` to `last` add up to log2 of their number. */
function scaleOf(distances: Float32Array, first: number, last: number, nearest: number): number {
  const wanted = Math.log2(Math.max(2, last - first));
  let farthest = nearest;
  for (let at = first; at < last; at++) farthest = Math.max(farthest, distances[at]!);
  let low = 0;
  let high = Math.max(1e-12, (farthest - nearest) * 8);
  for (let turn = 0; turn < HALVINGS; turn++) {
    const middle = (low + high) / 2;
    let sum = 0;
    for (let at = first; at < last; at++) sum += Math.exp((nearest - distances[at]!) / middle);
    if (sum > wanted) high = middle;
    else low = middle;
  }
  return high;
}

/** The weight of every link, as seen from the row that has it. */
function weightsOf({ rows, starts, distances }: Neighbours): Float32Array {
  const weights = new Float32Array(distances.length);
  for (let row = 0; row < rows; row++) {
    const first = starts[row]!;
    const last = starts[row + 1]!;
    let nearest = Infinity;
    for (let at = first; at < last; at++) nearest = Math.min(nearest, distances[at]!);
    const scale = scaleOf(distances, first, last, nearest);
    for (let at = first; at < last; at++) weights[at] = Math.exp((nearest - distances[at]!) / scale);
  }
  return weights;
}

/** Where `row` has a link to `other`, or -1. */
function linkTo({ starts, to }: Neighbours, row: number, other: number): number {
  for (let at = starts[row]!; at < starts[row + 1]!; at++) if (to[at] === other) return at;
  return -1;
}

/** The edges of a graph: a pair is as sure as either of its rows says, taken as independent. */
export function edgesOf(graph: Neighbours): Edges {
  const seen = weightsOf(graph);
  const from = new Uint32Array(seen.length);
  const to = new Uint32Array(seen.length);
  const weights = new Float32Array(seen.length);
  let count = 0;
  for (let row = 0; row < graph.rows; row++) {
    for (let at = graph.starts[row]!; at < graph.starts[row + 1]!; at++) {
      const other = graph.to[at]!;
      const back = linkTo(graph, other, row);
      if (other === row || (back >= 0 && other < row)) continue;
      const there = seen[at]!;
      const here = back >= 0 ? seen[back]! : 0;
      from[count] = row;
      to[count] = other;
      weights[count++] = there + here - there * here;
    }
  }
  return { rows: graph.rows, count, from, to, weights };
}
