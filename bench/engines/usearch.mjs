// @ts-check
// usearch: one call adds all rows on the given threads. Its binding fixes expansion_search (ef) when an
// index is made, so each change of ef loads the saved index into a new one, outside of the timed calls.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { subarrays } from './rows.mjs';

const { Index } = createRequire(import.meta.url)('usearch');

/** @typedef {{ keys: BigUint64Array, distances: Float32Array }} Raw */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @param {{ quantization: 'f32' | 'f16' | 'i8' }} options
 * @returns {import('./engines.mjs').Engine<Raw>}
 */
export function create(setup, { quantization }) {
  const { dimension, metric, rows, rowCount, m, efConstruction, threads, k, scratch } = setup;
  const queries = subarrays(setup.queries, dimension);
  const make = (/** @type {number} */ ef) =>
    new Index({
      dimensions: dimension,
      metric: metric === 'cosine' ? 'cos' : 'l2sq',
      quantization,
      connectivity: m, // 2 m on level 0, as everywhere
      expansion_add: efConstruction,
      expansion_search: ef,
      multi: false,
    });
  /** @type {any} */
  let index;
  let loadedEf = 0;
  return {
    tolerance: { f32: 1e-4, f16: 5e-3, i8: 5e-2 }[quantization],
    async build() {
      index = make(efConstruction);
      const keys = BigUint64Array.from({ length: rowCount }, (_, id) => BigInt(id));
      const startedAt = performance.now();
      index.add(keys, rows, threads);
      const seconds = (performance.now() - startedAt) / 1000;
      index.save(scratch);
      return seconds;
    },
    setEf(ef) {
      if (ef === loadedEf) return;
      index = make(ef);
      index.load(scratch);
      loadedEf = ef;
    },
    search: (query) => index.search(queries[query], k, 1),
    together(first, count, threads) {
      const some = setup.queries.subarray(first * dimension, (first + count) * dimension);
      const found = index.search(some, k, threads);
      return count === 1 ? [found] : Array.from({ length: count }, (_, i) => found.get(i));
    },
    read: ({ keys, distances }) => ({
      ids: Array.from(keys, Number),
      // Its l2sq is the square.
      distances: Array.from(distances, (value) =>
        metric === 'cosine' ? value : Math.sqrt(Math.max(0, value)),
      ),
    }),
    close: () => rmSync(scratch, { force: true }),
  };
}
