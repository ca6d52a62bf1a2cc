/*
 * Scans that would hold the calling thread up. A search that may take several turns puts such a scan first (answer.ts):
 * it is divided among searching threads, and its result comes back as a message; or, where these cannot do it, it is
 * done here in slices of some milliseconds. Then the search is done in one turn, with what was found.
 *
 * A row that is replaced while such a scan goes on may be seen in its old form, in none (masked before it was reached),
 * but not in its new one, which lies behind the count at the start. So the rows that came meanwhile are scanned at the
 * end, in one turn with everything else, and rows that are masked by then are left out. The scan finds some more than
 * `k`, so that enough are left; where they are not, it is done again.
 *
 * Shared state: rows below the count at the start, which stay where they are; their states, which others may change
 * meanwhile, as above. Each thread uses a scratch of its own: one scan of an arena is under way at a time, and the
 * engine's crew (crew.ts), which searches by the same scratches, rests while one is divided. The calling thread's scratch
 * is used by others between two slices: each sets its query again.
 */
import { SLICE_MS } from '../base/limits.js';
import type { KernelCode } from '../kernel/builds.js';
import { distanceOf } from '../kernel/keys.js';
import * as L from '../kernel/layout.js';
import { SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import type { Crew } from './crew.js';
import { byDistance, type Match, type Query } from './query.js';
import { scanRemote } from './remote.js';
import { compareWide, nearestOf, rowsFrom, scanRows } from './scan.js';
import type { ScanInput } from './scan-task.js';

/** A scan that is estimated to take longer is not done in one turn. */
export const TURN_SCAN_MS = 4;
/** Bytes that a scan reads in a millisecond, until it was measured. */
const BYTES_PER_MS = 20_000_000;
/** Milliseconds that a row costs where its vector may have to be read from the store. */
const REMOTE_MS = 0.0005;
/** Milliseconds that a hit costs. */
const HIT_MS = 0.0002;
/** Hits beyond k that a scan keeps, for those that are masked before it ends. */
const SPARE = 64;
/** Components, and rows, compared between two looks at the clock at most. */
const STEP_COMPONENTS = 1 << 18;
const STEP_ROWS = 4_096;
/** Rows whose vectors may all have to be read from the store. */
const STEP_REMOTE_ROWS = 1_024;

/** Of the rows from `from` on without a state bit of `skip`. */
export interface LongScan {
  readonly arena: Arena;
  readonly from: number;
  readonly skip: number;
}

/** The nearest of the rows in [from, rows): `most`, or all there are; good as long as `k` of them live. */
export interface Scanned extends LongScan {
  readonly rows: number;
  readonly most: number;
  readonly k: number;
  readonly found: readonly Match[];
  /** How long that took. */
  readonly ms: number;
}

/** The time that a turn has for a scan, and what was scanned for the same search in turns before. */
export interface Turn {
  readonly scanMs: number;
  readonly scanned?: Scanned | undefined;
}

/** Whether it is estimated to take longer than `ms` to compare so many rows. */
export function isTooLong(arena: Arena, rows: number, k: number, ms: number): boolean {
  const guess = (4 * arena.dimension) / BYTES_PER_MS + (arena.codes.remote ? REMOTE_MS : 0);
  return rows * (arena.scanMsPerRow || guess) + Math.min(k, rows) * HIT_MS > ms;
}

/** Whether a scan went over all rows, not only over those that wait. */
export function isWhole({ skip }: LongScan): boolean {
  return (skip & L.LINKED) === 0;
}

/** What was scanned before, if it can stand for the rows it went over. */
export function scannedFor(arena: Arena, { scanned }: Turn): Scanned | undefined {
  if (!scanned) return undefined;
  const { found, most, k } = scanned;
  if (found.length < most) return scanned;
  let live = 0;
  for (const { slot } of found) if (arena.isLive(slot - arena.base) && ++live === k) return scanned;
  return undefined;
}

/** The nearest of what was scanned before and of what was found since. */
export function joined(arena: Arena, k: number, scanned: Scanned, since: readonly Match[]): Match[] {
  const met = new Set(since.map(({ slot }) => slot));
  const before = scanned.found.filter(({ slot }) => !met.has(slot) && arena.isLive(slot - arena.base));
  return nearestOf([...before, ...since], k);
}

/** Runs a piece of work with the query in the calling thread's scratch of an arena; `wide`: it needs float64. */
export type Enter = <T>(arena: Arena, work: (wide: boolean) => T) => T;

/** As many turns as it takes. */
export async function scanLong(
  { arena, from, skip }: LongScan,
  query: Query,
  { code, crew }: { readonly code: KernelCode; readonly crew: Crew },
  enter: Enter,
): Promise<Scanned> {
  const { time } = arena.platform;
  const began = time.now();
  const { k, admitted, aside } = query;
  const scan = { arena, from, skip, rows: arena.rows, k, most: k + SPARE };
  const more = { ...query, k: scan.most };
  const wide = enter(arena, (isWide) => isWide);
  const divided =
    arena.searchers > 0 &&
    !aside &&
    admitted.kind !== 'asked' &&
    !wide &&
    arena.codes.settled && // else the rows that come may change them
    scan.most <= L.LIST_MAX &&
    !arena.codes.remote;
  const byThreads = divided ? await inTurn(arena, () => whileCrewRests(scan, more, code, crew)) : undefined;
  const found = byThreads ?? (await inTurn(arena, () => scanSlices(scan, more, enter)));
  return { ...scan, found, ms: time.now() - began };
}

/** Scans under way, by arena: they share the scratch of the searching threads, so the next one waits. */
const underWay = new WeakMap<Arena, Promise<unknown>>();

function inTurn<T>(arena: Arena, work: () => Promise<T>): Promise<T> {
  const turn = (underWay.get(arena) ?? Promise.resolve()).then(work, work);
  underWay.set(arena, turn);
  return turn;
}

type Range = LongScan & { readonly rows: number };

async function whileCrewRests(
  range: Range,
  query: Query,
  code: KernelCode,
  crew: Crew,
): Promise<Match[] | undefined> {
  const goOn = await crew.rest();
  try {
    return await scanShares(range, query, code);
  } finally {
    goOn();
  }
}

/** Undefined where a thread was lost. Ends when all have ended: then nobody uses their scratches. */
async function scanShares(
  { arena, from: first, rows, skip }: Range,
  { k, admitted, vector }: Query,
  code: KernelCode,
): Promise<Match[] | undefined> {
  // The first scratches behind the calling thread's are those of the linkers.
  const { handle, threads, searchers } = arena;
  const query = Float32Array.from(vector);
  const filter = SCAN_FILTER[admitted.kind];
  const shares = Math.min(searchers, arena.platform.pool.parallelism);
  const share = Math.ceil((rows - first) / shares);
  const lists = await Promise.allSettled(
    Array.from({ length: shares }, (_, i) => {
      const thread = threads + 1 + i;
      const from = Math.min(rows, first + i * share);
      const to = Math.min(rows, from + share);
      if (admitted.kind === 'bits') arena.admitFor(thread, admitted.bits);
      const input: ScanInput = { arena: handle, code, thread, query, from, to, k, skip, filter };
      const memories = [handle.number];
      return arena.platform.pool.run<Uint32Array>('scan', input, 'search', { memories }).result;
    }),
  );
  const found: Match[] = [];
  for (const list of lists) {
    if (list.status === 'rejected') return undefined;
    for (let i = 0; i < list.value.length; i += 2)
      found.push({ slot: arena.base + (list.value[i]! >>> 2), distance: distanceOf(list.value[i + 1]!) });
  }
  return nearestOf(found, k);
}

async function scanSlices({ arena, from, rows, skip }: Range, query: Query, enter: Enter): Promise<Match[]> {
  const most = arena.codes.remote ? STEP_REMOTE_ROWS : STEP_ROWS;
  const step = Math.min(most, Math.max(64, Math.ceil(STEP_COMPONENTS / arena.dimension)));
  const { time } = arena.platform;
  let found: Match[] = [];
  for (let at = from; at < rows; await time.breathe()) {
    at = enter(arena, (wide) => {
      const until = time.now() + SLICE_MS;
      let next = at;
      if (query.admitted.kind === 'bits') arena.admit(query.admitted.bits);
      do {
        const to = Math.min(rows, next + step);
        found = scanStep(arena, query, wide, { from: next, to, skip }, found);
        next = to;
      } while (next < rows && time.now() < until);
      return next;
    });
  }
  return found;
}

/** The k nearest of the rows [from, to) and of those that were found before. */
function scanStep(
  arena: Arena,
  query: Query,
  wide: boolean,
  { from, to, skip }: { readonly from: number; readonly to: number; readonly skip: number },
  before: Match[],
): Match[] {
  if (!wide && arena.codes.remote) return scanRemote(arena, from, to, query, skip, before);
  const found = wide
    ? compareWide(arena, rowsFrom(from, to), query, skip)
    : scanRows(arena, from, to, query, skip);
  if (found.length === 0) return before;
  return [...before, ...found].sort(byDistance).slice(0, query.k);
}
