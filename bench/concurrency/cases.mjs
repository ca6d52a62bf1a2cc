// @ts-check
// What is measured: Silt in three ways, each a collection of its own, and peers that search on several threads.
import { loadEngine } from '../engines/engines.mjs';

/** Of the rows, that a filter admits. */
export const MATCHING = 0.1;

/**
 * @typedef {object} Case
 * @property {string} name for tables
 * @property {string} engine
 * @property {boolean} [filtered]
 * @property {'memory' | 'disk'} [storage]
 */

/** @type {Case[]} */
export const cases = [
  { name: 'silt', engine: 'silt' },
  { name: 'silt, 10 % match', engine: 'silt', filtered: true },
  { name: 'silt, on the disk', engine: 'silt', storage: 'disk' },
  { name: 'usearch', engine: 'usearch' },
  { name: 'zvec', engine: 'zvec' },
];

/** The filter of a query that has a bound of its own, so that no answer can be kept. @param {number} bound */
export function filterFrom(bound) {
  return [{ field: /** @type {const} */ ('random'), from: bound, to: bound + MATCHING }];
}

/**
 * @typedef {import('../engines/engines.mjs').Engine<any> & { rewrite?: () => Promise<number> }} Engine
 *   rewrite: writes a part of the rows again, until they are linked; resolves to how many
 * @typedef {import('../engines/engines.mjs').Setup & { column: Float64Array, bounds: Float64Array }} Setup
 *   column: a number between 0 and 1 of each row; bounds: of each query's filter
 */

/**
 * @param {Case} of
 * @param {Setup} setup
 * @returns {Promise<Engine>}
 */
export async function createEngine(of, setup) {
  if (of.engine !== 'silt') return (await loadEngine(of.engine))(setup);
  const { create } = await import('./silt.mjs');
  return create(setup, of);
}
