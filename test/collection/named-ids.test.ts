/* Errors name an integer id by its digits: it came as JSON, from a file, or as a bigint. */
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';

const BIG = 2n ** 63n + 1n;
const DIGITS = String(BIG);

test('an id beyond 2^53 is named by its digits, by each call that refuses something', async () => {
  await using db = await open();
  const points = await db.createCollection('points', {
    vectors: { a: { dimension: 2, metric: 'euclidean' }, b: { dimension: 2, metric: 'euclidean' } },
  });
  await points.upsert({ id: BIG, vector: { a: [1, 2] } });
  const refused: Record<string, () => Promise<unknown>> = {
    'a wrong vector': () => points.upsert([{ id: BIG, vector: { a: [1] } }]),
    'no point': () => points.upsert({ id: BIG, payload: 7 } as never),
    'an id that is too large': () => points.upsert({ id: 2n ** 64n, vector: { a: [1, 2] } }),
    'a search like a missing point': () => points.search({ id: BIG - 1n }, { using: 'a' }),
    'a search without that vector': () => points.search({ id: BIG }, { using: 'b' }),
    'an example without that vector': () =>
      points.query({ query: { recommend: { positive: [BIG] } }, using: 'b', k: 1 } as never),
    'a missing vector': () => points.updateVectors([{ id: BIG, vector: {} }] as never),
  };
  for (const [what, call] of Object.entries(refused)) {
    const message = await Promise.resolve()
      .then(call)
      .then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      );
    expect(message, what).toMatch(/\d{19}/);
    expect(message, what).not.toMatch(/\dn\b/);
  }
  const { rejected } = await points.upsert([{ id: BIG, vector: { a: [1] } }], { onInvalid: 'skip' });
  expect(rejected).toMatchObject([{ message: expect.stringContaining(`(id ${DIGITS})`) }]);
});
