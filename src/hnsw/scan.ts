/*
 * Exact comparisons of the rows of one arena with the query in scratch: by the kernel; or here, in float64, where the
 * squares of a row or a query leave the range of float32. Such rows are rare, and never linked.
 */

import { distanceOf } from '../kernel/keys.js';
import { LIST_MAX } from '../kernel/layout.js';
import { METRICS, type VectorLike } from '../kernel/metrics.js';
import { type Admitted, admits, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { byDistance, type Match } from './query.js';

/** The first `size` entries of the result list. */
export function matchesIn(arena: Arena, size: number): Match[] {
  const words = arena.results;
  const { base } = arena;
  const matches: Match[] = [];
  for (let i = 0; i < size; i++)
    matches.push({ slot: base + (words[2 * i]! >>> 2), distance: distanceOf(words[2 * i + 1]!) });
  return matches;
}

/** The k nearest of the rows [from, to) without a state bit of `skip`. Any k: lists longer than one kernel call's are joined. */
export function scanRows(
  arena: Arena,
  from: number,
  to: number,
  { k, admitted }: { readonly k: number; readonly admitted: Admitted },
  skip: number,
): Match[] {
  const { kernel, scratch } = arena;
  const filter = SCAN_FILTER[admitted.kind];
  if (k <= LIST_MAX) return matchesIn(arena, kernel.scan(scratch, from, to, k, 0, skip, filter));
  const matches: Match[] = [];
  for (let at = from; at < to; at += LIST_MAX) {
    const end = Math.min(at + LIST_MAX, to);
    matches.push(...matchesIn(arena, kernel.scan(scratch, at, end, LIST_MAX, 0, skip, filter)));
  }
  return nearestOf(matches, k);
}

/**
 * Rows from `from` on that wait to be linked, and those that never will be: what the graph cannot find. Leaves the k
 * nearest in the result list, and returns how many.
 */
export function scanWindow(arena: Arena, k: number, filter: number, from: number): number {
  const { kernel, scratch, rows, quarantinedBelow } = arena;
  let size = from < rows ? kernel.scan(scratch, from, rows, k, 0, OUT_OF_WINDOW, filter) : 0;
  for (const row of quarantinedBelow)
    size = kernel.scan(scratch, row, row + 1, k, size, OUT_OF_WINDOW, filter);
  return size;
}

export function nearestOf(matches: Match[], k: number): Match[] {
  return matches.sort(byDistance).slice(0, k);
}

/** Distances in float64 of those of `rows` that match and have no state bit of `skip`. */
export function compareWide(
  arena: Arena,
  rows: Iterable<number>,
  query: { readonly vector: VectorLike; readonly admitted: Admitted },
  skip: number,
): Match[] {
  const { compare, distance } = METRICS[arena.metric];
  const vector = Float32Array.from(query.vector);
  const matches: Match[] = [];
  for (const row of rows) {
    const slot = arena.base + row;
    if ((arena.kernel.stateGet(row) & skip) !== 0 || !admits(query.admitted, slot)) continue;
    matches.push({ slot, distance: distance(compare(vector, arena.vectorOf(row))) });
  }
  return matches;
}

/** Of the rows [from, to). */
export function* rowsFrom(from: number, to: number): Generator<number> {
  for (let row = from; row < to; row++) yield row;
}
