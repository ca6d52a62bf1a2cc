/* Random filters and queries: by the client, in the lenient forms that Qdrant takes, and by a collection's own calls. */
import { expect, test } from 'vitest';
import type { FilterCondition, Filter as SiltFilter } from '#silt/api/filter.js';
import { open } from '#silt/index.js';
import { scoreOut } from '#silt/server/qdrant/floats.js';
import { type Filter, QdrantClient } from '#silt/server/qdrant/index.js';
import { amount } from '../../support/amount.js';
import { randomFilter, randomPayload } from '../../support/filters.js';
import { integer, type Random, randomOf } from '../../support/random.js';

const POINTS = 300;
const FILTERS = amount('SILT_RUNS', 150, 1_500);
const SEED = Number(process.env['SILT_SEED'] ?? 1);

const vectorOf = (random: Random): number[] => Array.from({ length: 4 }, () => integer(random, -3, 4));

/** What neither grammar has in common: words are words here only with an index, ids are no words, no filter has these. */
const DIFFERS =
  /"(?:text|text_any|phrase|contains|has_id)":|"(?:value|any|except)":(?:\[[^\]]*)?[^\]]*\b\d\.\d/;

/** Mixed lists, and fractions, which Silt matches and Qdrant refuses. */
function isQdrants(filter: SiltFilter): boolean {
  const text = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const lists = [...text.matchAll(/"(?:any|except)":\[([^\]]*)\]/g)].map(([, list]) => list!);
  const ofOneKind = lists.every(
    (list) => list === '' || /^(?:"[^"]*",?)+$/.test(list) || /^(?:-?\d+,?)+$/.test(list),
  );
  return ofOneKind && !DIFFERS.test(text) && !/"value":-?\d+\.\d/.test(text);
}

/** The same in a form that Qdrant takes too: null and unknown members beside a key, one condition without its list. */
function lenient(random: Random, filter: SiltFilter): Filter {
  const one = (condition: FilterCondition): unknown => {
    if ('key' in condition && condition.key !== undefined)
      return {
        ...condition,
        ...(random() < 0.5 && { unknown: 1 }),
        ...nulls(condition),
      };
    if ('nested' in condition && condition.nested)
      return { nested: { key: condition.nested.key, filter: lenient(random, condition.nested.filter) } };
    if ('is_empty' in condition) return condition;
    // By itself it does not look into arrays with Qdrant: see below.
    if ('is_null' in condition) return { key: (condition.is_null as { key: string }).key, is_null: true };
    return lenient(random, condition as SiltFilter);
  };
  const nulls = (condition: object): object => ('match' in condition ? { range: null } : { match: null });
  const out: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    if (member === 'min_should')
      out[member] = {
        ...value,
        conditions: (value as { conditions: FilterCondition[] }).conditions.map(one),
      };
    else out[member] = Array.isArray(value) ? value.map(one) : one(value as FilterCondition);
  }
  return (random() < 0.5 ? { ...out, should: out['should'] ?? null } : out) as Filter;
}

test(`filters find the same points by both (SILT_SEED=${SEED})`, async () => {
  const random = randomOf(SEED);
  await using database = await open();
  const client = new QdrantClient({ database });
  await client.createCollection('c', { vectors: { size: 4, distance: 'Dot' } });
  const collection = database.collection('c');
  await collection.upsert(
    Array.from({ length: POINTS }, (_, id) => {
      const payload = randomPayload(random);
      return { id, vector: vectorOf(random), ...(payload && { payload }) };
    }),
  );
  for (const [path, kind] of [
    ['n', 'integer'],
    ['s', 'keyword'],
    ['at', 'datetime'],
  ] as const)
    await client.createPayloadIndex('c', { field_name: path, field_schema: kind });
  let tried = 0;
  let found = 0;
  while (tried < FILTERS) {
    const filter = randomFilter(random);
    if (!isQdrants(filter)) continue;
    tried++;
    const asked = lenient(random, filter);
    const said = JSON.stringify(asked);
    const { count } = await client.count('c', { filter: asked });
    expect(count, said).toBe(await collection.count({ filter }));
    found += count;
    const query = vectorOf(random);
    const own = await collection.search(query, { filter, k: 5, exact: true });
    const { points } = await client.query('c', { query, filter: asked, limit: 5, with_payload: true });
    expect(
      points.map(({ id, score }) => [id, score]),
      said,
    ).toEqual(own.map(({ id, score }) => [id, scoreOut(score)]));
    expect(
      points.map(({ payload }) => payload),
      said,
    ).toEqual(own.map(({ payload }) => payload ?? {}));
  }
  expect(found).toBeGreaterThan(tried);
});

test('a text is looked for letter by letter without an index, and by its words with one, as Qdrant does', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', {});
  const texts = ['red wine', 'redwine', 'Wine, red', 'white'];
  await client.upsert('c', { points: texts.map((text, id) => ({ id, vector: {}, payload: { text } })) });
  const found = async (match: object): Promise<unknown[]> => {
    const filter = { must: { key: 'text', match } } as Filter;
    return (await client.scroll('c', { filter })).points.map(({ id }) => id);
  };
  const all = async () => [
    await found({ text: 'red' }),
    await found({ text: 'wine red' }),
    await found({ text_any: 'white redw' }),
    await found({ text_any: '  ' }),
    await found({ phrase: 'ed wi' }),
  ];
  expect(await all()).toEqual([[0, 1, 2], [], [1, 3], [], [0]]);
  await client.createPayloadIndex('c', { field_name: 'text', field_schema: 'text' });
  expect(await all()).toEqual([[0, 2], [0, 2], [3], [], []]);
});

test('is_null by itself holds for a value that is null, and beside a key for an array that holds null, too', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', {});
  const values = [
    null,
    [null, null],
    [],
    1,
    undefined,
    [{ b: null }, { b: 1 }],
    [{ b: [null] }, { b: 1 }],
    [{}],
  ];
  await client.upsert('c', { points: values.map((a, id) => ({ id, vector: {}, payload: { a } })) });
  const found = async (must: object): Promise<unknown[]> =>
    (await client.scroll('c', { filter: { must } as Filter })).points.map(({ id }) => id);
  expect(await found({ is_null: { key: 'a' } })).toEqual([0]);
  expect(await found({ is_null: { key: 'a[].b' } })).toEqual([5]);
  expect(await found({ key: 'a', is_null: true })).toEqual([0, 1]);
  expect(await found({ key: 'a[].b', is_null: true })).toEqual([5, 6]);
});

test('of several operators of one condition, one must hold', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', {});
  await client.upsert('c', {
    points: [1, 5, 'x'].map((n, id) => ({ id, vector: [], payload: { n } })),
  });
  const filter = { must: [{ key: 'n', match: { value: 'x' }, range: { gte: 5 } }] };
  expect((await client.scroll('c', { filter })).points.map(({ id }) => id)).toEqual([1, 2]);
});

test('a write by filter may ask for the only vector of a collection, which each point has', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { size: 1, distance: 'Dot' } });
  await client.upsert('c', { points: [1, 2].map((id) => ({ id, vector: [id], payload: { id } })) });
  const filter = { must: [{ has_vector: '' }, { key: 'id', match: { value: 1 } }] };
  await client.setPayload('c', { payload: { is: 'one' }, filter });
  expect((await client.scroll('c', {})).points.map(({ payload }) => payload)).toEqual([
    { id: 1, is: 'one' },
    { id: 2 },
  ]);
  await client.delete('c', { filter: { must_not: { has_vector: '' } } });
  expect(await client.count('c')).toEqual({ count: 2 });
  await client.delete('c', { filter });
  expect(await client.count('c')).toEqual({ count: 1 });
});
