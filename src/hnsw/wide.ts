/*
 * Rows and queries whose squares leave the range of float32: compared here, in float64, one by one. They are
 * rare, and never linked.
 */
import { LINKED, MASKED } from '../kernel/layout.js';
import { METRICS, type Metric, type VectorLike } from '../kernel/metrics.js';
import type { Arena } from './arena.js';
import type { RowHit } from './hits.js';

export interface WideQuery {
  readonly vector: VectorLike;
  readonly metric: Metric;
  readonly accepts: (row: number) => boolean;
  /** Leave linked rows out: only what waits. */
  readonly windowOnly: boolean;
}

/** Distances of `rows` that are live and admitted, in float64. */
export function compareWide(arena: Arena, rows: Iterable<number>, query: WideQuery): RowHit[] {
  const { compare, distance } = METRICS[query.metric];
  const vector = Float32Array.from(query.vector);
  const skip = query.windowOnly ? LINKED | MASKED : MASKED;
  const hits: RowHit[] = [];
  for (const row of rows) {
    if ((arena.kernel.stateGet(row) & skip) !== 0 || !query.accepts(row)) continue;
    hits.push({ row, distance: distance(compare(vector, arena.vectorOf(row))) });
  }
  return hits;
}
