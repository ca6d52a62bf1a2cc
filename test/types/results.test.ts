/* What the options of a read make of the types of its results. tsc checks these when tests are linted. */
import { expectTypeOf, test } from 'vitest';
import type { Collection, Database, Hit, PayloadPath, PointId, StoredPoint } from '#silt/index.js';

/** An interface: it has no index signature. */
interface Paragraph {
  file: string;
  words: number;
  tags?: string[];
  at: { lat: number; lon: number };
  notes: { by: { name: string } }[];
  'a b': boolean;
}

declare const db: Database;
/** Of a collection with the unnamed field alone. */
type Plain = { readonly '': 'dense' };
declare const paragraphs: Collection<Paragraph>;
declare const plain: Collection<Paragraph, Plain>;
declare const points: Collection;
declare const entry: Entry;
declare const entries: Collection<Entry>;
declare const flag: boolean;
const QUERY = new Float32Array(2);

/** Is compiled, and never called. */
const compiled = (_: () => unknown): void => {};

test('payloads have the type of the collection, interfaces too', () => {
  compiled(async () => {
    expectTypeOf(await db.createCollection<Paragraph>('p', { dimension: 2, metric: 'l2' })).toEqualTypeOf<
      Collection<Paragraph>
    >();
    expectTypeOf(db.collection<Paragraph>('p')).toEqualTypeOf<Collection<Paragraph>>();
    expectTypeOf(db.collection('p')).toEqualTypeOf<Collection>();
    const [hit] = await paragraphs.search(QUERY);
    expectTypeOf(hit!.payload).toEqualTypeOf<Paragraph | undefined>();
    expectTypeOf(hit!.id).toEqualTypeOf<PointId>();
    expectTypeOf((await points.search(QUERY))[0]!.payload).toEqualTypeOf<
      Record<string, unknown> | undefined
    >();
  });
});

test('payloads that do not have that type are not accepted', () => {
  compiled(() => {
    const payload: Paragraph = { file: 'a', words: 1, at: { lat: 1, lon: 2 }, notes: [], 'a b': true };
    paragraphs.upsert({ id: 1, vector: [1, 2], payload });
    points.upsert({ id: 1, vector: [1, 2], payload }); // where nothing is known, any object
    // @ts-expect-error words are missing
    paragraphs.upsert({ id: 1, vector: [1, 2], payload: { file: 'a' } });
    // @ts-expect-error a payload is an object
    points.upsert({ id: 1, vector: [1, 2], payload: 'a' });
    // @ts-expect-error a point has no metadata
    points.upsert({ id: 1, vector: [1, 2], metadata: payload });
  });
});

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Entry {
  title: string & { readonly brand: 'title' };
  kind: 'a' | 'b';
  pair?: readonly [number, string | null];
  tree: { name: string; below: Entry['tree'][] };
  json: Json;
  more: unknown;
}

test('a payload with what JSON cannot represent is not accepted, however its type was declared', () => {
  compiled(() => {
    entries.upsert({ id: 1, vector: [1, 2], payload: entry });
    entries.setPayload(1, { tree: entry.tree, json: [1, { a: [null] }] });
    const dated = db.collection<{ at: Date; notes?: { when: Date }[]; size: number }>('dated');
    dated.setPayload(1, { size: 1 });
    // @ts-expect-error a Date is no JSON
    dated.upsert({ id: 1, vector: [1, 2], payload: { at: new Date(), size: 1 } });
    // @ts-expect-error nor is one within
    dated.setPayload(1, { notes: [{ when: new Date() }] });
    // @ts-expect-error nor is a bigint
    db.collection<{ count: bigint }>('counted').overwritePayload(1, { count: 7n });
  });
});

test('changes of payloads are of their type, whole or in part; at a path they are any object', () => {
  compiled(() => {
    paragraphs.setPayload(1, { words: 2, tags: null });
    paragraphs.setPayload({ filter: { must: { key: 'at.lat', range: { gt: 1 } } } }, { words: undefined });
    paragraphs.setPayload([1, 'a', 2n], { lat: 7, other: true }, { path: 'at' });
    paragraphs.deletePayload(1, ['tags', 'at.lat', 'notes[].by', 'unknown']);
    // @ts-expect-error words is a number
    paragraphs.setPayload(1, { words: '2' });
    // @ts-expect-error most of it is missing
    paragraphs.overwritePayload(1, { words: 2 });
    // @ts-expect-error paths are an array
    paragraphs.deletePayload(1, 'tags');
    expectTypeOf(points.setPayload).returns.resolves.toHaveProperty('updated').toEqualTypeOf<number>();
  });
});

test('withPayload: false leaves no payload', () => {
  compiled(async () => {
    const [hit] = await paragraphs.search(QUERY, { withPayload: false });
    expectTypeOf(hit!).not.toHaveProperty('payload');
    expectTypeOf((await paragraphs.search(QUERY, { withPayload: true }))[0]!.payload).toEqualTypeOf<
      Paragraph | undefined
    >();
    expectTypeOf((await paragraphs.search(QUERY, { withPayload: flag }))[0]!.payload).toEqualTypeOf<
      Paragraph | undefined
    >();
    expectTypeOf((await paragraphs.search(QUERY, { withPayload: undefined }))[0]!.payload).toEqualTypeOf<
      Paragraph | undefined
    >();
  });
});

test('withVector: true gives a vector, and without it there is none', () => {
  compiled(async () => {
    expectTypeOf((await plain.search(QUERY))[0]!).not.toHaveProperty('vector');
    expectTypeOf((await plain.search(QUERY, { withVector: true }))[0]!.vector).toEqualTypeOf<Float32Array>();
    expectTypeOf((await plain.search(QUERY, { withVector: flag }))[0]!.vector).toEqualTypeOf<
      Float32Array | undefined
    >();
    const batch = await plain.searchBatch([QUERY], { k: 3, withVector: true, withPayload: false });
    expectTypeOf(batch[0]![0]!.vector).toEqualTypeOf<Float32Array>();
    expectTypeOf(batch[0]![0]!).not.toHaveProperty('payload');
    const { hits } = await plain.explain(QUERY, { withVector: true });
    expectTypeOf(hits[0]!.vector).toEqualTypeOf<Float32Array>();
    for await (const point of plain.scroll()) expectTypeOf(point).not.toHaveProperty('vector');
    for await (const point of plain.scroll({ withVector: true }))
      expectTypeOf(point.vector).toEqualTypeOf<Float32Array>();
  });
});

test('a point that is read by its id has its vector', () => {
  compiled(async () => {
    expectTypeOf((await plain.get(1))!.vector).toEqualTypeOf<Float32Array>();
    expectTypeOf((await plain.get(1))!.payload).toEqualTypeOf<Paragraph | undefined>();
    expectTypeOf((await plain.getMany([1]))[0]).toEqualTypeOf<
      StoredPoint<Paragraph, true, true, Plain> | undefined
    >();
  });
});

test('where the fields are not known, a vector is any: it may have no name, or be several by their names', () => {
  compiled(async () => {
    expectTypeOf((await paragraphs.get(1))!.vector).toBeAny();
    expectTypeOf((await paragraphs.search(QUERY, { withVector: flag }))[0]!.vector).toBeAny();
    expectTypeOf((await paragraphs.search(QUERY))[0]!).not.toHaveProperty('vector');
  });
});

test('Hit and StoredPoint stand for results of any options', () => {
  expectTypeOf<Hit<Paragraph, true, true>>().toExtend<Hit<Paragraph>>();
  expectTypeOf<Hit<Paragraph>['payload']>().toEqualTypeOf<Paragraph | undefined>();
  expectTypeOf<Hit['vector']>().toBeAny();
  expectTypeOf<Hit<Paragraph, true, boolean, Plain>['vector']>().toEqualTypeOf<Float32Array | undefined>();
  expectTypeOf<StoredPoint<Paragraph, true, true>>().toExtend<StoredPoint<Paragraph>>();
});

test('paths into payloads are known, five keys deep', () => {
  expectTypeOf<PayloadPath<Paragraph>>().toEqualTypeOf<
    | 'file'
    | 'words'
    | 'tags'
    | 'tags[]'
    | 'at'
    | 'at.lat'
    | 'at.lon'
    | 'notes'
    | 'notes[]'
    | 'notes[].by'
    | 'notes[].by.name'
    | '"a b"'
  >();
  interface Tree {
    name: string;
    children: Tree[];
  }
  expectTypeOf<'children[].children[].name'>().toExtend<PayloadPath<Tree>>();
  expectTypeOf<PayloadPath<Record<string, unknown>>>().toEqualTypeOf<never>();
});

test('filters take the paths of payloads, and any other string', () => {
  compiled(() => {
    paragraphs.count({ filter: { must: { key: 'at.lat', range: { gt: 3 } } } });
    paragraphs.count({ filter: { must: { key: 'of.another.time', match: { value: 3 } } } });
    const key: string = 'file';
    paragraphs.search(QUERY, { filter: { should: [{ key, match: { contains: 'x' } }] } });
    paragraphs.createPayloadIndex('notes[].by.name', 'keyword');
    points.count({ filter: { must: { key: 'anything', match: { text: 'words' } } } });
    // @ts-expect-error a condition has one test
    paragraphs.count({ filter: { must: { key: 'file', match: { value: 'a' }, is_null: true } } });
  });
});

test('a part of a payload may lack any member, at any depth', () => {
  compiled(async () => {
    const [hit] = await paragraphs.search(QUERY, { withPayload: { include: ['at.lat', 'notes[].by'] } });
    expectTypeOf(hit!.payload!.at!.lat).toEqualTypeOf<number | undefined>();
    expectTypeOf(hit!.payload!.tags).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(hit!.payload!.notes![0]!.by!.name).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: `lon` is not in the selection
    hit!.payload!.at!.lon.toFixed();
    const page = await points.scrollPage({ withPayload: { exclude: ['text'] } });
    expectTypeOf(page.points[0]!.payload!['title']).toEqualTypeOf<unknown>();
  });
});

test('a collection of an interface goes where one of any payloads is asked for', () => {
  const ask = async (collection: Collection): Promise<unknown> =>
    (await collection.get(1))?.payload?.['file'];
  compiled(() => [points, paragraphs].map(ask));
  compiled((): readonly Collection[] => [points, paragraphs]);
  compiled(async () => {
    const hits: Hit[] = await paragraphs.search(QUERY);
    const found: StoredPoint | undefined = await paragraphs.get(1);
    const own: Paragraph = (await paragraphs.get(1))!.payload!;
    return [hits, found, own];
  });
  compiled(async () => {
    async function generic<P extends object>(collection: Collection<P>): Promise<P | undefined> {
      return (await collection.get(1))?.payload;
    }
    expectTypeOf(await generic(paragraphs)).toEqualTypeOf<Paragraph | undefined>();
  });
});
