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
import { planSearch, type SearchPlan } from './plan.js';
import { distanceOf, rescoreRemote, scanRemote, windowRemote } from './remote.js';
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
  /** Compare all rows, whatever the graph could do; or if there are fewer than so many. */
  readonly exact?: boolean;
  readonly exactBelow?: number;
  /** Filled in where it is given. */
  readonly trace?: SearchTrace;
}

/** How one search was answered. Counts add up over arenas. */
export interface SearchTrace {
  plans: SearchPlan[];
  /** Rows of the window, or of everything where that was scanned, that the scan went over. */
  rowsScanned: number;
  /** Rows that the walk met. */
  nodesVisited: number;
  /** Among all of these, rows that are masked. */
  rowsMasked: number;
  /** Candidates of the walk whose vectors were compared. */
  candidatesRescored: number;
  /** Rows that came from the window: the arena's base plus the row in it. */
  readonly windowRows: Set<number>;
  windowMs: number;
  graphMs: number;
  rescoreMs: number;
  scanMs: number;
}

export function newTrace(): SearchTrace {
  return {
    plans: [],
    rowsScanned: 0,
    nodesVisited: 0,
    rowsMasked: 0,
    candidatesRescored: 0,
    windowRows: new Set(),
    windowMs: 0,
    graphMs: 0,
    rescoreMs: 0,
    scanMs: 0,
  };
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
export function scanRows(arena: Arena, from: number, k: number, skip: number, filtered: number): RowHit[] {
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
  if (arena.codes.remote) return withWide(arena, windowRemote(arena, query), query, true);
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
  const { k, trace } = query;
  const { live, linked } = arena;
  const { settled } = arena.codes;
  const plan = planSearch({
    live,
    linked,
    k,
    ef: query.ef,
    settled,
    exact: query.exact === true,
    exactBelow: query.exactBelow ?? 0,
  });
  trace?.plans.push(plan);
  const hits = plan.kind === 'graph' ? searchGraph(arena, query, plan.ef) : undefined;
  if (hits) return hits;
  const began = performance.now();
  const found = arena.codes.remote
    ? scanRemote(arena, 0, arena.rows, query, MASKED | WIDE)
    : scanRows(arena, 0, k, MASKED | WIDE, query.filtered ? 1 : 0);
  if (trace) {
    trace.scanMs += performance.now() - began;
    trace.rowsScanned += arena.rows;
    trace.rowsMasked += arena.masked;
  }
  return found;
}

/** Window, then graph. Undefined where the walk admitted too few rows to stand for all. */
function searchGraph(arena: Arena, query: ArenaQuery, ef: number): RowHit[] | undefined {
  const { kernel, scratch } = arena;
  const { k, trace } = query;
  const filtered = query.filtered ? 1 : 0;
  const { linked } = arena;
  const begun = performance.now();
  const remote = arena.codes.remote ? windowRemote(arena, query) : undefined;
  const fromWindow = remote ? remote.length : scanWindow(arena, k, filtered);
  const scanned = performance.now();
  noteCost(arena, scanned - begun);
  if (trace) noteWindow(arena, remote ?? take(arena, fromWindow), trace);
  const found = kernel.walk(scratch, ef, filtered ? 2 : arena.masked ? 1 : 0);
  const walked = performance.now();
  arena.takeCompared();
  const nearest = remote
    ? rescoreRemote(arena, query, found, remote)
    : { hits: take(arena, kernel.rescore(scratch, found, k, fromWindow)), read: arena.takeCompared() };
  if (trace) {
    trace.candidatesRescored += nearest.read;
    trace.windowMs += scanned - begun;
    trace.graphMs += walked - scanned;
    trace.rescoreMs += performance.now() - walked;
    noteVisited(arena, trace);
  }
  // A walk that admitted fewer than it may hold was cut short, by a narrow filter or many masked rows.
  return found >= Math.min(ef, linked) ? nearest.hits : undefined;
}

/** Rows below which a scan is too short to be measured. */
const MEASURED_FROM = 256;
/** Weight of the latest scan: a few of them tell, one does not. */
const LATEST = 0.2;

/** Keeps what a row of the window costs: when to link depends on it. */
function noteCost(arena: Arena, ms: number): void {
  const rows = arena.rows - arena.advanceWindow();
  if (rows < MEASURED_FROM) return;
  const cost = ms / rows;
  arena.scanMsPerRow = arena.scanMsPerRow === 0 ? cost : (1 - LATEST) * arena.scanMsPerRow + LATEST * cost;
}

function noteWindow(arena: Arena, hits: readonly RowHit[], trace: SearchTrace): void {
  for (const { row } of hits) trace.windowRows.add(arena.base + row);
  for (let row = arena.advanceWindow(); row < arena.rows; row++) {
    trace.rowsScanned++;
    if (!arena.isLive(row)) trace.rowsMasked++;
  }
}

function noteVisited(arena: Arena, trace: SearchTrace): void {
  for (const row of arena.visitedRows()) {
    trace.nodesVisited++;
    if (!arena.isLive(row)) trace.rowsMasked++;
  }
}

/** Adds the rows that the kernel cannot compare. */
export function withWide(arena: Arena, hits: RowHit[], query: ArenaQuery, windowOnly: boolean): RowHit[] {
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
