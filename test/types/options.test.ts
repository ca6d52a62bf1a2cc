/* Options as types: misspelt ones are errors, and every optional member accepts undefined. */
import { expectTypeOf, test } from 'vitest';
import type {
  Collection,
  CollectionConfig,
  Database,
  Filter,
  IngestOptions,
  OpenOptions,
  RecallOptions,
  ScrollOptions,
  SearchOptions,
  UpsertOptions,
  VerifyOptions,
  WatchOptions,
} from '#silt/index.js';
import { AsyncIndexBuilder, HnswIndex, open } from '#silt/index.js';

declare const points: Collection;
declare const db: Database;
declare const filter: Filter | undefined;
declare const signal: AbortSignal | undefined;
const QUERY = [1, 2];
const compiled = (_: () => unknown): void => {};

test('a misspelt option is an error', () => {
  compiled(() => {
    // @ts-expect-error
    points.search(QUERY, { k: 3, topK: 3 });
    // @ts-expect-error
    points.search(QUERY, { limit: 3 });
    // @ts-expect-error
    points.upsert([], { durabilty: 'committed' });
    // @ts-expect-error
    points.scroll({ withVector: true, with_payload: true });
    // @ts-expect-error
    points.explain(QUERY, { withVector: true, filters: {} });
    // @ts-expect-error
    points.watch({ interval: 3 });
    // @ts-expect-error
    points.ingest([], { batch: 3 });
    // @ts-expect-error
    open('./data', { closeBudget: 3 });
    // @ts-expect-error
    db.createCollection('p', { dimensions: 3, metric: 'dot' });
    // @ts-expect-error
    points.count({ must: { key: 'a', is_null: true } });
  });
});

test('optional members accept undefined, whatever it is read from', () => {
  compiled(() => {
    points.search(QUERY, { k: undefined, filter, signal, withVector: undefined, ef: undefined });
    points.upsert({ id: 1, vector: QUERY, payload: undefined }, { signal, durability: undefined });
    points.count({ filter });
    points.watch({ signal, intervalMs: undefined });
    open(undefined, { readOnly: undefined });
    new HnswIndex({ dimension: 2, metric: 'ip', m: undefined, threads: undefined });
  });
  type Undefinable<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };
  // With exactOptionalPropertyTypes a member that does not name undefined would be left.
  expectTypeOf<keyof Undefinable<Required<SearchOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<UpsertOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<IngestOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<ScrollOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<OpenOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<WatchOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<VerifyOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<RecallOptions>>>().toEqualTypeOf<never>();
  expectTypeOf<keyof Undefinable<Required<CollectionConfig>>>().toEqualTypeOf<never>();
});

test('both spellings of options that have two are accepted', () => {
  compiled(() => {
    db.createCollection('a', { dimension: 2, metric: 'dot', indexing: { mergeThreshold: 3, threads: 2 } });
    db.createCollection('a', {
      dimension: 2,
      metric: 'dot',
      indexing: { merge_threshold: 3, segmentCount: 2 },
    });
    db.createCollection('a', { dimension: 2, metric: 'dot', storage: 'disk' });
    db.createCollection('a', { dimension: 2, metric: 'dot', vectors: 'disk' });
    const index = new HnswIndex({ dimension: 2, metric: 'dot', segmentCount: 2 });
    new AsyncIndexBuilder(index, { merge_threshold: 2, segment_count: 1 });
    new AsyncIndexBuilder(index, { mergeThreshold: 2, threads: 1 });
  });
});
