/*
 * The best points of each group: of those that a query finds, the groups of the best, and the best of each. Where a group is not
 * full, the query is asked for more points, until all groups are, or it finds no more.
 */
import type { Group } from '../../../api/query.js';
import { newBits, setBit } from '../../../filter/bits.js';
import type { Path } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import type { Reader } from '../reader.js';
import { hitsAt } from './answer.js';
import type { FacetMemo, FacetValue } from './facet-memo.js';
import type { List, Scored } from './list.js';
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

/** The first groups, by the best of each. `keys`: what is known of these points. */
function groupsOf({ points }: List, keys: FacetMemo, { size, count, offset }: Grouping): Members[] {
  const groups = new Map<FacetValue, Members>();
  for (const point of points)
    keys.forEachAt(point.slot, (number) => {
      const key = keys.values[number]!;
      const group = groups.get(key) ?? { key, points: [] };
      if (group.points.length === 0 && groups.size === offset + count) return;
      groups.set(key, group);
      const known = group.points.some(({ slot }) => slot === point.slot);
      if (group.points.length < size && !known) group.points.push(point);
    });
  return [...groups.values()];
}

function slotsOf({ points }: List, { rows }: LiveIndex): Uint32Array {
  const bits = newBits(rows.slots);
  for (const { slot } of points) setBit(bits, slot);
  return bits;
}

export function queryGroups(
  live: LiveIndex,
  reader: Reader,
  query: CheckedQuery,
  grouping: Grouping,
  ending: AbortSignal,
): Promise<Group[]> {
  const { path, size, count, offset } = grouping;
  const run = new Run(live, reader, query.signal, ending);
  // Numbers, and not payloads: where groups are never full, all points are looked at.
  const keys = reader.memos.facets(path);
  let k = 2 * size * (count + offset);
  const make = (): Group[] | undefined => {
    for (;;) {
      const list = run.listOf({ ...query.root, k, offset: 0 });
      if (!list || !run.learned(keys, slotsOf(list, live))) return undefined;
      const groups = groupsOf(list, keys, grouping);
      const full = groups.length === count + offset && groups.every(({ points }) => points.length === size);
      if (!full && list.points.length === k) {
        k *= GROWTH;
        continue;
      }
      const highlights = run.highlightsOf(query.root);
      return groups
        .slice(offset)
        .map(({ key, points }) => ({ key, hits: hitsAt(live, points, query, highlights) }));
    }
  };
  return reader.during(() => run.answer(make));
}
