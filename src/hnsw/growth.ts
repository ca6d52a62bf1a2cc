/*
 * How the number of rows grows with the distance from a query: among n times farther ones there are n ^ growth times as many
 * rows, which is the dimension of the data as a walk meets it. By that, the width of a beam says where its last row is
 * (effort.ts), on word vectors of 100 dimensions 19, on pictures of 784 pixels 9.
 */
import { longestRow } from '../kernel/row-parts.js';
import { ALL } from './admitted.js';
import { rankOf } from './effort.js';
import type { Engine } from './engine.js';
import type { Sample } from './measure.js';

/** Between which of the nearest rows it is measured. */
const NEAR = rankOf(1);
const FAR = 10 * NEAR;
/**
 * The learned growth is the one that this share of the queries is below. Their walks end at the bound; those of the others, around
 * which there are more rows, end when the beam is full. Word vectors, k 10, rows met for .98, in shares of what a fixed beam
 * meets that finds as much: with .75, .74 on average and 1.03 in the slowest tenth; with .9, .67 and 1.11; with .5, .87 and 1.00;
 * where the beam is never full, .66 and 1.49.
 */
const SHARE = 0.75;
/** Where no query tells: the bound is far, and beams decide. */
const UNKNOWN = 1;
const GROWTH_MAX = 1_000;

/** Over all queries, of those that tell. */
export function growthOver(each: readonly number[]): number {
  const known = each.filter((growth) => !Number.isNaN(growth)).sort((a, b) => a - b);
  return Math.min(GROWTH_MAX, known[Math.floor(SHARE * known.length)] ?? UNKNOWN);
}

/** What makes a ratio of distances mean something, as the kernels have it (kernel/asm/query.ts). */
function offsetFor({ arenas, options }: Engine, vector: Float32Array): number {
  if (options.metric !== 'dot') return 0;
  const longest = arenas.map(({ memory }) => longestRow(memory));
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) * Math.max(...longest);
}

/** Around one query; NaN where it does not tell: too few rows, or all are as near. */
export async function growthAt(engine: Engine, { vector, hidden }: Sample): Promise<number> {
  const search = { admitted: ALL, exactBelow: 0, aside: true, ef: 1, exact: true } as const;
  const nearest = await engine.answer({ ...search, vector, hidden, k: FAR });
  if (nearest.length < FAR) return Number.NaN;
  const offset = offsetFor(engine, vector);
  const [near, far] = [NEAR, FAR].map((rank) => nearest[rank - 1]!.distance + offset) as [number, number];
  return near > 0 && far > near ? Math.log(FAR / NEAR) / Math.log(far / near) : Number.NaN;
}
