/*
 * The read path over one arena: window, graph, merge, rescore, in that order.
 *
 * The window is read before the graph. Rows only move from window to graph, so a row that leaves the window
 * after we looked there is in the graph when we walk it: it can be met twice (and is merged by row number),
 * but never missed.
 */
import { LINKED, LIST_MAX, MASKED, WIDE } from '../kernel/layout.js';
import type { Metric, VectorLike } from '../kernel/metrics.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';
import { planSearch } from './plan.js';
import { compareWide } from './wide.js';

export interface ArenaQuery {
  readonly k: number;
  readonly ef: number;
  readonly filtered: boolean;
  /** The query needs float64: see wide.ts, which takes it from here. */
  readonly wide: boolean;
  readonly vector: VectorLike;
  readonly metric: Metric;
  readonly accepts: (row: number) => boolean;
}

const image = new Uint32Array(1);
const float = new Float32Array(image.buffer);

/** The float32 that an order-preserving key stands for. */
function distanceOf(key: number): number {
  image[0] = key & 0x80000000 ? key ^ 0x80000000 : ~key;
  return float[0]!;
}

function take(arena: Arena, size: number): RowHit[] {
  const words = arena.results;
  const hits: RowHit[] = [];
  for (let i = 0; i < size; i++)
    hits.push({ row: words[2 * i]! >>> 2, distance: distanceOf(words[2 * i + 1]!) });
  return hits;
}

/** Rows that wait to be linked, and those that never will be: what the graph cannot find. */
function scanWindow(arena: Arena, k: number, filtered: number): number {
  const { kernel, scratch } = arena;
  const start = arena.advanceWindow();
  const skip = LINKED | MASKED | WIDE;
  let size = kernel.scan(scratch, start, arena.rows, k, 0, skip, filtered);
  for (const row of arena.quarantinedBelow)
    size = kernel.scan(scratch, row, row + 1, k, size, skip, filtered);
  return size;
}

/** The k nearest among rows without a state bit of `skip`, exactly. Any k: lists longer than one kernel call's are joined. */
function scanRows(arena: Arena, from: number, k: number, skip: number, filtered: number): RowHit[] {
  const { kernel, scratch, rows } = arena;
  if (k <= LIST_MAX) return take(arena, kernel.scan(scratch, from, rows, k, 0, skip, filtered));
  const hits: RowHit[] = [];
  for (let at = from; at < rows; at += LIST_MAX) {
    const to = Math.min(at + LIST_MAX, rows);
    hits.push(...take(arena, kernel.scan(scratch, at, to, LIST_MAX, 0, skip, filtered)));
  }
  return hits.sort(byDistance).slice(0, k);
}

/** The window alone, exactly: at most k, nearest first. The query stands in scratch. */
export function searchWindow(arena: Arena, query: ArenaQuery): RowHit[] {
  const { k } = query;
  if (query.wide) return nearestWide(arena, query, true);
  const skip = LINKED | MASKED | WIDE;
  const hits = k <= LIST_MAX ? take(arena, scanWindow(arena, k, 0)) : scanRows(arena, 0, k, skip, 0);
  return withWide(arena, hits, query, true);
}

/** Window and graph. The query stands in scratch. */
export function searchArena(arena: Arena, query: ArenaQuery): RowHit[] {
  if (query.wide) return nearestWide(arena, query, false);
  return withWide(arena, searchNarrow(arena, query), query, false);
}

function searchNarrow(arena: Arena, query: ArenaQuery): RowHit[] {
  const { k } = query;
  const { live, linked } = arena;
  const filtered = query.filtered ? 1 : 0;
  const plan = planSearch({ live, linked, k, ef: query.ef, settled: arena.settled });
  if (plan.kind === 'graph') {
    const { kernel, scratch } = arena;
    const fromWindow = scanWindow(arena, k, filtered);
    const found = kernel.walk(scratch, plan.ef, filtered ? 2 : arena.masked ? 1 : 0);
    const size = kernel.rescore(scratch, found, k, fromWindow);
    // A walk that admitted fewer than it may hold was cut short, by a narrow filter or many masked rows.
    if (found >= Math.min(plan.ef, linked)) return take(arena, size);
  }
  return scanRows(arena, 0, k, MASKED | WIDE, filtered);
}

/** Adds the rows that the kernel cannot compare. */
function withWide(arena: Arena, hits: RowHit[], query: ArenaQuery, windowOnly: boolean): RowHit[] {
  if (arena.wideRows.length === 0) return hits;
  const { vector, metric, accepts } = query;
  const wide = compareWide(arena, arena.wideRows, { vector, metric, accepts, windowOnly });
  return [...hits, ...wide].sort(byDistance).slice(0, query.k);
}

function nearestWide(arena: Arena, query: ArenaQuery, windowOnly: boolean): RowHit[] {
  const { vector, metric, accepts } = query;
  const hits = compareWide(arena, arena.liveRows(), { vector, metric, accepts, windowOnly });
  return hits.sort(byDistance).slice(0, query.k);
}
