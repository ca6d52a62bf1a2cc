// @ts-check
// One writer, one stream of batches into a new folder, each waited for; then the folder is opened again, and
// what it holds is compared with what was acknowledged.
import { spawnSync } from 'node:child_process';
import { serve } from '../base/child.mjs';
import { bytesOnDisk } from '../base/disk.mjs';
import { readBuffer } from '../base/files.mjs';
import { percentile } from '../base/numbers.mjs';
import { batches, points } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { proveWritten } from './prove.mjs';
import { writerRow } from './writers/writers.mjs';

const WARM_UP = 10; // batches

/** @typedef {{ name: string, folder: string, rowsFile: string, batchRows: number,
 *   setup: import('./writers/writers.mjs').Setup }} Job */

serve({
  async write(/** @type {Job} */ job) {
    const { name, folder, setup, batchRows } = job;
    const row = writerRow(name);
    /** @type {import('./writers/writers.mjs').WriterModule} */
    const module = await import(`./writers/${row.module}`);
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { dimension } = setup;
    await warmUp(await module.open(`${folder}-warm`, setup, row.options), rows, job);

    const writer = await module.open(folder, setup, row.options);
    const prepared = Array.from(batches(rows, dimension, batchRows), (batch) => writer.prepare(batch));
    // What others wrote before must not be written back while this one is measured.
    spawnSync('sync');
    const startedAt = performance.now();
    const milliseconds = await stream(writer, prepared, name, batchRows, startedAt);
    const seconds = (performance.now() - startedAt) / 1000;
    const pending = writer.pending?.() ?? 0;
    await writer.link?.();
    const linkedSeconds = writer.link ? (performance.now() - startedAt) / 1000 : null;
    await writer.close();
    await proveWritten(await module.read(folder, setup), rows, dimension, row.exact);
    return {
      rowsPerSecond: rows.length / dimension / seconds,
      batchP50Ms: percentile(milliseconds, 0.5),
      batchP99Ms: percentile(milliseconds, 0.99),
      pending,
      linkedSeconds,
      bytesOnDisk: bytesOnDisk(folder),
    };
  },
});

/**
 * Starts threads and gets code compiled, in a folder of its own.
 * @param {import('./writers/writers.mjs').Writer} writer
 * @param {Float32Array} rows
 * @param {Job} job
 */
async function warmUp(writer, rows, { batchRows, setup: { dimension } }) {
  const count = Math.min(WARM_UP * batchRows, rows.length / dimension);
  for (let from = 0; from < count; from += batchRows)
    await writer.write(writer.prepare(points(rows, dimension, from, Math.min(count, from + batchRows))));
  await writer.close();
}

/**
 * @param {import('./writers/writers.mjs').Writer} writer
 * @param {unknown[]} prepared
 * @param {string} name
 * @param {number} batchRows
 * @param {number} startedAt
 * @returns {Promise<number[]>} milliseconds of each batch
 */
async function stream(writer, prepared, name, batchRows, startedAt) {
  const milliseconds = [];
  for (const [i, batch] of prepared.entries()) {
    const began = performance.now();
    await writer.write(batch);
    milliseconds.push(performance.now() - began);
    progress(`${name}, rows`, (i + 1) * batchRows, prepared.length * batchRows, startedAt);
  }
  return milliseconds;
}
