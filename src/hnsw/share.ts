/*
 * A search that another thread does: the same as here (search.ts), of the rows there are when it is handed over. When it
 * comes back, rows that came meanwhile are compared here. Where one that was found is masked by then, or nobody
 * answered, it is done here.
 */

import { distanceOf } from '../kernel/keys.js';
import { WALK_ALL, WALK_LIVE } from '../kernel/layout.js';
import { DEAD } from './admitted.js';
import type { Arena } from './arena.js';
import { isTooLong, TURN_SCAN_MS } from './long-scan.js';
import { planSearch } from './plan.js';
import type { Match, Query } from './query.js';
import { nearestOf, scanRows } from './scan.js';
import { setQuery, withWide } from './search.js';
import { type Answered, SHARED_K_MAX } from './search-ring.js';
import type { Searched } from './searched.js';

/** Undefined where it is to be done here. */
export function shared(
  searched: Searched,
  query: Query,
  here: (own: Query) => Match[] | Promise<Match[]>,
): Promise<Match[]> | undefined {
  const [arena, ...others] = searched.arenas;
  const { k, ef, exact, exactBelow, admitted, trace, vector } = query;
  if (!arena || others.length > 0 || admitted.kind !== 'all' || exact || trace) return undefined;
  if (k > SHARED_K_MAX || arena.codes.remote) return undefined;
  const { rows, live, linked } = arena;
  const { settled } = arena.codes;
  const plan = planSearch({
    rows,
    live,
    linked,
    k,
    ef,
    settled,
    exact,
    exactBelow,
    admitted,
    matching: rows,
  });
  if (plan.kind !== 'graph') return undefined;
  const from = arena.advanceWindow();
  if (arena.quarantinedBelow.length > 0 || isTooLong(arena, rows - from, k, TURN_SCAN_MS)) return undefined;
  const thread = arena.crew.free();
  if (!thread || setQuery(arena, vector)) return undefined;
  const own: Query = { ...query, shared: false, vector: Float32Array.from(vector) };
  const asked = { from, rows, k, ef: plan.ef, admission: arena.masked > 0 ? WALK_LIVE : WALK_ALL };
  let taken!: (answered: Answered | undefined) => void;
  if (!thread.ask(asked, own.vector, (answered) => taken(answered))) return undefined;
  return new Promise((resolve, reject) => {
    taken = (answered) => {
      try {
        // Rows that came meanwhile may have begun another arena.
        const enough = answered && searched.arenas.length === 1 && answered.met >= Math.min(plan.ef, linked);
        resolve((enough && joined(arena, own, answered, rows)) || here(own));
      } catch (error) {
        reject(error);
      }
    };
  });
}

/** What was found, with rows that came since. Undefined where one of those found is masked. */
function joined(arena: Arena, query: Query, { results }: Answered, rows: number): Match[] | undefined {
  const { base } = arena;
  const matches: Match[] = [];
  for (let i = 0; i < results.length; i += 2) {
    const row = results[i]! >>> 2;
    if (!arena.isLive(row)) return undefined;
    if (row >= rows) continue; // linked while the walk went on: it is compared below, with all that came
    matches.push({ slot: base + row, distance: distanceOf(results[i + 1]!) });
  }
  if (arena.rows === rows) return withWide(arena, matches, query);
  setQuery(arena, query.vector);
  const since = scanRows(arena, rows, arena.rows, query, DEAD);
  return withWide(arena, nearestOf([...matches, ...since], query.k), query);
}
