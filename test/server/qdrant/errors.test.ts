/* Errors as Qdrant answers them: status and text of each case, and that nothing was done. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES, open, SiltError } from '#silt/index.js';
import { qdrantErrorOf } from '#silt/server/qdrant/errors.js';
import {
  ApiError,
  QdrantClient,
  QdrantClientConfigError,
  QdrantClientResourceExhaustedError,
} from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';
import { CASES, say } from './cases.js';
import { MALFORMED } from './malformed.js';

let client: QdrantClient;

beforeAll(async () => {
  client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } });
  await client.createCollection('named', {
    vectors: { a: { size: 2, distance: 'Dot' } },
    sparse_vectors: { s: {} },
  });
  await client.upsert('c', { points: [{ id: 1, vector: [1, 2], payload: { word: 'red' } }] });
  await client.updateCollectionAliases({
    actions: [{ create_alias: { collection_name: 'c', alias_name: 'other' } }],
  });
});
afterAll(() => client.close());

describe('each case has its status and text', () => {
  test.each([...CASES, ...MALFORMED])('%s: %i', async (_, status, text, call) => {
    const error = await call(client).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ApiError);
    const { data, message, cause, ...found } = error as ApiError;
    expect({ status: found.status, text: data.status.error }).toEqual({ status, text });
    expect([message, (cause as Error).message]).toEqual([found.statusText, text]);
  });
});

test('nothing was done by any of them', async () => {
  const { collections } = await client.getCollections();
  expect(collections.map(({ name }) => name)).toEqual(['c', 'named']);
  expect(await client.getAliases()).toEqual({
    aliases: [{ alias_name: 'other', collection_name: 'c' }],
  });
  expect(await client.scroll('c', {})).toEqual({
    points: [{ id: 1, payload: { word: 'red' } }],
    next_page_offset: null,
  });
  expect((await client.getCollection('c')).payload_schema).toEqual({});
});

test('each code of Silt has a status', () => {
  for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
    const { status, message } = qdrantErrorOf(new SiltError(code, 'why'));
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(message, code).toMatch(/: why$/);
  }
  expect(qdrantErrorOf(new SiltError('READ_ONLY', 'why')).status).toBe(403);
  expect(qdrantErrorOf(new SiltError('DISK_FULL', 'why')).status).toBe(507);
  expect(qdrantErrorOf(new RangeError('why')).message).toBe('Service internal error: why');
});

test('a database that is open for reading alone refuses writes with 403, and has all else', async () => {
  await withFolder(async (path) => {
    {
      await using writer = new QdrantClient({ path });
      await writer.createCollection('c', { vectors: { size: 2, distance: 'Dot' }, metadata: { a: 1 } });
      await writer.updateCollectionAliases({
        actions: [{ create_alias: { collection_name: 'c', alias_name: 'other' } }],
      });
      await writer.upsert('other', { points: [{ id: 1, vector: [1, 2] }] });
    }
    await using database = await open(path, { readOnly: true });
    const reader = new QdrantClient({ database });
    await expect(reader.upsert('c', { points: [{ id: 1, vector: [1, 2] }] })).rejects.toMatchObject({
      status: 403,
    });
    await expect(reader.createCollection('d', {})).rejects.toMatchObject({ status: 403 });
    expect(await reader.count('other')).toEqual({ count: 1 });
    expect((await reader.getCollection('other')).config.metadata).toEqual({ a: 1 });
  });
});

test('it says what it needs to be made, and each call says why it could not be', async () => {
  for (const given of [{}, undefined, null, 'http://localhost:6333'])
    expect(() => new QdrantClient(say(given))).toThrow(QdrantClientConfigError);
  expect(() => new QdrantClient(say({ url: 'http://localhost:6333' }))).toThrow(/@qdrant\/js-client-rest/);
  expect(() => new QdrantClient(say({ location: 'here' }))).toThrow(/':memory:'/);
  const broken = new QdrantClient({ path: '/dev/null/db' });
  await expect(broken.getCollections()).rejects.toMatchObject({ status: 500 });
  await broken.close();
});

test('too many writes at once are what Qdrant calls an exhausted resource', () => {
  const error = new QdrantClientResourceExhaustedError('Too Many Requests', 1);
  expect([error.name, error.retry_after]).toEqual(['QdrantClientResourceExhaustedError', 1]);
});
