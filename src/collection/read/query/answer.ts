/* Answers to queries: hits as the caller knows them. */
import type { Hit } from '../../../api/points.js';
import type { LiveIndex } from '../../live-index.js';
import type { Highlights } from '../highlights.js';
import { hitAt } from '../hydrate.js';
import { Moment } from '../moment.js';
import type { Reader } from '../reader.js';
import type { List, Scored } from './list.js';
import { Run } from './run.js';
import type { CheckedQuery } from './tree.js';

/** Rows that are hydrated in one turn. */
const HYDRATE_ROWS = 1_000;

/** Points as the caller knows them. One that no id names is left out. */
export function hitsAt(
  live: LiveIndex,
  points: readonly Scored[],
  query: Pick<CheckedQuery, 'withPayload' | 'withVector' | 'withSeq' | 'take'>,
  highlights: Highlights | undefined,
): Hit[] {
  const rows = points.map(({ slot }) => live.rows.rowAt(slot));
  live.stored.touch(rows, query.withPayload !== false);
  return points.flatMap(({ score, orderValue }, i) => {
    const hit: Hit | undefined = hitAt(live, rows[i]!, score, query);
    if (!hit) return [];
    if (orderValue === undefined && !highlights) return [hit];
    return [
      {
        ...hit,
        ...(orderValue !== undefined && { orderValue }),
        ...(highlights && { highlights: highlights.of(rows[i]!) }),
      },
    ];
  });
}

/** The hits of a list; in several turns where they are many: undefined where something changed meanwhile. */
function hitsOf(
  live: LiveIndex,
  { points }: List,
  query: CheckedQuery,
  run: Run,
): Hit[] | Promise<Hit[] | undefined> {
  const highlights = run.highlightsOf(query.root);
  return points.length > HYDRATE_ROWS && !run.atOnce
    ? hitsOverTurns(live, points, query, highlights)
    : hitsAt(live, points, query, highlights);
}

async function hitsOverTurns(
  live: LiveIndex,
  points: readonly Scored[],
  query: CheckedQuery,
  highlights: Highlights | undefined,
): Promise<Hit[] | undefined> {
  const moment = new Moment(live, undefined);
  const hits: Hit[] = [];
  for (let at = 0; at < points.length; at += HYDRATE_ROWS) {
    if (at > 0) await live.platform.time.takeTurn();
    query.signal?.throwIfAborted();
    if (!moment.lasts(points)) return undefined;
    hits.push(...hitsAt(live, points.slice(at, at + HYDRATE_ROWS), query, highlights));
  }
  return hits;
}

/** Answers a query, in the turns that it takes. */
export function queryPoints(
  live: LiveIndex,
  reader: Reader,
  query: CheckedQuery,
  ending: AbortSignal,
): Promise<Hit[]> {
  const run = new Run(live, reader, query.signal, ending);
  return reader.during(() =>
    run.answer(() => {
      const list = run.listOf(query.root);
      return list && hitsOf(live, list, query, run);
    }),
  );
}
