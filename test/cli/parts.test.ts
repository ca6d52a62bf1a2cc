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
  const { inserted } = await collection.upsert(
    Array.from({ length: 7 }, (_, id) => ({ id, payload })),
    {},
  );
  expect(inserted).toBe(7);
  for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(BODY_MAX);
});
