// @ts-check
// Every row is replaced twice, with the same vector and another payload each time; then some are deleted. All are linked
// in the end, so that what is searched is a graph full of rows that are gone; unless compaction has begun by itself.
import { idOf } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { random } from '../base/random.mjs';
import { payloadOf, uniforms } from './columns.mjs';

const BATCH = 1000;

/**
 * @param {import('../base/silt.mjs').Collection} collection
 * @param {{ rows: Float32Array, columns: import('./columns.mjs').Columns, gone: Uint8Array, seed: number,
 *   dimension: number }} work columns: as they are in the end; gone: 1 for each row that is deleted
 * @returns {Promise<{ seconds: number, masked: number }>}
 */
export async function churn(collection, { rows, columns, gone, seed, dimension }) {
  const startedAt = performance.now();
  const passing = { ...columns, random: uniforms(gone.length, random(seed)) };
  for (const [round, values] of [passing, columns].entries()) {
    for (let first = 0; first < gone.length; first += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, gone.length - first) }, (_, i) => {
        const row = first + i;
        const vector = rows.subarray(row * dimension, (row + 1) * dimension);
        return { id: idOf(row), vector, payload: payloadOf(values, row) };
      });
      await collection.upsert(batch);
      const done = round * gone.length + first + batch.length;
      progress('silt, rows replaced', done, 2 * gone.length, startedAt);
    }
  }
  const ids = [...gone.keys()].filter((row) => gone[row] === 1).map(idOf);
  for (let first = 0; first < ids.length; first += BATCH)
    await collection.delete(ids.slice(first, first + BATCH));
  await collection.buildNow();
  return { seconds: (performance.now() - startedAt) / 1000, masked: collection.status().masked };
}
