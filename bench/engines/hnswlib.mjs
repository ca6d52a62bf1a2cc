// @ts-check
// hnswlib-node: one point per call on the calling thread is the only way in; vectors are plain arrays of
// numbers, made outside of the timed calls.
import { createRequire } from 'node:module';
import { subarrays } from './rows.mjs';

const { HierarchicalNSW } = createRequire(import.meta.url)('hnswlib-node');

const CHUNK = 1000; // rows as plain arrays at a time: 8 bytes a number, so not all of them at once

/** @typedef {{ distances: number[], neighbors: number[] }} Raw */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @returns {import('./engines.mjs').Engine<Raw>}
 */
export function create(setup) {
  const { dimension, metric, rows, rowCount, m, efConstruction, seed, k } = setup;
  /** @type {any} */
  let index;
  const queries = subarrays(setup.queries, dimension).map((query) => Array.from(query));
  return {
    tolerance: 1e-4,
    async build(report) {
      index = new HierarchicalNSW(metric === 'cosine' ? 'cosine' : 'l2', dimension);
      index.initIndex({ maxElements: rowCount, m, efConstruction, randomSeed: seed });
      let milliseconds = 0;
      for (let first = 0; first < rowCount; first += CHUNK) {
        const last = Math.min(rowCount, first + CHUNK);
        const chunk = subarrays(rows.subarray(first * dimension, last * dimension), dimension).map((row) =>
          Array.from(row),
        );
        const startedAt = performance.now();
        for (let i = 0; i < chunk.length; i++) index.addPoint(chunk[i], first + i);
        milliseconds += performance.now() - startedAt;
        report(last);
      }
      return milliseconds / 1000;
    },
    setEf: (ef) => index.setEf(ef),
    search: (query) => index.searchKnn(queries[query], k),
    read: ({ neighbors, distances }) => ({
      ids: neighbors,
      // Its l2 is the square.
      distances: metric === 'cosine' ? distances : distances.map((square) => Math.sqrt(Math.max(0, square))),
    }),
    close() {},
  };
}
