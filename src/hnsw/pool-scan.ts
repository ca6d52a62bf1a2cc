/*
 * Exact scans that would hold the calling thread up for long: its rows are divided among searching threads, and the
 * answer comes back as a message.
 *
 * Shared state: rows below the count at the start, which stay where they are; their states, which others may mask
 * meanwhile. A row that is replaced while the scan goes on may be seen in its old form, in none (masked before it
 * was reached) but not in its new one, which lies behind the count. So the rows that came meanwhile are scanned at
 * the end, on the calling thread. Where one of the hits is masked by then, it may have taken the place of another:
 * the scan begins again, and the last time it is done on the calling thread alone.
 *
 * Where a thread cannot be had or dies, the calling thread does it as well.
 *
 * Each thread uses a scratch of its own: one such scan per arena is under way at a time.
 */
import type { KernelCode } from '../kernel/builds.js';
import * as L from '../kernel/layout.js';
import { runTask } from '../threads/pool-node.js';
import type { Arena } from './arena.js';
import { byDistance, type RowHit } from './hits.js';
import { distanceOf } from './remote.js';
import type { ScanInput } from './scan-task.js';
import { type ArenaQuery, scanRows, searchArena, withWide } from './search.js';

const MODULE = new URL('./scan-task.js', import.meta.url);

/** A scan that is estimated to take longer goes to the pool. */
const POOL_FROM_MS = 4;
/** Bytes that a scan reads in a millisecond, until it was measured. */
const BYTES_PER_MS = 20_000_000;

/** Tries before the calling thread does it alone. */
const TRIES = 3;

/** Whether a scan of an arena is better done by others. */
export function wantsPool(arena: Arena, query: Pick<ArenaQuery, 'k' | 'filter' | 'wide'>): boolean {
  const { k, filter, wide } = query;
  if (arena.searchers === 0 || filter === L.ASKED || wide || k > L.LIST_MAX || arena.codes.remote)
    return false;
  return arena.rows * (arena.scanMsPerRow || (4 * arena.dimension) / BYTES_PER_MS) > POOL_FROM_MS;
}

/** The k nearest live rows of an arena, exactly. `setQuery` puts the query into the calling thread's scratch. */
export async function scanWithPool(
  arena: Arena,
  code: KernelCode,
  query: ArenaQuery,
  setQuery: () => void,
): Promise<RowHit[]> {
  const vector = Float32Array.from(query.vector);
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await inTurn(arena, () => scanShares(arena, code, vector, query));
    if (!found) break;
    const { hits, rows } = found;
    if (!hits.every(({ row }) => arena.isLive(row))) continue;
    setQuery();
    // Which rows match was decided before: those that came since are no part of a filtered answer.
    const since = query.bits ? [] : scanRows(arena, rows, query.k, L.MASKED | L.WIDE, L.UNFILTERED);
    return withWide(arena, [...hits, ...since].sort(byDistance).slice(0, query.k), query, false);
  }
  setQuery();
  return searchArena(arena, { ...query, exact: true });
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
  query: Float32Array,
  { k, filter, bits }: ArenaQuery,
): Promise<{ hits: RowHit[]; rows: number } | undefined> {
  // The first scratches behind the calling thread's are those of the linkers.
  const { rows, handle, threads, searchers } = arena;
  const { descriptor } = arena.geometry;
  const parts = { query: descriptor[L.D_S_QUERY / 4]!, results: descriptor[L.D_S_RESULTS / 4]! };
  const share = Math.ceil(rows / searchers);
  const lists = await Promise.allSettled(
    Array.from({ length: searchers }, (_, i) => {
      const thread = threads + 1 + i;
      const [from, to] = [i * share, Math.min(rows, (i + 1) * share)];
      if (bits) arena.admitFor(thread, bits);
      const input: ScanInput = { arena: handle, code, thread, parts, query, from, to, k, filter };
      return runTask<Uint32Array>(MODULE, input, 'search', { memory: handle.number }).result;
    }),
  );
  if (lists.some(({ status }) => status === 'rejected')) return undefined;
  const hits = lists.flatMap((list) => (list.status === 'fulfilled' ? hitsOf(list.value) : []));
  return { hits: hits.sort(byDistance).slice(0, k), rows };
}

function hitsOf(words: Uint32Array): RowHit[] {
  return Array.from({ length: words.length / 2 }, (_, i) => ({
    row: words[2 * i]! >>> 2,
    distance: distanceOf(words[2 * i + 1]!),
  }));
}
