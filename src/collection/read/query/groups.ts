/*
 * The best points of each group: of those that a query finds, the groups of the best, and the best of each. Where a group is not
 * full, the query is asked for more points, until all groups are, or it finds no more.
 */
import type { Group } from '../../../api/query.js';
import { elementsOf, type Path, valuesAt } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import type { Reader } from '../reader.js';
import { hitsAt } from './answer.js';
import { type FacetValue, isFacetValue } from './facet-memo.js';
import type { List, Scored } from './list.js';
import type { PayloadMemo } from './memos.js';
import { Run } from './run.js';
import type { CheckedQuery } from './tree.js';

/** What groups are made of a query. */
export interface Grouping {
  readonly path: Path;
  readonly size: number;
  /** So many groups, behind so many. */
  readonly count: number;
  readonly offset: number;
}

/** How many times as many points are asked for where groups are not full. */
const GROWTH = 4;

interface Members {
  readonly key: FacetValue;
  readonly points: Scored[];
}

/** The first groups, by the best of each. */
function groupsOf(
  { points }: List,
  payloads: PayloadMemo,
  { path, size, count, offset }: Grouping,
): Members[] {
  const groups = new Map<FacetValue, Members>();
  for (const point of points)
    for (const key of new Set(
      elementsOf(valuesAt(payloads.get(point.slot).payload, path)).filter(isFacetValue),
    )) {
      const group = groups.get(key) ?? { key, points: [] };
      if (group.points.length === 0 && groups.size === offset + count) continue;
      groups.set(key, group);
      const known = group.points.some(({ slot }) => slot === point.slot);
      if (group.points.length < size && !known) group.points.push(point);
    }
  return [...groups.values()];
}

export function queryGroups(
  live: LiveIndex,
  reader: Reader,
  query: CheckedQuery,
  grouping: Grouping,
  ending: AbortSignal,
): Promise<Group[]> {
  const { size, count, offset } = grouping;
  const run = new Run(live, reader, query.signal, ending);
  let k = 2 * size * (count + offset);
  const make = (): Group[] | undefined => {
    for (;;) {
      const list = run.listOf({ ...query.root, k, offset: 0 });
      const payloads = list && run.payloadsOf(list.points.map(({ slot }) => slot));
      if (!payloads) return undefined;
      const groups = groupsOf(list, payloads, grouping);
      const full = groups.length === count + offset && groups.every(({ points }) => points.length === size);
      if (!full && list.points.length === k) {
        k *= GROWTH;
        continue;
      }
      return groups.slice(offset).map(({ key, points }) => ({ key, hits: hitsAt(live, points, query) }));
    }
  };
  return reader.during(() => run.answer(make));
}
