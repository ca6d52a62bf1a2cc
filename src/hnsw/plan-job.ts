/* From a query to what kernels do for it in one arena (job.ts), by the counters and filters of this moment. */
import { CANDIDATES_MIN, LIST_MAX, NONE, UNFILTERED, WALK_ALL, WALK_LIVE } from '../kernel/layout.js';
import { DEAD, OUT_OF_WINDOW, SCAN_FILTER } from './admitted.js';
import type { Arena } from './arena.js';
import { rankOf } from './effort.js';
import { type ArenaJob, FILTERED_WALK, type Job, NO_WALK, PLAIN_WALK, type Walk } from './job.js';
import { isTooLong, TURN_SCAN_MS } from './long-scan.js';
import { planSearch, type SearchPlan } from './plan.js';
import type { Query } from './query.js';
import { codesFor } from './remote.js';

const NOWHERE: Walk = {
  ...{ walk: NO_WALK, ef: 0, admission: 0, best: 0, share: 0, masks: 0 },
  ...{ rank: 0, bound: Infinity, hidden: NONE },
};

type Scan = Omit<Job, keyof Walk>;

/** Member by member: spreading both costs microseconds. */
function jobOf(scan: Scan, own: Walk): Job {
  const { from, rows, skip, k, filter, codes, remote } = scan;
  const { walk, ef, admission, best, share, masks, rank, bound, hidden } = own;
  // biome-ignore format: one line of each
  return {
    from, rows, skip, k, filter, codes, remote,
    walk, ef, admission, best, share, masks, rank, bound, hidden,
  };
}

/** Candidates for each hit that a scan on codes passes on to be compared exactly. */
const CANDIDATES = 4;

export function candidatesFor(k: number): number {
  return Math.max(CANDIDATES_MIN, CANDIDATES * k);
}

/** How the graph is walked for the `k` nearest; among rows with a bit, where `share` says how many of all rows have one. */
export function walkFor(arena: Arena, query: Query, k: number, planned: number, share?: number): Walk {
  const { masked, rows, live, base } = arena;
  const masks = masked > 0;
  const unseen = query.hidden === undefined ? 0 : 1; // room for it is no part of what is looked for
  const rank = rankOf(k - unseen);
  const bound = Math.fround(query.bound ?? Infinity);
  const hidden = unseen && query.hidden! >= base && query.hidden! < base + rows ? query.hidden! - base : NONE;
  if (share === undefined) {
    const admission = masks ? WALK_LIVE : WALK_ALL;
    return { walk: PLAIN_WALK, ef: planned, admission, best: 0, share: 0, masks: 0, rank, bound, hidden };
  }
  // Where most rows are masked, the way to the others is longer.
  const ef = Math.min(LIST_MAX, Math.round(planned * Math.min(2, rows / live)));
  const parts = Math.floor(share * 65536);
  const walk = FILTERED_WALK;
  return { walk, ef, admission: 0, best: 2 * k, share: parts, masks: masks ? 1 : 0, rank, bound, hidden };
}

/** What of an arena a search is planned for: those in the window count where it is looked at. */
export function planned(
  arena: Arena,
  { indexedOnly }: Pick<Query, 'indexedOnly'>,
): Pick<Arena, 'rows' | 'live' | 'linked'> {
  if (!indexedOnly) return arena;
  const { linked } = arena;
  return { rows: arena.advanceWindow(), live: linked, linked };
}

/** A job, and what the calling thread needs to make an answer of its outcome. */
export interface Planned extends ArenaJob {
  readonly arena: Arena;
  readonly plan: SearchPlan;
  /** As it was then: live rows, those of them that were linked, and rows that were masked. */
  readonly live: number;
  readonly linked: number;
  readonly masked: number;
}

/**
 * Undefined where it is not for other threads: a function is to be asked, codes may change, a list would be too long, or a
 * scan, which is divided then.
 */
export function jobFor(arena: Arena, query: Query): Planned | undefined {
  const { k, ef, exact, exactBelow, admitted } = query;
  const { rows, masked } = arena;
  const { settled, remote } = arena.codes;
  if (admitted.kind === 'asked' || !settled || k > LIST_MAX) return undefined;
  const chosen = admitted.kind === 'bits' ? arena.liveOf(admitted.bits) : undefined;
  const matching = chosen ? chosen.count : rows;
  const { codeBytes } = arena;
  const { live, linked, rows: all } = planned(arena, query);
  const facts = { rows: all, live, linked, k, ef, codeBytes, settled, exact, exactBelow, admitted, matching };
  const plan = planSearch(facts);
  const walks = plan.kind !== 'scan' && plan.kind !== 'scan-codes';
  const codes = remote ? codesFor(k) : plan.kind === 'scan-codes' ? candidatesFor(k) : 0;
  if (codes >= LIST_MAX) return undefined;
  const from = !walks ? 0 : query.indexedOnly ? rows : arena.advanceWindow();
  if (isTooLong(arena, walks ? rows - from : matching, k, TURN_SCAN_MS)) return undefined;
  const later = plan.kind === 'graph-then-filter';
  const scan: Scan = {
    from,
    rows,
    skip: walks ? OUT_OF_WINDOW : DEAD,
    k: later ? plan.take : k,
    filter: later ? UNFILTERED : SCAN_FILTER[admitted.kind],
    codes,
    remote: remote ? 1 : 0,
  };
  const apart = walks ? arena.quarantinedBelow : []; // a scan goes over these as well
  let walk = NOWHERE;
  let bits = walks ? undefined : chosen?.words;
  if (plan.kind === 'graph-among' && admitted.kind === 'bits') {
    // As the matching rows see it. Masked ones among them route.
    const among = masked > 0 ? arena.allOf(admitted.bits) : chosen!;
    bits = among.words;
    walk = walkFor(arena, query, k, plan.ef, among.count / all);
  } else if (walks) walk = walkFor(arena, query, scan.k, plan.ef);
  return { arena, plan, apart, live, linked, masked, job: jobOf(scan, walk), bits };
}
