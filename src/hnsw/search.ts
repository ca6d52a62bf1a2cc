/*
 * A search of one arena, in one turn: window, then graph; or an exact scan.
 *
 * The window is read before the graph. Rows only move from window to graph, so a row that leaves the window after we
 * looked there is in the graph when we walk it: it can be met twice (and is merged by slot), but never missed.
 */
import {
  LINKED,
  LIST_MAX,
  MASKED,
  VECTOR_NOT_FINITE,
  VECTOR_WIDE,
  VECTOR_ZERO,
  WALK_ASKED,
  WAY_ALL,
  WAY_AMONG,
  WAY_CODES,
} from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import { ALL, admits, DEAD, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { rankOf } from './effort.js';
import { runWalk } from './job.js';
import { isTooLong, isWhole, joined, type LongScan, scannedFor, type Turn } from './long-scan.js';
import { planOtherwise, planSearch, SCAN_INSTEAD, type SearchPlan, type WalkWay } from './plan.js';
import { candidatesFor, planned, walkFor } from './plan-job.js';
import type { Match, Query, SearchTrace } from './query.js';
import { rescoreRemote, scanRemote, windowRemote } from './remote.js';
import { compareWide, matchesIn, nearestOf, rowsFrom, scanRows, scanWindow } from './scan.js';
import { rejectVector } from './vectors.js';

/** The nearest rows; or the scan that must come first, since this turn has no time for it. */
export function searchArena(arena: Arena, query: Query, turn: Turn): Match[] | LongScan {
  if (setQuery(arena, query.vector)) return searchWide(arena, query, turn);
  const { k, ef, exact, exactBelow, admitted, trace } = query;
  const { rows, live, linked } = planned(arena, query);
  const matching = admitted.kind === 'bits' ? arena.admit(admitted.bits) : arena.rows;
  if (matching === 0) return [];
  const { settled } = arena.codes;
  const { codeBytes } = arena;
  const facts = { rows, live, linked, k, ef, codeBytes, settled, exact, exactBelow, admitted, matching };
  const plan = planSearch(facts);
  trace?.plans.push(plan);
  const whole = turn.scanned !== undefined && isWhole(turn.scanned);
  let found = whole ? undefined : byPlan(arena, query, plan, turn);
  if (!found) {
    if (plan.kind.startsWith('graph')) trace?.plans.push(SCAN_INSTEAD);
    if (admitted.kind === 'bits' && plan.kind !== 'scan') arena.admit(admitted.bits); // a walk uses up the bits
    found = scanAll(arena, query, matching, turn);
  }
  return Array.isArray(found) ? withWide(arena, found, query) : found;
}

/** Puts the query into the arena's scratch; returns whether it needs float64. */
export function setQuery(arena: Arena, vector: VectorLike): boolean {
  const verdict = arena.setQuery(vector);
  if (verdict === VECTOR_NOT_FINITE || (verdict === VECTOR_ZERO && arena.metric === 'cosine'))
    throw rejectVector(vector, arena.metric);
  return verdict === VECTOR_WIDE;
}

/** Undefined where all rows are to be compared: by plan, or because a walk found too few to stand for all. */
function byPlan(arena: Arena, query: Query, plan: SearchPlan, turn: Turn): Match[] | LongScan | undefined {
  switch (plan.kind) {
    case 'scan':
      return undefined;
    case 'scan-codes':
      return arena.codes.remote ? undefined : scanOnCodes(arena, query, plan.admitted);
    case 'graph':
    case 'graph-among':
      return searchGraph(arena, query, plan, turn);
    case 'graph-then-filter':
      return searchThenFilter(arena, query, plan, turn);
  }
}

/** All rows, or all that match; `count` of them. */
function scanAll(arena: Arena, query: Query, count: number, turn: Turn): Match[] | LongScan {
  const { k, admitted, trace } = query;
  const { rows } = arena;
  const scanned = turn.scanned && isWhole(turn.scanned) ? scannedFor(arena, turn) : undefined;
  const from = scanned?.rows ?? 0;
  if (!scanned && isTooLong(arena, count, k, turn.scanMs)) return { arena, from, skip: DEAD };
  const began = trace ? arena.platform.time.now() : 0;
  const since = arena.codes.remote
    ? scanRemote(arena, from, rows, query, DEAD)
    : scanRows(arena, from, rows, query, DEAD);
  const found = scanned ? joined(arena, k, scanned, since) : since;
  if (trace) {
    trace.scanMs += arena.platform.time.now() - began + (scanned?.ms ?? 0);
    trace.rowsScanned += count;
    if (admitted.kind !== 'bits') trace.rowsMasked += arena.masked;
  }
  return found;
}

/** The matching rows that are nearest on codes, by their exact distances. */
function scanOnCodes(arena: Arena, { k, admitted, trace }: Query, count: number): Match[] {
  const { kernel, scratch, rows } = arena;
  const began = trace ? arena.platform.time.now() : 0;
  const found = kernel.scanCodes(scratch, 0, rows, candidatesFor(k), DEAD, SCAN_FILTER[admitted.kind]);
  arena.takeCompared();
  const matches = matchesIn(arena, kernel.rescore(scratch, found, k, 0));
  if (trace) {
    trace.scanMs += arena.platform.time.now() - began;
    trace.rowsScanned += count;
    trace.candidatesRescored += arena.takeCompared();
  }
  return matches;
}

export type GraphPlan = SearchPlan & { kind: 'graph' | 'graph-among' | 'graph-then-filter' };

/** Window, then graph. Undefined where the walk found too few to stand for all. */
function searchGraph(
  arena: Arena,
  query: Query,
  plan: GraphPlan,
  turn: Turn,
): Match[] | LongScan | undefined {
  const { k, admitted, trace } = query;
  const { linked } = arena;
  const start = query.indexedOnly ? arena.rows : arena.advanceWindow();
  const scanned = scannedFor(arena, turn);
  const from = scanned?.rows ?? start;
  const waiting = arena.rows - from;
  if (!scanned && isTooLong(arena, waiting, k, turn.scanMs)) return { arena, from, skip: OUT_OF_WINDOW };
  const timed = trace !== undefined || waiting >= MEASURED_FROM;
  const { time } = arena.platform;
  const began = timed ? time.now() : 0;
  const remote = arena.codes.remote ? windowRemote(arena, query, from) : undefined;
  const size = remote ? 0 : scanWindow(arena, k, SCAN_FILTER[admitted.kind], from);
  const looked = timed ? time.now() : 0;
  if (admitted.kind === 'all' && !scanned) noteCost(arena, waiting, looked - began);
  if (trace && start < arena.rows)
    noteWindow(arena, [...(remote ?? matchesIn(arena, size)), ...(scanned?.found ?? [])], trace);
  const met = walk(arena, query, plan);
  const walked = trace ? time.now() : 0;
  if (trace) arena.takeCompared();
  const nearest = remote
    ? rescoreRemote(arena, query, met, remote)
    : matchesIn(arena, arena.kernel.rescore(arena.scratch, met, k, size));
  if (trace) {
    if (!remote) trace.candidatesRescored += arena.takeCompared();
    trace.windowMs += looked - began + (scanned?.ms ?? 0);
    trace.graphMs += walked - looked;
    trace.rescoreMs += time.now() - walked;
    noteVisited(arena, plan, trace);
    noteWay(arena, plan, trace);
  }
  const found = scanned ? joined(arena, k, scanned, nearest) : nearest;
  return isEnough(plan, k, query, { live: arena.live, linked }, met, found.length) ? found : undefined;
}

/** Walks the graph; leaves what it met in the beam, and returns how many that are. */
function walk(arena: Arena, query: Query, plan: GraphPlan): number {
  const { kernel, scratch, masked } = arena;
  const { k, admitted } = query;
  if (plan.kind !== 'graph-among' || admitted.kind !== 'bits') {
    const walked = walkFor(arena, query, k, plan.ef);
    const asked = plan.kind === 'graph' && plan.asked;
    return runWalk(kernel, scratch, asked ? { ...walked, admission: WALK_ASKED } : walked);
  }
  // As the matching rows see it. Masked ones among them route.
  const among = masked > 0 ? arena.admitToWalk(admitted.bits) : plan.admitted;
  return runWalk(kernel, scratch, walkFor(arena, query, k, plan.ef, among / planned(arena, query).rows));
}

/** Whether what a walk met can stand for all, of the live rows, and of those linked, when it began. */
export function isEnough(
  plan: GraphPlan,
  k: number,
  { bound, hidden }: Query,
  { live, linked }: Pick<Arena, 'live' | 'linked'>,
  met: number,
  hits: number,
): boolean {
  const unseen = hidden === undefined ? 0 : 1;
  // What is bounded holds at least the row that the bound is on; before that it is not cut.
  const most = bound === undefined ? plan.ef : Math.min(plan.ef, rankOf(k - unseen));
  if (plan.kind !== 'graph-among') return met >= Math.min(most, linked - unseen);
  // Where it has met fewer than half a beam, links led it nowhere: rows that equal masked ones hang on these.
  const half = Math.min(most / 2, plan.admitted - unseen - (live - linked));
  return met >= half && hits >= Math.min(k - unseen, plan.admitted - unseen);
}

/** The nearest rows whatever they are, and of them those that match. */
function searchThenFilter(
  arena: Arena,
  query: Query,
  plan: SearchPlan & { kind: 'graph-then-filter' },
  turn: Turn,
): Match[] | LongScan | undefined {
  const nearest = searchGraph(arena, { ...query, k: plan.take, admitted: ALL }, plan, turn);
  if (!Array.isArray(nearest)) return nearest;
  const found: Match[] = [];
  for (const match of nearest) {
    if (admits(query.admitted, match.slot)) found.push(match);
    if (found.length === query.k) return found;
  }
  const otherwise = planOtherwise(plan);
  query.trace?.plans.push(otherwise);
  return byPlan(arena, query, otherwise, turn);
}

/** Rows below which a scan is too short to be measured. */
const MEASURED_FROM = 256;
/** How many times longer it takes to compare a row here than in the kernel. */
const WIDE_COST = 20;
/** Weight of the latest scan: a few of them tell, one does not. */
const LATEST = 0.2;

/** Keeps what a row of the window costs: when to link depends on it. */
function noteCost(arena: Arena, rows: number, ms: number): void {
  if (rows < MEASURED_FROM) return;
  const cost = ms / rows;
  arena.scanMsPerRow = arena.scanMsPerRow === 0 ? cost : (1 - LATEST) * arena.scanMsPerRow + LATEST * cost;
}

/** The window was scanned, and these were found in it. */
function noteWindow(arena: Arena, found: readonly { readonly slot: number }[], trace: SearchTrace): void {
  for (const { slot } of found) trace.windowSlots.add(slot);
  const start = arena.advanceWindow();
  trace.windowRows += arena.rows - start;
  trace.rowsScanned += arena.rows - start;
  trace.rowsMasked += arena.maskedFrom(start);
}

const WAYS: Readonly<Record<number, WalkWay>> = {
  [WAY_ALL]: 'all',
  [WAY_AMONG]: 'among',
  [WAY_CODES]: 'codes',
};

/** The plan that was noted last was followed, and what became of its walk is known now. */
function noteWay(arena: Arena, plan: GraphPlan, trace: SearchTrace): void {
  if (plan.kind === 'graph-among') trace.plans.splice(-1, 1, { ...plan, way: WAYS[arena.way] });
}

/** The graph was walked. */
function noteVisited(arena: Arena, plan: GraphPlan, trace: SearchTrace): void {
  for (const row of arena.visitedRows(plan.kind === 'graph-among')) {
    trace.nodesVisited++;
    if (!arena.isLive(row)) trace.rowsMasked++;
  }
}

/** Adds the rows that the kernel cannot compare. */
export function withWide(arena: Arena, matches: Match[], query: Query): Match[] {
  if (arena.wideRows.length === 0) return matches;
  return nearestOf([...matches, ...compareWide(arena, arena.wideRows, query, MASKED)], query.k);
}

/** All rows, in float64. */
function searchWide(arena: Arena, query: Query, turn: Turn): Match[] | LongScan {
  const { rows } = arena;
  const scanned = scannedFor(arena, turn);
  if (!scanned && isTooLong(arena, WIDE_COST * rows, query.k, turn.scanMs))
    return { arena, from: 0, skip: MASKED };
  const since = compareWide(arena, rowsFrom(scanned?.rows ?? 0, rows), query, MASKED);
  return scanned ? joined(arena, query.k, scanned, since) : nearestOf(since, query.k);
}

/** The k nearest of the rows that the graph cannot find. */
export function searchWindow(arena: Arena, query: Query): Match[] {
  const { k, vector, admitted } = query;
  if (setQuery(arena, vector))
    return nearestOf(compareWide(arena, rowsFrom(0, arena.rows), query, LINKED | MASKED), k);
  if (arena.codes.remote) return withWide(arena, windowRemote(arena, query, arena.advanceWindow()), query);
  if (k > LIST_MAX) return withWide(arena, scanRows(arena, 0, arena.rows, query, OUT_OF_WINDOW), query);
  const size = scanWindow(arena, k, SCAN_FILTER[admitted.kind], arena.advanceWindow());
  return withWide(arena, matchesIn(arena, size), query);
}
