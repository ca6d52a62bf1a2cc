// @ts-check
// The library under test, from the build output of this repository.

/**
 * @typedef {object} Index
 * @property {number} size
 * @property {number} memoryBytes
 * @property {(query: Float32Array, k: number, options?: { ef?: number }) => [number | bigint, number][]} search
 * @property {(pairs: Iterable<[number, Float32Array]>) => Promise<number>} insertBatchParallel
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Builder
 * @property {number} bufferLength
 * @property {number} mergeThreshold
 * @property {boolean} isBuilding
 * @property {(pairs: [number, Float32Array][]) => boolean} enqueue
 * @property {(query: Float32Array, k: number) => [number | bigint, number][]} searchBuffer
 * @property {(query: Float32Array, k: number, options?: { ef?: number }) => [number | bigint, number][]} search
 * @property {() => Promise<unknown>} triggerBuildAsync
 * @property {{ linked: number, total: number }} progress of the running build, or of the last one
 */

/**
 * @typedef {object} Silt
 * @property {new (options: object) => Index} HnswIndex
 * @property {new (index: Index, config?: { merge_threshold: number }) => Builder} AsyncIndexBuilder
 */

/** @returns {Promise<Silt>} */
export async function silt() {
  // A variable, because this folder is checked without the build output of its parent.
  const entry = new URL('../../dist/index.js', import.meta.url).href;
  return import(entry);
}
