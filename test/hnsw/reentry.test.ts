/* A batch may come from a generator, and a generator may do anything: also call the index it feeds. */
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { codeOf, expectExact, type Rows } from '../support/index.js';
import { vectorsFor } from '../support/random.js';

const DIMENSION = 30;
const metric = 'euclidean' as const;
const vectors = vectorsFor(metric, 1, 400, DIMENSION);

/** Every id that the index says it has is found at distance 0 by its own vector, and no other is. */
function expectConsistent(index: HnswIndex): void {
  const rows: Rows = new Map(
    vectors.map((v, id): [Id, Float32Array] => [id, v]).filter(([id]) => index.has(id)),
  );
  expect(index.size).toBe(rows.size);
  for (const [id, vector] of rows) expect(index.search(vector, 1)).toEqual([[id, 0]]);
  const query = vectors[399]!;
  expectExact(index.search(query, 1000), { rows, metric, query, k: 1000 });
}

describe.each([0, 10, 300])('with %d rows before', (before) => {
  const newIndex = (): HnswIndex => {
    const index = new HnswIndex({ dimension: DIMENSION, metric, threads: 1, efConstruction: 60 });
    new AsyncIndexBuilder(index).enqueue(vectors.slice(0, before).map((v, id) => [id, v]));
    return index;
  };

  /** Feeds ids 300 to 339, and calls the index in between. */
  async function feed(index: HnswIndex, call: () => unknown): Promise<(string | undefined)[]> {
    const codes: (string | undefined)[] = [];
    function* pairs(): Generator<[Id, Float32Array]> {
      for (let id = 300; id < 340; id++) {
        if (id % 10 === 5) codes.push(codeOf(call));
        yield [id, vectors[id]!];
      }
    }
    await index
      .insertBatchParallel(pairs())
      .catch((error: { code?: string }) => expect(error.code).toBe('NESTED_CALL'));
    return codes;
  }

  test('a generator that searches gets whole answers', async () => {
    const index = newIndex();
    let found = 0;
    await feed(index, () => {
      found = index.search(vectors[5]!, 1000).length;
    });
    expect(found).toBe(before);
    expectConsistent(index);
  });

  test.each([
    ['inserts', (index: HnswIndex): unknown => index.insert(350, vectors[350]!)],
    ['enqueues', (index: HnswIndex): unknown => new AsyncIndexBuilder(index).enqueue([[350, vectors[350]!]])],
    [
      'feeds another batch',
      (index: HnswIndex): unknown => void index.insertBatchParallel([[350, vectors[350]!]]).catch(() => {}),
    ],
    ['writes an id of the batch', (index: HnswIndex): unknown => index.insert(301, vectors[301]!)],
    ['removes', (index: HnswIndex): unknown => index.remove(3)],
    ['flushes', (index: HnswIndex): unknown => new AsyncIndexBuilder(index).flushSync()],
    ['drains', (index: HnswIndex): unknown => new AsyncIndexBuilder(index).drainBuffer()],
  ] as const)('a generator that %s leaves no row with the vector of another', async (_, call) => {
    const index = newIndex();
    await feed(index, () => call(index));
    expectConsistent(index);
    new AsyncIndexBuilder(index).flushSync();
    expectConsistent(index);
    expect(index.verify().ok).toBe(true);
  });
});

test('a batch that is not a list of pairs is rejected with a code, and nothing of it is written', async () => {
  const index = new HnswIndex({ dimension: 2, metric, threads: 1 });
  const builder = new AsyncIndexBuilder(index);
  for (const batch of [
    null,
    undefined,
    3,
    {},
    [null],
    [undefined],
    [3],
    [[]],
    [[1]],
    [{ id: 1, vector: [1, 2] }],
    'ab',
  ]) {
    const pairs = [[1, [1, 2]], ...(Array.isArray(batch) ? batch : [])];
    const bad = (Array.isArray(batch) ? pairs : batch) as never;
    expect(
      codeOf(() => builder.enqueue(bad)),
      JSON.stringify(batch),
    ).toMatch(/^INVALID_/);
    await expect(index.insertBatchParallel(bad)).rejects.toMatchObject({
      code: expect.stringMatching(/^INVALID_/),
    });
    expect(index.size).toBe(0);
  }
});
