// @ts-check
// What a service feels of hybrid queries, by a vector and by words at once, at rest and while points come as fast as they can.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { phaseTable } from '../report/phases.mjs';

const MOST_ROWS = 100_000;
const QUICK_ROWS = 600;
const LOOP_TARGET_MS = 10;

/** @typedef {import('../live/watched.mjs').Phase} Phase */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runHybrid(data, options) {
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k, quick } = options;
  const rowCount = Math.min(data.rowCount, options.quick ? QUICK_ROWS : MOST_ROWS);
  note(`hybrid: ${data.name} and texts, ${figure(rowCount)} points`);
  const plain = { rowCount, metric, dimension, m, efConstruction, threads, seed, k };
  const kept = { ...plain, idleQueries: quick ? 20 : 2000, batchRows: quick ? 20 : 100 };
  const folder = scratchPath('hybrid');
  const child = new Child(new URL('child.mjs', import.meta.url));
  try {
    /** @type {{ phases: Phase[], memoryBytes: number }} */
    const measured = await child.ask('hybrid', {
      ...kept,
      folder,
      rowsFile: scratchFile('hybrid.rows', data.rows),
      queriesFile: scratchFile('hybrid.queries', data.queries),
    });
    const result = { ...kept, loopTargetMs: LOOP_TARGET_MS, ...measured };
    return { result, text: describe(result) };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {{ rowCount: number, dimension: number, batchRows: number, phases: Phase[], memoryBytes: number }} result */
function describe({ rowCount, dimension, batchRows, phases, memoryBytes }) {
  return [
    `Hybrid queries of a durable collection: ${figure(rowCount / 2)} to ${figure(rowCount)} vectors of ${dimension} and texts of some ` +
      `50 words (Zipf), batches of ${batchRows}`,
    phaseTable('one query each 2 ms', phases),
    `A query fuses the first 50 by the vector with the first 50 by two to eight words. ${figure(memoryBytes / rowCount)} bytes a point.\n` +
      `Target: loop p99 below ${LOOP_TARGET_MS} ms throughout.`,
  ].join('\n\n');
}
