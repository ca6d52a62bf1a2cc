/*
 * A search that another thread does: the same as here (search.ts), of the rows and the filter there are when it is handed
 * over (job.ts). When it comes back, rows that came meanwhile are compared here, those of new arenas as well, by the
 * filter as it is then. Where a row that was found is masked by then, where too few are left because some are, or nobody
 * answered, it is done here.
 */

import { distanceOf } from '../kernel/keys.js';
import { VECTOR_OK } from '../kernel/layout.js';
import { ALL, admits, DEAD } from './admitted.js';
import type { Arena } from './arena.js';
import { SEARCHING } from './build/link-job.js';
import { withEqual } from './equal.js';
import { compareOutcome } from './exact.js';
import { isTooLong, TURN_SCAN_MS } from './long-scan.js';
import { jobFor, type Planned } from './plan-job.js';
import { asOfNow, type Match, type Query } from './query.js';
import { scanRemote } from './remote.js';
import { nearestOf, scanRows } from './scan.js';
import { isEnough, setQuery, withWide } from './search.js';
import type { Answered } from './search-ring.js';
import type { Searched } from './searched.js';

/** Undefined where it is to be done here. */
export function shared(
  searched: Searched,
  query: Query,
  here: (alone: Query) => Match[] | Promise<Match[]>,
): Promise<Match[]> | undefined {
  if (!query.shared || query.trace) return undefined;
  const thread = searched.crew.free(query.shared);
  const planned = thread && jobsFor(searched.arenas, query);
  if (!thread || !planned) return undefined;
  let take!: (answered: readonly Answered[] | undefined) => void;
  if (!thread.ask(query.vector, planned, (answered) => take(answered))) return undefined;
  const building = planned.flatMap(({ arena }) => (arena.building ? [arena.control] : []));
  for (const control of building) Atomics.add(control, SEARCHING, 1);
  return new Promise((resolve, reject) => {
    take = (answered) => {
      for (const control of building) {
        Atomics.sub(control, SEARCHING, 1);
        Atomics.notify(control, SEARCHING);
      }
      try {
        resolve(
          (answered && joined(searched, query, planned, answered)) || here({ ...asOfNow(query), shared: 0 }),
        );
      } catch (error) {
        reject(error);
      }
    };
  });
}

/** One for each arena, from the first on. An arena behind these, whose codes are not settled, has few rows: see `joined`. */
function jobsFor(arenas: readonly Arena[], query: Query): Planned[] | undefined {
  const planned: Planned[] = [];
  for (const arena of arenas) {
    if (planned.length > 0 && (arena.rows === 0 || !arena.codes.settled)) break;
    const one = jobFor(arena, query);
    if (!one) return undefined;
    planned.push(one);
  }
  return planned.length > 0 ? planned : undefined;
}

/** What was found, with rows that came since. */
function joined(
  searched: Searched,
  query: Query,
  planned: readonly Planned[],
  answered: readonly Answered[],
): Match[] | undefined {
  const found: Match[][] = [];
  for (let i = 0; i < planned.length; i++) {
    const some = foundBy(planned[i]!, query, answered[i]!);
    if (!some) return undefined;
    found.push(some);
  }
  const { arenas } = searched;
  const grown = arenas.filter((arena, i) => arena.rows > (planned[i]?.job.rows ?? 0));
  const now: Query =
    grown.length > 0 && query.admittedNow ? { ...query, admitted: query.admittedNow() } : query;
  for (const arena of grown) {
    const since = sinceIn(searched, arena, planned[arenas.indexOf(arena)]?.job.rows ?? 0, now);
    if (!since) return undefined;
    found.push(since);
  }
  const nearest = found.length === 1 ? found[0]! : nearestOf(found.flat(), query.k);
  const all = arenas.reduce((matches, arena) => withWide(arena, matches, now), nearest);
  searched.enter(now.admitted);
  try {
    return arenas.reduce((matches, arena) => {
      arena.contents.setQuery(now.vector);
      return withEqual(arena, matches, now);
    }, all);
  } finally {
    searched.leave();
  }
}

/** Undefined where one that was found is masked, or the thread found too few to stand for all. */
function foundBy(planned: Planned, query: Query, answered: Answered): Match[] | undefined {
  const { arena, plan, job } = planned;
  if (answered.verdict !== VECTOR_OK) return undefined;
  let matches = job.remote ? remoteOf(planned, query, answered) : matchesOf(arena, job.rows, answered);
  if (!matches) return undefined;
  const { size, met } = answered;
  const walked = plan.kind !== 'scan' && plan.kind !== 'scan-codes';
  const hits = job.remote ? matches.length : size;
  if (walked && !isEnough(plan, job.k, query, planned, met, hits)) return undefined;
  // Those masked while others were looked for may have displaced nearer ones than those that took their places.
  const gone = arena.masked - planned.masked;
  if (gone > 0 && met > 0 && met - gone < job.k) return undefined;
  if (plan.kind !== 'graph-then-filter') return matches;
  matches = matches.filter(({ slot }) => admits(query.admitted, slot));
  return matches.length < query.k ? undefined : matches.slice(0, query.k);
}

/** What a thread has left is compared here. */
function remoteOf(
  { arena, plan, job, apart }: Planned,
  query: Query,
  answered: Answered,
): Match[] | undefined {
  const admitted = plan.kind === 'graph-then-filter' ? ALL : query.admitted;
  const matches = (row: number): boolean => admits(admitted, arena.base + row);
  return compareOutcome(arena, { vector: query.vector, k: job.k }, job, apart, matches, answered);
}

function matchesOf(arena: Arena, rows: number, { size, entries }: Answered): Match[] | undefined {
  const matches: Match[] = [];
  for (let i = 0; i < 2 * size; i += 2) {
    const row = entries[i]! >>> 2;
    if (!arena.isLive(row)) return undefined;
    if (row >= rows) continue; // linked while the walk went on: it is compared with all that came
    matches.push({ slot: arena.base + row, distance: distanceOf(entries[i + 1]!) });
  }
  return matches;
}

/** The nearest of the rows from `from` on. Undefined where that takes too long. */
function sinceIn(searched: Searched, arena: Arena, from: number, query: Query): Match[] | undefined {
  if (isTooLong(arena, arena.rows - from, query.k, TURN_SCAN_MS)) return undefined;
  const { admitted } = query;
  searched.enter(admitted);
  try {
    setQuery(arena, query.vector);
    if (admitted.kind === 'bits') arena.admit(admitted.bits);
    return arena.codes.remote
      ? scanRemote(arena, from, arena.rows, query, DEAD)
      : scanRows(arena, from, arena.rows, query, DEAD);
  } finally {
    searched.leave();
  }
}
