/* A point whose bytes are damaged: it is not given back as one that is whole and has no payload. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { withFolder } from '../../support/files.js';
import { alterRows, flipped } from '../../support/tables.js';

const error = expect.stringMatching(/point 2( \(row 2\))? cannot be read/);
const UNREADABLE = { status: 500, data: { status: { error } } };

test('a damaged point fails what would give it back, until it is written again', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const points = [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { even: id % 2 === 0 } }));
    {
      await using client = new QdrantClient({ path });
      await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } });
      await client.upsert('c', { points });
    }
    // Row 2 of both collections.
    await alterRows(path, (value, row) => {
      const at = value.indexOf('even');
      return row === 2 && at >= 0 ? flipped(value, 8 * (at + 1)) : value;
    });
    await using client = new QdrantClient({ path });
    await expect(client.scroll('c')).rejects.toMatchObject(UNREADABLE);
    for (const with_payload of [true, ['even']])
      await expect(client.retrieve('c', { ids: [1, 2], with_payload })).rejects.toMatchObject(UNREADABLE);
    await expect(client.query('c', { query: [1, 1], with_payload: true })).rejects.toMatchObject(UNREADABLE);
    expect(await client.scroll('c', { limit: 1 })).toMatchObject({ points: [{ id: 1 }] });
    await client.upsert('c', { points });
    expect((await client.scroll('c')).points.map(({ payload }) => payload)).toEqual(
      points.map(({ payload }) => payload),
    );
  });
});
