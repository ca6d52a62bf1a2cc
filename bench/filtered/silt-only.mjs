// @ts-check
// What only Silt is asked: filters over a payload without indexes, and the same recall when all rows were replaced
// twice and many deleted.
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { random } from '../base/random.mjs';
import { scratchFile } from '../data/scratch.mjs';
import { uniforms } from './columns.mjs';
import { judge } from './judge.mjs';
import { measureCells } from './measure.mjs';
import { filteredTruth } from './truth.mjs';

const UNINDEXED_SHARES = [0.5, 0.01];
const UNINDEXED_KINDS = ['random', 'near rank', 'near clusters'];
const REPEATS = 20;
const CHURNED_KINDS = ['random', 'near rank', 'far rank'];
const DELETED = 0.3;

/** @typedef {import('../base/child.mjs').Child} Child */
/** @typedef {import('./run.mjs').Plan} Plan */
/** @typedef {import('./judge.mjs').Judged & { firstMs: number, againMs: number }} Unindexed */
/** @typedef {{ seconds: number, masked: number, compactSeconds: number,
 *   before: import('./judge.mjs').Judged[], after: import('./judge.mjs').Judged[] }} Churned */

/**
 * One filter for several queries: the first answer may have to read the payloads of all rows, those after it need not.
 * @param {Child} child
 * @param {Plan} plan
 * @returns {Promise<Unindexed[]>}
 */
export async function runUnindexed(child, plan) {
  const { data, columns, options } = plan;
  note('  without payload indexes');
  const queries = plan.sample.measured.slice(0, REPEATS + 1);
  const cells = plan.cells
    .filter(({ kind, share }) => UNINDEXED_KINDS.includes(kind) && UNINDEXED_SHARES.includes(share))
    .map((cell) => ({ ...cell, filter: constant(cell.filter(Number(queries[0]))) }));
  const truth = await filteredTruth(
    data,
    columns,
    queries,
    cells.map(({ filter }) => filter),
  );
  const results = [];
  for (const [i, cell] of cells.entries()) {
    const asks = queries.map((query) => ({ query, filter: cell.filter() }));
    const answers = await child.ask('cell', { warm: [], asks });
    const exact = /** @type {import('./truth.mjs').FilteredTruth} */ (truth[i]);
    const judged = judge(cell, [...queries.keys()], queries, answers, exact, columns, options.k);
    const [first, ...again] = answers.micros;
    results.push({ ...judged, firstMs: first / 1000, againMs: median(again) / 1000 });
  }
  return results;
}

/** @template T @param {T} value */
function constant(value) {
  return () => value;
}

/**
 * @param {Child} child
 * @param {Plan} plan
 * @returns {Promise<Churned>}
 */
export async function runChurn(child, plan) {
  const { data, sample, options } = plan;
  note('  every row is replaced twice, and some are deleted');
  const uniform = random(options.seed + 1);
  const columns = { ...plan.columns, random: uniforms(data.rowCount, uniform) };
  const deleted = Uint8Array.from({ length: data.rowCount }, () => (uniform() < DELETED ? 1 : 0));
  const cells = plan.cells.filter(({ kind }) => CHURNED_KINDS.includes(kind));
  const filters = cells.map(({ filter }) => filter);
  const truth = await filteredTruth(data, columns, sample.measured, filters, deleted);
  const { seconds, masked } = await child.ask('churn', {
    random: scratchFile('filtered.churned', columns.random),
    deleted: scratchFile('filtered.deleted', deleted),
    seed: options.seed + 2,
  });
  const churned = { ...plan, columns, cells, truth };
  const slots = [...sample.measured.keys()];
  const before = await measureCells(child, 'silt, churned', churned, slots, deleted);
  const compacted = await child.ask('compact');
  if (compacted.masked > 0) throw new Error(`${figure(compacted.masked)} rows are masked after compaction`);
  const after = await measureCells(child, 'silt, compacted', churned, slots, deleted);
  return { seconds, masked, compactSeconds: compacted.seconds, before, after };
}
