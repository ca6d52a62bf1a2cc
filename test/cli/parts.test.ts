/* Points that are sent to a server in parts, as large as a body may be. */
import { expect, test } from 'vitest';
import { type Ask, ServedCollection } from '#silt/cli/served/collection.js';
import type { CollectionInfo, ResolvedConfig } from '#silt/index.js';

/** What a server takes. */
const BODY_MAX = 32 * 2 ** 20;

test('no part is larger than a body may be, also where letters have three bytes', async () => {
  const bodies: string[] = [];
  const ask = (async (_: string, body: string) => {
    bodies.push(body);
    return { seq: 1, inserted: JSON.parse(body).points.length, replaced: 0, rejected: [] };
  }) as unknown as Ask;
  const config = { dimension: 0 } as ResolvedConfig;
  const collection = new ServedCollection({ name: 'points', config } as CollectionInfo, ask);
  const payload = { text: '雨'.repeat(2_000_000) };
  const points = Array.from({ length: 7 }, (_, id) => ({ id, payload }));
  const { inserted } = await collection.upsert(points, { onInvalid: 'skip' }); // as an import writes
  expect(inserted).toBe(7);
  expect(bodies.length).toBeGreaterThan(1);
  for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(BODY_MAX);
});

test('points of which all are stored or none go in one part', async () => {
  let asked = 0;
  const ask = (async () => ({ seq: ++asked, inserted: 2, replaced: 0, rejected: [] })) as unknown as Ask;
  const config = { dimension: 0 } as ResolvedConfig;
  const collection = new ServedCollection({ name: 'points', config } as CollectionInfo, ask);
  const payload = { text: 'a'.repeat(13_000_000) };
  await collection.upsert([1, 2].map((id) => ({ id, payload })));
  expect(asked).toBe(1);
});
