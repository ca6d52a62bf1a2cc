/* Calls that fail, with the status and the text of each, on the collections of errors.test.ts. */
import type { QdrantClient } from '#silt/server/qdrant/index.js';

type Call = (of: QdrantClient) => Promise<unknown>;

/** What TypeScript would not let a caller say. */
export const say = <T>(value: unknown): T => value as T;
const upsert =
  (point: object): Call =>
  (of) =>
    of.upsert('c', { points: [say(point)] });
export const query =
  (body: object, name = 'c'): Call =>
  (of) =>
    of.query(name, say(body));
const alias =
  (action: object): Call =>
  (of) =>
    of.updateCollectionAliases({ actions: [say(action)] });

export type Case = readonly [when: string, status: number, text: string, call: Call];

export const CASES: readonly Case[] = [
  ['collection absent', 404, "Not found: Collection `x` doesn't exist!", (of) => of.getCollection('x')],
  [
    'collection absent, of a query',
    404,
    "Not found: Collection `x` doesn't exist!",
    query({ query: [1, 1] }, 'x'),
  ],
  [
    'collection exists',
    409,
    'Wrong input: Collection `c` already exists!',
    (of) => of.createCollection('c', {}),
  ],
  [
    'collection named like an alias',
    400,
    "Wrong input: Can't create collection with name other. Alias with the same name already exists",
    (of) => of.createCollection('other', {}),
  ],
  [
    'a sign that no name has',
    422,
    'Validation error in path parameters: [collection_name: collection name cannot contain "/" char]',
    (of) => of.createCollection('a/b', {}),
  ],
  [
    'the collection of settings',
    404,
    "Not found: Collection `qdrant:settings` doesn't exist!",
    (of) => of.getCollection('qdrant:settings'),
  ],
  [
    'size 0',
    422,
    'Validation error in JSON body: [vectors.size: value 0 invalid, must be 1 or larger]',
    (of) => of.createCollection('n', { vectors: { size: 0, distance: 'Dot' } }),
  ],
  [
    'ef_construct 3',
    422,
    'Validation error in JSON body: [hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]',
    (of) => of.createCollection('n', { hnsw_config: { ef_construct: 3 } }),
  ],
  [
    'shard_number 0',
    422,
    'Validation error in JSON body: [shard_number: value 0 invalid, must be 1 or larger]',
    (of) => of.createCollection('n', { shard_number: 0 }),
  ],
  [
    'shard keys',
    501,
    'Not implemented: shard keys: there is one shard',
    (of) => of.createCollection('n', { sharding_method: 'custom' }),
  ],
  [
    'alias of an absent collection',
    404,
    "Not found: Collection `x` doesn't exist!",
    alias({ create_alias: { collection_name: 'x', alias_name: 'y' } }),
  ],
  [
    'alias named like a collection',
    409,
    'Wrong input: Collection `named` already exists!',
    alias({ create_alias: { collection_name: 'c', alias_name: 'named' } }),
  ],
  [
    'alias absent',
    404,
    'Not found: Alias y does not exists!',
    alias({ rename_alias: { old_alias_name: 'y', new_alias_name: 'z' } }),
  ],
  [
    'dimension',
    400,
    'Wrong input: Vector dimension error: expected dim: 2, got 3',
    upsert({ id: 9, vector: [1, 2, 3] }),
  ],
  [
    'dimension, of a query',
    400,
    'Wrong input: Vector dimension error: expected dim: 2, got 1',
    query({ query: [1] }),
  ],
  [
    'vector name',
    400,
    'Wrong input: Not existing vector name error: foo',
    upsert({ id: 9, vector: { foo: [1, 2] } }),
  ],
  [
    'vector name, of a query',
    400,
    'Wrong input: Not existing vector name error: foo',
    query({ query: [1, 2], using: 'foo' }),
  ],
  [
    'no name where there are names',
    400,
    'Wrong input: Not existing vector name error: ',
    query({ query: [1, 2] }, 'named'),
  ],
  [
    'sparse for dense',
    400,
    'Wrong input: Conversion between sparse and regular vectors failed',
    query({ query: { indices: [1], values: [1] } }),
  ],
  [
    'several for one',
    400,
    'Wrong input: Conversion between multi and regular vectors failed',
    query({ query: [[1, 2]] }),
  ],
  [
    'indices and values',
    422,
    'Validation error in JSON body: [values: must be the same length as indices]',
    query({ query: { indices: [1, 2], values: [1] }, using: 's' }, 'named'),
  ],
  [
    'an index twice',
    422,
    'Validation error in JSON body: [indices: must be unique]',
    query({ query: { indices: [1, 1], values: [1, 1] }, using: 's' }, 'named'),
  ],
  [
    'id -1',
    400,
    'Format error in JSON body: value -1 is not a valid point ID, valid values are either an unsigned integer or a UUID',
    upsert({ id: -1, vector: [1, 2] }),
  ],
  [
    'id 1.5',
    400,
    'Format error in JSON body: value 1.5 is not a valid point ID, valid values are either an unsigned integer or a UUID',
    upsert({ id: 1.5, vector: [1, 2] }),
  ],
  [
    'id of a word',
    400,
    'Format error in JSON body: value seven is not a valid point ID, valid values are either an unsigned integer or a UUID',
    upsert({ id: 'seven', vector: [1, 2] }),
  ],
  [
    'vector null',
    400,
    'Format error in JSON body: points[0].vector: invalid value null: must be an array or an object',
    upsert({ id: 9, vector: null }),
  ],
  ['no vector', 400, 'Format error in JSON body: points[0]: missing field `vector`', upsert({ id: 9 })],
  [
    'NaN',
    400,
    'Format error in JSON body: points[0].vector[1]: invalid value NaN: must be a number or an array',
    upsert({ id: 9, vector: [1, Number.NaN] }),
  ],
  [
    'payload of a string',
    400,
    'Format error in JSON body: points[0].payload: invalid value "x": must be an object',
    upsert({ id: 9, vector: [1, 2], payload: 'x' }),
  ],
  [
    'neither ids nor a filter',
    422,
    'Validation error in JSON body: [points: either points or filter must be given]',
    (of) => of.setPayload('c', { payload: { a: 1 } }),
  ],
  [
    'lists that differ',
    400,
    'Wrong input: number of ids and vectors must be equal (1 != 2)',
    (of) =>
      of.upsert('c', {
        batch: {
          ids: [1],
          vectors: [
            [1, 2],
            [3, 4],
          ],
        },
      }),
  ],
  [
    'limit 0',
    422,
    'Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]',
    query({ query: [1, 2], limit: 0 }),
  ],
  [
    'limit -1',
    400,
    'Format error in JSON body: limit: invalid value: integer `-1`, expected an unsigned integer',
    query({ query: [1, 2], limit: -1 }),
  ],
  [
    'limit of a word',
    400,
    'Format error in JSON body: limit: invalid value "ten": must be an integer',
    query({ query: [1, 2], limit: 'ten' }),
  ],
  [
    'hnsw_ef 0',
    422,
    'Validation error in JSON body: [params.hnsw_ef: value 0 invalid, must be 1 or larger]',
    query({ query: [1, 2], params: { hnsw_ef: 0 } }),
  ],
  [
    'limit 0 of a prefetch',
    422,
    'Validation error in JSON body: [prefetch[1].prefetch.limit: value 0 invalid, must be 1 or larger]',
    query({
      query: { fusion: 'rrf' },
      prefetch: [{ query: [1, 2] }, { query: [1, 2], prefetch: { query: [1, 2], limit: 0 } }],
    }),
  ],
  [
    'timeout 0',
    422,
    'Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]',
    query({ query: [1, 2], timeout: 0 }),
  ],
  ['point absent, of a query', 404, 'Not found: No point with id 7 found', query({ query: 7 })],
  [
    'point absent, of an example',
    404,
    'Not found: No point with id 7 found',
    query({ query: { recommend: { positive: [7] } } }),
  ],
  [
    'a fusion that there is not',
    400,
    'Format error in JSON body: query.fusion: invalid value "rff": must be "rrf" or "dbsf"',
    query({ query: { fusion: 'rff' }, prefetch: { query: [1, 2] } }),
  ],
  [
    'fusion alone',
    400,
    'Wrong input: Validation failed: cannot apply Fusion without prefetches',
    query({ query: { fusion: 'rrf' } }),
  ],
  [
    'prefetch alone',
    400,
    "Wrong input: A query is needed to merge the prefetches. Can't have prefetches without defining a query.",
    query({ prefetch: { query: [1, 2] } }),
  ],
  [
    'nothing to recommend by',
    400,
    'Wrong input: At least one positive vector ID required with this strategy',
    query({ query: { recommend: { negative: [1] } } }),
  ],
  [
    'a model',
    501,
    'Not implemented: vectors made of texts and images by a model. Give the vectors themselves',
    query({ query: { text: 'red', model: 'm' } }),
  ],
  [
    'unknown member of a filter',
    400,
    'Format error in JSON body: unknown field `musst`, expected one of `should`, `min_should`, `must`, `must_not`',
    query({ query: [1, 2], filter: { musst: [] } }),
  ],
  [
    'a condition without an operator',
    422,
    'Validation error in JSON body: [filter: at least one condition must be given for the key `word`]',
    query({ query: [1, 2], filter: { must: { key: 'word', match: null } } }),
  ],
  [
    'a match of an object',
    400,
    'Format error in JSON body: data did not match any variant of untagged enum MatchInterface',
    query({ query: [1, 2], filter: { must: { key: 'word', match: { value: {} } } } }),
  ],
  [
    'a slice',
    501,
    'Not implemented: a filter by slice. Scroll through the points in pages instead',
    query({ query: [1, 2], filter: { must: { slice: { total: 2, index: 0 } } } }),
  ],
  [
    'no index to order by',
    400,
    'Wrong input: No range index for `order_by` key: `word`. Please create one to use `order_by`. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Range conditions',
    (of) => of.scroll('c', { order_by: 'word' }),
  ],
  [
    'no index to count by',
    400,
    'Wrong input: No appropriate index for faceting: `word`. Please create one to facet on this field. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Match conditions',
    (of) => of.facet('c', { key: 'word' }),
  ],
  [
    'an index of an unknown kind',
    400,
    'Format error in JSON body: field_schema: invalid value "colour": must be "keyword", "integer", "float", "geo", "text", "bool", "datetime", "uuid" or an object',
    (of) => of.createPayloadIndex('c', { field_name: 'word', field_schema: say('colour') }),
  ],
  [
    'words of another kind',
    501,
    'Not implemented: a text index with stemmer: words are as they stand, in lower case',
    (of) =>
      of.createPayloadIndex('c', {
        field_name: 'word',
        field_schema: { type: 'text', stemmer: { type: 'snowball', language: 'english' } },
      }),
  ],
  ...(['setPayload', 'overwritePayload', 'deletePayload', 'clearPayload'] as const).map(
    (name): Case => [
      `${name} of a point that is absent`,
      404,
      'Not found: No point with id 99 found',
      (of) => of[name]('c', { points: [99], payload: { a: 1 }, keys: ['a'] }),
    ],
  ),
  [
    'a vector called like the unnamed one in Silt',
    400,
    'Wrong input: A vector cannot be called `qdrant:unnamed`',
    (of) => of.createVectorName('c', 'qdrant:unnamed', { dense: { size: 2, distance: 'Dot' } }),
  ],
  [
    'an alias with a sign that no name has',
    422,
    'Validation error in JSON body: [alias_name: collection name cannot contain "/" char]',
    alias({ create_alias: { collection_name: 'c', alias_name: 'a/b' } }),
  ],
  [
    'an upsert of nothing',
    400,
    'Format error in JSON body: EOF while parsing a value',
    (of) => of.upsert('c', say(undefined)),
  ],
  [
    'a batch of too much',
    400,
    'Bad request: points that a batch asks for: 1100000, at most 1000000 at once. Make several batches',
    (of) => of.queryBatch('c', { searches: Array(11).fill({ query: [1, 2], limit: 100_000 }) }),
  ],
  [
    'an id with half of its braces',
    400,
    'Format error in JSON body: value {550e8400-e29b-41d4-a716-446655440000 is not a valid point ID, valid values are either an unsigned integer or a UUID',
    upsert({ id: '{550e8400-e29b-41d4-a716-446655440000', vector: [1, 2] }),
  ],
  [
    'a call of clusters',
    405,
    'Wrong input: Qdrant is running in standalone mode',
    (of) => of.createShardKey('c', {}),
  ],
];
