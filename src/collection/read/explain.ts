/* How a search was answered. */

import type { AimReport, FilterReport, SearchReport } from '../../api/reading.js';
import type { SearchPlan } from '../../hnsw/plan.js';
import type { SearchTrace } from '../../hnsw/query.js';
import type { LiveIndex } from '../live-index.js';
import type { Aim } from './aim.js';
import type { ResolvedFilter } from './filters.js';
import { hydrated, metricOf, pageOf } from './hydrate.js';
import { missingFields } from './missing-fields.js';
import type { Found, SearchParams } from './request.js';

const WINDOW = ', after an exact scan of the rows not indexed yet';
const NO_WINDOW = ', without the rows not indexed yet';

/** `pending`: how many rows were compared because they were not indexed yet. */
export function sentence(
  plan: SearchPlan,
  rows: number,
  matching: number | undefined,
  { pending, indexedOnly = false }: { readonly pending: number; readonly indexedOnly?: boolean | undefined },
): string {
  const window = indexedOnly ? NO_WINDOW : pending > 0 ? WINDOW : '';
  switch (plan.kind) {
    case 'scan':
      return `exact scan of ${matching === undefined ? `${rows} rows` : `the ${matching} matching rows`}: ${plan.why}`;
    case 'scan-codes':
      return `scan of the codes of ${plan.admitted} matching rows, the nearest compared exactly`;
    case 'graph':
      return plan.asked
        ? `graph walk with ef ${plan.ef} that reads the payload of each row it would keep${window}`
        : `graph walk with ef ${plan.ef}${window}`;
    case 'graph-among':
      return among(plan, rows, window);
    case 'graph-then-filter':
      return `graph walk with ef ${plan.ef}${window}; of the ${plan.take} nearest, those that match`;
  }
}

/** By what was found around the query, where the walk begins: see docs/FILTERS.md. */
function among(
  { ef, admitted, way }: SearchPlan & { kind: 'graph-among' },
  rows: number,
  window: string,
): string {
  switch (way) {
    case 'all':
      return `graph walk with ef ${ef} over all ${rows} rows, of which the ${admitted} that match count, since many match around the query${window}`;
    case 'codes':
      return `scan of the codes of the ${admitted} matching rows, the nearest compared exactly, since hardly any match around the query${window}`;
    default:
      return `graph walk with ef ${ef} among the ${admitted} matching rows of ${rows}${window}`;
  }
}

export function about({ matches, indexes }: FilterReport, known: boolean): string {
  const { min, expected, max } = matches;
  const one = min === 1 ? '1 point matches' : `${min} points match`;
  const count = min === max ? one : `${min} to ${max} points match, probably ${expected}`;
  if (indexes.length === 0) return `${count}, by reading payloads`;
  const by = `by the index of ${indexes.map(({ path }) => path).join(', ')}`;
  return `${count}, ${by}${known ? '' : ' and reading payloads'}`;
}

export function reportOn(
  live: LiveIndex,
  { admitted, cardinality, used, selection }: ResolvedFilter,
): FilterReport {
  const count = admitted.kind === 'bits' ? live.rows.countLive(admitted.bits) : 0;
  const matches = cardinality ?? { min: count, expected: count, max: count };
  const indexes = [...used].sort().map((path) => ({ path, kind: live.payloadIndexes.get(path)!.kind }));
  return { matches, indexes, payloadsRead: selection.read };
}

function aimReport({ ef, bound, exact, basis, why }: Aim, target: number): AimReport {
  return {
    ...{ target, ef, bound: bound ?? null, exact },
    ...{
      measured: basis?.recall ?? null,
      queries: basis?.queries ?? 0,
      at: basis?.at ?? null,
      why: why ?? null,
    },
  };
}

export function reportOf(
  live: LiveIndex,
  { matches, filter: resolved }: Found,
  params: SearchParams,
  { trace, began }: { readonly trace: SearchTrace; readonly began: number },
): SearchReport {
  const { time } = live.platform;
  const searched = time.now();
  const given = params.page ? pageOf(live, matches, params.page, metricOf(live, params)) : matches;
  const hits = hydrated(live, given, params);
  const ended = time.now();
  const filter = resolved && reportOn(live, resolved);
  const known = resolved?.admitted.kind === 'bits';
  const plans = trace.plans.map((plan) =>
    sentence(plan, live.rows.slots, known ? filter?.matches.min : undefined, {
      pending: trace.windowRows,
      indexedOnly: params.indexedOnly,
    }),
  );
  const plan = plans.length === 0 ? 'nothing to search' : plans.join('; ');
  const { rowsScanned, nodesVisited, rowsMasked, candidatesRescored, windowSlots } = trace;
  const places = params.field?.part.places;
  const hitsFromWindow = given.filter(({ slot }) => windowSlots.has(places?.placeOf(slot) ?? slot)).length;
  const { windowMs: window, graphMs: graph, rescoreMs: rescore, scanMs: scan } = trace;
  const inside = window + graph + rescore + scan;
  const { aim } = params;
  const missing = params.filter ? missingFields(live, params.filter.condition) : [];
  return {
    plan: filter ? [about(filter, known), plan, ...missing].join('; ') : plan,
    hits,
    ...(aim?.target !== undefined && { recall: aimReport(aim, aim.target) }),
    ...(filter && { filter }),
    counters: { rowsScanned, nodesVisited, rowsMasked, candidatesRescored, hitsFromWindow },
    ms: {
      filter: filter ? searched - began - inside : 0,
      window,
      graph,
      rescore,
      scan,
      hydrate: ended - searched,
      total: ended - began,
    },
  };
}
