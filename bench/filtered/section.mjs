// @ts-check
// Search with filters: recall, and what a filter costs, at shares of the rows from all to one in ten thousand, where
// what matches has nothing to do with the query, is near it, or is far from it.
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { makeCells } from './cells.mjs';
import { makeWorld } from './columns.mjs';
import { filterEngines } from './engines/engines.mjs';
import { describe } from './report.mjs';
import { runEngine, writeFiles } from './run.mjs';
import { sampleQueries } from './sample.mjs';
import { shortcomings } from './targets.mjs';
import { filteredTruth } from './truth.mjs';

/** Silt must reach this at every share; peers get the least effort that reaches it without a filter. */
const LEAST_RECALL = 0.95;

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runFiltered(data, options) {
  note(`filtered: ${data.name}, ${figure(data.rowCount)} rows`);
  const world = makeWorld(data, options.seed);
  const sample = sampleQueries(data.queryCount);
  const cells = [{ kind: 'no filter', share: 1, filter: () => [] }, ...makeCells(world)];
  const filters = cells.map(({ filter }) => filter);
  const plan = {
    ...{ data, columns: world.columns, sample, cells, options, leastRecall: LEAST_RECALL },
    truth: await filteredTruth(data, world.columns, sample.measured, filters),
    tuningTruth: (await filteredTruth(data, world.columns, sample.tuning, [() => []]))[0],
    files: writeFiles(world),
  };
  const results = [];
  for (const { name } of filterEngines)
    if (options.only.includes(name)) results.push(await runEngine(name, /** @type {any} */ (plan)));
  const failures = shortcomings(results, LEAST_RECALL);
  return {
    result: { leastRecall: LEAST_RECALL, queries: sample.measured.length, engines: results, failures },
    text: describe(data, options, results),
    failures,
  };
}
