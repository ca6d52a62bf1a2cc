// @ts-check
// Changes of payloads in place (`setPayload`): points a second, and that no row is linked, or waits to be, because of them.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const MOST_ROWS = 100_000;
const QUICK_ROWS = 300;
const BATCH_POINTS = 1000;

/** @typedef {import('./child.mjs').Way} Way */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runPayload(data, options) {
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, quick } = options;
  const rowCount = Math.min(data.rowCount, quick ? QUICK_ROWS : MOST_ROWS);
  note(`payload: ${data.name}, ${figure(rowCount)} points`);
  const kept = { rowCount, metric, dimension, m, efConstruction, threads, seed, batchPoints: BATCH_POINTS };
  const folder = scratchPath('payload');
  const child = new Child(new URL('child.mjs', import.meta.url));
  try {
    const rowsFile = scratchFile('payload.rows', data.rows);
    /** @type {{ ways: Way[] }} */
    const { ways } = await child.ask('payload', { ...kept, folder, rowsFile });
    return { result: { ...kept, ways }, text: describe(kept, ways), failures: touched(ways) };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A change that cost links is a failure, however fast it was. @param {Way[]} ways */
function touched(ways) {
  return ways
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
    .map(
      ({ name, before, after }) =>
        `${name}: ${JSON.stringify(before)} before, ${JSON.stringify(after)} after`,
    );
}

/** @param {{ rowCount: number, dimension: number }} of @param {Way[]} ways */
function describe({ rowCount, dimension }, ways) {
  const head = ['', 'points/s', 's', 'loop p99 ms', 'worst', 'linked before', 'after', 'pending', 'deleted'];
  const body = ways.map(({ name, perSecond, seconds, loop, before, after }) => [
    name,
    figure(perSecond),
    figure(seconds, 2),
    figure(loop.p99Ms, 2),
    figure(loop.maxMs, 1),
    figure(before.indexed),
    figure(after.indexed),
    figure(after.pending),
    figure(after.deleted),
  ]);
  return `setPayload: ${figure(rowCount)} linked points of ${dimension} components, durable\n\n${table(head, body)}`;
}
