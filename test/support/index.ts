/* Indexes for tests, and what must hold of every one of them. */
import { expect } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import type { Engine } from '#silt/hnsw/engine.js';
import { EF_DEFAULT } from '#silt/hnsw/plan.js';
import type { Match, Query } from '#silt/hnsw/query.js';
import { nearestOf } from '#silt/hnsw/scan.js';
import { searchArena } from '#silt/hnsw/search.js';
import { HnswIndex, type HnswOptions, type Id, type Metric } from '#silt/index.js';
import { rowsOf } from '#silt/vector-index/hnsw-index.js';
import { higherIsBetter, SCORES, tolerance, type Vector } from './oracle.js';

export type Rows = Map<Id, Vector>;

/** What an index stands on. */
export const engineOf = (index: HnswIndex): Engine => rowsOf(index).engine;

/**
 * What a search finds without looking up the rows that equal the query (hnsw/equal.ts): where a row is to be found by its own
 * vector, that shows that walks reach it. A look-up finds it also where no link leads there.
 */
export function walkedAlone(engine: Engine, query: Query): Match[] {
  engine.enter(query.admitted);
  try {
    const found = engine.arenas.map((arena) => searchArena(arena, query, { scanMs: Infinity }) as Match[]);
    return nearestOf(found.flat(), query.k);
  } finally {
    engine.leave();
  }
}

/** The same for an index: what `search` gives, without that look-up. */
export function searchAlone(
  index: HnswIndex,
  vector: Vector,
  k: number,
  ef: number = EF_DEFAULT,
): [Id, number][] {
  const query = { vector, k, ef, admitted: ALL, exact: false, exactBelow: 0 };
  return rowsOf(index).scored(walkedAlone(engineOf(index), query));
}

/** The index as an id → vector Map, filled one by one. */
export function indexOf(options: HnswOptions, rows: Iterable<readonly [Id, Vector]>): HnswIndex {
  const index = new HnswIndex(options);
  for (const [id, vector] of rows) index.insert(id, vector);
  return index;
}

export const numbered = (vectors: readonly Vector[], from = 0): [number, Vector][] =>
  vectors.map((vector, i) => [from + i, vector]);

/** Ids of hits. */
export const idsOf = (hits: readonly (readonly [Id, number])[]): Id[] => hits.map(([id]) => id);

/**
 * What holds of any answer, exact or not: as many hits as asked for or there are, none twice, every one alive
 * and admitted, its score that of its present vector, best first, nothing NaN.
 */
export function expectSound(
  hits: readonly (readonly [Id, number])[],
  o: { rows: Rows; metric: Metric; query: Vector; k: number; filter?: (id: Id) => boolean },
): void {
  const { rows, metric, query, k, filter = () => true } = o;
  const admitted = [...rows.keys()].filter(filter).length;
  if (hits.length !== Math.min(k, admitted))
    expect.fail(`${hits.length} hits for k = ${k} and ${admitted} rows that match`);
  const seen = new Set<Id>();
  let last: number | undefined;
  for (const [id, score] of hits) {
    const vector = rows.get(id);
    if (!vector) expect.fail(`id ${id} is not alive`);
    if (!filter(id)) expect.fail(`id ${id} is not admitted`);
    if (seen.has(id)) expect.fail(`id ${id} comes twice`);
    seen.add(id);
    const exact = SCORES[metric](query, vector);
    const off = Math.abs(score - exact);
    if (!(off <= tolerance(metric, query, vector))) expect.fail(`id ${id}: score ${score}, not ${exact}`);
    if (last !== undefined && (higherIsBetter(metric) ? score > last : score < last))
      expect.fail(`score ${score} stands behind ${last}`);
    last = score;
  }
}

/** An exact answer: sound, and no row left out that is better than the last by more than the tolerance. */
export function expectExact(
  hits: readonly (readonly [Id, number])[],
  o: { rows: Rows; metric: Metric; query: Vector; k: number; filter?: (id: Id) => boolean },
): void {
  expectSound(hits, o);
  const { rows, metric, query, filter = () => true } = o;
  const worst = hits.at(-1)?.[1];
  if (worst === undefined) return;
  const found = new Set(idsOf(hits));
  const sign = higherIsBetter(metric) ? 1 : -1;
  for (const [id, vector] of rows) {
    if (found.has(id) || !filter(id)) continue;
    const better = sign * (SCORES[metric](query, vector) - worst);
    if (better > 0 && better > 2 * tolerance(metric, query, vector))
      expect.fail(`id ${id} is better than the last hit`);
  }
}

/**
 * Every row is found by its own vector, at rank 1 but for rows that tie with it. `misses`: so many need not be,
 * where a walk decides; none by default. Searches by `searchAlone` say whether walks reach the rows; others find each by what
 * it contains.
 */
export function expectOwnRank(
  search: (query: Vector, k: number) => [Id, number][],
  o: { rows: Rows; metric: Metric; misses?: number },
): void {
  const missed: string[] = [];
  for (const [id, vector] of o.rows) {
    const hits = search(vector, 1);
    if (hits[0]?.[0] === id) continue;
    const [best, score] = hits[0] ?? expect.fail(`no hit for the vector of id ${id}`);
    const own = SCORES[o.metric](vector, vector);
    // Under dot, longer rows of the same direction may be better than the row itself.
    const off = higherIsBetter(o.metric) ? own - score : score - own;
    if (off > 2 * tolerance(o.metric, vector, vector) + 1e-6 * Math.abs(own))
      missed.push(`the vector of id ${id} finds ${best} at ${score}, not itself at ${own}`);
  }
  if (missed.length > (o.misses ?? 0)) expect.fail(missed.slice(0, 5).join('\n'));
}

/** The code of what a call throws. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return undefined;
}
