// @ts-check
// Points of several vectors, compared all with all (MaxSim): a search of all points, and the rescoring of what a prefetch found.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const FULL = { points: 10_000, vectors: 32, dimension: 128, queries: 100, prefetch: 100 };
const QUICK = { points: 200, vectors: 8, dimension: 32, queries: 10, prefetch: 20 };
const LOOP_TARGET_MS = 10;

/** @param {null} _ @param {import('../options.mjs').Options} options */
export async function runMaxSim(_, { quick, rows, k, seed }) {
  const size = quick ? QUICK : { ...FULL, points: rows ?? FULL.points };
  note(`maxsim: ${figure(size.points)} x ${size.vectors} x ${size.dimension}`);
  const folder = scratchPath('maxsim');
  const child = new Child(new URL('child.mjs', import.meta.url));
  try {
    const measured = await child.ask('maxsim', { ...size, folder, k, seed });
    const result = { ...size, k, loopTargetMs: LOOP_TARGET_MS, ...measured };
    return { result, text: describe(result) };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @typedef {{ ways: import('./child.mjs').Way[], perSecond: number, memoryBytes: number, diskBytes: number,
 *   loop: import('../base/loop.mjs').LoopDelay }} Measured */

/** @param {typeof FULL & Measured} result */
function describe({ points, vectors, dimension, ways, perSecond, memoryBytes, diskBytes, loop }) {
  const head = ['', 'queries', 'p50 ms', 'p99', 'queries/s', 'loop p50 ms', 'p99', 'worst'];
  const body = ways.map(({ name, queries, p50, p99, qps, loop: delay }) => [
    name,
    figure(queries),
    figure(p50, 2),
    figure(p99, 2),
    figure(qps, 1),
    figure(delay.p50Ms, 2),
    figure(delay.p99Ms, 2),
    figure(delay.maxMs, 1),
  ]);
  return [
    `MaxSim: ${figure(points)} points of ${vectors} x ${dimension}, ${vectors} vectors a query, cosine, durable, best 10`,
    table(head, body),
    `Filled with ${figure(perSecond)} points/s, event loop p99 ${figure(loop.p99Ms, 2)} ms; ${figure(diskBytes / points)} bytes a point on ` +
      `the disk, ${figure(memoryBytes / points)} in memory.\nTarget: loop p99 below ${LOOP_TARGET_MS} ms.`,
  ].join('\n\n');
}
