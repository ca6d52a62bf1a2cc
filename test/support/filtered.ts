/* Collections with payloads beside the Map that they must agree with, whatever filter is asked. */
import { expect } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import type { Collection, Hit, IndexKind, PointId } from '#silt/index.js';
import { failureOf } from './databases.js';
import { matchesFilter } from './filter-oracle.js';
import { IDS, mayDelete, randomPayload } from './filters.js';
import { expectExact, expectSound, type Rows } from './index.js';
import { bruteForce, higherIsBetter, tolerance } from './oracle.js';
import { type Random, randomOf, vectorsFor } from './random.js';

type Json = Record<string, unknown>;

export interface FilteredRow {
  readonly vector: Float32Array;
  readonly payload: Json | undefined;
}

/** Paths that the random filters ask about, with a kind that suits each, and one more. */
export const INDEXED: readonly (readonly [path: string, suited: IndexKind, other: IndexKind])[] = [
  ['n', 'integer', 'float'],
  ['s', 'keyword', 'text'],
  ['flag', 'bool', 'keyword'],
  ['at', 'datetime', 'keyword'],
  ['place', 'geo', 'float'],
  ['tags', 'text', 'keyword'],
  ['tags[]', 'keyword', 'text'],
  ['tags[0]', 'keyword', 'bool'],
  ['sub.n', 'float', 'integer'],
  ['sub.s', 'keyword', 'uuid'],
  ['sub."x y".at', 'datetime', 'text'],
  ['list[].n', 'integer', 'datetime'],
  ['list[].s', 'text', 'keyword'],
  ['list[].tags', 'keyword', 'text'],
  ['list[].tags[]', 'keyword', 'geo'],
  ['list[].at', 'datetime', 'keyword'],
  ['list[].place', 'geo', 'keyword'],
  ['list[1].s', 'uuid', 'text'],
  ['list', 'keyword', 'integer'],
  ['sub', 'keyword', 'geo'],
  ['gone', 'keyword', 'text'],
  ['constructor', 'keyword', 'float'],
];

export const inText = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

/** Integers before strings; strings by their UTF-8. */
export function byId(a: PointId, b: PointId): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'string' || typeof b === 'string') return typeof a === 'string' ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Points with random payloads, and the ids that random filters name among the first. */
export function randomPoints(
  random: Random,
  vectors: readonly Float32Array[],
  from = 0,
): { id: PointId; vector: Float32Array; payload?: Json }[] {
  return vectors.map((vector, i) => {
    const payload = randomPayload(random);
    const id = from === 0 ? (IDS[i] ?? i + 100) : from + i;
    return { id, vector, ...(payload && { payload }) };
  });
}

const pairsOf = (hits: readonly Hit[]): [never, number][] =>
  hits.map(({ id, score }) => [id as never, score]);

/** The nearest of the points that match, by brute force. */
interface Best {
  readonly matching: readonly PointId[];
  readonly query: Float32Array;
  readonly k: number;
  readonly rows: Rows;
  readonly best: readonly (readonly [unknown, number])[];
}

export class FilterTwin {
  collection: Collection;
  readonly rows: Map<PointId, FilteredRow> = new Map();
  readonly indexes: Map<string, IndexKind> = new Map();
  /** Of approximate searches: hits that are as good as those of brute force, and how many there should be. */
  readonly recall: { found: number; wanted: number } = { found: 0, wanted: 0 };
  #best: Best | undefined;

  constructor(collection: Collection) {
    this.collection = collection;
  }

  async put(points: readonly { id: PointId; vector: Float32Array; payload?: Json }[]): Promise<void> {
    const written = this.collection.upsert(points);
    for (const { id, vector, payload } of points) this.rows.set(id, { vector, payload });
    this.#best = undefined;
    await written;
  }

  async remove(ids: readonly PointId[]): Promise<void> {
    const deleted = ids.filter((id) => this.rows.delete(id)).length;
    this.#best = undefined;
    expect((await this.collection.delete(ids)).deleted).toBe(deleted);
  }

  async index(path: string, kind: IndexKind): Promise<void> {
    this.indexes.set(path, kind);
    await this.collection.createPayloadIndex(path, kind);
  }

  async drop(path: string): Promise<void> {
    expect(await this.collection.dropPayloadIndex(path)).toBe(this.indexes.delete(path));
  }

  /** Indexes of about `share` of all paths, most of a kind that suits. */
  async indexSome(random: Random, share: number): Promise<void> {
    for (const [path, suited, other] of INDEXED)
      if (random() < share) await this.index(path, random() < 0.7 ? suited : other);
  }

  matches(filter: Filter, id: PointId): boolean {
    return matchesFilter(filter, this.rows.get(id)?.payload, id);
  }

  matching(filter: Filter): PointId[] {
    const ids: PointId[] = [];
    for (const [id, { payload }] of this.rows) if (matchesFilter(filter, payload, id)) ids.push(id);
    return ids;
  }

  /** Ids with their vectors; those that match alone. */
  vectorsOf(ids: readonly PointId[]): Rows {
    return new Map(ids.map((id) => [id, this.rows.get(id)!.vector])) as unknown as Rows;
  }

  async expectCount(filter: Filter, matching: readonly PointId[] = this.matching(filter)): Promise<void> {
    expect(await this.collection.count({ filter }), inText(filter)).toBe(matching.length);
  }

  async expectScroll(
    filter: Filter,
    o: { limit?: number; after?: PointId } = {},
    matching: readonly PointId[] = this.matching(filter),
  ): Promise<void> {
    const { limit = Infinity, after } = o;
    const expected = [...matching]
      .sort(byId)
      .filter((id) => after === undefined || byId(id, after) > 0)
      .slice(0, limit);
    const met: PointId[] = [];
    for await (const { id, payload } of this.collection.scroll({ filter, ...o })) {
      met.push(id);
      if (inText(payload) !== inText(this.rows.get(id)?.payload))
        expect(payload).toEqual(this.rows.get(id)?.payload);
    }
    expect(met, inText({ filter, ...o })).toEqual(expected);
  }

  expectExactHits(hits: readonly Hit[], query: Float32Array, k: number, matching: readonly PointId[]): void {
    const { metric } = this.collection.config;
    expectExact(pairsOf(hits), { rows: this.vectorsOf(matching), metric, query, k });
  }

  /** All match, none twice, as many as there can be; notes how many are as good as they can be. */
  expectHits(
    hits: readonly Hit[],
    query: Float32Array,
    k: number,
    matching: readonly PointId[],
    recall: { found: number; wanted: number } = this.recall,
  ): void {
    const { metric } = this.collection.config;
    const { rows, best } = this.#bestOf(matching, query, k);
    expectSound(pairsOf(hits), { rows, metric, query, k });
    if (best.length === 0) return;
    const worst = best.at(-1)![1];
    const sign = higherIsBetter(metric) ? 1 : -1;
    for (const { id, score } of hits)
      if (sign * (worst - score) <= tolerance(metric, query, rows.get(id as never)!)) recall.found++;
    recall.wanted += best.length;
  }

  /** What is asked twice, by `explain` and by `search`, is computed once, until points are written. */
  #bestOf(matching: readonly PointId[], query: Float32Array, k: number): Best {
    const last = this.#best;
    if (last?.matching === matching && last.query === query && last.k === k) return last;
    const rows = last?.matching === matching ? last.rows : this.vectorsOf(matching);
    const best = bruteForce(this.collection.config.metric, rows, query, k);
    this.#best = { matching, query, k, rows, best };
    return this.#best;
  }

  async expectSearch(
    filter: Filter,
    query: Float32Array,
    o: { k: number; ef?: number; exact?: boolean },
    matching: readonly PointId[] = this.matching(filter),
  ): Promise<void> {
    const hits = await this.collection.search(query, { ...o, filter });
    for (const { id, payload } of hits)
      if (inText(payload) !== inText(this.rows.get(id)?.payload))
        expect.fail(`id ${String(id)}: another payload`);
    if (o.exact) this.expectExactHits(hits, query, o.k, matching);
    else this.expectHits(hits, query, o.k, matching);
  }

  /** Deletes what matches, and nothing else. A filter that lacks a part deletes nothing: false. */
  async removeMatching(filter: Filter): Promise<boolean> {
    const matching = this.matching(filter);
    if (!mayDelete(filter)) {
      expect(await failureOf(() => this.collection.delete({ filter })), inText(filter)).toBe(
        'INVALID_FILTER',
      );
      return false;
    }
    const { deleted } = await this.collection.delete({ filter });
    expect(deleted, inText(filter)).toBe(matching.length);
    for (const id of matching) this.rows.delete(id);
    this.#best = undefined;
    await this.expectAll();
    return true;
  }

  /** Every point is there, whole, and nothing else. */
  async expectAll(): Promise<void> {
    expect(await this.collection.count()).toBe(this.rows.size);
    await this.expectScroll({});
  }

  /** Indexes say what they are of, and have taken in every row. */
  expectReady(): void {
    const infos = this.collection.info().payloadIndexes;
    expect(infos.map(({ path, kind, state }) => [path, kind, state])).toEqual(
      [...this.indexes].map(([path, kind]) => [path, kind, 'ready']),
    );
  }
}

/** A collection's worth of random points. */
export function randomRows(
  seed: number,
  count: number,
  metric: string,
  dimension: number,
  from = 0,
): { id: PointId; vector: Float32Array; payload?: Json }[] {
  return randomPoints(randomOf(seed), vectorsFor(metric, seed, count, dimension), from);
}
