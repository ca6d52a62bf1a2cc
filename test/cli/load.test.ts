/* Rows of a file as they are written: which of several bad ones is named. */
import { expect, test } from 'vitest';
import type { FileRow } from '#silt/cli/formats/records.js';
import { load } from '#silt/cli/import/load.js';
import { open } from '#silt/index.js';

async function* rowsOf(vectors: readonly (number[] | null)[]): AsyncIterable<FileRow> {
  for (const [at, vector] of vectors.entries())
    yield { at: at + 1, bytes: at, ...(vector ? { columns: { vector } } : { why: 'no JSON' }) };
}

test.each([
  [[[1, 2], [1], null], 'row 2: ', 1],
  [[[1, 2], null, [1]], 'row 2: ', 1],
  [[[1, 2], [3, 4], [5, 6], [1], null], 'row 4: ', 3],
])('%j: the first bad row is named, whoever refuses it', async (vectors, named, written) => {
  await using db = await open();
  const collection = await db.createCollection('a', { dimension: 2, metric: 'euclidean' });
  const loaded = load(collection, {
    rows: rowsOf(vectors),
    mapping: { id: null, vector: 'vector', payload: null },
    values: 'json',
    unit: 'row',
    batch: 3,
    from: 0,
    onError: 'refuse',
    signal: new AbortController().signal,
    note: () => {},
    reached: () => {},
  });
  await expect(loaded).rejects.toThrow(named);
  expect(await collection.count()).toBe(written);
});
