/* What the oracle of queries finds, and orders that go by no vector: see query-oracle.ts. */
import type { PointId } from '#silt/index.js';
import { valuesOf } from './filter-oracle.js';
import { type Json, timeOf } from './formula-oracle.js';

export interface OracleHit {
  readonly id: PointId;
  readonly score: number;
  readonly orderValue?: number;
}

/** Best first; points of one score are in the order of writing. */
export interface Ranking {
  readonly hits: readonly OracleHit[];
  readonly higher: boolean;
}

export function compareIds(a: PointId, b: PointId): number {
  if (typeof a !== typeof b) return typeof a === 'string' ? 1 : -1;
  return a < b ? -1 : 1;
}

export function inOrder(
  among: readonly { readonly id: PointId; readonly payload: Json | undefined }[],
  orderBy: unknown,
): Ranking {
  const { key, direction, startFrom } = (typeof orderBy === 'string' ? { key: orderBy } : orderBy) as {
    key: string;
    direction?: string;
    startFrom?: unknown;
  };
  const descending = direction === 'desc';
  const start = startFrom instanceof Date ? startFrom.getTime() * 1_000 : (timeOf(startFrom) ?? startFrom);
  const hits = among.flatMap(({ id, payload }) => {
    const values = valuesOf(payload ?? {}, key)
      .flat(1)
      .map((value) => timeOf(value) ?? value)
      .filter((value): value is number => typeof value === 'number');
    return [...new Set(values)]
      .filter((value) => {
        if (start === undefined) return true;
        return descending ? value <= (start as number) : value >= (start as number);
      })
      .map((value) => ({ id, score: value, orderValue: value }));
  });
  hits.sort((a, b) => (descending ? b.score - a.score : a.score - b.score));
  return { hits, higher: descending };
}
