// @ts-check
// GloVe: 341,479 English words, 100 dimensions, cosine. The loader is the one of Silt's own demo.
import { performance } from 'node:perf_hooks';
import { progress } from '../base/progress.mjs';
import { DataMissing } from './missing.mjs';
import { split } from './split.mjs';

/** @typedef {{ words: string[], vectors: Float32Array, dimension: number }} Vectors */
/** @typedef {{ onProgress?(done: number, total: number, what: string): void }} LoadOptions */

/**
 * @param {import('./datasets.mjs').Wanted} wanted
 * @returns {Promise<import('./datasets.mjs').Source>}
 */
export async function glove(wanted) {
  const { words, vectors, dimension } = await load();
  const { rows, queries, rowPlaces, queryPlaces } = split(vectors, dimension, wanted);
  const origin = {
    words: rowPlaces.map((place) => String(words[place])),
    rows: Int32Array.from(rowPlaces),
    queries: Int32Array.from(queryPlaces),
  };
  return { name: 'glove', title: 'GloVe', metric: 'cosine', dimension, rows, queries, origin };
}

/** @returns {Promise<Vectors>} */
async function load() {
  // A variable, because this folder is checked without the build output of its parent.
  const loader = new URL('../../dist/examples/demo/glove.js', import.meta.url).href;
  const startedAt = performance.now();
  try {
    /** @type {{ loadGlove(options: LoadOptions): Promise<Vectors> }} */
    const { loadGlove } = await import(loader);
    return await loadGlove({ onProgress: (done, total, what) => progress(what, done, total, startedAt) });
  } catch (error) {
    throw new DataMissing(`GloVe could not be loaded: ${error instanceof Error ? error.message : error}`);
  }
}
