/*
 * A smaller graph that has the shape of a larger one: rows are gathered around centres, and what ran between the rows
 * of two centres runs between these. Its layout is where that of the larger one begins.
 */
import type { Edges } from './graph.js';

export interface Coarse {
  readonly edges: Edges;
  /** For each row of the larger graph, which row of the smaller one it belongs to. */
  readonly centres: Uint32Array;
}

const NONE = 0xffff_ffff;

/** The edges of each row, both ways. */
function edgesByRow({ rows, count, from, to }: Edges): { starts: Uint32Array; list: Uint32Array } {
  const starts = new Uint32Array(rows + 1);
  for (let edge = 0; edge < count; edge++) {
    starts[from[edge]! + 1]!++;
    starts[to[edge]! + 1]!++;
  }
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
  const next = starts.slice();
  const list = new Uint32Array(2 * count);
  for (let edge = 0; edge < count; edge++) {
    list[next[from[edge]!]!++] = edge;
    list[next[to[edge]!]!++] = edge;
  }
  return { starts, list };
}

function shuffled(rows: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (let left = rows - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1));
    const row = order[left]!;
    order[left] = order[other]!;
    order[other] = row;
  }
  return order;
}

/** A row that no centre has taken becomes one, and takes its neighbours that none has. */
function gathered(edges: Edges, random: () => number): { centres: Uint32Array; count: number } {
  const { starts, list } = edgesByRow(edges);
  const centres = new Uint32Array(edges.rows).fill(NONE);
  let count = 0;
  for (const row of shuffled(edges.rows, random)) {
    if (centres[row] !== NONE) continue;
    centres[row] = count;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const edge = list[at]!;
      const other = edges.from[edge] === row ? edges.to[edge]! : edges.from[edge]!;
      if (centres[other] === NONE) centres[other] = count;
    }
    count++;
  }
  return { centres, count };
}

/** The rows of each centre, one centre after another. */
function rowsByCentre(centres: Uint32Array, count: number): { starts: Uint32Array; rows: Uint32Array } {
  const starts = new Uint32Array(count + 1);
  for (const centre of centres) starts[centre + 1]!++;
  for (let centre = 0; centre < count; centre++) starts[centre + 1]! += starts[centre]!;
  const next = starts.slice();
  const rows = new Uint32Array(centres.length);
  for (const [row, centre] of centres.entries()) rows[next[centre]!++] = row;
  return { starts, rows };
}

/** The edges between centres, each with the sum of the weights that it stands for. */
function between(edges: Edges, centres: Uint32Array, rows: number): Edges {
  const members = rowsByCentre(centres, rows);
  const { starts, list } = edgesByRow(edges);
  const made = {
    from: new Uint32Array(edges.count),
    to: new Uint32Array(edges.count),
    weights: new Float32Array(edges.count),
  };
  const sums = new Float32Array(rows);
  let count = 0;
  for (let centre = 0; centre < rows; centre++) {
    const first = count;
    for (let member = members.starts[centre]!; member < members.starts[centre + 1]!; member++) {
      const row = members.rows[member]!;
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        const edge = list[at]!;
        const other = centres[edges.from[edge] === row ? edges.to[edge]! : edges.from[edge]!]!;
        // Seen from the lower of the two centres alone.
        if (other <= centre) continue;
        if (sums[other] === 0) made.to[count++] = other;
        sums[other]! += edges.weights[edge]!;
      }
    }
    for (let edge = first; edge < count; edge++) {
      made.from[edge] = centre;
      made.weights[edge] = sums[made.to[edge]!]!;
      sums[made.to[edge]!] = 0;
    }
  }
  return { rows, count, ...made };
}

/** Makes the smaller graph. The surest pair of each centre has weight 1, so that what has weak ties alone does not drift away. */
export function coarseOf(edges: Edges, random: () => number): Coarse {
  const { centres, count: rows } = gathered(edges, random);
  const all = between(edges, centres, rows);
  const from = all.from.slice(0, all.count);
  const to = all.to.slice(0, all.count);
  const most = new Float32Array(rows);
  const sums = all.weights.subarray(0, all.count);
  for (const [edge, sum] of sums.entries())
    for (const row of [from[edge]!, to[edge]!]) most[row] = Math.max(most[row]!, sum);
  const weights = sums.map((sum, edge) => Math.sqrt(sum / Math.min(most[from[edge]!]!, most[to[edge]!]!)));
  return { edges: { rows, count: all.count, from, to, weights }, centres };
}
