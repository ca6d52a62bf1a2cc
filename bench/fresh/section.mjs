// @ts-check
// A write that has resolved is found by the very next search, whatever the graph is doing: counted, not promised.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

/** @typedef {{ name: string, upserts: number, building: number, misses: import('./child.mjs').Miss[],
 *   upsertP50Ms: number, upsertP99Ms: number, searchP50Ms: number, searchP99Ms: number, searchMaxMs: number }} Phase */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runFresh(data, options) {
  note(`fresh: ${data.name}, ${figure(data.rowCount)} rows`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k } = options;
  const job = {
    folder: scratchPath('fresh'),
    rowsFile: scratchFile('fresh.rows', data.rows),
    ...{ metric, dimension, m, efConstruction, threads, seed, k },
    upserts: options.quick ? 100 : 2000,
    batchRows: options.quick ? 50 : 500,
    mergeThreshold: options.quick ? 500 : 10_000,
  };
  try {
    /** @type {{ phases: Phase[], streamed: number }} */
    const { phases, streamed } = await child.ask('fresh', job);
    const missed = phases.flatMap(({ misses }) => misses);
    if (missed.length > 0) {
      const { id, state, looks } = /** @type {import('./child.mjs').Miss} */ (missed[0]);
      throw new Error(
        `${missed.length} rows were acknowledged and not found by the next search; the first: ${id}, ` +
          `collection ${state}, found by search number ${looks}`,
      );
    }
    return { result: { phases, streamed }, text: describe(data, phases, streamed) };
  } finally {
    await child.end();
    rmSync(job.folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {Phase[]} phases
 * @param {number} streamed
 */
function describe(data, phases, streamed) {
  const head = ['ms', 'upserts', 'missed', 'search p50', 'p99', 'worst', 'upsert p50', 'p99'];
  const body = phases.map((phase) => [
    phase.name,
    figure(phase.upserts),
    figure(phase.misses.length),
    figure(phase.searchP50Ms, 3),
    figure(phase.searchP99Ms, 3),
    figure(phase.searchMaxMs, 2),
    figure(phase.upsertP50Ms, 2),
    figure(phase.upsertP99Ms, 2),
  ]);
  const building = phases.find(({ name }) => name === 'while linking')?.building ?? 0;
  return [
    `From a write to its first hit: single rows upserted one by one, each looked for once\n` +
      `${data.name}, ${figure(data.rowCount / 2)} x ${data.dimension} rows at first, ${data.metric}; half of the upserts replace`,
    table(head, body),
    `search: from the moment that upsert resolved to the answer with the row at rank 1. While linking,\n` +
      `${figure(streamed)} rows streamed in beside; the linkers were at work in ${figure(building)} of these looks.`,
  ].join('\n\n');
}
