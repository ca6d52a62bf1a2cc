/*
 * No field of a request is lost without a word: each that Qdrant's own client knows, of 1.19 and of 1.17, is one of the schemas, by which it is checked and
 * which the table in docs/QDRANT.md lists, or a parameter that is kept and given back.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { OPERATIONS } from '#silt/server/qdrant/operations/table.js';
import { UNSUPPORTED_OPERATIONS } from '#silt/server/qdrant/operations/unsupported.js';
import { type OfficialFields, officialFields } from '../../support/official.js';
import { CREATED, givenBack, INDEXES, pathsOf, UPDATED } from './whole.js';

let official: ReadonlyMap<string, OfficialFields>;
beforeAll(() => {
  official = officialFields();
}, 60_000);

interface Json {
  readonly anyOf?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly patternProperties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
}

const alternatives = (json: Json): readonly Json[] => json.anyOf?.flatMap(alternatives) ?? [json];

/** Whether some alternative of a schema has what stands at a path. */
function has(json: Json, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  return alternatives(json).some(({ properties, patternProperties, items }) => {
    const next =
      step === '[]' ? [items] : step === '*' ? Object.values(patternProperties ?? {}) : [properties?.[step]];
    return next.some((one) => one !== undefined && has(one, rest));
  });
}

const stepsOf = (path: string): string[] => path.replaceAll('[]', '.[]').split('.');

/** Parameters that no schema names one by one: they are kept whole, and given back, as the tests below show. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  create_collection: pathsOf(CREATED),
  update_collection: pathsOf(UPDATED),
  create_field_index: INDEXES.flatMap((field_schema) => pathsOf({ field_schema })),
};
/** Of the unnamed vector the same as of named ones; stemmers are 501. */
const sameAs = (path: string): string => path.replace(/^vectors\.(?!\*)/, 'vectors.*.');
const REFUSED = ['field_schema.stemmer.language'];

describe('each field of a request is known', () => {
  const refused = new Set(UNSUPPORTED_OPERATIONS.map(({ name }) => name));
  const asked = OPERATIONS.filter(({ name }) => !refused.has(name));

  test.each(asked.map(({ name, query, body }) => [name, query?.json ?? {}, body?.json ?? {}] as const))(
    '%s',
    (name, query, body) => {
      // Silt has more: what Qdrant's web page asks.
      const fields = official.get(name) ?? { query: [], body: [] };
      const kept = new Set([...(KEPT[name] ?? []), ...REFUSED]);
      expect([...fields.query].filter((path) => !has(query, stepsOf(path)))).toEqual([]);
      expect([...fields.body].filter((path) => !kept.has(sameAs(path)) && !has(body, stepsOf(path)))).toEqual(
        [],
      );
    },
  );

  test('and each operation is there', () => {
    const names = OPERATIONS.map(({ name }) => name);
    expect([...official.keys()].filter((name) => !names.includes(name))).toEqual([]);
    expect(official.size).toBeGreaterThan(60);
  });
});

describe('what is kept is given back', () => {
  test('with which a collection is made', async () => {
    await using client = new QdrantClient({ location: ':memory:' });
    await client.createCollection('c', CREATED);
    expect(await givenBack(client, 'c')).toMatchObject(CREATED);
    const paths = [...official.get('create_collection')!.body].map(sameAs);
    expect(paths.filter((path) => !pathsOf(CREATED).includes(path))).toEqual([]);
  });

  test('to which it is changed', async () => {
    await using client = new QdrantClient({ location: ':memory:' });
    const vectors = { v: { size: 2, distance: 'Dot' } } as const;
    await client.createCollection('c', { vectors, sparse_vectors: { s: { modifier: 'idf' } } });
    await client.updateCollection('c', UPDATED);
    const { params, ...others } = UPDATED;
    expect(await givenBack(client, 'c')).toMatchObject({ ...others, ...params });
    const { body } = official.get('update_collection')!;
    expect([...body].filter((path) => !pathsOf(UPDATED).includes(path))).toEqual([]);
  });

  test.each(INDEXES)('of an index: $type', async (params) => {
    await using client = new QdrantClient({ location: ':memory:' });
    await client.createCollection('c', {});
    await client.createPayloadIndex('c', { field_name: 'f', field_schema: params });
    expect((await client.getCollection('c')).payload_schema['f']!.params).toEqual(params);
  });

  test('of a vector that it gains', async () => {
    await using client = new QdrantClient({ location: ':memory:' });
    await client.createCollection('c', {});
    const multivector_config = { comparator: 'max_sim' } as const;
    const dense = { size: 2, distance: 'Dot', multivector_config, datatype: 'turbo4' } as const;
    const sparse = { modifier: 'idf', datatype: 'float16' } as const;
    await client.createVectorName('c', 'v', { dense });
    await client.createVectorName('c', 's', { sparse });
    expect(await givenBack(client, 'c')).toMatchObject({
      vectors: { v: dense },
      sparse_vectors: { s: { modifier: 'idf', index: { datatype: 'float16' } } },
    });
    expect([...official.get('create_vector_name')!.body].sort()).toEqual(pathsOf({ dense, sparse }).sort());
  });
});

test('a change leaves what it has as null, and metadata and compression can be taken away', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { ...CREATED, metadata: { a: 1, b: null, c: null } });
  await client.updateCollection('c', {
    vectors: { v: { hnsw_config: { m: null, ef_construct: 70 }, quantization_config: 'Disabled' } },
    hnsw_config: { m: null, payload_m: 9 },
    quantization_config: 'Disabled',
    metadata: { a: null, c: null, d: 2 },
  });
  const { vectors, hnsw_config, quantization_config, metadata } = await givenBack(client, 'c');
  const { v } = vectors as Record<string, object>;
  expect(v).toMatchObject({ hnsw_config: { ...CREATED.hnsw_config, ef_construct: 70 } });
  expect(v).not.toHaveProperty('quantization_config');
  expect(hnsw_config).toEqual({ ...CREATED.hnsw_config, payload_m: 9 });
  expect(quantization_config).toBe(null);
  expect(metadata).toEqual({ b: null, d: 2 });
  for (const vectors of [{ w: {} }, { '': {} }])
    await expect(client.updateCollection('c', { vectors })).rejects.toMatchObject({ status: 400 });
  await client.createCollection('unnamed', { vectors: { size: 2, distance: 'Dot' } });
  await client.updateCollection('unnamed', { vectors: { '': { on_disk: true } } });
  expect(await givenBack(client, 'unnamed')).toMatchObject({ vectors: { size: 2, on_disk: true } });
  await expect(client.updateCollection('unnamed', { vectors: { w: {} } })).rejects.toMatchObject({
    status: 400,
  });
});
