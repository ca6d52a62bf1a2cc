/*
 * The read path of the engine: plan, window, graph, what equals the query (equal.ts), merge.
 *
 * Every row that lives in the turn in which the answer is given is considered, linked or not, and found once at most.
 * For all arenas are searched in that one turn, each window before its graph (search.ts); a scan that would hold the
 * turn up is done in turns before (long-scan.ts), and what came meanwhile is scanned in the last one.
 */
import type { Arena } from './arena.js';
import { SEARCHING } from './build/link-job.js';
import { withEqual } from './equal.js';
import { type LongScan, type Scanned, scanLong, TURN_SCAN_MS, type Turn } from './long-scan.js';
import { asOfNow, clearTrace, type Match, type Query } from './query.js';
import { nearestOf } from './scan.js';
import { searchArena, searchWindow, setQuery } from './search.js';
import type { Searched } from './searched.js';
import { shared } from './share.js';

/** Times that a scan is put first, before all is done in one turn, however long. */
const TRIES = 4;

const SHORT: Turn = { scanMs: TURN_SCAN_MS };
const AT_ONCE: Turn = { scanMs: Infinity };

/** The k nearest, best first. A promise where that takes more than one turn: rows may be masked before it is looked at. */
export function answer(searched: Searched, query: Query): Match[] | Promise<Match[]> {
  const found = answerWhole(searched, withRoom(query));
  return Array.isArray(found) ? shown(found, query) : found.then((matches) => shown(matches, query));
}

/** The same in one turn, however long that takes. */
export function answerAtOnce(searched: Searched, query: Query): Match[] {
  return shown(searchAll(searched, withRoom(query), AT_ONCE) as Match[], query); // no scan takes longer
}

/** Walks do not see a hidden row; scans do, so that there is room for one more. */
function withRoom(query: Query): Query {
  return query.hidden === undefined ? query : { ...query, k: query.k + 1 };
}

function shown(found: Match[], { hidden, k }: Query): Match[] {
  return hidden === undefined ? found : found.filter(({ slot }) => slot !== hidden).slice(0, k);
}

function answerWhole(searched: Searched, query: Query): Match[] | Promise<Match[]> {
  const elsewhere = query.shared
    ? shared(searched, query, (alone) => answerWhole(searched, alone))
    : undefined;
  if (elsewhere) return elsewhere;
  const found = searchAll(searched, query, SHORT);
  return Array.isArray(found) ? found : answerOverTurns(searched, query, found.first);
}

/** Scans that must come first. */
interface Postponed {
  readonly first: readonly LongScan[];
}

function searchAll(
  searched: Searched,
  query: Query,
  turn: Turn,
  scanned?: ReadonlyMap<Arena, Scanned>,
): Match[] | Postponed {
  const { arenas } = searched;
  let all: Match[] | undefined;
  const first: LongScan[] = [];
  searched.enter(query.admitted);
  try {
    for (const arena of arenas) {
      const some = searchBefore(arena, query, scanned ? { ...turn, scanned: scanned.get(arena) } : turn);
      if (!Array.isArray(some)) {
        first.push(some);
        continue;
      }
      const found = withEqual(arena, some, query);
      if (arenas.length === 1) return found;
      all = all ? all.concat(found) : found;
    }
  } finally {
    searched.leave();
  }
  return first.length > 0 ? { first } : nearestOf(all ?? [], query.k);
}

/** Linkers that work on an arena let a search of it go first. */
function searchBefore(arena: Arena, query: Query, turn: Turn): Match[] | LongScan {
  if (!arena.building) return searchArena(arena, query, turn);
  Atomics.add(arena.control, SEARCHING, 1);
  try {
    return searchArena(arena, query, turn);
  } finally {
    Atomics.sub(arena.control, SEARCHING, 1);
    Atomics.notify(arena.control, SEARCHING);
  }
}

async function answerOverTurns(
  searched: Searched,
  query: Query,
  first: readonly LongScan[],
): Promise<Match[]> {
  const own: Query = { ...query, vector: Float32Array.from(query.vector) };
  const scanned = new Map<Arena, Scanned>();
  const enter = <T>(arena: Arena, work: (wide: boolean) => T): T => {
    searched.enter(own.admitted);
    try {
      return work(setQuery(arena, own.vector));
    } finally {
      searched.leave();
    }
  };
  for (let scans = first, tries = 1; ; tries++) {
    const done = await Promise.all(scans.map((scan) => scanLong(scan, own, searched, enter)));
    for (const one of done) scanned.set(one.arena, one);
    clearTrace(own.trace);
    const found = searchAll(searched, asOfNow(own), tries < TRIES ? SHORT : AT_ONCE, scanned);
    if (Array.isArray(found)) return found;
    scans = found.first;
  }
}

/** The k nearest of the rows that no graph has. */
export function answerFromWindow(searched: Searched, query: Query): Match[] {
  searched.enter(query.admitted);
  try {
    return nearestOf(
      searched.arenas.flatMap((arena) => searchWindow(arena, query)),
      query.k,
    );
  } finally {
    searched.leave();
  }
}
