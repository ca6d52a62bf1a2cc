// @ts-check
// Sparse vectors, best ten by dot product: each engine in a process of its own, on the same vectors and queries.
import { figure } from '../base/numbers.mjs';
import { compareRanked, rankedTable } from '../ranked/compare.mjs';
import { count } from './vectors.mjs';

/** @param {null} _ @param {import('../options.mjs').Options} options */
export async function runSparse(_, options) {
  const withZvec = options.only.includes('zvec') && !options.quick;
  const engines = ['silt', ...(withZvec ? ['zvec', 'zvec-hnsw'] : [])];
  const child = new URL('child.mjs', import.meta.url);
  const rows = await compareRanked({ section: 'sparse', child, engines }, options);
  const title = `Sparse vectors: ${figure(count(options))} of some 120 weights (made up), best 10 by dot product`;
  return { result: { vectors: count(options), rows }, text: rankedTable(title, 'vector', rows) };
}
