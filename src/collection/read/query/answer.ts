/* Answers to queries: hits as the caller knows them. */
import type { Hit } from '../../../api/points.js';
import type { LiveIndex } from '../../live-index.js';
import { hitAt } from '../hydrate.js';
import { Moment } from '../moment.js';
import type { Reader } from '../reader.js';
import { type Highlighter, highlighterOf } from './highlights.js';
import type { List, Scored } from './list.js';
import { Run } from './run.js';
import type { CheckedQuery } from './tree.js';

/** Rows that are hydrated in one turn. */
const HYDRATE_ROWS = 1_000;

/**
 * Points as the caller knows them. One that no id names is left out. `highlights`: made in the turn in which they were found, since it
 * has the words of that.
 */
export function hitsAt(
  live: LiveIndex,
  points: readonly Scored[],
  query: Pick<CheckedQuery, 'root' | 'withPayload' | 'withVector' | 'withSeq' | 'take'>,
  highlights: Highlighter | undefined = highlighterOf(live, query.root),
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
        ...(highlights && { highlights: highlights(rows[i]!) }),
      },
    ];
  });
}

/** The hits of a list; in several turns where they are many: undefined where something changed meanwhile. */
function hitsOf(
  live: LiveIndex,
  { points }: List,
  query: CheckedQuery,
  atOnce: boolean,
): Hit[] | Promise<Hit[] | undefined> {
  return points.length > HYDRATE_ROWS && !atOnce
    ? hitsOverTurns(live, points, query)
    : hitsAt(live, points, query);
}

async function hitsOverTurns(
  live: LiveIndex,
  points: readonly Scored[],
  query: CheckedQuery,
): Promise<Hit[] | undefined> {
  const moment = new Moment(live, undefined);
  const highlights = highlighterOf(live, query.root);
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
      return list && hitsOf(live, list, query, run.atOnce);
    }),
  );
}
