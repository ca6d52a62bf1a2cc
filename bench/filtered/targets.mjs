// @ts-check
// What Silt must reach, and what it should: a miss of the first fails the run, one of the second is told.

/** @typedef {import('./judge.mjs').Judged} Judged */
/** @typedef {import('./run.mjs').EngineResult} EngineResult */

/** Median latency to that without a filter. */
export const MOST_RATIO = 1.5;
/** Below this share of the rows a filter must make a search faster. */
export const FEW = 0.01;

/** @param {Judged} cell */
export function cellName({ kind, share }) {
  return `${kind}, ${percent(share)}`;
}

/** @param {number} share */
export function percent(share) {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/**
 * @param {EngineResult[]} results
 * @param {number} leastRecall
 * @returns {string[]} of Silt; a peer's stand in the tables
 */
export function shortcomings(results, leastRecall) {
  const silt = results.find(({ name }) => name === 'silt');
  if (silt === undefined) return [];
  const { before = [], after = [] } = silt.churned ?? {};
  return [
    ...(silt.failure === null ? [] : [`Silt failed: ${silt.failure}`]),
    ...silt.cells.flatMap((cell) => misses(cell, '', leastRecall)),
    ...(silt.unindexed ?? []).flatMap((cell) => misses(cell, ', without index', leastRecall)),
    ...before.flatMap((cell) => misses(cell, ', churned', leastRecall)),
    ...after.flatMap((cell) => misses(cell, ', compacted', leastRecall)),
  ];
}

/** @param {Judged} cell @param {string} when @param {number} leastRecall */
function misses(cell, when, leastRecall) {
  const name = `Silt, ${cellName(cell)}${when}`;
  const found = [];
  if (cell.recall < leastRecall)
    found.push(`${name}: recall ${cell.recall.toFixed(4)}, below ${leastRecall}`);
  if (cell.short > 0)
    found.push(`${name}: ${cell.short} of ${cell.queries} answers have fewer rows than they should`);
  if (cell.wrong > 0) found.push(`${name}: ${cell.wrong} rows do not match`);
  return found;
}

/** @param {Judged[]} cells @returns {Judged[]} those that are too slow */
export function slow(cells) {
  return cells.filter(({ ratio, share }) => ratio > MOST_RATIO || (share < FEW && ratio >= 1));
}
