/*
 * A search that leaves the event loop free: scans that would hold the calling thread up (long-scan.ts) are divided
 * among searching threads, and the answer comes back as a message; or, where these cannot do it, they are done here in
 * slices of some milliseconds.
 *
 * Shared state: rows below the count at the start, which stay where they are; their states, which others may change
 * meanwhile: long-scan.ts says why that is right. Each thread uses a scratch of its own: one divided scan per arena is
 * under way at a time. The calling thread's scratch is used by others between two slices: each sets its query again.
 */
import { SLICE_MS } from '../base/limits.js';
import { breathe } from '../base/slices.js';
import type { KernelCode } from '../kernel/builds.js';
import * as L from '../kernel/layout.js';
import { defaultThreads, runTask } from '../threads/pool-node.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';
import { isWhole, type LongScan, type Scanned, TooLong, TURN_SCAN_MS } from './long-scan.js';
import { distanceOf, scanRemote } from './remote.js';
import type { ScanInput } from './scan-task.js';
import { type ArenaQuery, scanRows, searchArena } from './search.js';
import { compareWide } from './wide.js';

const MODULE = new URL('./scan-task.js', import.meta.url);

/** Times that a scan is begun again before it is done in one turn, however long. */
const TRIES = 4;
/** Hits beyond k that a scan keeps, for those that are masked before it ends. */
const SPARE = 64;
/** Components, and rows, compared between two looks at the clock at most. */
const STEP_COMPONENTS = 1 << 18;
const STEP_ROWS = 4_096;
/** Rows whose vectors may all have to be read from the store. */
const STEP_REMOTE_ROWS = 1_024;

/** A scan of the rows [from, rows). */
type Range = LongScan & { readonly rows: number };

/** Runs a piece of work with the query in the calling thread's scratch. */
export type Enter = <T>(work: () => T) => T;

/** As `searchArena`, in as many turns as it takes. */
export async function searchInTurns(
  arena: Arena,
  code: KernelCode,
  query: ArenaQuery,
  enter: Enter,
): Promise<RowHit[]> {
  let scanned: Scanned | undefined;
  for (let tries = 0; ; tries++) {
    const most = tries < TRIES ? { turnMs: TURN_SCAN_MS } : {};
    try {
      return enter(() => searchArena(arena, { ...query, scanned, ...most }));
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
      const began = performance.now();
      scanned = await scanLong(arena, code, query, error.scan, enter);
      if (query.trace) query.trace[isWhole(scanned) ? 'scanMs' : 'windowMs'] += performance.now() - began;
    }
  }
}

async function scanLong(
  arena: Arena,
  code: KernelCode,
  query: ArenaQuery,
  scan: LongScan,
  enter: Enter,
): Promise<Scanned> {
  const { k, filter, wide } = query;
  const range = { ...scan, rows: arena.rows, k, most: k + SPARE };
  const more = { ...query, k: range.most };
  const divided =
    arena.searchers > 0 && filter !== L.ASKED && !wide && more.k <= L.LIST_MAX && !arena.codes.remote;
  const hits = divided ? await inTurn(arena, () => scanShares(arena, code, more, range)) : undefined;
  return { ...range, hits: hits ?? (await scanSlices(arena, more, range, enter)) };
}

/** Scans under way, by arena: they share the scratch of the searching threads, so the next one waits. */
const underWay = new WeakMap<Arena, Promise<unknown>>();

function inTurn<T>(arena: Arena, work: () => Promise<T>): Promise<T> {
  const turn = (underWay.get(arena) ?? Promise.resolve()).then(work, work);
  underWay.set(arena, turn);
  return turn;
}

/** Undefined where a thread was lost. Ends when all have ended: then nobody uses their scratches. */
async function scanShares(
  arena: Arena,
  code: KernelCode,
  { k, filter, bits, vector }: ArenaQuery,
  { from: first, rows, skip }: Range,
): Promise<RowHit[] | undefined> {
  // The first scratches behind the calling thread's are those of the linkers.
  const { handle, threads, searchers } = arena;
  const { descriptor } = arena.geometry;
  const parts = { query: descriptor[L.D_S_QUERY / 4]!, results: descriptor[L.D_S_RESULTS / 4]! };
  const query = Float32Array.from(vector);
  const shares = Math.min(searchers, defaultThreads());
  const share = Math.ceil((rows - first) / shares);
  const lists = await Promise.allSettled(
    Array.from({ length: shares }, (_, i) => {
      const thread = threads + 1 + i;
      const from = Math.min(rows, first + i * share);
      const to = Math.min(rows, from + share);
      if (bits) arena.admitFor(thread, bits);
      const input: ScanInput = { arena: handle, code, thread, parts, query, from, to, k, skip, filter };
      return runTask<Uint32Array>(MODULE, input, 'search', { memory: handle.number }).result;
    }),
  );
  if (lists.some(({ status }) => status === 'rejected')) return undefined;
  const hits = lists.flatMap((list) => (list.status === 'fulfilled' ? hitsOf(list.value) : []));
  return hits.sort(byDistance).slice(0, k);
}

function hitsOf(words: Uint32Array): RowHit[] {
  return Array.from({ length: words.length / 2 }, (_, i) => ({
    row: words[2 * i]! >>> 2,
    distance: distanceOf(words[2 * i + 1]!),
  }));
}

async function scanSlices(
  arena: Arena,
  query: ArenaQuery,
  { from, rows, skip }: Range,
  enter: Enter,
): Promise<RowHit[]> {
  const most = arena.codes.remote ? STEP_REMOTE_ROWS : STEP_ROWS;
  const step = Math.min(most, Math.max(64, Math.ceil(STEP_COMPONENTS / arena.dimension)));
  let hits: RowHit[] = [];
  for (let at = from; at < rows; await breathe()) {
    at = enter(() => {
      const until = performance.now() + SLICE_MS;
      let next = at;
      if (query.bits) arena.admit(query.bits);
      do {
        const to = Math.min(rows, next + step);
        hits = scanStep(arena, query, next, to, skip, hits);
        next = to;
      } while (next < rows && performance.now() < until);
      return next;
    });
  }
  return hits;
}

/** The k nearest of the rows [from, to) and of those that were found before. */
function scanStep(
  arena: Arena,
  query: ArenaQuery,
  from: number,
  to: number,
  skip: number,
  before: RowHit[],
): RowHit[] {
  const { k, filter, wide, vector, metric, accepts } = query;
  if (!wide && arena.codes.remote) return scanRemote(arena, from, to, query, skip, before);
  const rows = Array.from({ length: wide ? to - from : 0 }, (_, i) => from + i);
  const found = wide
    ? compareWide(arena, rows, { vector, metric, accepts, windowOnly: false })
    : scanRows(arena, from, k, skip, filter, to);
  if (found.length === 0) return before;
  return [...before, ...found].sort(byDistance).slice(0, k);
}
