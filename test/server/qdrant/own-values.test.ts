/* Values that go into the client in the process, and come out of it, are the caller's: what is done with them afterwards changes nothing. */
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';

const VECTORS = { size: 2, distance: 'Dot' } as const;

test('points are copied before a call returns', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', { vectors: VECTORS });
  await client.upsert('c', { points: [{ id: 3, vector: [3, 3] }] });
  const vector = [1, 2];
  const payload = { of: 'me' };
  const change = (): void => {
    vector.fill(9);
    payload.of = 'other';
  };
  const restore = (): void => {
    vector.splice(0, 2, 1, 2);
    payload.of = 'me';
  };
  const upsert = { points: [{ id: 1, vector, payload }] };
  for (const write of [
    () => client.upsert('c', upsert),
    () => client.batchUpdate('c', { operations: [{ upsert }] }),
    () => client.updateVectors('c', { points: [{ id: 1, vector }] }),
    () => client.overwritePayload('c', { payload, points: [1] }),
  ]) {
    restore();
    const written = write();
    change();
    await written;
    expect(await client.retrieve('c', { ids: [1], with_vector: true })).toEqual([
      { id: 1, vector: [1, 2], payload: { of: 'me' } },
    ]);
  }
  restore();
  // Also where the collection must get a field first.
  const without = client.upsert('c', { points: [{ id: 2, vector: {}, payload }] });
  await without;
  expect((await client.retrieve('c', { ids: [2] }))[0]!.payload).toEqual({ of: 'me' });
});

test('what is told of a collection may be changed by whoever is told', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  const metadata = { of: ['me'] };
  await client.createCollection('c', { vectors: { a: VECTORS }, metadata });
  await client.createPayloadIndex('c', {
    field_name: 'n',
    field_schema: { type: 'integer', lookup: true },
  });
  metadata.of.push('given');
  const info = await client.getCollection('c');
  const before = structuredClone(info);
  (info.config.metadata as typeof metadata).of.push('told');
  (info.config.params.vectors as Record<string, { size: number }>)['a']!.size = 99;
  (info.payload_schema['n'] as { params?: object }).params = {};
  delete (info.config.params.vectors as Record<string, object>)['a'];
  expect(await client.getCollection('c')).toEqual(before);
  expect(before.config.metadata).toEqual({ of: ['me'] });
});
