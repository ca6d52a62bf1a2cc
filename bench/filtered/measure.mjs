// @ts-check
// All cells of one engine, asked and judged.
import { progress } from '../base/progress.mjs';
import { judge } from './judge.mjs';

/** @typedef {import('./cells.mjs').Cell} Cell */
/** @typedef {import('./judge.mjs').Judged} Judged */

/**
 * @param {import('../base/child.mjs').Child} child
 * @param {string} name
 * @param {import('./run.mjs').Plan} plan cells, truth and columns: as they are at that time
 * @param {number[]} slots of the measured queries
 * @param {Uint8Array | null} deleted
 * @returns {Promise<Judged[]>}
 */
export async function measureCells(
  child,
  name,
  { cells, truth, columns, sample, options },
  slots,
  deleted = null,
) {
  const startedAt = performance.now();
  const queries = slots.map((slot) => Number(sample.measured[slot]));
  const asksOf = (/** @type {Cell} */ cell, /** @type {number[]} */ which) =>
    which.map((query) => ({ query, filter: cell.filter(query) }));
  const judged = [];
  for (const [i, cell] of cells.entries()) {
    const exact = /** @type {import('./truth.mjs').FilteredTruth} */ (truth[i]);
    const { plan, count, ...answers } = await child.ask('cell', {
      warm: asksOf(cell, sample.warm),
      asks: asksOf(cell, queries),
    });
    const found = judge(cell, slots, queries, answers, exact, columns, options.k, deleted);
    const first = Number(exact.matching[Number(slots[0])]);
    if (count !== null && count !== first)
      throw new Error(
        `${cell.kind} ${cell.share}: count says ${count} rows match, of which there are ${first}`,
      );
    judged.push(plan === undefined ? found : { ...found, plan });
    progress(`${name}, filters`, i + 1, cells.length, startedAt);
  }
  return judged;
}
