/*
 * The read path over one arena: window, graph, merge, rescore, in that order.
 *
 * The window is read before the graph. Rows only move from window to graph, so a row that leaves the window
 * after we looked there is in the graph when we walk it: it can be met twice (and is merged by row number),
 * but never missed.
 */
import { ADMITTED, ASKED, LINKED, LIST_MAX, MASKED, UNFILTERED, WIDE } from '../kernel/layout.js';
import type { Metric, VectorLike } from '../kernel/metrics.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';
import { checkTime, isWhole, joined, type Scanned, scannedFor } from './long-scan.js';
import { type FilterFacts, planSearch, type SearchPlan } from './plan.js';
import { distanceOf, rescoreRemote, scanRemote, windowRemote } from './remote.js';
import { slotOf } from './slots.js';
import { compareWide } from './wide.js';

export interface ArenaQuery {
  readonly k: number;
  readonly ef: number;
  /** How the kernel learns which rows match: UNFILTERED, ASKED (through `accepts`), ADMITTED (by `bits`). */
  readonly filter: number;
  /** ADMITTED: a bit for each slot that matches. */
  readonly bits?: Uint32Array;
  /** ASKED, of so many of the nearest only, once they are found. */
  readonly take?: number;
  /** The query needs float64: see wide.ts, which takes it from here. */
  readonly wide: boolean;
  readonly vector: VectorLike;
  readonly metric: Metric;
  readonly accepts: (row: number) => boolean;
  /** Compare all rows, whatever the graph could do; or if there are fewer than so many. */
  readonly exact?: boolean;
  readonly exactBelow?: number;
  /** Longer scans are not done: the search throws TooLong, and begins again with what was `scanned`. */
  readonly turnMs?: number;
  readonly scanned?: Scanned | undefined;
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
  /** Slots of rows that came from the window. */
  readonly windowSlots: Set<number>;
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
    windowSlots: new Set(),
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

/** Forgets what a search that begins again has noted. */
export function clearTrace(trace: SearchTrace): void {
  const { windowSlots: _, ...rest } = newTrace();
  Object.assign(trace, rest);
  trace.windowSlots.clear();
}

/** Rows that wait to be linked, and those that never will be: what the graph cannot find. Those from `start` on. */
function scanWindow(arena: Arena, k: number, filter: number, start = arena.advanceWindow()): number {
  const { kernel, scratch } = arena;
  const skip = LINKED | MASKED | WIDE;
  let size = kernel.scan(scratch, start, arena.rows, k, 0, skip, filter);
  for (const row of arena.quarantinedBelow) size = kernel.scan(scratch, row, row + 1, k, size, skip, filter);
  return size;
}

/** The k nearest among rows without a state bit of `skip`, exactly. Any k: lists longer than one kernel call's are joined. */
export function scanRows(
  arena: Arena,
  from: number,
  k: number,
  skip: number,
  filter: number,
  rows: number = arena.rows,
): RowHit[] {
  const { kernel, scratch } = arena;
  if (k <= LIST_MAX) return take(arena, kernel.scan(scratch, from, rows, k, 0, skip, filter));
  const hits: RowHit[] = [];
  for (let at = from; at < rows; at += LIST_MAX) {
    const to = Math.min(at + LIST_MAX, rows);
    hits.push(...take(arena, kernel.scan(scratch, at, to, LIST_MAX, 0, skip, filter)));
  }
  return hits.sort(byDistance).slice(0, k);
}

/** The window alone, exactly: at most k, nearest first. The query stands in scratch. */
export function searchWindow(arena: Arena, query: ArenaQuery): RowHit[] {
  const { k } = query;
  if (query.wide) return nearestWide(arena, query, true);
  if (arena.codes.remote) return withWide(arena, windowRemote(arena, query), query, true);
  const skip = LINKED | MASKED | WIDE;
  const hits =
    k <= LIST_MAX ? take(arena, scanWindow(arena, k, UNFILTERED)) : scanRows(arena, 0, k, skip, UNFILTERED);
  return withWide(arena, hits, query, true);
}

/** Window and graph. The query stands in scratch. */
export function searchArena(arena: Arena, query: ArenaQuery): RowHit[] {
  if (query.wide) return allWide(arena, query);
  return withWide(arena, searchNarrow(arena, query), query, false);
}

/** What the plan may know of the filter. Where it is given as bits, they stand in scratch from here on. */
function factsOf(arena: Arena, { filter, bits, take: most }: ArenaQuery): FilterFacts | undefined {
  if (filter === ADMITTED) return { kind: 'admitted', admitted: arena.admit(bits!) };
  if (filter === UNFILTERED) return undefined;
  return most === undefined ? { kind: 'asked' } : { kind: 'afterwards', take: most };
}

function searchNarrow(arena: Arena, query: ArenaQuery): RowHit[] {
  const { k, ef, trace } = query;
  const { live, linked } = arena;
  const { settled } = arena.codes;
  const filter = factsOf(arena, query);
  if (filter?.kind === 'admitted' && filter.admitted === 0) return [];
  const { exact = false, exactBelow = 0 } = query;
  const plan = planSearch({ rows: arena.rows, live, linked, k, ef, settled, exact, exactBelow, filter });
  const scanned = scannedFor(arena, query);
  if (!query.scanned) trace?.plans.push(plan);
  const whole = scanned && isWhole(scanned);
  const hits = whole ? undefined : byPlan(arena, query, plan);
  if (hits) return hits;
  if (!whole && plan.kind.startsWith('graph'))
    trace?.plans.push({ kind: 'scan', why: 'the walk found too few' });
  if (filter?.kind === 'admitted') arena.admit(query.bits!); // a walk uses up the bits
  return scanAll(arena, query, filter?.kind === 'admitted' ? filter.admitted : arena.rows);
}

/** Undefined where all rows are to be compared: by plan, or because a walk found too few to stand for all. */
function byPlan(arena: Arena, query: ArenaQuery, plan: SearchPlan): RowHit[] | undefined {
  switch (plan.kind) {
    case 'scan':
      return undefined;
    case 'scan-codes':
      return arena.codes.remote ? undefined : scanOnCodes(arena, query, plan.admitted);
    case 'graph':
      return searchGraph(
        arena,
        query,
        (found) => found >= Math.min(plan.ef, arena.linked),
        () => arena.kernel.walk(arena.scratch, plan.ef, plan.asked ? 2 : arena.masked ? 1 : 0),
      );
    case 'graph-among': {
      const all = Math.min(query.k, plan.admitted);
      // Where it has met fewer than half a beam, links led it nowhere: rows that equal masked ones hang on these.
      const met = Math.min(plan.ef / 2, plan.admitted - (arena.live - arena.linked));
      return searchGraph(
        arena,
        query,
        (found, hits) => found >= met && hits >= all,
        () => walkAmong(arena, query, plan),
      );
    }
    case 'graph-then-filter':
      return searchThenFilter(arena, query, plan);
  }
}

/** All rows, or all that match; `count` of them. */
function scanAll(arena: Arena, query: ArenaQuery, count: number): RowHit[] {
  const { k, trace } = query;
  const skip = MASKED | WIDE;
  const before = scannedFor(arena, query);
  const scanned = before && isWhole(before) ? before : undefined;
  const from = scanned?.rows ?? 0;
  if (!scanned) checkTime(arena, query, count, { from, skip });
  const began = performance.now();
  const since = arena.codes.remote
    ? scanRemote(arena, from, arena.rows, query, skip)
    : scanRows(arena, from, k, skip, query.filter);
  const found = scanned ? joined(arena, k, scanned, since) : since;
  if (trace) {
    trace.scanMs += performance.now() - began;
    trace.rowsScanned += count;
    if (query.filter !== ADMITTED) trace.rowsMasked += arena.masked;
  }
  return found;
}

/** Candidates for each hit that a scan on codes passes on to be compared exactly; at least so many. */
const CANDIDATES = 4;
const CANDIDATES_MIN = 64;

/** The matching rows that are nearest on codes, by their exact distances. */
function scanOnCodes(arena: Arena, { k, filter, trace }: ArenaQuery, count: number): RowHit[] {
  const { kernel, scratch, rows } = arena;
  const began = performance.now();
  const most = Math.max(CANDIDATES_MIN, CANDIDATES * k);
  const found = kernel.scanCodes(scratch, 0, rows, most, MASKED | WIDE, filter);
  arena.takeCompared();
  const hits = take(arena, kernel.rescore(scratch, found, k, 0));
  if (trace) {
    trace.scanMs += performance.now() - began;
    trace.rowsScanned += count;
    trace.candidatesRescored += arena.takeCompared();
  }
  return hits;
}

/** The nearest rows whatever they are, and of them those that match. */
function searchThenFilter(
  arena: Arena,
  query: ArenaQuery,
  plan: { readonly ef: number; readonly take: number; readonly admitted: number },
): RowHit[] | undefined {
  const wider = { ...query, k: plan.take, filter: UNFILTERED };
  const nearest = searchGraph(
    arena,
    wider,
    (found) => found >= Math.min(plan.ef, arena.linked),
    () => arena.kernel.walk(arena.scratch, plan.ef, arena.masked ? 1 : 0),
  );
  if (!nearest) return undefined;
  const hits: RowHit[] = [];
  for (const hit of nearest) {
    if (query.accepts(hit.row)) hits.push(hit);
    if (hits.length === query.k) return hits;
  }
  // Few of the nearest match.
  if (query.filter === ADMITTED) return byPlan(arena, query, { ...plan, kind: 'graph-among' });
  const { take: _, ...asking } = query;
  return searchNarrow(arena, { ...asking, filter: ASKED });
}

/** Walks the graph as the matching rows see it. Masked ones among them route. */
function walkAmong(
  arena: Arena,
  { bits, k }: ArenaQuery,
  { ef, admitted }: { readonly ef: number; readonly admitted: number },
): number {
  const masks = arena.masked > 0;
  const share = (masks ? arena.admitToWalk(bits!) : admitted) / arena.rows;
  // Where most rows are masked, the way to the others is longer.
  const effort = Math.min(LIST_MAX, Math.round(ef * Math.min(2, arena.rows / arena.live)));
  return arena.kernel.walkAdmitted(arena.scratch, effort, 2 * k, Math.floor(share * 65536), masks ? 1 : 0);
}

/** Window, then graph. Undefined where the walk found too few to stand for all: `enough` says. */
function searchGraph(
  arena: Arena,
  query: ArenaQuery,
  enough: (found: number, hits: number) => boolean,
  walk: () => number,
): RowHit[] | undefined {
  const { kernel, scratch } = arena;
  const { k, filter, trace } = query;
  const start = arena.advanceWindow();
  const before = scannedFor(arena, query);
  if (!before) checkTime(arena, query, arena.rows - start, { from: start, skip: LINKED | MASKED | WIDE });
  const begun = performance.now();
  const from = before?.rows ?? start;
  const remote = arena.codes.remote ? windowRemote(arena, query, from) : undefined;
  const fromWindow = remote ? remote.length : scanWindow(arena, k, filter, from);
  const scanned = performance.now();
  if (filter === UNFILTERED && !before) noteCost(arena, scanned - begun);
  if (trace) noteWindow(arena, [...(remote ?? take(arena, fromWindow)), ...(before?.hits ?? [])], trace);
  const found = walk();
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
  const hits = before ? joined(arena, k, before, nearest.hits) : nearest.hits;
  return enough(found, hits.length) ? hits : undefined;
}

/** Rows below which a scan is too short to be measured. */
const MEASURED_FROM = 256;
/** How many times longer it takes to compare a row here than in the kernel. */
const WIDE_COST = 20;
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
  for (const { row } of hits) trace.windowSlots.add(slotOf(arena, row));
  const start = arena.advanceWindow();
  trace.rowsScanned += arena.rows - start;
  trace.rowsMasked += arena.maskedFrom(start);
}

function noteVisited(arena: Arena, trace: SearchTrace): void {
  for (const row of arena.visitedRows()) {
    trace.nodesVisited++;
    if (!arena.isLive(row)) trace.rowsMasked++;
  }
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

/** All rows, in float64. */
function allWide(arena: Arena, query: ArenaQuery): RowHit[] {
  const scanned = scannedFor(arena, query);
  if (!scanned) {
    checkTime(arena, query, WIDE_COST * arena.rows, { from: 0, skip: MASKED });
    return nearestWide(arena, query, false);
  }
  const rows = Array.from({ length: arena.rows - scanned.rows }, (_, i) => scanned.rows + i);
  const { vector, metric, accepts } = query;
  const since = compareWide(arena, rows, { vector, metric, accepts, windowOnly: false });
  return joined(arena, query.k, scanned, since);
}
