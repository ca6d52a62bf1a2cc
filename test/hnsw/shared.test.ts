/* What changes in an engine between the moment in which a search is handed to another thread and its answer. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { Engine } from '#silt/hnsw/engine.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { gaussianVectors } from '../support/random.js';

const DIMENSION = 24;
const ROWS = 20_000;
const K = 60;

test('rows that came meanwhile do not take the places of nearer ones, where some that were found are deleted', async () => {
  const engine = new Engine(nodePlatform, { dimension: DIMENSION, metric: 'euclidean', searchers: 2 });
  engine.append(gaussianVectors(1, ROWS, DIMENSION).map((vector, row) => [row, vector]));
  await engine.build.start(2);
  const queries = gaussianVectors(2, 400, DIMENSION);
  const query = { k: K, ef: K, admitted: ALL, exact: false, exactBelow: 0 };
  const far = new Float32Array(DIMENSION).fill(1_000);
  let given = 0;
  // Threads take a while to start.
  const until = performance.now() + 5_000;
  while (availableParallelism() > 1 && performance.now() < until) {
    const first = engine.answer({ ...query, vector: queries[0]!, shared: 16 });
    if (first instanceof Promise) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (let round = 0; round < queries.length / 4; round++) {
    const vectors = queries.slice(4 * round, 4 * round + 4);
    const nearest = vectors.map((vector) => engine.answerAtOnce({ ...query, vector }).slice(0, 3));
    const answers = vectors.map((vector) => engine.answer({ ...query, vector, shared: 16 }));
    for (const { slot } of nearest.flat()) if (engine.isLiveAt(slot)) engine.mask(slot);
    engine.append(Array.from({ length: 4 }, (_, i) => [ROWS + 4 * round + i, far]));
    for (const answer of answers) {
      if (!(answer instanceof Promise)) continue; // given before
      given++;
      const found = await answer;
      expect(found).toHaveLength(K);
      for (const { slot } of found) expect(slot).toBeLessThan(ROWS);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (availableParallelism() > 1) expect(given).toBeGreaterThan(10);
  await engine.close();
});
