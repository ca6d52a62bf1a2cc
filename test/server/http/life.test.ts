/* A full life of a collection over HTTP, by Qdrant's own clients; and the same calls in the process give the same. */
import { QdrantClient as Newer } from '@qdrant/js-client-rest';
import { QdrantClient as Older } from 'qdrant-js-client-1-17';
import { describe, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { QdrantClient as Local } from '#silt/server/qdrant/index.js';
import { withServer } from './served.js';

const UUID = '98a9a4b1-4ef2-46fb-8315-a97d874fe1d7';
const POINTS = [
  {
    id: 1,
    vector: [0.05, 0.61, 0.76, 0.74],
    payload: { city: 'Berlin', count: 3, at: { lon: 13.4, lat: 52.5 } },
  },
  { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: ['Berlin', 'London'], count: 1 } },
  { id: 3, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: ['Berlin', 'Moscow'], count: 9 } },
  { id: 2 ** 53 - 1, vector: [0.18, 0.01, 0.85, 0.8], payload: { city: 'London' } },
  { id: UUID, vector: [0.24, 0.18, 0.22, 0.44] },
];
const inBerlin = { must: [{ key: 'city', match: { value: 'Berlin' } }] };

/** All that is asked, in order: what it gave. Numbers of operations go on, and times pass: these are left out. */
async function life(client: Newer): Promise<unknown[]> {
  const seen: unknown[] = [];
  const see = async (asked: Promise<unknown>): Promise<void> => {
    seen.push(await asked);
  };
  await see(client.createCollection('life', { vectors: { size: 4, distance: 'Cosine' } }));
  await see(client.getCollections());
  await see(
    client.updateCollectionAliases({
      actions: [{ create_alias: { alias_name: 'other', collection_name: 'life' } }],
    }),
  );
  await see(client.getAliases());
  await client.createPayloadIndex('life', { field_name: 'city', field_schema: 'keyword', wait: true });
  await client.createPayloadIndex('life', { field_name: 'count', field_schema: 'integer', wait: true });
  await client.upsert('life', { wait: true, points: POINTS });
  await see(client.count('life', { exact: true }));
  await see(client.retrieve('other', { ids: [2, UUID, 2 ** 53 - 1, 77], with_vector: true }));
  await see(
    client.query('life', { query: [0.2, 0.1, 0.9, 0.7], limit: 3, with_payload: true, with_vector: true }),
  );
  await see(
    client.query('life', { query: { recommend: { positive: [1], negative: [3] } }, filter: inBerlin }),
  );
  await see(
    client.queryBatch('life', {
      searches: [
        { query: 1, limit: 2 },
        { query: 2, limit: 1 },
      ],
    }),
  );
  await see(client.queryGroups('life', { query: [1, 1, 1, 1], group_by: 'city', limit: 2, group_size: 1 }));
  await see(client.scroll('life', { limit: 2, order_by: { key: 'count', direction: 'desc' } }));
  await see(client.scroll('life', { limit: 2 }));
  await see(client.facet('life', { key: 'city' }));
  await client.setPayload('life', { wait: true, payload: { seen: true }, filter: inBerlin });
  await client.deletePayload('life', { wait: true, keys: ['at'], points: [1] });
  await see(client.retrieve('life', { ids: [1, 2] }));
  await client.delete('life', { wait: true, filter: inBerlin });
  await see(client.count('life'));
  const { config, points_count, payload_schema } = await client.getCollection('life');
  seen.push(config.params, points_count, payload_schema);
  await see(client.deleteCollection('life'));
  await see(client.collectionExists('life'));
  return seen;
}

describe.each([
  ['1.19', Newer],
  ['1.17', Older as unknown as typeof Newer],
] as const)('the client of Qdrant %s', (_, Client) => {
  test('makes, fills, asks, changes and drops a collection, and gets what the client in the process gets', async () => {
    await withServer({}, async ({ url }) => {
      const remote = new Client({ url, checkCompatibility: false });
      await using database = await open();
      const local = new Local({ database });
      expect(await life(remote)).toEqual(await life(local as unknown as Newer));
    });
  });

  test('throws errors with status and text', async () => {
    await withServer({}, async ({ url }) => {
      const client = new Client({ url, checkCompatibility: false });
      await expect(client.getCollection('none')).rejects.toMatchObject({
        status: 404,
        statusText: 'Not Found',
        data: { status: { error: "Not found: Collection `none` doesn't exist!" } },
      });
      await client.createCollection('twice', { vectors: { size: 4, distance: 'Dot' } });
      await expect(
        client.createCollection('twice', { vectors: { size: 4, distance: 'Dot' } }),
      ).rejects.toMatchObject({ status: 409, message: 'Conflict' });
    });
  });

  test('gives its key', async () => {
    await withServer({ apiKey: 'secret-of-all' }, async ({ url }) => {
      await expect(new Client({ url, checkCompatibility: false }).getCollections()).rejects.toMatchObject({
        status: 401,
      });
      const client = new Client({ url, apiKey: 'secret-of-all', checkCompatibility: false });
      expect(await client.getCollections()).toEqual({ collections: [] });
    });
  });
});

test('the older searches of 1.17 give what queries give', async () => {
  await withServer({}, async ({ url }) => {
    const client = new Older({ url, checkCompatibility: false });
    await client.createCollection('old', { vectors: { size: 4, distance: 'Dot' } });
    await client.upsert('old', { wait: true, points: POINTS });
    const { points } = await client.query('old', { query: [1, 0, 1, 0], limit: 2, with_payload: true });
    expect(await client.search('old', { vector: [1, 0, 1, 0], limit: 2 })).toEqual(points);
    expect(
      await client.searchBatch('old', { searches: [{ vector: [1, 0, 1, 0], limit: 2, with_payload: true }] }),
    ).toEqual([points]);
  });
});
