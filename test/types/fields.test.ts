/* What the compiler knows of the fields of a collection, from the configuration that it was made with. */
import { expectTypeOf, test } from 'vitest';
import type {
  Collection,
  CollectionConfig,
  Database,
  FieldsOf,
  Filter,
  HasVectorCondition,
  Payload,
  PointInput,
  SparseVector,
} from '#silt/index.js';

interface Article {
  title: string;
}

const CONFIG = {
  vectors: {
    title: { dimension: 2, metric: 'cosine' },
    pages: { dimension: 2, metric: 'cosine', multi: true },
  },
  sparse: { words: {} },
  text: { body: { path: 'body' } },
} as const;

type Known = {
  readonly title: 'dense';
  readonly pages: 'multi';
  readonly words: 'sparse';
  readonly body: 'text';
};

declare const db: Database;
declare const any: Collection;
declare const articles: Collection<Article, Known>;
declare const flag: boolean;
const QUERY = [1, 2];
const WORDS: SparseVector = { indices: [1], values: [1] };

type FieldsIn<C> = C extends Collection<Article, infer F> ? F : never;

/** Is compiled, and never called. */
const compiled = (_: () => unknown): void => {};

test('the fields are those of the literal configuration', () => {
  expectTypeOf<FieldsOf<typeof CONFIG>>().toEqualTypeOf<Known>();
  expectTypeOf<
    FieldsOf<{ dimension: 2; metric: 'dot'; sparse: { words: { modifier: 'idf' } } }>
  >().toEqualTypeOf<{
    readonly '': 'dense';
    readonly words: 'sparse';
  }>();
  compiled(async () => {
    expectTypeOf(await db.createCollection('a', CONFIG)).toEqualTypeOf<Collection<Payload, Known>>();
    expectTypeOf(await db.getOrCreateCollection<Article, typeof CONFIG>('a', CONFIG)).toEqualTypeOf<
      Collection<Article, Known>
    >();
    const made = await db.createCollection('a', { vectors: { title: { dimension: 2, metric: 'l2' } } });
    expectTypeOf(made).toEqualTypeOf<Collection<Payload, { readonly title: 'dense' }>>();
    expectTypeOf(db.collection<Article, Known>('a')).toEqualTypeOf<Collection<Article, Known>>();
  });
});

test('of a configuration that does not tell the names, and with a type of payloads alone, any field passes', () => {
  expectTypeOf<FieldsOf<CollectionConfig>>().toBeAny();
  compiled(async () => {
    const config: CollectionConfig = CONFIG;
    expectTypeOf(await db.createCollection('a', config)).toEqualTypeOf<Collection>();
    expectTypeOf(await db.createCollection<Article>('a', CONFIG)).toEqualTypeOf<Collection<Article>>();
    any.upsert({ id: 1, vector: { anything: [1, 2], other: WORDS } });
    any.search(QUERY, { using: 'anything', withVector: ['other'] });
  });
});

test('a configuration has no members that there are not, at any depth', () => {
  compiled(() => {
    // @ts-expect-error
    db.createCollection('a', { vector: { title: { dimension: 2, metric: 'l2' } } });
    // @ts-expect-error
    db.createCollection('a', { vectors: { title: { dimension: 2, metric: 'l2', mutli: true } } });
    // @ts-expect-error
    db.createCollection('a', { dimension: 2, metric: 'l2', hnsw: { efConstructoin: 7 } });
    // @ts-expect-error
    db.createCollection('a', { dimension: 2, metric: 'lenght' });
    // @ts-expect-error
    db.createCollection('a', { sparse: { words: { modifier: 'idff' } } });
  });
});

test('points have vectors of the fields and their kinds', () => {
  compiled(() => {
    articles.upsert([{ id: 1 }, { id: 2, vector: { title: QUERY, words: WORDS, pages: [QUERY, QUERY] } }]);
    articles.upsert({ id: 1, vector: { title: flag ? QUERY : undefined }, payload: { title: 'a' } });
    articles.batch([{ upsert: { id: 1, vector: { title: QUERY } } }]);
    // @ts-expect-error
    articles.upsert({ id: 1, vector: { titel: QUERY } });
    // @ts-expect-error
    articles.upsert({ id: 1, vector: { title: WORDS } });
    // @ts-expect-error
    articles.upsert({ id: 1, vector: { words: QUERY } });
    // @ts-expect-error
    articles.upsert({ id: 1, vector: { pages: QUERY } });
    // @ts-expect-error a text is in the payload
    articles.upsert({ id: 1, vector: { body: QUERY } });
    // @ts-expect-error there is no unnamed field
    articles.upsert({ id: 1, vector: QUERY });
    // @ts-expect-error
    articles.ingest([{ id: 1, vector: { titel: QUERY } }]);
    // @ts-expect-error
    articles.batch([{ upsert: { id: 1, vector: { titel: QUERY } } }]);
  });
});

test('names of fields are known to searches, queries and what else takes one', () => {
  compiled(() => {
    articles.search(QUERY, { using: 'title', withVector: ['title', 'words'] });
    articles.search({ text: 'a' }, { using: 'body' });
    articles.query({ query: QUERY, using: 'title', prefetch: { query: WORDS, using: 'words' } });
    // @ts-expect-error
    articles.search(QUERY, { using: 'titel' });
    // @ts-expect-error
    articles.searchBatch([QUERY], { withVector: ['titel'] });
    // @ts-expect-error
    articles.query({ query: QUERY, using: 'title', prefetch: { query: WORDS, using: 'word' } });
    // @ts-expect-error
    articles.distanceMatrix({ using: 'body' });
    // @ts-expect-error
    articles.measureRecall({ using: 'titel' });
    // @ts-expect-error a text is no vector
    articles.scroll({ withVector: ['body'] });
  });
});

test('names of fields are known to changes and deletions of vectors, and to filters', () => {
  compiled(() => {
    articles.updateVectors({ id: 1, vector: { title: QUERY, words: flag ? WORDS : undefined } });
    articles.deleteVectors({ filter: { must: { has_vector: 'pages' } } }, ['title', 'words']);
    articles.batch([
      { updateVectors: { id: 1, vector: { title: QUERY } } },
      { deleteVectors: 1, fields: ['title'] },
    ]);
    articles.count({ filter: { should: [{ has_vector: 'words' }, { must_not: { has_vector: 'title' } }] } });
    const plain: Filter = { must: { has_vector: 'anything' } };
    articles.search(QUERY, { using: 'title', filter: plain });
    expectTypeOf<HasVectorCondition<Known>['has_vector']>().toEqualTypeOf<
      'title' | 'words' | 'pages' | (string & Record<never, never>)
    >();
    any.updateVectors([
      { id: 1, vector: QUERY },
      { id: 2, vector: { anything: [QUERY] } },
    ]);
    any.deleteVectors(1, ['anything']);
    any.search(QUERY, { filter: { must: { has_vector: 'anything' } } });
    // @ts-expect-error
    articles.updateVectors({ id: 1, vector: { titel: QUERY } });
    // @ts-expect-error
    articles.updateVectors([{ id: 1, vector: { words: QUERY } }]);
    // @ts-expect-error there is no unnamed field
    articles.updateVectors({ id: 1, vector: QUERY });
    // @ts-expect-error a text is no vector
    articles.deleteVectors(1, ['body']);
    // @ts-expect-error
    articles.batch([{ updateVectors: { id: 1, vector: { titel: QUERY } } }]);
    // @ts-expect-error
    articles.batch([{ deleteVectors: 1, fields: ['titel'] }]);
  });
});

test('a field that is created later is known to the collection that createField resolves with', () => {
  compiled(async () => {
    const grown = await articles.createField('summary', { vector: { dimension: 3, metric: 'dot' } });
    expectTypeOf<keyof FieldsIn<typeof grown>>().toEqualTypeOf<keyof Known | 'summary'>();
    const wider = await grown.createField('tags', { sparse: {} });
    await wider.search(QUERY, { using: 'summary' });
    // @ts-expect-error: no field has this name
    await wider.search(QUERY, { using: 'sumary' });
    const many = await wider.createField('tokens', { vector: { dimension: 3, metric: 'dot', multi: true } });
    const [hit] = await many.search(QUERY, { using: 'tokens', withVector: true });
    expectTypeOf(hit!.vector!.tokens).toEqualTypeOf<readonly Float32Array[] | undefined>();
    const any: Collection<Article> = many;
    expectTypeOf(await any.createField('x', { text: { path: 'x' } })).toEqualTypeOf<Collection<Article>>();
  });
});

test('results have the vectors of the fields, as far as they are asked for', () => {
  type Words = { readonly indices: Uint32Array; readonly values: Float32Array };
  compiled(async () => {
    const { vector } = (await articles.get(1))!;
    expectTypeOf(vector!.title).toEqualTypeOf<Float32Array | undefined>();
    expectTypeOf(vector!.words).toEqualTypeOf<Words | undefined>();
    expectTypeOf(vector!.pages).toEqualTypeOf<readonly Float32Array[] | undefined>();
    expectTypeOf(vector!).not.toHaveProperty('body');
    const [hit] = await articles.search(QUERY, { using: 'title', withVector: ['words'] });
    expectTypeOf(hit!.vector!.words).toEqualTypeOf<Words | undefined>();
    expectTypeOf(hit!.vector!).not.toHaveProperty('title');
    const [found] = await articles.query({ query: QUERY, using: 'title', withVector: true });
    expectTypeOf(found!.vector!.title).toEqualTypeOf<Float32Array | undefined>();
    expectTypeOf((await articles.scrollPage()).points[0]!).not.toHaveProperty('vector');
    expectTypeOf((await articles.search(QUERY, { withVector: flag }))[0]!.vector!.title).toEqualTypeOf<
      Float32Array | undefined
    >();
  });
});

test('where the unnamed field is the only one, results have its vector', () => {
  compiled(async () => {
    const plain = await db.createCollection('a', { dimension: 2, metric: 'l2' });
    expectTypeOf((await plain.get(1))!.vector).toEqualTypeOf<Float32Array>();
    expectTypeOf((await plain.search(QUERY, { withVector: true }))[0]!.vector).toEqualTypeOf<Float32Array>();
    const points: PointInput[] = [];
    plain.upsert(points);
    // @ts-expect-error
    plain.search(QUERY, { using: 'title' });
  });
});

test('a collection of known fields goes where one of any is asked for, and the other way', () => {
  const ask = async (collection: Collection<Article>): Promise<unknown> => collection.count();
  compiled(() => ask(articles));
  compiled(async (): Promise<readonly Collection[]> => [any, await db.createCollection('a', CONFIG)]);
  compiled((): Collection<Payload, Known> => any);
  compiled(async () => {
    const made: Collection<Article> = await db.createCollection('a', CONFIG);
    return made;
  });
});
