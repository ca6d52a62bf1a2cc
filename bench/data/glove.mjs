// @ts-check
// GloVe: 341,479 English words, 100 dimensions, cosine. The loader is the one of Silt's own demo.
import { performance } from 'node:perf_hooks';
import { progress } from '../base/progress.mjs';
import { DataMissing } from './missing.mjs';
import { split } from './split.mjs';

/** @typedef {{ vectors: Float32Array, dimension: number }} Vectors */
/** @typedef {{ onProgress?(done: number, total: number, what: string): void }} LoadOptions */

/**
 * @param {import('./datasets.mjs').Wanted} wanted
 * @returns {Promise<import('./datasets.mjs').Source>}
 */
export async function glove(wanted) {
  const { vectors, dimension } = await load();
  return { name: 'glove', title: 'GloVe', metric: 'cosine', dimension, ...split(vectors, dimension, wanted) };
}

/** @returns {Promise<Vectors>} */
async function load() {
  // A variable, because this folder is checked without the build output of its parent.
  const loader = new URL('../../dist/cli/demo/glove.js', import.meta.url).href;
  const startedAt = performance.now();
  try {
    /** @type {{ loadGlove(options: LoadOptions): Promise<Vectors> }} */
    const { loadGlove } = await import(loader);
    return await loadGlove({ onProgress: (done, total, what) => progress(what, done, total, startedAt) });
  } catch (error) {
    throw new DataMissing(`GloVe could not be loaded: ${error instanceof Error ? error.message : error}`);
  }
}
