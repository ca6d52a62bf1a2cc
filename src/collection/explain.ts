/* How a search was answered. */
import type { IndexKind } from '../filter/indexes/value-index.js';
import type { Cardinality, FilterPlan } from '../filter/plan.js';
import type { SearchPlan } from '../hnsw/plan.js';
import type { SearchTrace } from '../hnsw/search.js';
import { slotsOf } from '../hnsw/slots.js';
import type { Chosen } from './filters.js';
import type { LiveIndex } from './live-index.js';
import type { Hit } from './read.js';

export interface FilterReport {
  /** How many live points match: known (all three are one number), or estimated. */
  readonly matches: Cardinality;
  /** Payload indexes that served. None: payloads were read. */
  readonly indexes: readonly { readonly path: string; readonly kind: IndexKind }[];
  /** Payloads read for this filter so far, by this search and those before it. */
  readonly payloadsRead: number;
}

export interface SearchReport {
  /** In words: a sentence on the filter, if there is one, and one for each arena. */
  readonly plan: string;
  readonly hits: Hit[];
  readonly filter?: FilterReport;
  readonly counters: {
    /** Rows that exact scans went over: the window, or everything. */
    readonly rowsScanned: number;
    /** Rows that the walk of the graph met. */
    readonly nodesVisited: number;
    /** Among all of these, rows that are replaced or deleted. */
    readonly rowsMasked: number;
    /** Candidates of the walk whose float32 vectors were compared. */
    readonly candidatesRescored: number;
    /** Hits that were not linked yet. */
    readonly hitsFromWindow: number;
  };
  /** Milliseconds by step. `scan` is that of everything, where the plan says so. */
  readonly ms: {
    readonly filter: number;
    readonly window: number;
    readonly graph: number;
    readonly rescore: number;
    readonly scan: number;
    readonly hydrate: number;
    readonly total: number;
  };
}

const WINDOW = 'after an exact scan of the rows not linked yet';

function sentence(plan: SearchPlan, rows: number, matching: number | undefined): string {
  switch (plan.kind) {
    case 'scan':
      return `exact scan of ${matching === undefined ? `${rows} rows` : `the ${matching} matching rows`}: ${plan.why}`;
    case 'scan-codes':
      return `scan of the codes of ${plan.admitted} matching rows, the nearest compared exactly`;
    case 'graph':
      return plan.asked
        ? `graph walk with ef ${plan.ef} that reads the payload of each row it would keep, ${WINDOW}`
        : `graph walk with ef ${plan.ef}, ${WINDOW}`;
    case 'graph-among':
      return `graph walk with ef ${plan.ef} among the ${plan.admitted} matching rows of ${rows}, ${WINDOW}`;
    case 'graph-then-filter':
      return `graph walk with ef ${plan.ef}, ${WINDOW}; of the ${plan.take} nearest, those that match`;
  }
}

function about(matches: Cardinality, plan: FilterPlan, indexes: readonly string[]): string {
  const { min, expected, max } = matches;
  const one = min === 1 ? '1 point matches' : `${min} points match`;
  const count = min === max ? one : `${min} to ${max} points match, probably ${expected}`;
  const by = indexes.length > 0 ? `by the index of ${indexes.join(', ')}` : 'by reading payloads';
  return `${count}, ${by}${plan.kind === 'decided' || indexes.length === 0 ? '' : ' and reading payloads'}`;
}

function reportOn(live: LiveIndex, chosen: Chosen): FilterReport {
  const count = chosen.cardinality ? 0 : live.countLive(chosen.admission.bits);
  const matches = chosen.cardinality ?? { min: count, expected: count, max: count };
  const indexes = chosen.indexes.map((path) => ({ path, kind: live.payloadIndexes.get(path)!.kind }));
  return { matches, indexes, payloadsRead: chosen.payloadsRead() };
}

export function reportOf(
  live: LiveIndex,
  found: { hits: Hit[]; rows: readonly [number, number][]; trace: SearchTrace; chosen: Chosen | undefined },
  ms: { filter: number; hydrate: number; total: number },
): SearchReport {
  const { hits, trace, chosen } = found;
  const filter = chosen && reportOn(live, chosen);
  const matching = filter && chosen.plan.kind === 'decided' ? filter.matches.min : undefined;
  const rows = slotsOf(live.inner.rows.arenas);
  const plans = trace.plans.map((plan) => sentence(plan, rows, matching));
  const hitsFromWindow = found.rows.filter(([row]) => {
    const slot = live.slotOf(row);
    return slot !== undefined && trace.windowSlots.has(slot);
  }).length;
  const { rowsScanned, nodesVisited, rowsMasked, candidatesRescored } = trace;
  const plan = plans.length === 0 ? 'nothing to search' : plans.join('; ');
  return {
    plan: filter ? `${about(filter.matches, chosen.plan, chosen.indexes)}; ${plan}` : plan,
    hits,
    ...(filter && { filter }),
    counters: { rowsScanned, nodesVisited, rowsMasked, candidatesRescored, hitsFromWindow },
    ms: {
      filter: ms.filter,
      window: trace.windowMs,
      graph: trace.graphMs,
      rescore: trace.rescoreMs,
      scan: trace.scanMs,
      hydrate: ms.hydrate,
      total: ms.total,
    },
  };
}
