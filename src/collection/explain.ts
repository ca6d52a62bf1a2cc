/* How a search was answered. */
import type { SearchTrace } from '../hnsw/search.js';
import type { LiveIndex } from './live-index.js';
import type { Hit } from './read.js';

export interface SearchReport {
  /** In words, one sentence for each arena. */
  readonly plan: string;
  readonly hits: Hit[];
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
    readonly window: number;
    readonly graph: number;
    readonly rescore: number;
    readonly scan: number;
    readonly hydrate: number;
    readonly total: number;
  };
}

export function reportOf(
  live: LiveIndex,
  hits: Hit[],
  found: readonly [number, number][],
  trace: SearchTrace,
  { hydrateMs, totalMs }: { hydrateMs: number; totalMs: number },
): SearchReport {
  const { arenas } = live.inner.rows;
  const plans = trace.plans.map((plan, i) => {
    const { rows } = arenas[i] ?? { rows: 0 };
    return plan.kind === 'scan'
      ? `exact scan of ${rows} rows: ${plan.why}`
      : `graph walk with ef ${plan.ef}, after an exact scan of the rows not linked yet`;
  });
  const hitsFromWindow = found.filter(([row]) => {
    const place = live.inner.rows.find(row);
    return place !== undefined && trace.windowRows.has(place.arena.base + place.row);
  }).length;
  const { rowsScanned, nodesVisited, rowsMasked, candidatesRescored } = trace;
  return {
    plan: plans.length === 0 ? 'nothing to search' : plans.join('; '),
    hits,
    counters: { rowsScanned, nodesVisited, rowsMasked, candidatesRescored, hitsFromWindow },
    ms: {
      window: trace.windowMs,
      graph: trace.graphMs,
      rescore: trace.rescoreMs,
      scan: trace.scanMs,
      hydrate: hydrateMs,
      total: totalMs,
    },
  };
}
